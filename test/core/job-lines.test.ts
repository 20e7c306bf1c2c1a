import { expect, test } from 'vitest';
import { takeApart } from '../../src/core/job-lines';

test('messages are told from lines of the log, also behind a progress bar', () => {
  expect(takeApart('epoch 3')).toEqual({ text: 'epoch 3' });
  expect(takeApart('@mll no JSON')).toEqual({ text: '@mll no JSON' });
  expect(takeApart('@mll {"stage":"fold 1 of 2","progress":0.5}')).toEqual({
    message: { stage: 'fold 1 of 2', progress: 0.5 },
  });
  expect(takeApart('42 %|####@mll {"metric":"loss","value":"NaN","step":3,"time":5}')).toEqual({
    text: '42 %|####',
    message: { metric: 'loss', value: 'NaN', step: 3, time: 5 },
  });
  expect(takeApart('@mll {"failure":{"message":"x"}}')).toEqual({ message: { failure: { message: 'x' } } });
});

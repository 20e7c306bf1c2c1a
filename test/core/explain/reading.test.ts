import { expect, test } from 'vitest';
import { read } from '../../../src/core/explain/reading';

test.each([
  ['2026-11-23T11:11:10.123Z stderr F ERROR x: y', 'x: y'],
  ['[2026-11-23 11:11:10 +0000] [20657] [ERROR] x: y', 'x: y'],
  ['algo-1-abc12 | x: y', 'x: y'],
  ['[1,mpirank:0,algo-1]<stderr>: x: y', 'x: y'],
  ['(train, pid=12) x: y', 'x: y'],
  ['[rank0]: x: y', 'x: y'],
  ['E0712 14:02:43.947 35559 memcache.go:265] x: y', 'x: y'],
  ['Error creating the endpoint', 'Error creating the endpoint'],
])('what stood before a line is gone: %s', (line, wanted) => {
  expect(read(line).body.lines).toBe(wanted);
});

test('notices and warnings are kept apart from what failed', () => {
  const reading = read('INFO: start\nWARNING: slow\nERROR: broken');
  expect([reading.body.lines, reading.all.lines]).toEqual(['broken', 'start\nslow\nbroken']);
});

test('the last traceback with what it is chained to, and its last exception', () => {
  const text = [
    'Traceback (most recent call last):',
    '  File "old.py", line 1, in f',
    'OSError: old',
    'again',
    'Traceback (most recent call last):',
    '  File "a.py", line 1, in f',
    'KeyError: 1',
    '',
    'During handling of the above exception, another exception occurred:',
    '',
    'Traceback (most recent call last):',
    '  File "b.py", line 1, in g',
    'ValueError: new',
    'exit code 1',
  ].join('\n');
  const reading = read(text);
  expect(reading.last.lines).toBe('ValueError: new\nexit code 1');
  expect(reading.end.lines).toContain('KeyError: 1');
  expect(reading.end.lines).not.toContain('OSError: old');
  expect(reading.body.lines).toContain('OSError: old');
});

test('codes are spelled as words beside the text as it is', () => {
  const { body } = read('Refused: QUOTA_EXCEEDED (ResourceLimitExceeded)');
  expect(body.flat).toBe('Refused: QUOTA_EXCEEDED (ResourceLimitExceeded)');
  expect(body.spelled).toBe('Refused: quota exceeded (resource limit exceeded)');
});

test.each([
  ['Successfully installed pandas-2.2.0', false, true],
  ['Successfully installed pandas-2.2.0\nValueError: x', true, false],
  ['the job was not completed successfully', true, false],
  ['Error: disk full', true, false],
  ['{"error": "x"}', true, false],
  ['loss 0.5, accuracy 0.9', false, false],
])('whether it failed or went well: %s', (text, failed, wentWell) => {
  const reading = read(text);
  expect([reading.failed, reading.wentWell]).toEqual([failed, wentWell]);
});

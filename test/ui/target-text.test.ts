import { expect, test } from 'vitest';
import { describeTarget } from '../../src/ui/target-text';

test('classes are counted, rows without a value are named', () => {
  const rows = [
    ['Adelie', 152],
    ['Gentoo', 124],
    [null, 3],
  ];
  expect(describeTarget('text', rows, 3)).toEqual({
    task: 'classification',
    text: '2 classes. Adelie: 152 rows, Gentoo: 124 rows. 3 rows without a value are left out.',
  });
});

test('up to 20 whole numbers are classes, more are a number to predict', () => {
  const upTo = (n: number) => Array.from({ length: n }, (_, at) => [at, 5]);
  expect(describeTarget('integer', upTo(20), 20).task).toBe('classification');
  expect(describeTarget('integer', upTo(21), 21)).toEqual({
    task: 'regression',
    text: 'A number from 0 to 20.',
  });
  expect(
    describeTarget(
      'number',
      [
        [0.5, 2],
        [1, 9],
      ],
      2,
    ).task,
  ).toBe('regression');
});

test('one value, identifiers and dates are warned of', () => {
  expect(describeTarget('text', [['a', 9]], 1).warning).toContain('only one value');
  const ids = Array.from({ length: 30 }, (_, at) => [`id${at}`, 1]);
  expect(describeTarget('text', ids, 30).warning).toContain('identifier');
  expect(
    describeTarget(
      'date',
      [
        ['2026-01-01', 4],
        ['2026-01-02', 4],
      ],
      2,
    ).warning,
  ).toContain('date');
});

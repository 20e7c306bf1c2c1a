import { expect, it } from 'vitest';
import type { FittedValue } from '../../src/recipe/plan';
import { literal } from '../../src/recipe/render';

// As test_literals of python/tests/test_plan.py, where 2 ** 60 has all its digits: the same DOUBLE.
it.each<[FittedValue, string]>([
  [[], '[]'],
  [[1, null], '[1, NULL]'],
  [[1, 'b', null], "[1, 'b', NULL]"],
  [[1, 0.5, null, 2 ** 60], "'[1, 0.5, NULL, 1152921504606847000]'::DOUBLE[]"],
  [[0.5, '0.5'], "['0.5'::DOUBLE, '0.5']"],
  [[0.5, true], "['0.5'::DOUBLE, TRUE]"],
  [["'1'::DOUBLE", 'b'], "['''1''::DOUBLE', 'b']"],
])('%j is written as the plan says', (value, sql) => {
  expect(literal(value)).toBe(sql);
});

it('the shortest text of a large number is that number', () => {
  expect(Number('1152921504606847000')).toBe(2 ** 60);
});

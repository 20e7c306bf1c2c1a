import { expect, test } from 'vitest';
import { beginsUnnamed, isIdName } from '../../src/recipe/identifier';

test('a name says that a column holds identifiers by a word of its own, not by letters in another', () => {
  const ids = ['id', 'Order №', 'order_nr', 'Rechnung Nummer', 'customerId', 'row', 'uuid', 'Unnamed: 0'];
  expect(ids.filter((name) => !isIdName(name))).toEqual([]);
  const others = ['paid', 'humid', 'narrow', 'piano', 'Genre', 'valid', 'Anumber', 'grid'];
  expect(others.filter(isIdName)).toEqual([]);
});

test('a first column without a name is told from a table without a header', () => {
  expect(beginsUnnamed(['column0', 'x', 'y'])).toBe(true);
  expect(beginsUnnamed(['Unnamed: 0', 'x'])).toBe(true);
  expect(beginsUnnamed(['column0', 'column1', 'column2'])).toBe(false);
  expect(beginsUnnamed(['column0'])).toBe(false);
  expect(beginsUnnamed(['x', 'column1'])).toBe(false);
});

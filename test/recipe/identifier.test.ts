import { expect, test } from 'vitest';
import { isIdName } from '../../src/recipe/identifier';

test('a name says that a column holds identifiers by a word of its own, not by letters in another', () => {
  const ids = ['id', 'Order №', 'order_nr', 'Rechnung Nummer', 'customerId', 'row', 'uuid', 'Unnamed: 0'];
  expect(ids.filter((name) => !isIdName(name))).toEqual([]);
  const others = ['paid', 'humid', 'narrow', 'piano', 'Genre', 'valid', 'Anumber', 'grid'];
  expect(others.filter(isIdName)).toEqual([]);
});

import { expect, test } from 'vitest';
import type { ColumnProfile, Profile } from '../../src/protocol';
import { NO_PARTS, partOf, withPart } from '../../webview/shared/profile-parts';

function column(name: string, distinct: number): ColumnProfile {
  return {
    name,
    type: 'integer',
    sqlType: 'BIGINT',
    missing: 0,
    distinct,
    distinctExact: true,
    min: 1,
    max: distinct,
    mean: null,
    sd: null,
    quantiles: [],
    quantilesExact: true,
    top: [],
    histogram: null,
  };
}

const part = (rows: number, exact: boolean, ...columns: ColumnProfile[]): Profile => ({
  rows,
  exact,
  rejects: [],
  rejected: 0,
  dialect: null,
  columns,
});

test('columns of a sample are shown as estimates until those of all rows are there', () => {
  let parts = withPart(NO_PARTS, part(100, false, column('a', 7), column('b', 9)));
  expect(partOf(parts, 'a')).toEqual({
    column: { ...column('a', 7), distinctExact: false, quantilesExact: false },
    rows: 100,
    exact: false,
  });
  parts = withPart(parts, part(5000, true, column('a', 70)));
  parts = withPart(parts, part(5000, true, column('c', 3)));
  expect(partOf(parts, 'a')).toEqual({ column: column('a', 70), rows: 5000, exact: true });
  expect(partOf(parts, 'b')).toMatchObject({ rows: 100, exact: false });
  expect(partOf(parts, 'c')).toMatchObject({ rows: 5000, exact: true });
  expect(partOf(parts, 'd')).toBeUndefined();
  expect(parts.all?.columns.map(({ name }) => name)).toEqual(['a', 'c']);
});

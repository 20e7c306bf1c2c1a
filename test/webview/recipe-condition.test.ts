import { describe, expect, it } from 'vitest';
import type { Column } from '../../src/protocol';
import {
  type Choice,
  comparisons,
  conditionSql,
  joinedSql,
  NO_CHOICE,
  valueProblem,
} from '../../webview/recipe/condition';

const COLUMNS: readonly Column[] = [
  { name: 'mass "g"', type: 'number', sqlType: 'DOUBLE' },
  { name: 'year', type: 'integer', sqlType: 'BIGINT' },
  { name: 'sex', type: 'text', sqlType: 'VARCHAR' },
  { name: 'seen', type: 'datetime', sqlType: 'TIMESTAMP' },
  { name: 'ok', type: 'boolean', sqlType: 'BOOLEAN' },
];
const choice = (column: string, comparison: string, value = ''): Choice => ({
  ...NO_CHOICE,
  column,
  comparison,
  value,
});

describe('a condition by choosing', () => {
  it.each([
    ['mass "g"', '>=', ' 3.5 ', '"mass ""g""" >= 3.5'],
    ['year', '<>', '-1e3', '"year" <> -1e3'],
    ['sex', 'is', "it's", `"sex" = 'it''s'`],
    ['sex', 'is not', ' x', `"sex" <> ' x'`],
    ['sex', 'is one of', "a, b c,d'", `"sex" IN ('a', 'b c', 'd''')`],
    ['sex', 'contains', '%', `contains("sex", '%')`],
    ['sex', 'starts with', 'f', `starts_with("sex", 'f')`],
    ['sex', 'is missing', 'left over', '"sex" IS NULL'],
    ['seen', '<', '2024-01-31', `"seen" < DATE '2024-01-31'`],
    ['seen', '>', '2024-01-31 10:30', `"seen" > TIMESTAMP '2024-01-31 10:30'`],
    ['ok', 'is true', '', '"ok"'],
    ['ok', 'is false', '', 'NOT "ok"'],
    ['ok', 'is not missing', '', '"ok" IS NOT NULL'],
  ])('%s %s %s', (column, comparison, value, sql) => {
    expect(conditionSql(COLUMNS, choice(column, comparison, value))).toBe(sql);
  });
  it.each([
    ['', '', ''],
    ['gone', '=', '1'],
    ['year', '', '1'],
    ['year', 'contains', '1'],
    ['year', '=', ' '],
    ['year', '=', '1,5'],
    ['year', '=', '1 OR 1 = 1'],
    ['seen', '=', "2024-01-31' OR TRUE"],
    ['sex', 'is', ''],
  ])('%s %s %s is none yet', (column, comparison, value) => {
    expect(conditionSql(COLUMNS, choice(column, comparison, value))).toBeUndefined();
  });
  it('says what is wrong with a value once there is one', () => {
    const year = { type: 'integer' } as const;
    expect(valueProblem(year, choice('year', '=', ''))).toBeUndefined();
    expect(valueProblem(year, choice('year', '=', 'two'))).toMatch(/a number/);
    expect(valueProblem({ type: 'date' }, choice('day', '=', '31.1.2024'))).toMatch(/2024-01-31/);
    expect(valueProblem({ type: 'text' }, choice('sex', 'is', 'two'))).toBeUndefined();
  });
  it('a column of another type can be missing or not', () => {
    expect(comparisons({ type: 'other' })).toEqual(['is missing', 'is not missing']);
  });
});

describe('a further condition', () => {
  it.each([
    ['', 'b', 'and', 'b'],
    ['a', 'b', 'and', 'a AND b'],
    ['a', 'b', 'or', 'a OR b'],
    ['a AND b', 'c', 'or', 'a AND b OR c'],
    ['a or b', 'c', 'and', '(a or b) AND c'],
    ['a > 1 -- why', 'b', 'and', 'a > 1 -- why\n AND b'],
    ['a OR b -- why', 'c', 'and', '(a OR b -- why\n) AND c'],
  ] as const)('%s and %s, by %s', (before, condition, joined, sql) => {
    expect(joinedSql(before, condition, joined)).toBe(sql);
  });
});

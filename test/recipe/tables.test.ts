import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import { compile, examine, tableNames } from '../../src/recipe/compile';
import type { Step } from '../../src/recipe/model';
import { servingSql } from '../../src/recipe/render';
import { apply, columnsOf, open, others, step, values, type Outcome } from './rig';

let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

const flights = values('dest, delay', `'A', 1`, `'B', 2`, `NULL, 3`, `'C', 4`, `'A', 5`);
const tables = {
  airports: values('faa, lat, name', `'A', 1.5, 'Alpha'`, `'B', 2.5, 'Beta'`, `NULL, 9.5, 'None'`),
  weather: values('dest, t', `'A', 10`, `'A', 11`, `'B', 20`, `NULL, 30`),
};

function joined(options: Step['options'], relation = flights): Promise<Outcome> {
  return apply(session, relation, [step('join', options)], {}, tables);
}

describe('join', () => {
  it('left: every row stays once, in its order, missing where there is no match; missing keys match nothing', async () => {
    const out = await joined({ with: 'airports', on: { dest: 'faa' }, prefix: 'dest_' });
    expect(out.columns).toEqual(['dest', 'delay', 'dest_lat', 'dest_name']);
    expect(out.rows).toEqual([
      ['A', 1, '1.5', 'Alpha'],
      ['B', 2, '2.5', 'Beta'],
      [null, 3, null, null],
      ['C', 4, null, null],
      ['A', 5, '1.5', 'Alpha'],
    ]);
    expect(out.fitted.steps).toEqual([{ most: 1, checked: null }]);
  });
  it('inner, semi and anti choose rows', async () => {
    const at = { with: 'airports', on: { dest: 'faa' } };
    expect((await joined({ ...at, kind: 'inner', columns: ['name'] })).rows).toEqual([
      ['A', 1, 'Alpha'],
      ['B', 2, 'Beta'],
      ['A', 5, 'Alpha'],
    ]);
    expect((await joined({ ...at, kind: 'semi' })).rows.map((row) => row[1])).toEqual([1, 2, 5]);
    expect((await joined({ ...at, kind: 'anti' })).rows.map((row) => row[1])).toEqual([3, 4]);
  });
  it('an inner join drops no row of a request', async () => {
    const at = { with: 'airports', on: { dest: 'faa' }, kind: 'inner', columns: ['lat'] };
    const { plan, fitted } = await joined(at);
    const request = `(SELECT *, row_number() OVER () - 1 AS __mll_row, 'train' AS __mll_part FROM ${flights})`;
    const { rows } = await session.all(servingSql(plan, fitted).replaceAll('{input}', request));
    expect(rows.map((row) => row.slice(1))).toEqual([
      [1, '1.5'],
      [2, '2.5'],
      [3, null],
      [4, null],
      [5, '1.5'],
    ]);
  });
  it('several matches: an error that counts them, the first, or a row for each', async () => {
    const at = { with: 'weather', on: ['dest'] };
    await expect(joined(at)).rejects.toThrow(
      'The key dest of weather is not unique: up to 2 rows have the same. Write "matches: first" or "matches: many".',
    );
    const first = await joined({ ...at, matches: 'first' });
    expect(first.rows.map((row) => row[2])).toEqual([10, 20, null, null, 10]);
    const many = await joined({ ...at, matches: 'many' });
    expect(many.rows.map((row) => row.slice(1))).toEqual([
      [1, 10],
      [1, 11],
      [2, 20],
      [3, null],
      [4, null],
      [5, 10],
      [5, 11],
    ]);
    expect(() => servingSql(many.plan, many.fitted)).toThrow(
      'Step 1 (join) makes rows anew, which a request to an endpoint cannot.',
    );
  });
  it('stops when it would multiply the rows beyond its limit', async () => {
    const at = { with: 'weather', on: ['dest'], matches: 'many' };
    await expect(joined({ ...at, limit: 1.2 })).rejects.toThrow(
      'The join gives 7 rows for 5 rows, more than 1.2 for each. Join on more columns, or raise "limit".',
    );
    expect((await joined({ ...at, limit: 1.4 })).rows).toHaveLength(7);
  });
  it('says what does not fit, with the nearest name', async () => {
    const known = await others(session, tables);
    const columns = await columnsOf(session, flights);
    const problems = (options: Step['options']): unknown =>
      examine({ recipe: 1, steps: [step('join', options)] }, columns, known).problems.map((one) => [
        one.message,
        one.replacement,
      ]);
    expect(problems({ with: 'airport', on: ['dest'] })).toEqual([
      ['There is no table "airport". Did you mean "airports"?', 'airports'],
    ]);
    expect(problems({ with: 'airports', on: { dst: 'fa' } })).toEqual([
      ['There is no column "dst". Did you mean "dest"?', 'dest'],
      ['airports: There is no column "fa". Did you mean "faa"?', 'faa'],
    ]);
    expect(problems({ with: 'airports', on: { delay: 'faa' } })).toEqual([
      [
        '"delay" holds numbers, "faa" of airports holds text: they are never equal. Use cast first.',
        undefined,
      ],
    ]);
    expect(problems({ with: 'weather', on: { dest: 'dest' }, columns: ['dest', 't'] })).toEqual([
      ['Both tables have a column "dest": name the columns to add, or give a "prefix".', undefined],
    ]);
    expect(problems({ with: 'weather', on: ['dest'], columns: ['x'] })).toEqual([
      ['There is no column "x". Did you mean "t"?', 't'],
    ]);
  });
  it('reads one table once, however many steps join it; a step that is off reads none', () => {
    const one = step('join', { with: 'airports', on: { dest: 'faa' }, columns: ['lat'] });
    const two = step('join', { with: 'airports', on: { dest: 'faa' }, columns: ['name'] });
    const off = { ...step('join', { with: 'gone', on: ['dest'] }), disabled: true };
    const recipe = { recipe: 1 as const, steps: [one, off, two] };
    expect(tableNames(recipe)).toEqual(['airports']);
    const columns = [
      { name: 'faa', sqlType: 'VARCHAR' },
      { name: 'lat', sqlType: 'DOUBLE' },
      { name: 'name', sqlType: 'VARCHAR' },
    ];
    const plan = compile(recipe, [{ name: 'dest', sqlType: 'VARCHAR' }], new Map([['airports', columns]]));
    expect(plan.tables).toEqual([{ name: 'airports', relation: '__mll_table_0', columns }]);
  });
});

describe('lag', () => {
  const sales = values(
    'shop, day, sold',
    `'a', 2, 20`,
    `'a', 1, 10`,
    `'b', 1, 100`,
    `'a', 3, 30`,
    `'b', 2, NULL`,
    `'b', NULL, 300`,
    `'b', 3, 400`,
  );
  it('looks back by group and time, never ahead; a row without a time has no earlier row and is none', async () => {
    const out = await apply(session, sales, [
      step('lag', { columns: ['sold'], by: [1, 2], group: ['shop'], order: 'day' }),
    ]);
    expect(out.columns).toEqual(['shop', 'day', 'sold', 'sold_lag1', 'sold_lag2']);
    expect(out.rows.map((row) => row.slice(3))).toEqual([
      [10, null],
      [null, null],
      [null, null],
      [20, 10],
      [100, null],
      [null, null],
      [null, 100],
    ]);
  });
  it('without a time the rows follow as they stand', async () => {
    const out = await apply(session, sales, [step('lag', { columns: ['sold'] })]);
    expect(out.rows.map((row) => row[3])).toEqual([null, 20, 10, 100, 30, null, 300]);
  });
  it('a training row does not see test rows; a test row sees all before it', async () => {
    const table = values('x, s', '1, 0', '2, 1', '3, 0', '4, 1');
    const split = { test: 0.5, method: 'time' as const, column: 's', cut: 1 };
    const out = await apply(session, table, [step('lag', { columns: ['x'] })], { split });
    expect(out.rows.map((row) => row[2])).toEqual([null, 1, 1, 3]);
  });
  it('is not deployed alone; with `request: true` the request carries the earlier rows', async () => {
    const { plan, fitted } = await apply(session, sales, [step('lag', { columns: ['sold'] })]);
    expect(() => servingSql(plan, fitted)).toThrow('Step 1 (lag) reads earlier rows');
    const own = await apply(session, sales, [
      step('lag', { columns: ['sold'], order: 'day', request: true }),
    ]);
    const request = `(SELECT *, row_number() OVER () - 1 AS __mll_row, 'train' AS __mll_part FROM ${values('shop, day, sold', `'z', 2, 6`, `'z', 1, 5`)})`;
    const { rows } = await session.all(servingSql(own.plan, own.fitted).replaceAll('{input}', request));
    expect(rows.map((row) => row[3])).toEqual([5, null]);
  });
});

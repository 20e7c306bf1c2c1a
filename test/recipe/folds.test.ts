import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import { compile, examine } from '../../src/recipe/compile';
import { parse } from '../../src/recipe/document';
import type { Split } from '../../src/recipe/model';
import { needsCut } from '../../src/recipe/split';
import { columnsOf, open } from './rig';

let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

const table = (count: number): string =>
  `(SELECT range AS id, range % 7 AS g, CASE WHEN range % 10 = 0 THEN 'rare' ELSE 'often' END AS y, CAST(DATE '2024-01-01' + CAST(range // 2 AS INTEGER) AS DATE) AS t FROM range(${count}))`;

/** The fold of each row, in order. */
async function foldsOf(split: Split, count: number): Promise<number[]> {
  const relation = table(count);
  const plan = compile({ recipe: 1, target: 'y', split, steps: [] }, await columnsOf(session, relation));
  const { rows } = await session.all(
    `SELECT ${plan.folds?.sql ?? ''} FROM (SELECT *, row_number() OVER () - 1 AS __mll_row FROM ${relation}) ORDER BY __mll_row`,
  );
  return rows.map((row) => Number(row[0]));
}
const sizes = (folds: readonly number[]): number[] =>
  [...new Set(folds)].sort((a, b) => a - b).map((fold) => folds.filter((one) => one === fold).length);

it('random folds are about even and stay when rows are appended', async () => {
  const split = { folds: 5, method: 'random', seed: 7 } as const;
  const few = await foldsOf(split, 500);
  expect((await foldsOf(split, 1000)).slice(0, 500)).toEqual(few);
  expect(sizes(few)).toHaveLength(5);
  expect(Math.min(...sizes(few))).toBeGreaterThan(75);
  expect(await foldsOf({ ...split, seed: 8 }, 500)).not.toEqual(few);
});

it('groups stay together, classes are dealt out evenly, time goes on', async () => {
  const grouped = await foldsOf({ folds: 3, method: 'group', column: 'g' }, 140);
  grouped.forEach((fold, k) => expect(fold).toBe(grouped[k % 7]));
  const dealt = await foldsOf({ folds: 4, method: 'stratified' }, 400);
  expect(sizes(dealt.filter((_, k) => k % 10 === 0))).toEqual([10, 10, 10, 10]);
  expect(sizes(dealt)).toEqual([100, 100, 100, 100]);
  // One part more than folds; rows of one day are never parted.
  const timed = await foldsOf({ folds: 3, method: 'time', column: 't' }, 80);
  expect(sizes(timed)).toEqual([20, 20, 20, 20]);
  expect(timed).toEqual([...timed].sort((a, b) => a - b));
});

it('folds alone need no test part and no cut; one of them must be there', () => {
  const read = (split: string) => parse(`recipe: 1\ntarget: y\nsplit: ${split}\nsteps: []\n`);
  const alone = read('{ folds: 5, method: stratified }').recipe;
  expect(alone.split).toEqual({ folds: 5, method: 'stratified' });
  expect(needsCut(alone)).toBe(false);
  const columns = [{ name: 'y', sqlType: 'VARCHAR' }];
  const { plan } = examine(alone, columns);
  expect(plan.split).toBeUndefined();
  expect(plan.folds?.count).toBe(5);
  expect(needsCut(read('{ folds: 5, test: 0.2, method: stratified }').recipe)).toBe(true);
  expect(read('{ method: random }').problems.map((one) => one.message)).toEqual([
    '"split": needs "test": the share of rows in the test part, or "folds".',
  ]);
  expect(read('{ folds: 1 }').problems.map((one) => one.message)).toEqual([
    '"split.folds": must be at least 2.',
  ]);
  expect(
    examine({ ...alone, split: { folds: 3, method: 'group' } }, columns).problems.map((one) => one.message),
  ).toEqual(['A group split needs "column": the group column.']);
});

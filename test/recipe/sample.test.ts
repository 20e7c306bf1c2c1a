import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import { apply, open, step } from './rig';

let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

const numbers = (count: number): string => `(SELECT range AS id, range % 3 AS g FROM range(${count}))`;

it('a random share keeps each row when rows are appended, and is nearly the share', async () => {
  const some = step('sample', { share: 0.2 });
  const few = (await apply(session, numbers(1000), [some])).rows.map((row) => row[0]);
  const more = (await apply(session, numbers(2000), [some])).rows.map((row) => row[0]);
  expect(more.filter((id) => Number(id) < 1000)).toEqual(few);
  expect(more.length).toBeGreaterThan(340);
  expect(more.length).toBeLessThan(460);
});

it('by group the share is exact, rounded up; training and test part by themselves', async () => {
  const split = { test: 0.5, method: 'time', column: 'id', cut: 60 } as const;
  const out = await apply(session, numbers(100), [step('sample', { share: 0.1, per: ['g'] })], { split });
  const counts = new Map<string, number>();
  for (const [id, g] of out.rows) {
    const key = `${Number(id) < 60 ? 'train' : 'test'} ${String(g)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  // 20 of each in training, 13 or 14 in the test part.
  expect(Object.fromEntries([...counts].sort())).toEqual({
    'test 0': 2,
    'test 1': 2,
    'test 2': 2,
    'train 0': 2,
    'train 1': 2,
    'train 2': 2,
  });
});

it('folds keep a row’s number when rows are appended, and keys together', async () => {
  const five = step('folds', { folds: 5, key: ['id'] });
  const few = (await apply(session, numbers(50), [five])).rows;
  const more = (await apply(session, numbers(500), [five])).rows;
  expect(more.slice(0, 50)).toEqual(few);
  const sizes = [0, 1, 2, 3, 4].map((fold) => more.filter((row) => row[2] === fold).length);
  expect(Math.min(...sizes)).toBeGreaterThan(70);
  const grouped = (await apply(session, numbers(60), [step('folds', { folds: 4, key: ['g'] })])).rows;
  expect(new Set(grouped.map((row) => `${String(row[1])} ${String(row[2])}`)).size).toBe(3);
});

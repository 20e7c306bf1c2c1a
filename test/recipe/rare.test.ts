import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import { examine } from '../../src/recipe/compile';
import { apply, open, step, values, type Outcome } from './rig';

let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

const cities = values(
  'c, s',
  ...['a', 'a', 'a', 'b', 'b', 'c', 'd'].map((one) => `'${one}', 0`),
  `NULL, 0`,
  // Rows of the test part: rare in training, never seen in it, common.
  `'d', 1`,
  `'z', 1`,
  `'a', 1`,
);
const split = { test: 0.3, method: 'time', column: 's', cut: 1 } as const;
const grouped = (kind: string, options: object): Promise<Outcome> =>
  apply(session, cities, [step(kind, { columns: ['c'], ...options })], { split });
const tested = async (options: object): Promise<unknown[]> =>
  (await grouped('group_rare', options)).rows.slice(8).map((row) => row[0]);

it('rare categories become one, by count, share or place; missing stays', async () => {
  const first = (out: Outcome): unknown[] => out.rows.slice(0, 8).map((row) => row[0]);
  expect(first(await grouped('group_rare', { min_count: 2 }))).toEqual([
    'a',
    'a',
    'a',
    'b',
    'b',
    'other',
    'other',
    null,
  ]);
  // b has 2 of 7 training rows, which is less than 0.3.
  expect(first(await grouped('group_rare', { min_share: 0.3, into: '?' }))).toEqual([
    'a',
    'a',
    'a',
    '?',
    '?',
    '?',
    '?',
    null,
  ]);
  expect(first(await grouped('group_rare', { max_categories: 3 }))).toEqual([
    'a',
    'a',
    'a',
    'b',
    'b',
    'c',
    'other',
    null,
  ]);
});

it('a category that training has not seen goes by the policy; a rare one is always rare', async () => {
  expect(await tested({ min_count: 2 })).toEqual(['other', 'other', 'a']);
  expect(await tested({ min_count: 2, unknown: 'keep' })).toEqual(['other', 'z', 'a']);
  expect(await tested({ min_count: 2, unknown: 'missing' })).toEqual(['other', null, 'a']);
  await expect(tested({ min_count: 2, unknown: 'error' })).rejects.toThrow(
    'Column "c": the category "z" was not in the training data.',
  );
});

it('encode counts rare categories as unknown', async () => {
  const out = await grouped('encode', { min_count: 2 });
  expect(out.columns).toEqual(['s', 'c_a', 'c_b', 'c_other']);
  expect(out.rows.map((row) => row[3])).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 0]);
  const share = await grouped('encode', { min_share: 0.3, method: 'ordinal' });
  expect(share.rows.map((row) => row[0])).toEqual([0, 0, 0, 1, 1, 1, 1, null, 1, 1, 0]);
  const { problems } = examine(
    { recipe: 1, steps: [step('encode', { columns: ['c'], min_share: 0.1, unknown: 'error' })] },
    [{ name: 'c', sqlType: 'VARCHAR' }],
  );
  expect(problems.map((one) => one.message)).toEqual([
    'With "min_share" the rarer ones need "unknown: other" or "missing".',
  ]);
});

it('target_encode: unseen and rare categories take the overall mean, are missing, or are refused', async () => {
  const sales = values(
    'c, y, s',
    ...[`'a', 1`, `'a', 3`, `'b', 8`].map((one) => `${one}, 0`),
    // Rows of the test part: known, rare in training, never seen, missing (never seen, too).
    ...[`'a', 0`, `'b', 0`, `'z', 0`, `NULL, 0`].map((one) => `${one}, 1`),
  );
  const encoded = async (options: object): Promise<unknown[]> => {
    const one = step('target_encode', { columns: ['c'], smooth: 0, folds: 2, ...options });
    const out = await apply(session, sales, [one], { split, target: 'y' });
    return out.rows.slice(3).map((row) => row[0]);
  };
  expect(await encoded({})).toEqual([2, 8, 4, 4]);
  expect(await encoded({ unknown: 'missing' })).toEqual([2, 8, null, null]);
  for (const rare of [{ min_count: 2 }, { min_share: 0.4 }, { max_categories: 1 }]) {
    expect(await encoded(rare)).toEqual([2, 4, 4, 4]);
    expect(await encoded({ ...rare, unknown: 'missing' })).toEqual([2, null, null, null]);
  }
  await expect(encoded({ unknown: 'error' })).rejects.toThrow(
    'Column "c": the category "z" was not in the training data.',
  );
  const known = values('c, y, s', `'a', 1, 0`, `'a', 3, 0`, `NULL, 0, 1`);
  const strict = step('target_encode', { columns: ['c'], smooth: 0, unknown: 'error' });
  expect((await apply(session, known, [strict], { split, target: 'y' })).rows[2]).toEqual([2, 0, 1]);
  const { problems } = examine(
    {
      recipe: 1,
      target: 'y',
      steps: [step('target_encode', { columns: ['c'], min_count: 2, unknown: 'error' })],
    },
    [
      { name: 'c', sqlType: 'VARCHAR' },
      { name: 'y', sqlType: 'BIGINT' },
    ],
  );
  expect(problems.map((one) => one.message)).toEqual([
    'With "min_count" the rarer ones need "unknown: overall" or "missing".',
  ]);
});

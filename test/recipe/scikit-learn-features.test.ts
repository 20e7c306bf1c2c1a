import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cell } from '../../src/core/table';
import type { Session } from '../../src/engine/duckdb';
import { servingSql } from '../../src/recipe/render';
import { apply, open, step, type Outcome } from './rig';
import { relationOf } from './samples';
import { testPython } from '../python';

const ROWS = 400;
const WORDS = ['good', 'food', 'Bad', 'service', 'über', 'x1', 'a', 'cold_soup', '10'];

let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

/** Numbers from 0 to 1, the same each time. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = sequence(7);
const rows = Array.from({ length: ROWS }, (_, k) => ({
  x: (random() - 0.4) ** 3 * 1000,
  z: random() * 5,
  g: `g${Math.floor(random() ** 2 * 12)}`,
  y: random() * 100,
  text: Array.from(
    { length: Math.floor(random() * 8) },
    () => WORDS[Math.floor(random() * WORDS.length)],
  ).join(', '),
  part: k % 4 === 3 ? 1 : 0,
}));

interface Reference {
  readonly width: readonly number[];
  readonly quantile: readonly number[];
  readonly polynomial: readonly (readonly number[])[];
  readonly words: readonly string[];
  readonly tfidf: readonly (readonly number[])[];
  readonly target: readonly number[];
  readonly power: readonly number[];
  readonly lambdas: readonly number[];
  readonly boxed: readonly number[];
  readonly ranked: readonly number[];
}

function reference(): Reference {
  const run = spawnSync(testPython(), [path.join(import.meta.dirname, 'scikit-learn-features.py')], {
    input: JSON.stringify({
      x: rows.map((row) => row.x),
      z: rows.map((row) => row.z),
      g: rows.map((row) => row.g),
      y: rows.map((row) => row.y),
      text: rows.map((row) => row.text),
      train: rows.map((row) => row.part === 0),
    }),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  expect(run.stderr).toBe('');
  return JSON.parse(run.stdout) as Reference;
}

function expectNear(
  mine: readonly (readonly (Cell | undefined)[])[],
  theirs: readonly (readonly number[])[],
): void {
  expect(mine).toHaveLength(theirs.length);
  theirs.forEach((row, k) =>
    row.forEach((value, at) => {
      const own = Number(mine[k]?.[at]);
      const near = Math.abs(own - value) <= 1e-9 * Math.max(1, Math.abs(value));
      expect(near, `row ${k}, ${at}: ${own} instead of ${value}`).toBe(true);
    }),
  );
}

it('bins, products, powers, TF-IDF and target encoding are those of scikit-learn to 1e-9', async () => {
  const wanted = reference();
  const relation = relationOf([
    ['x:DOUBLE', 'z:DOUBLE', 'g', 'y:DOUBLE', 'text', 'part'],
    ...rows.map((row) => [row.x, row.z, row.g, row.y, row.text, row.part]),
  ]);
  await session.run(`CREATE TEMP TABLE features AS SELECT * FROM ${relation}`);
  const split = { test: 0.25, method: 'time', column: 'part', cut: 0.5 } as const;
  const done = (kind: string, options: Record<string, unknown>): Promise<Outcome> =>
    apply(session, 'features', [step(kind, options)], { split, target: 'y' });
  const column = (out: Outcome, ...names: string[]): (Cell | undefined)[][] =>
    out.rows.map((row) => names.map((name) => row[out.columns.indexOf(name)]));
  const single = (list: readonly number[]): number[][] => list.map((value) => [value]);

  for (const method of ['width', 'quantile'] as const) {
    const out = await done('bin', { columns: ['x'], method, bins: 7 });
    expectNear(column(out, 'x'), single(wanted[method]));
  }
  const products = await done('polynomial', { columns: ['x', 'z'], degree: 3 });
  expectNear(column(products, 'x^2', 'x*z', 'z^2', 'x^3', 'x^2*z', 'x*z^2', 'z^3'), wanted.polynomial);
  const power = await done('reshape_numbers', { columns: ['x'], method: 'yeo_johnson', power: 0.35 });
  expectNear(column(power, 'x'), single(wanted.power));
  const least = Math.min(...rows.map((row) => row.x));
  await session.run(
    `CREATE TEMP TABLE above AS SELECT * REPLACE (x - CAST('${least}' AS DOUBLE) + 0.5 AS x) FROM features`,
  );
  const boxCox = (options: object): Promise<Outcome> =>
    apply(session, 'above', [step('reshape_numbers', { columns: ['x'], method: 'box_cox', ...options })], {
      split,
      target: 'y',
    });
  expectNear(column(await boxCox({ power: -0.7 }), 'x'), single(wanted.boxed));
  // Both search for the power of the highest likelihood; ours is to 0.00002.
  const fitted = [await done('reshape_numbers', { columns: ['x'], method: 'yeo_johnson' }), await boxCox({})];
  fitted.forEach((out, k) =>
    expect(Math.abs(Number(out.fitted.steps[0]?.['x.power']) - Number(wanted.lambdas[k]))).toBeLessThan(3e-5),
  );
  const ranked = await done('reshape_numbers', { columns: ['x'], method: 'rank_normal' });
  expectNear(column(ranked, 'x'), single(wanted.ranked));
  const words = await done('tfidf', { column: 'text', min_rows: 1 });
  expect(words.fitted.steps[0]?.words).toEqual(wanted.words);
  expectNear(column(words, ...wanted.words.map((word) => `text_word_${word}`)), wanted.tfidf);
  // scikit-learn's transform of new rows is what requests take.
  const target = await done('target_encode', { columns: ['g'], smooth: 20 });
  const request = `(SELECT *, rowid AS __mll_row, 'train' AS __mll_part FROM features)`;
  const served = await session.all(servingSql(target.plan, target.fitted).replaceAll('{input}', request));
  const place = served.columns.findIndex((one) => one.name === 'g');
  expectNear(
    served.rows.map((row) => [row[place]]),
    single(wanted.target),
  );
  // A training row never takes its own target: its value is not that of a request, and moves when a target elsewhere moves only.
  const trained = column(target, 'g').map(([value]) => Number(value));
  expect(rows.filter((row, k) => row.part === 0 && trained[k] === wanted.target[k]).length).toBeLessThan(5);
  rows.forEach((row, k) => {
    if (row.part === 1) expect(Math.abs((trained[k] ?? NaN) - (wanted.target[k] ?? NaN))).toBeLessThan(1e-9);
  });
});

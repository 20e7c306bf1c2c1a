import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cell } from '../../src/core/table';
import type { Session } from '../../src/engine/duckdb';
import type { Step } from '../../src/recipe/model';
import { testPython } from '../python';
import { apply, open, step, values } from './rig';

let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

const ROWS = 3000;
const WORDS = ['b', 'B', 'Ærø', 'z z', "it's", '10', '9', '😀', 'é'];

/** Numbers of a fixed pseudo-random sequence, 0 to 1. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Row {
  readonly x: number | null;
  readonly n: number | null;
  readonly g: string | null;
  readonly test: boolean;
}

/** A wide range with far values and gaps; categories, two of them in the test part only. */
function table(): Row[] {
  const random = sequence(20_240_601);
  return Array.from({ length: ROWS }, () => {
    const test = random() < 0.25;
    const far = random() < 0.02 ? 1000 : 1;
    const x = random() < 0.1 ? null : (random() - 0.3) ** 3 * 12_345.678 * far + 1e-3;
    const n = random() < 0.1 ? null : Math.floor(random() * 12) - 4;
    const word = WORDS[Math.floor(random() ** 2 * WORDS.length)] ?? 'b';
    const g = random() < 0.1 ? null : test && random() < 0.1 ? `new ${word === 'b' ? 1 : 2}` : word;
    return { x, n, g, test };
  });
}

const STEPS: Readonly<Record<string, Step>> = {
  mean: step('fill_missing', { columns: ['x'], with: 'mean' }),
  median: step('fill_missing', { columns: ['x'], with: 'median' }),
  mode: step('fill_missing', { columns: ['n'], with: 'mode' }),
  'mode of text': step('fill_missing', { columns: ['g'], with: 'mode' }),
  standard: step('scale', { columns: ['x'], method: 'standard' }),
  min_max: step('scale', { columns: ['x'], method: 'min_max' }),
  robust: step('scale', { columns: ['x'], method: 'robust' }),
  iqr: step('clip_outliers', { columns: ['x'], method: 'iqr' }),
  z: step('clip_outliers', { columns: ['x'], method: 'z' }),
  quantile: step('clip_outliers', { columns: ['x'], method: 'quantile' }),
  one_hot: step('encode', { columns: ['g'] }),
  ordinal: step('encode', { columns: ['g'], method: 'ordinal' }),
  frequency: step('encode', { columns: ['g'], method: 'frequency' }),
};

interface Reference {
  readonly categories: readonly string[];
  readonly columns: Readonly<Record<string, readonly (Cell | readonly Cell[])[]>>;
}

function near(a: Cell | undefined, b: Cell | undefined): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));
}

it('every fit and what it makes of all rows: as scikit-learn fits it on the training rows, to 1e-9', async () => {
  const rows = table();
  const run = spawnSync(testPython(), [path.join(import.meta.dirname, 'scikit-learn.py')], {
    input: JSON.stringify({
      x: rows.map((row) => row.x),
      n: rows.map((row) => row.n),
      g: rows.map((row) => row.g),
      train: rows.map((row) => !row.test),
    }),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  expect(run.stderr).toBe('');
  const reference = JSON.parse(run.stdout) as Reference;
  expect(Object.keys(reference.columns)).toEqual(Object.keys(STEPS));

  const literal = (value: string | number | null, type: string): string =>
    value === null ? `CAST(NULL AS ${type})` : `CAST('${String(value).replaceAll("'", "''")}' AS ${type})`;
  const relation = values(
    'x, n, g, part',
    ...rows.map(
      ({ x, n, g, test }) =>
        `${literal(x, 'DOUBLE')}, ${literal(n, 'BIGINT')}, ${literal(g, 'VARCHAR')}, ${test ? 1 : 0}`,
    ),
  );
  await session.run(`CREATE TEMP TABLE numbers AS SELECT * FROM ${relation}`);
  // Later than 0.5 is the test part.
  const split = { test: 0.25, method: 'time', column: 'part', cut: 0.5 } as const;
  for (const [name, one] of Object.entries(STEPS)) {
    const out = await apply(session, 'numbers', [one], { split });
    const wanted = reference.columns[name] ?? [];
    const at = (column: string): number => out.columns.indexOf(column);
    expect(out.rows).toHaveLength(ROWS);
    if (name === 'one_hot') {
      const made = reference.categories.map((category) =>
        category.toLowerCase() === 'b' ? (category === 'B' ? 'g_B' : 'g_b (2)') : `g_${category}`,
      );
      expect(out.columns).toEqual(['x', 'n', 'part', ...made, 'g_other']);
      expect(out.rows.map((row) => made.map((column) => row[at(column)]))).toEqual(wanted);
      continue;
    }
    const [column = ''] = one.options.columns as readonly string[];
    out.rows.forEach((row, k) => {
      const [mine, theirs] = [row[at(column)], wanted[k] as Cell];
      expect(near(mine, theirs), `${name}, row ${k}: ${String(mine)} instead of ${String(theirs)}`).toBe(
        true,
      );
    });
  }
});

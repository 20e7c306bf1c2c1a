import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import { compile } from '../../src/recipe/compile';
import type { Recipe } from '../../src/recipe/model';
import { PART, ROW, type Fitted } from '../../src/recipe/plan';
import { runSql } from '../../src/recipe/render';
import { testPython } from '../python';
import { codeOf, runExported, same } from './exported';
import type { Case } from './random';
import { columnsOf, fit, open, step } from './rig';

/** Values at the edges of what steps take: the engine, the Python runtime and the three exports agree, and give these rows. */
let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

const rows = (columns: string, ...list: string[]): string =>
  `(SELECT * FROM (VALUES ${list.map((row) => `(${row})`).join(', ')}) AS t(${columns}))`;

async function caseOf(relation: string, recipe: Partial<Recipe>): Promise<Case> {
  const whole: Recipe = { recipe: 1, steps: [], ...recipe };
  const plan = compile(whole, await columnsOf(session, relation));
  return { recipe: whole, plan, relation, tables: {}, fitted: await fit(session, plan, relation) };
}

interface Everywhere {
  readonly engine: readonly unknown[];
  readonly fitted: Fitted;
  readonly python: { readonly rows: readonly string[]; readonly fitted: Fitted };
}

/** The rows of a recipe, which all five give. */
async function everywhere(relation: string, recipe: Partial<Recipe>): Promise<Everywhere> {
  const one = await caseOf(relation, recipe);
  const sql = runSql(one.plan, one.fitted, relation);
  const json = (select: string): string => `SELECT CAST(to_json(t) AS VARCHAR) FROM (${select}) AS t`;
  const whole = await session.all(`${json(sql)} ORDER BY ${ROW}`);
  const shown = await session.all(json(`SELECT * EXCLUDE (${ROW}, ${PART}) FROM (${sql}) ORDER BY ${ROW}`));
  const engine = shown.rows.map((row) => JSON.parse(String(row[0])) as unknown);
  const done = spawnSync(testPython(), [path.join(import.meta.dirname, 'executor.py')], {
    input: JSON.stringify([one]),
    env: { ...process.env, PYTHONPATH: path.resolve(import.meta.dirname, '../../python') },
    encoding: 'utf8',
    timeout: 50_000,
  });
  expect(done.stderr).toBe('');
  const [python] = JSON.parse(done.stdout) as Everywhere['python'][];
  if (python === undefined) throw new Error('no outcome');
  expect(python.rows).toEqual(whole.rows.map((row) => row[0]));
  expect(python.fitted).toEqual(one.fitted);
  const code = codeOf(one);
  const [exported] = runExported([code]);
  for (const language of ['sql', 'pandas', 'polars']) {
    const found = exported?.[language];
    expect(found?.error, String(code[language])).toBeUndefined();
    const given = (found?.rows ?? []).map((row) => JSON.parse(row) as unknown);
    if (!same(given, engine)) expect(given, `${language}\n${String(code[language])}`).toEqual(engine);
  }
  return { engine, fitted: one.fitted, python };
}

describe('the same everywhere', () => {
  it('a division by zero is missing, and 0 / 0 as well', async () => {
    const table = rows('a, b', '1.0::DOUBLE, 0.0::DOUBLE', '0.0, 0.0', '1.0, 2.0', 'NULL, 0.0');
    const { engine } = await everywhere(table, {
      steps: [
        step('compute', { ratio: 'a / b', whole: 'CAST(a AS BIGINT) // 0' }),
        step('compute', { gone: 'ratio IS NULL' }),
      ],
    });
    expect(engine).toEqual([
      { a: 1, b: 0, ratio: null, whole: null, gone: true },
      { a: 0, b: 0, ratio: null, whole: null, gone: true },
      { a: 1, b: 2, ratio: 0.5, whole: null, gone: false },
      { a: null, b: 0, ratio: null, whole: null, gone: true },
    ]);
  });
  it('moments around a change of the clocks keep their order and their UTC hour', async () => {
    const table = rows(
      'clock',
      "TIMESTAMPTZ '2024-03-31 00:30:00+00'",
      "TIMESTAMPTZ '2024-03-31 02:30:00+01'",
      "TIMESTAMPTZ '2024-03-31 04:30:00+02'",
      "TIMESTAMPTZ '2024-10-27 02:30:00+02'",
      "TIMESTAMPTZ '2024-10-27 02:30:00+01'",
    );
    const { engine } = await everywhere(table, {
      steps: [
        step('lag', { columns: ['clock'], order: 'clock' }),
        step('date_parts', { columns: ['clock'], parts: ['day', 'hour'] }),
      ],
    });
    expect(engine).toEqual([
      { clock_day: 31, clock_hour: 0, clock_lag1: null },
      { clock_day: 31, clock_hour: 1, clock_lag1: '2024-03-31 00:30:00+00' },
      { clock_day: 31, clock_hour: 2, clock_lag1: '2024-03-31 01:30:00+00' },
      { clock_day: 27, clock_hour: 0, clock_lag1: '2024-03-31 02:30:00+00' },
      { clock_day: 27, clock_hour: 1, clock_lag1: '2024-10-27 00:30:00+00' },
    ]);
  });
  it('an empty training part: nothing is known, so nothing is filled, scaled or encoded from the test part', async () => {
    const table = rows('x, g, clock', "1.0::DOUBLE, 'a', 5::BIGINT", "NULL, 'b', 6", "3.0, 'a', 7");
    const { engine, fitted } = await everywhere(table, {
      split: { test: 0.5, method: 'time', column: 'clock', cut: 0 },
      steps: [
        step('fill_missing', { columns: ['x'], with: 'median' }),
        step('scale', { columns: ['x'], method: 'standard' }),
        step('encode', { columns: ['g'], method: 'one_hot' }),
      ],
    });
    for (const value of fitted.steps.flatMap((one) => Object.values(one)))
      expect([null, []]).toContainEqual(value);
    expect(engine).toEqual([5, 6, 7].map((clock) => ({ x: null, clock, g_other: 1 })));
  });
  it('a category that training has not seen', async () => {
    const table = rows(
      'g, h, k, clock',
      "'a', 'a', 'a', 1::BIGINT",
      "'b', 'b', 'b', 2",
      "'new', 'new', 'new', 9",
    );
    const { engine } = await everywhere(table, {
      split: { test: 0.3, method: 'time', column: 'clock', cut: 5 },
      steps: [
        step('encode', { columns: ['g'], method: 'one_hot' }),
        step('encode', { columns: ['h'], method: 'ordinal' }),
        step('encode', { columns: ['k'], method: 'frequency' }),
      ],
    });
    // Ordinal: the number after the last known one; frequency: never.
    expect(engine).toEqual([
      { clock: 1, g_a: 1, g_b: 0, g_other: 0, h: 0, k: 0.5 },
      { clock: 2, g_a: 0, g_b: 1, g_other: 0, h: 1, k: 0.5 },
      { clock: 9, g_a: 0, g_b: 0, g_other: 1, h: 2, k: 0 },
    ]);
  });
  it('a cast that does not fit 3 cells of a thousand leaves those missing', async () => {
    const table = `(SELECT CASE WHEN i % 400 = 7 THEN 'n/a' ELSE CAST(i AS VARCHAR) END AS n FROM range(1000) AS r(i))`;
    const { engine } = await everywhere(table, {
      steps: [step('cast', { columns: ['n'], to: 'integer' }), step('filter', { keep: 'n IS NULL' })],
    });
    expect(engine).toEqual([{ n: null }, { n: null }, { n: null }]);
  });
});

describe('refused everywhere', () => {
  it.each([
    ['n * n', /overflow/i],
    ['n + 1', /overflow/i],
    ['CAST(n AS INTEGER)', /out of range|overflow|cast/i],
  ])('an overflow of whole numbers in %s is an error, never another number', async (expression, said) => {
    const table = rows('n', '1::BIGINT', '9223372036854775807');
    const one = await caseOf(table, { steps: [step('compute', { m: expression })] });
    await expect(session.all(runSql(one.plan, one.fitted, table))).rejects.toThrow(said);
    const done = spawnSync(testPython(), [path.join(import.meta.dirname, 'executor.py')], {
      input: JSON.stringify([one]),
      env: { ...process.env, PYTHONPATH: path.resolve(import.meta.dirname, '../../python') },
      encoding: 'utf8',
      timeout: 50_000,
    });
    expect(done.stderr).toMatch(said);
    const [exported] = runExported([codeOf(one)]);
    for (const language of ['sql', 'pandas', 'polars'])
      expect(exported?.[language]?.error, language).toMatch(said);
  });

  it('a text that doubles with each step ends at the memory limit, not with the process', async () => {
    const steps = Array.from({ length: 40 }, () => step('compute', { word: 'word || word' }));
    const table = rows('word', "'xyxyxyxy'");
    const { plan, fitted } = await caseOf(table, { steps });
    const sum = `SELECT sum(length(word)) FROM (${runSql(plan, fitted, table)})`;
    await expect(session.all(sum)).rejects.toMatchObject({ kind: 'quota' });
    expect((await session.all('SELECT 1')).rows).toEqual([[1]]);
  });
});

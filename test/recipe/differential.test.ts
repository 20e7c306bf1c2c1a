import { spawnSync } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import { examine } from '../../src/recipe/compile';
import type { Step } from '../../src/recipe/model';
import { ROW, type Fitted, type FittedValue, type Plan } from '../../src/recipe/plan';
import { runSql, servingSql } from '../../src/recipe/render';
import { identifier, text } from '../../src/recipe/sql';
import { columnsOf, fit, open } from './rig';
import { testPython } from '../python';

const CASES = 60;
const PYTHON = testPython();

let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

type Cell = number | string | boolean | null;

const number = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom(0.1, 1e-7, 123456.789),
);
const word = fc.oneof(
  fc.constantFrom('a', 'A', 'b', 'other', "it's", '', ' x ', '{input}', 'ä"q', '3.10', 'null'),
  fc.string({ maxLength: 4, unit: fc.constantFrom('x', 'é', "'", '"', ' ', '{', '😀', '\\') }),
);
const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(one, { freq: 4, nil: null });
const row = fc.tuple(
  maybe(number),
  maybe(fc.integer({ min: -3, max: 9 })),
  maybe(word),
  maybe(fc.boolean()),
  maybe(fc.integer({ min: 0, max: 30_000 })),
  maybe(word),
);

function relation(rows: readonly (readonly Cell[])[]): string {
  const sql = rows.map(([x, n, g, b, d, y]) => {
    const cell = (value: Cell | undefined, type: string): string =>
      `CAST(${value === null || value === undefined ? 'NULL' : text(String(value))} AS ${type})`;
    const date = d === null || d === undefined ? 'CAST(NULL AS DATE)' : `DATE '1970-01-01' + ${Number(d)}`;
    return `(${cell(x, 'DOUBLE')}, ${cell(n, 'BIGINT')}, ${cell(g, 'VARCHAR')}, ${cell(b, 'BOOLEAN')}, CAST(${date} AS DATE), ${cell(y, 'VARCHAR')})`;
  });
  return `(SELECT * FROM (VALUES ${sql.join(', ')}) AS t(x, n, "g g", b, d, y))`;
}

const numeric = fc.subarray(['x', 'n'], { minLength: 1 });
const any = fc.subarray(['x', 'n', 'g g', 'b', 'd'], { minLength: 1 });
const step = (kind: string, options: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Step> =>
  fc.record(options).map((chosen) => ({
    kind,
    options: Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)),
  }));
const steps = fc.array(
  fc.oneof(
    step('fill_missing', {
      columns: numeric,
      with: fc.constantFrom('mean', 'median', 'mode'),
      indicator: fc.boolean(),
    }),
    step('fill_missing', { columns: any, with: fc.constant('mode') }),
    step('fill_missing', { columns: fc.constant(['g g']), with: fc.constant('constant'), value: word }),
    step('scale', { columns: numeric, method: fc.constantFrom('standard', 'min_max', 'robust') }),
    step('clip_outliers', {
      columns: numeric,
      method: fc.constantFrom('iqr', 'z', 'quantile'),
      outside: fc.constantFrom('clip', 'missing'),
    }),
    step('encode', {
      columns: fc.subarray(['g g', 'b', 'n'], { minLength: 1 }),
      method: fc.constantFrom('one_hot', 'ordinal', 'frequency'),
      unknown: fc.constantFrom('other', 'missing'),
      max_categories: fc.constantFrom(undefined, 2),
    }),
    step('date_parts', { columns: fc.constant(['d']) }),
    step('trim', { columns: fc.constant(['g g']), case: fc.constantFrom('keep', 'lower') }),
    step('replace', {
      columns: fc.constant(['g g']),
      values: fc.dictionary(fc.constantFrom('a', '{input}', "it's"), maybe(word), {
        minKeys: 1,
        noNullPrototype: true,
      }),
    }),
    step('cast', { columns: fc.constant(['g g']), to: fc.constantFrom('number', 'text') }),
    step('compute', { ratio: fc.constantFrom('x / n', 'x + 1', 'length("g g")', 'CASE WHEN b THEN x END') }),
    step('filter', { keep: fc.constantFrom('x > 0', 'n IS NOT NULL', '"g g" <> \'a\'') }),
    step('drop_missing', { columns: any }),
    step('drop_duplicates', { columns: any, keep: fc.constantFrom('first', 'last') }),
    step('rename', { x: fc.constant('renamed') }),
    step('drop_columns', { columns: fc.constantFrom(['b'], ['d'], ['x', 'n']) }),
  ),
  { minLength: 1, maxLength: 6 },
);
const split = fc.record({
  test: fc.constantFrom(0.2, 0.5),
  method: fc.constantFrom('random' as const, 'stratified' as const),
  seed: fc.nat(9),
});

interface Case {
  readonly plan: Plan;
  readonly fitted: Fitted;
  readonly relation: string;
}
interface Outcome {
  readonly fitted: Fitted;
  readonly rows: readonly string[];
  readonly serving: { readonly batch: readonly string[]; readonly single: readonly string[] };
  readonly servingSql: string;
}

/** Recipes whose later steps do not fit what earlier ones left are cut before the first such step. */
async function cases(): Promise<Case[]> {
  const samples = fc.sample(fc.tuple(fc.array(row, { minLength: 1, maxLength: 25 }), steps, split), {
    numRuns: CASES,
    seed: 20_240_501,
  });
  const result: Case[] = [];
  for (const [rows, list, parts] of samples) {
    const table = relation(rows);
    const { plan } = examine(
      { recipe: 1, target: 'y', split: parts, steps: list },
      await columnsOf(session, table),
    );
    // An expression over a column that an earlier step took away is refused by DuckDB: no case.
    const bound = await session.all(`${runSql(plan, await fit(session, plan, table), table)} LIMIT 0`).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Error && error.message.startsWith('Binder Error')) return false;
        throw error;
      },
    );
    if (bound) result.push({ plan, relation: table, fitted: await fit(session, plan, table) });
  }
  return result;
}

function near(a: FittedValue | undefined, b: FittedValue | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one: FittedValue, k) => near(one, b[k] as FittedValue));
  if (typeof a === 'number' && typeof b === 'number')
    return Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(a));
  return a === b;
}

it('the engine and Python do the same: rows bit for bit, fits to 1e-12, a batch as one row at a time', async () => {
  const all = await cases();
  expect(all.length).toBeGreaterThan(CASES * 0.7);
  expect(all.reduce((sum, one) => sum + one.plan.steps.length, 0)).toBeGreaterThan(CASES);
  const run = spawnSync(PYTHON, [path.join(import.meta.dirname, 'executor.py')], {
    input: JSON.stringify(all),
    env: { ...process.env, PYTHONPATH: path.resolve(import.meta.dirname, '../../python') },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  expect(run.stderr).toBe('');
  const outcomes = JSON.parse(run.stdout) as Outcome[];
  for (const [k, { plan, fitted, relation: table }] of all.entries()) {
    const outcome = outcomes[k];
    const { rows } = await session.all(
      `SELECT CAST(to_json(t) AS VARCHAR) FROM (${runSql(plan, fitted, table)}) AS t ORDER BY ${identifier(ROW)}`,
    );
    expect(outcome?.rows, `rows of case ${k}`).toEqual(rows.map((one) => one[0]));
    // Python writes 4e-09 where JavaScript writes 4e-9.
    expect(outcome?.servingSql.replaceAll(/e-0(\d)/gu, 'e-$1')).toBe(servingSql(plan, fitted));
    expect(outcome?.serving.single, `single rows of case ${k}`).toEqual(outcome?.serving.batch);
    fitted.steps.forEach((values, at) => {
      const other = outcome?.fitted.steps[at] ?? {};
      expect(Object.keys(other)).toEqual(Object.keys(values));
      for (const [name, value] of Object.entries(values)) {
        expect(
          near(value, other[name]),
          `case ${k} step ${at} ${name}: ${JSON.stringify([value, other[name]])}`,
        ).toBe(true);
      }
    });
  }
});

it('what is fitted does not change when test rows change', async () => {
  for (const { plan, relation: table, fitted } of await cases()) {
    // The side of each row is decided on the unchanged row.
    const marked = `(SELECT *, (${plan.split ?? 'FALSE'}) AS side FROM ${table})`;
    const before: Plan = {
      ...plan,
      input: [...plan.input, { name: 'side', sqlType: 'BOOLEAN' }],
      split: 'side',
    };
    const other = `(SELECT * REPLACE (CASE WHEN side THEN -99999 ELSE x END AS x) FROM ${marked})`;
    expect(await fit(session, before, other)).toEqual(fitted);
  }
});

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import type { Recipe } from '../../src/recipe/model';
import { ROW, type Fitted, type Plan } from '../../src/recipe/plan';
import { runSql, servingSql } from '../../src/recipe/render';
import { identifier } from '../../src/recipe/sql';
import { howMany, PATIENCE, randomCases } from './random';
import { fit, makeTables, near, open, plainNumbers } from './rig';
import { testPython } from '../python';

const CASES = howMany(120);
const PYTHON = testPython();

vi.setConfig({ testTimeout: PATIENCE, hookTimeout: PATIENCE });

let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

interface Outcome {
  readonly fitted: Fitted;
  readonly rows: readonly string[];
  /** Null where the plan cannot serve. */
  readonly serving: { readonly batch: readonly string[]; readonly single: readonly string[] } | null;
  readonly servingSql: string | null;
}

it('the engine and Python do the same: rows bit for bit, fits to 1e-12, a batch as one row at a time', async () => {
  const all = await randomCases(session, CASES);
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
  for (const [k, { plan, fitted, relation: table, tables }] of all.entries()) {
    await makeTables(session, plan, tables);
    const outcome = outcomes[k];
    const { rows } = await session.all(
      `SELECT CAST(to_json(t) AS VARCHAR) FROM (${runSql(plan, fitted, table)}) AS t ORDER BY ${identifier(ROW)}`,
    );
    expect(outcome?.rows, `rows of case ${k}`).toEqual(rows.map((one) => one[0]));
    const servable = !plan.steps.some((one) => one.history === true || one.rows === 'remake');
    if (!servable) expect(() => servingSql(plan, fitted)).toThrow(/does not carry|makes rows anew/u);
    else expect(plainNumbers(outcome?.servingSql)).toBe(plainNumbers(servingSql(plan, fitted)));
    expect(outcome?.serving?.single, `single rows of case ${k}`).toEqual(outcome?.serving?.batch);
    expect(outcome?.serving === null).toBe(!servable);
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

/** The first rows by a value: which training rows are among them is for the whole table to say, before anything is fitted. */
function takesFirst({ steps }: Recipe): boolean {
  const sorted = steps.findIndex((one) => one.kind === 'sort' && JSON.stringify(one.options).includes('"x"'));
  return (
    sorted >= 0 &&
    steps.slice(sorted).some(({ kind, options }) => kind === 'limit' || options.method === 'first')
  );
}

it('what is fitted does not change when test rows change', async () => {
  for (const { recipe, plan, relation: table, fitted, tables } of await randomCases(session, CASES)) {
    if (takesFirst(recipe)) continue;
    await makeTables(session, plan, tables);
    // The side of each row is decided on the unchanged row.
    const marked = `(SELECT *, (${plan.split ?? 'FALSE'}) AS side FROM ${table})`;
    const before: Plan = {
      ...plan,
      input: [...plan.input, { name: 'side', sqlType: 'BOOLEAN' }],
      split: 'side',
    };
    const other = `(SELECT * REPLACE (CASE WHEN side THEN -99999 ELSE x END AS x) FROM ${marked})`;
    expect(await fit(session, before, other), JSON.stringify(recipe)).toEqual(fitted);
  }
});

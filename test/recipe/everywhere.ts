import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import { compile } from '../../src/recipe/compile';
import type { Recipe } from '../../src/recipe/model';
import { PART, ROW, type Fitted } from '../../src/recipe/plan';
import { runSql } from '../../src/recipe/render';
import { testPython } from '../python';
import { codeOf, runExported, same } from './exported';
import type { Case } from './random';
import { columnsOf, fit } from './rig';

const LANGUAGES = ['sql', 'pandas', 'polars'] as const;

/** A relation of literal rows; the first says the types. */
export const rows = (columns: string, ...list: string[]): string =>
  `(SELECT * FROM (VALUES ${list.map((row) => `(${row})`).join(', ')}) AS t(${columns}))`;

interface Everywhere {
  readonly engine: readonly unknown[];
  readonly fitted: Fitted;
}

export async function caseOf(session: Session, relation: string, recipe: Partial<Recipe>): Promise<Case> {
  const whole: Recipe = { recipe: 1, steps: [], ...recipe };
  const plan = compile(whole, await columnsOf(session, relation));
  return { recipe: whole, plan, relation, tables: {}, fitted: await fit(session, plan, relation) };
}

function runPython(one: Case): { readonly stdout: string; readonly stderr: string } {
  return spawnSync(testPython(), [path.join(import.meta.dirname, 'executor.py')], {
    input: JSON.stringify([one]),
    env: { ...process.env, PYTHONPATH: path.resolve(import.meta.dirname, '../../python') },
    encoding: 'utf8',
    timeout: 50_000,
  });
}

/** The rows of a recipe, which the engine, the Python runtime and the three exports give alike. */
export async function everywhere(
  session: Session,
  relation: string,
  recipe: Partial<Recipe>,
): Promise<Everywhere> {
  const one = await caseOf(session, relation, recipe);
  const sql = runSql(one.plan, one.fitted, relation);
  const json = (select: string): string => `SELECT CAST(to_json(t) AS VARCHAR) FROM (${select}) AS t`;
  const whole = await session.all(`${json(sql)} ORDER BY ${ROW}`);
  const shown = await session.all(json(`SELECT * EXCLUDE (${ROW}, ${PART}) FROM (${sql}) ORDER BY ${ROW}`));
  const engine = shown.rows.map((row) => JSON.parse(String(row[0])) as unknown);
  const done = runPython(one);
  expect(done.stderr).toBe('');
  const [python] = JSON.parse(done.stdout) as { readonly rows: readonly string[]; readonly fitted: Fitted }[];
  if (python === undefined) throw new Error('no outcome');
  expect(python.rows).toEqual(whole.rows.map((row) => row[0]));
  expect(python.fitted).toEqual(one.fitted);
  const code = codeOf(one);
  const [exported] = runExported([code]);
  for (const language of LANGUAGES) {
    const found = exported?.[language];
    expect(found?.error, String(code[language])).toBeUndefined();
    const given = (found?.rows ?? []).map((row) => JSON.parse(row) as unknown);
    if (!same(given, engine)) expect(given, `${language}\n${String(code[language])}`).toEqual(engine);
  }
  return { engine, fitted: one.fitted };
}

/** Recipes that the engine, the Python runtime and the three exports refuse to run, each in all five with these words. */
export async function refusedEverywhere(
  session: Session,
  refused: readonly (readonly [relation: string, recipe: Partial<Recipe>, said: RegExp])[],
): Promise<void> {
  const cases: Case[] = [];
  for (const [relation, recipe, said] of refused) {
    const one = await caseOf(session, relation, recipe);
    const named = JSON.stringify(recipe);
    await expect(session.all(runSql(one.plan, one.fitted, relation)), named).rejects.toThrow(said);
    expect(runPython(one).stderr, named).toMatch(said);
    cases.push(one);
  }
  const outcomes = runExported(cases.map(codeOf));
  refused.forEach(([, recipe, said], k) => {
    for (const language of LANGUAGES) {
      expect(outcomes[k]?.[language]?.error, `${language}: ${JSON.stringify(recipe)}`).toMatch(said);
    }
  });
}

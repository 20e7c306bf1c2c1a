import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSession, type Session } from '../../src/engine/duckdb';
import { createMemory } from '../../src/engine/memory';
import { loadSteps } from '../../src/recipe/catalogue';
import { compile } from '../../src/recipe/compile';
import type { Recipe, Step } from '../../src/recipe/model';
import { PART, ROW, type Fitted, type FittedValue, type Plan, type PlanColumn } from '../../src/recipe/plan';
import { baseSql, fitSql, readFit, runSql, stepsSql, tableSql } from '../../src/recipe/render';
import type { Cell } from '../../src/core/table';

export async function open(allowedDirectories: readonly string[] = []): Promise<Session> {
  await loadSteps(['holidays']);
  return openSession({
    tempDirectory: mkdtempSync(path.join(tmpdir(), 'mll-recipe-')),
    memory: createMemory(2 ** 30),
    threads: 2,
    allowedDirectories,
  });
}

/** Makes the other tables of a plan, each a relation by the name that the recipe gives it. */
export async function makeTables(
  session: Session,
  plan: Plan,
  tables: Readonly<Record<string, string>>,
): Promise<void> {
  for (const table of plan.tables ?? []) {
    const select = `SELECT * FROM ${tables[table.name] ?? ''}`;
    await session.run(`CREATE OR REPLACE TEMP TABLE ${table.relation} AS ${tableSql(table, select)}`);
  }
}

/** The columns of other tables. */
export async function others(
  session: Session,
  tables: Readonly<Record<string, string>>,
): Promise<Map<string, PlanColumn[]>> {
  const found = new Map<string, PlanColumn[]>();
  for (const [name, relation] of Object.entries(tables)) found.set(name, await columnsOf(session, relation));
  return found;
}

/** Fits a plan over a relation as the engine does. */
export async function fit(session: Session, plan: Plan, relation: string): Promise<Fitted> {
  await session.run(`CREATE OR REPLACE TEMP TABLE __mll_test AS ${baseSql(plan, relation)}`);
  const steps: Record<string, FittedValue>[] = [];
  for (const [k, step] of plan.steps.entries()) {
    if (step.fit === undefined) {
      steps.push({});
      continue;
    }
    const before = `(${stepsSql(plan, { fitted: 1, steps }, '__mll_test', k)})`;
    const { rows } = await session.all(fitSql(step.fit, before));
    steps.push(readFit(String(rows[0]?.[0])));
  }
  return { fitted: 1, steps };
}

export async function columnsOf(session: Session, relation: string): Promise<PlanColumn[]> {
  const { columns } = await session.all(`SELECT * FROM ${relation} LIMIT 0`);
  return columns.map(({ name, sqlType }) => ({ name, sqlType }));
}

export interface Outcome {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly fitted: Fitted;
  readonly plan: Plan;
}

/** Steps over a relation: names, rows in order and fitted values. */
export async function apply(
  session: Session,
  relation: string,
  steps: readonly Step[],
  head: Partial<Recipe> = {},
  tables: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const known = await others(session, tables);
  const plan = compile({ recipe: 1, ...head, steps }, await columnsOf(session, relation), known);
  await makeTables(session, plan, tables);
  const fitted = await fit(session, plan, relation);
  const sql = `SELECT * EXCLUDE (${ROW}, ${PART}) FROM (${runSql(plan, fitted, relation)}) ORDER BY ${ROW}`;
  const { columns, rows } = await session.all(sql);
  return { columns: columns.map((column) => column.name), rows, fitted, plan };
}

export function step(kind: string, options: Step['options'] = {}): Step {
  return { kind, options };
}

/** A relation of literal rows. */
export function values(columns: string, ...rows: string[]): string {
  return `(SELECT * FROM (VALUES ${rows.map((row) => `(${row})`).join(', ')}) t(${columns}))`;
}

/** SQL with its numbers as JavaScript writes them: Python writes 2.4e-05 where JavaScript writes 0.000024. */
export function plainNumbers(sql: string | null | undefined): string | undefined {
  return sql
    ?.replaceAll(/'([\d.e+-]+)'::DOUBLE/gu, (_, number: string) => `'${String(Number(number))}'::DOUBLE`)
    .replaceAll(/'\[([^'\]]*)\]'::DOUBLE\[\]/gu, (_, items: string) => {
      const plain = items.split(', ').map((item) => (item === 'NULL' ? item : String(Number(item))));
      return `'[${plain.join(', ')}]'::DOUBLE[]`;
    });
}

/** Fitted values that are equal to 1e-12: sums in parallel differ in the last bits. */
export function near(a: FittedValue | undefined, b: FittedValue | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one: FittedValue, k) => near(one, b[k] as FittedValue));
  if (typeof a === 'number' && typeof b === 'number')
    return Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(a));
  return a === b;
}

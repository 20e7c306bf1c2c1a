import { stat } from 'node:fs/promises';
import type { TableSource } from '../core/table';
import { UserError } from '../core/errors';
import type { Plan, PlanTable } from '../recipe/plan';
import { tableSql } from '../recipe/render';
import type { EngineContext, Relation } from './context';
import type { Session } from './duckdb';

/** Where the other tables of a plan lie, by the names that the recipe gives them. */
export type Sources = Readonly<Record<string, TableSource>>;

export interface Other {
  readonly table: PlanTable;
  readonly relation: Relation;
}

/** The other tables that a plan reads; a session must be allowed their paths before they are made in it. */
export async function otherTables(
  engine: EngineContext,
  plan: Plan,
  sources: Sources = {},
  signal?: AbortSignal,
): Promise<Other[]> {
  const found: Other[] = [];
  for (const table of plan.tables ?? []) {
    const source = sources[table.name];
    if (source === undefined) {
      throw new UserError('notFound', `The table "${table.name}" that the recipe joins is not there.`, {
        fix: 'Check its name in the recipe, or add the file as a dataset.',
      });
    }
    found.push({ table, relation: await engine.relation(source, signal) });
  }
  return found;
}

/** Makes the plan's other tables in a session that may read them. */
export async function makeTables(
  session: Session,
  others: readonly Other[],
  signal?: AbortSignal,
): Promise<void> {
  for (const { table, relation } of others) {
    await session.run(`CREATE TEMP TABLE ${table.relation} AS ${tableSql(table, relation.sql)}`, signal);
  }
}

/** Another text when a plan reads other tables, or one of their files has changed. */
export async function tablesKey(plan: Plan, sources: Sources = {}): Promise<string> {
  const parts: unknown[] = [];
  for (const table of plan.tables ?? []) {
    const source = sources[table.name];
    const found = source === undefined ? undefined : await stat(source.path).catch(() => undefined);
    parts.push([table, source, found?.mtimeMs, found?.size]);
  }
  return JSON.stringify(parts);
}

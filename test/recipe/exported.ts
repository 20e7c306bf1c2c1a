import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pythonEnvironment } from '../../scripts/lib/python.mjs';
import { exportSql } from '../../src/recipe/export';
import { exportPython } from '../../src/recipe/export-python';
import type { Case } from './random';

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  readonly error?: string;
}

export function codeOf({ recipe, plan, fitted, relation, tables }: Case): Record<string, unknown> {
  const request = {
    name: 'random.recipe.yaml',
    recipe,
    plan,
    fitted,
    relation: `SELECT * FROM ${relation}`,
    rows: 1,
    tables: Object.fromEntries(Object.entries(tables).map(([name, sql]) => [name, `SELECT * FROM ${sql}`])),
  };
  return {
    relation,
    tables: (plan.tables ?? []).map((one) => tables[one.name] ?? ''),
    sql: exportSql(request),
    pandas: exportPython('pandas', request),
    polars: exportPython('polars', request),
  };
}

/** Equal but for the last digits of numbers; NaN stands as null in no JSON text of DuckDB, so it is compared as text. */
export function same(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number')
    return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a));
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, k) => same(one, b[k]));
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    const [x, y] = [Object.entries(a), Object.entries(b)];
    return x.length === y.length && x.every(([key, one], k) => key === y[k]?.[0] && same(one, y[k][1]));
  }
  return a === b;
}

/** The Python that has the libraries of exported code. */
export function exportedPython(): string {
  return pythonEnvironment('export', ['test/recipe/export.txt'], { complete: true });
}

/** What the exported code of each case gives, by language. */
export function runExported(written: readonly Record<string, unknown>[]): Record<string, Table>[] {
  const run = spawnSync(exportedPython(), [path.join(import.meta.dirname, 'exported.py')], {
    input: JSON.stringify(written),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (run.stderr !== '') throw new Error(run.stderr);
  return JSON.parse(run.stdout) as Record<string, Table>[];
}

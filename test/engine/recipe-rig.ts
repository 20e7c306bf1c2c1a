import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { Column, TableSource } from '../../src/core/table';
import type { EngineContext } from '../../src/engine/context';
import { openSession, type Session } from '../../src/engine/duckdb';
import { createMemory } from '../../src/engine/memory';
import { createRecipeHandlers } from '../../src/engine/recipe';
import { compile } from '../../src/recipe/compile';
import type { Recipe, Step } from '../../src/recipe/model';

export const folder = mkdtempSync(path.join(tmpdir(), 'mll réçipe '));
export const call = { signal: new AbortController().signal, progress: () => undefined };
export const csv = path.join(folder, 'some data.csv');
export const TEXT = `x,g,when,y\n${Array.from({ length: 100 }, (_, k) => `${k % 10 === 3 ? '' : k},${['a', 'b', ' c'][k % 3] ?? ''},2024-01-${String((k % 28) + 1).padStart(2, '0')},${k % 4 === 0 ? 'yes' : 'no'}`).join('\n')}\n`;
export const COLUMNS: Column[] = [
  { name: 'x', type: 'integer', sqlType: 'BIGINT' },
  { name: 'g', type: 'text', sqlType: 'VARCHAR' },
  { name: 'when', type: 'date', sqlType: 'DATE' },
  { name: 'y', type: 'text', sqlType: 'VARCHAR' },
];
export const read = (file: string): string =>
  `SELECT * FROM read_csv('${file.replaceAll("'", "''")}', auto_detect=false, delim=',', quote='"', escape='"', header=true, columns={x: 'BIGINT', g: 'VARCHAR', "when": 'DATE', y: 'VARCHAR'})`;

const sessions: Session[] = [];
export const context: EngineContext = {
  async session(paths) {
    const session = await openSession({
      allowedPaths: paths,
      tempDirectory: path.join(folder, 'tmp'),
      memory: createMemory(2 ** 30),
      threads: 2,
    });
    sessions.push(session);
    return session;
  },
  tableRelation: async (table) => ({
    session: await context.session([table]),
    sql: read(table),
    columns: COLUMNS,
    rows: 100,
    path: table,
    rejected: 0,
  }),
  relation: (source: TableSource) =>
    Promise.resolve({ sql: read(source.path), columns: COLUMNS, path: source.path, rejected: 0, rows: null }),
  tempFile: (suffix) => path.join(folder, `temp${suffix}`),
};
export const handlers = createRecipeHandlers(context);

writeFileSync(csv, TEXT);

export function closeSessions(): void {
  for (const session of sessions) session.close();
}

export const step = (kind: string, options: Step['options'] = {}): Step => ({ kind, options });
export const planOf = (steps: readonly Step[], head: Partial<Recipe> = {}) =>
  compile({ recipe: 1, ...head, steps }, COLUMNS);
/** The rows are asked for alone first, as the view does it; they must be those of the whole answer. */
export const previewOf = async (
  steps: readonly Step[],
  more: { offset?: number; limit?: number; upTo?: number; sampleRows?: number; profile?: boolean } = {},
) => {
  const page = { sampleRows: 50, offset: 0, limit: 5, profile: false, ...more };
  const params = { table: csv, plan: planOf(steps), ...page };
  const first = await handlers.recipePreview({ ...params, rowsOnly: true }, call);
  const whole = await handlers.recipePreview(params, call);
  const { columns, removedColumns, rows, sampleRows, totalRows } = whole;
  expect(first).toMatchObject({ columns, removedColumns, rows, sampleRows, totalRows });
  return whole;
};

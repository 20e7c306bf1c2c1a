import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Cell, Dialect, Page, Profile } from '../../src/core/table';
import { firstPage } from '../../src/formats/first-page';
import type { TestEngine } from './build';

/** A table as every way of reading it shows it. */
export interface Looked {
  types: string[];
  names: string[];
  rows: (readonly Cell[])[];
  rejected: number;
  copied: boolean;
  rejects: { line: number; byte: number; raw: string }[];
  reasons: string[];
  /** As the host shows them before the engine is up. */
  first: (readonly Cell[])[];
  dialect: Dialect | null;
}

/** The table through pages, through the profile and through SQL: all three must agree on the number of rows. */
export async function lookAt(
  run: TestEngine,
  name: string,
  content: string | Buffer,
  dialect?: Partial<Dialect>,
): Promise<Looked> {
  const path = join(run.folder, name);
  writeFileSync(path, content);
  const source = { path, ...(dialect ? { dialect } : {}) };
  const { table } = await run.engine.call('open', { source });
  const { rows, rejected } = await run.engine.call('scan', { table });
  const page: Page = await run.engine.call('page', { table, offset: 0, limit: 10_000 });
  const profile: Profile = await run.engine.call('profile', { table });
  const read = await run.engine.call('read', { source });
  expect([page.total, page.rows.length, profile.rows, read.rows]).toEqual([rows, rows, rows, rows]);
  expect([page.rejected, profile.rejected, read.rejected]).toEqual([rejected, rejected, rejected]);
  if (page.columns.length > 0) {
    const sql = await run.engine.call('sql', {
      sql: 'SELECT * FROM t',
      tables: { t: source },
      limit: 10_000,
    });
    expect(sql.rows).toEqual(page.rows);
  }
  await run.engine.call('close', { table });
  return {
    types: page.columns.map(({ sqlType }) => sqlType),
    names: page.columns.map((column) => column.name),
    rows: [...page.rows],
    rejected,
    copied: read.path !== undefined,
    rejects: profile.rejects.map(({ line, byte, raw }) => ({ line, byte, raw })),
    reasons: profile.rejects.map(({ reason }) => reason),
    first: [...(await firstPage(path, { source })).page.rows],
    dialect: profile.dialect,
  };
}

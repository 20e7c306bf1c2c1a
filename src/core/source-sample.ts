import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CoreContext } from './context';
import { fileExists } from './files';
import type { SourceSample } from './recipe-api';
import { previewSource } from './source-datasets';
import type { Cell, Column } from './table';
import { duckType, OPAQUE } from '../recipe/googlesql';
import type { CallOptions } from '../rpc';

/** Rows that a recipe is looked at on: as many as the preview takes. */
const ROWS = 10_000;
/** Before each text, so that none is taken for a number or a date: the type is the table's. */
const MARK = '=';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The value in its own type; what steps can only hand on is shown as its text. */
function typed({ sqlType }: Column, place: number): string {
  const text = `substr(${quoted(`c${place}`)}, ${MARK.length + 1})`;
  const type = duckType(sqlType);
  return type === OPAQUE || type === 'VARCHAR' ? text : `TRY_CAST(${text} AS ${type})`;
}

const line = (row: readonly Cell[]): string =>
  JSON.stringify(
    Object.fromEntries(
      row.map((cell, place) => [`c${place}`, cell === null ? null : `${MARK}${String(cell)}`]),
    ),
  );

/**
 * The first rows of a table in a source as a file of this machine, with the table's own types; kept until the table is another.
 * Rows of a table cost nothing; those of a view are a query, which is agreed to first.
 */
export async function sampleOfSource(
  { sources, host, paths }: Pick<CoreContext, 'sources' | 'host' | 'paths'>,
  uri: string,
  { signal }: CallOptions = {},
): Promise<SourceSample> {
  const table = await (await sources.open(uri)).schema(uri, signal);
  const folder = path.join(paths.ml, 'cache', 'sources', sha(uri));
  const file = path.join(folder, `${sha(`${table.version} ${ROWS}`)}.parquet`);
  const sample: SourceSample = {
    source: { path: file },
    uri,
    ...(table.rows === undefined ? {} : { rows: table.rows }),
    ...(table.bytes === undefined ? {} : { bytes: table.bytes }),
  };
  if (await fileExists(file)) return sample;
  const { columns, rows } = await previewSource({ sources }, uri, { rows: ROWS, offset: 0 }, signal);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const lines = path.join(folder, 'rows.jsonl');
  // A first line that holds every column: one that is missing in all rows is a column, too.
  const head = line(columns.map(() => ''));
  await writeFile(lines, `${[head, ...rows.map(line)].join('\n')}\n`);
  const names = columns.map((one, place) => `${typed(one, place)} AS ${quoted(one.name)}`);
  const select = `SELECT ${names.join(', ')} FROM part OFFSET 1`;
  const { query } = await host.engine.call(
    'query',
    { sql: select, tables: { part: { path: lines } } },
    { signal },
  );
  try {
    await host.engine.call('queryExport', { query, output: file }, { signal });
  } finally {
    await host.engine.call('queryClose', { query });
    await rm(lines, { force: true });
  }
  return sample;
}

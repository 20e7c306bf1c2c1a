import type { CoreContext } from './context';
import { UserError } from './errors';
import type { Dataset } from './run';
import type { SourceRows } from './source';
import { parseTableUri } from './source-uri';
import type { Page, Profile } from './table';
import type { CallOptions } from '../rpc';

type Context = Pick<CoreContext, 'sources'>;

/** What a manifest says of a table in a source; nothing of its rows is read. */
export async function describeSource(
  { sources }: Context,
  uri: string,
  signal?: AbortSignal,
): Promise<Pick<Dataset, 'columns' | 'rows' | 'bytes' | 'hash' | 'estimated'>> {
  parseTableUri(uri);
  const table = await (await sources.open(uri)).schema(uri, signal);
  return {
    columns: table.columns,
    // The rows of a view are known only when it is asked.
    rows: table.rows ?? 0,
    ...(table.rows === undefined ? { estimated: true } : {}),
    bytes: table.bytes ?? 0,
    hash: `etag:${table.version}`,
  };
}

/** Rows of a table, which cost nothing; of a view they are the result of a query, which is asked for. */
export async function previewSource(
  { sources }: Context,
  uri: string,
  { rows, offset }: { readonly rows: number; readonly offset: number },
  signal?: AbortSignal,
): Promise<Page> {
  const source = await sources.open(uri);
  const table = await source.schema(uri, signal);
  const part = { offset, limit: rows };
  if (table.free) return source.page(uri, part, signal);
  const sql = source.selectSql({ table: uri }, table);
  const options = { action: `Read rows of ${uri}`, location: table.location };
  const { result } = await source.query(sql, options, sources.asked(signal ? { signal } : {}));
  return source.resultPage(result, part, signal);
}

/** The facts of each column, by queries where the table is; bytes and price are agreed to before. */
export async function profileSource(
  { sources }: Context,
  rows: SourceRows,
  call: CallOptions = {},
): Promise<Profile> {
  const source = await sources.open(rows.table);
  return source.profile(rows, sources.asked(call));
}

/** What needs a file of this machine says so, and how to come by one. */
export function notAFile(uri: string): UserError {
  return new UserError('unsupported', `${uri} lies in BigQuery, and this works on files.`, {
    fix: `Export it to Cloud Storage first: mll sources export ${uri} gs://BUCKET/FOLDER/*.parquet, then use that as data.`,
  });
}

import { randomUUID } from 'node:crypto';
import { copyFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { isAbort, UserError } from '../core/errors';
import type { Column, Page } from '../core/table';
import type { EngineApi, QueryId } from '../protocol';
import type { Handlers } from '../rpc';
import type { EngineContext } from './context';
import type { Session } from './duckdb';
import { copyFormat, isWorkbook } from './export-table';
import { queryError, readyQuery } from './query';
import { quoteIdentifier, quoteLiteral } from './sql';
import { writeRefused } from './write-refused';

interface Kept {
  readonly session: Session;
  readonly columns: readonly Column[];
  readonly rows: number;
}

type QueryHandlers = Pick<Handlers<EngineApi>, 'query' | 'queryPage' | 'queryExport' | 'queryClose'>;

/**
 * Results of the user's SQL. All rows are kept as a table of the result's own database (pressed to disk when memory is
 * short), so that pages are look-ups and come from one and the same run.
 */
export function createQueryHandlers(context: EngineContext): {
  readonly handlers: QueryHandlers;
  dispose(): void;
} {
  const results = new Map<QueryId, Kept>();

  function result(query: QueryId): Kept {
    const found = results.get(query);
    if (found) return found;
    throw new UserError('notFound', 'This result is no longer there.', { fix: 'Run the query again.' });
  }

  const handlers: QueryHandlers = {
    async query(params, { signal }) {
      const start = performance.now();
      const { session, sql, rejected } = await readyQuery(context, params, signal);
      try {
        const made = await session.all(`CREATE TEMP TABLE result AS FROM (\n${sql}\n)`, signal);
        const { columns } = await session.all('SELECT * FROM result LIMIT 0', signal);
        const query = randomUUID();
        const rows = Number(made.rows[0]?.[0] ?? 0);
        results.set(query, { session, columns, rows });
        return { query, columns, rows, rejected, ms: performance.now() - start };
      } catch (error) {
        session.close();
        throw queryError(error, params.sql, params.tables, signal);
      }
    },
    async queryPage({ query, offset, limit }, { signal }): Promise<Page> {
      const { session, rows } = result(query);
      const from = Math.floor(offset);
      const page = await session.all(
        `SELECT * FROM result WHERE rowid BETWEEN ${from} AND ${from + Math.floor(limit) - 1} ORDER BY rowid`,
        signal,
      );
      return { ...page, offset: from, total: rows, exact: true, rejected: 0 };
    },
    async queryExport({ query, output }, { signal }) {
      const format = isWorkbook(output) ? undefined : copyFormat(output);
      const { session, columns, rows } = result(query);
      const isParquet = path.extname(output).toLowerCase() === '.parquet';
      const cells = isParquet ? await parquetColumns(session, columns, signal) : '*';
      const select = `SELECT ${cells} FROM result ORDER BY rowid`;
      let notes: readonly string[] = [];
      // The result's database can write to the engine's own folder alone.
      const inside = context.tempFile(path.extname(output));
      const beside = `${output}.${randomUUID().slice(0, 8)}.part`;
      try {
        if (format === undefined) {
          const { writeXlsx } = await import('./export-xlsx');
          ({ notes } = await writeXlsx(session, select, inside, signal));
        } else await session.run(`COPY (${select}) TO ${quoteLiteral(inside)} (${format})`, signal);
        await copyFile(inside, beside);
        await rename(beside, output);
        return { rows, notes };
      } catch (error) {
        throw isAbort(error) ? error : (writeRefused(error, output) ?? error);
      } finally {
        await Promise.all([rm(inside, { force: true }), rm(beside, { force: true })]);
      }
    },
    queryClose({ query }) {
      results.get(query)?.session.close();
      results.delete(query);
    },
  };
  return {
    handlers,
    dispose() {
      for (const { session } of results.values()) session.close();
      results.clear();
    },
  };
}

/** DuckDB writes 128-bit integers (every sum of integers is one) to Parquet as floating point: they are written exactly. */
async function parquetColumns(
  session: Session,
  columns: readonly Column[],
  signal: AbortSignal,
): Promise<string> {
  const huge = columns.filter(({ sqlType }) => /^U?HUGEINT$/.test(sqlType)).map(({ name }) => name);
  if (huge.length === 0) return '*';
  const fits = await session.all(
    `SELECT ${huge.map((name) => `count(${quoteIdentifier(name)}) = count(TRY_CAST(${quoteIdentifier(name)} AS BIGINT))`).join(', ')} FROM result`,
    signal,
  );
  const casts = huge.map((name, k) => {
    const type = fits.rows[0]?.[k] === true ? 'BIGINT' : 'DECIMAL(38, 0)';
    return `${quoteIdentifier(name)}::${type} AS ${quoteIdentifier(name)}`;
  });
  return `* REPLACE (${casts.join(', ')})`;
}

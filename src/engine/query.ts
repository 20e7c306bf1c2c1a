import { UserError } from '../core/errors';
import type { Page, TableSource } from '../core/table';
import type { EngineContext } from './context';
import { quoteIdentifier } from './sql';

/** One SELECT of the user over named tables; a UserError says where the SQL is wrong. */
export async function runQuery(
  context: EngineContext,
  params: { sql: string; tables: Readonly<Record<string, TableSource>>; limit: number; offset?: number },
  signal?: AbortSignal,
): Promise<Page> {
  const relations = await Promise.all(
    Object.entries(params.tables).map(async ([name, source]) => ({
      name,
      relation: await context.relation(source, signal),
    })),
  );
  const session = await context.session(relations.map(({ relation }) => relation.path));
  try {
    for (const { name, relation } of relations) {
      await session.run(`CREATE TEMP VIEW ${quoteIdentifier(name)} AS ${relation.sql}`, signal);
    }
    const sql = params.sql.trim().replace(/;\s*$/, '');
    await session.checkSelect(sql);
    const offset = params.offset ?? 0;
    const page = await session.all(
      `SELECT * FROM (\n${sql}\n) LIMIT ${Math.floor(params.limit)} OFFSET ${Math.floor(offset)}`,
      signal,
    );
    const counted = await session.all(`SELECT count(*) FROM (\n${sql}\n)`, signal);
    return { ...page, offset, total: Number(counted.rows[0]?.[0] ?? 0), exact: true, rejected: 0 };
  } catch (error) {
    if (error instanceof UserError || signal?.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new UserError('invalid', message.replace(/^Failed to extract statements: /, ''), {
      fix: `Correct the SQL. Tables here: ${Object.keys(params.tables).join(', ') || 'none'}.`,
      cause: error,
    });
  } finally {
    session.close();
  }
}

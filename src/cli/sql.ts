import { readFile } from 'node:fs/promises';
import { plural } from '../words';
import { UserError } from '../core/errors';
import { fileError } from '../core/files';
import { namedIn } from '../core/sql-tables';
import type { TableSource } from '../core/table';
import type { Cli } from './context';
import { pageText } from './page-text';

export interface SqlOptions {
  readonly rows: number;
  readonly data?: string;
  readonly output?: string;
}

/** One SELECT over the project's datasets and, as `data`, one more table. */
export async function runSql(cli: Cli, query: string, options: SqlOptions): Promise<void> {
  const sql = /\.sql$/i.test(query) ? await sqlFile(cli.file(query)) : query;
  const { datasets } = await cli.lifecycle();
  const names = (await datasets.list()).map(({ name }) => name);
  if (names.length === 0 && options.data === undefined) {
    throw new UserError('notFound', 'The project has no datasets to ask.', {
      fix: 'Add one: mll data add FILE, or name a file: --data FILE',
    });
  }
  const tables: Record<string, TableSource> = {};
  for (const name of namedIn(sql, names)) tables[name] = await datasets.source(name);
  if (options.data !== undefined) tables.data = await datasets.source(cli.data(options.data));
  const { signal } = cli.terminal;
  const { output } = options;
  if (output === undefined) {
    const page = await cli.engine.call('sql', { sql, tables, limit: options.rows }, { signal });
    cli.terminal.answer(page, pageText(page));
    return;
  }
  const { query: id, columns, rejected } = await cli.engine.call('query', { sql, tables }, { signal });
  const file = cli.file(output);
  const { rows, notes } = await cli.engine.call('queryExport', { query: id, output: file }, { signal });
  await cli.engine.call('queryClose', { query: id });
  cli.terminal.answer(
    { output: file, rows, columns, rejected, notes },
    [`${plural(rows, 'row')} written to ${file}`, ...notes].join('\n'),
  );
}

async function sqlFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw fileError(error, `read ${file}`);
  }
}

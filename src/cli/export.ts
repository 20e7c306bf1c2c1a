import { plural } from '../words';
import type { Cli } from './context';

export interface ExportOptions {
  readonly output: string;
  readonly table?: string;
  readonly columns?: readonly string[];
}

/** All rows of a table as a file. */
export async function exportData(
  cli: Cli,
  name: string,
  { output, table: wanted, columns }: ExportOptions,
): Promise<void> {
  const { datasets } = await cli.lifecycle();
  const { signal } = cli.terminal;
  const source = {
    ...(await datasets.source(cli.data(name))),
    ...(wanted === undefined ? {} : { table: wanted }),
  };
  const { table } = await cli.engine.call('open', { source }, { signal });
  const file = cli.file(output);
  const { rows, notes } = await cli.engine.call(
    'exportTable',
    { table, output: file, ...(columns ? { columns } : {}) },
    { signal },
  );
  await cli.engine.call('close', { table });
  cli.terminal.answer(
    { output: file, rows, notes },
    [`${plural(rows, 'row')} written to ${file}`, ...notes].join('\n'),
  );
}

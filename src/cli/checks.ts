import { plural } from '../words';
import type { Cli } from './context';
import { table as asTable } from './terminal';

export interface ChecksOptions {
  readonly target?: string;
  readonly against?: string;
}

/** What in a table is worth a look, with how many rows are behind it. */
export async function printChecks(cli: Cli, name: string, { target, against }: ChecksOptions): Promise<void> {
  const { datasets } = await cli.lifecycle();
  const { signal } = cli.terminal;
  const source = await datasets.source(cli.data(name));
  const other =
    against === undefined ? undefined : { name: against, source: await datasets.source(cli.data(against)) };
  const { table } = await cli.engine.call('open', { source }, { signal });
  const findings = await cli.engine.call(
    'checks',
    { table, ...(target === undefined ? {} : { target }), ...(other ? { against: other } : {}) },
    { signal },
  );
  await cli.engine.call('close', { table });
  cli.terminal.answer(
    { findings },
    findings.length === 0
      ? 'Nothing that is worth a look was found.'
      : asTable(
          ['check', 'column', 'what'],
          findings.map((one) => [one.kind, one.column ?? '', `${plural(one.rows, 'row')} ${one.text}`]),
        ),
  );
}

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseChart } from '../core/chart-file';
import { UserError } from '../core/errors';
import { fileError, fileExists } from '../core/files';
import type { ChartProgress } from '../protocol';
import { percent } from '../words';
import { chartNotes, chartTitle, rowsBadge } from '../words-chart';
import { chartNumbers } from '../words-numbers';
import type { Cli } from './context';
import { table } from './terminal';

/** Most lines that are printed; `--json` has all numbers. */
const MOST_LINES = 1000;

/** Prints the numbers of a chart file, of the table that it names or another one. */
export async function runChart(cli: Cli, name: string | undefined, spec: string): Promise<void> {
  const file = cli.file(spec);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileError(error, `read ${file}`);
  });
  const chart = parseChart(text, file);
  const { datasets } = await cli.lifecycle();
  const source = await datasets.source(name === undefined ? await named(chart.data, file) : cli.data(name));
  const data = await cli.engine.call(
    'chart',
    { chart, source },
    {
      signal: cli.terminal.signal,
      onProgress(value) {
        const { doing, share } = value as ChartProgress;
        cli.terminal.progress(share === undefined ? doing : `${doing}: ${percent(share)}`);
      },
    },
  );
  const { head, rows, note } = chartNumbers(data, MOST_LINES);
  const notes = [rowsBadge(data), ...chartNotes(data), ...(note === '' ? [] : [note])];
  cli.terminal.answer(data, [chartTitle(chart), '', table(head, rows), '', ...notes].join('\n'));
}

async function named(data: string | undefined, file: string): Promise<string> {
  if (data === undefined) {
    throw new UserError('invalid', `${path.basename(file)} does not say of which table it is.`, {
      fix: 'Name one: mll data chart FILE --spec SPEC',
    });
  }
  const beside = path.resolve(path.dirname(file), data);
  return (await fileExists(beside)) ? beside : data;
}

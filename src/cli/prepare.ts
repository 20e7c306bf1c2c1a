import type { Command } from 'commander';
import { type NewFiles, type ProviderId, type Resources, resourcesOf } from '../core/run';
import { plural } from '../words';
import { addMachineOptions } from './machine-options';
import type { MakeCli } from './context';
import { runAnswer, waitForRun } from './runs';

interface Options extends Resources {
  readonly input?: string;
  readonly provider?: ProviderId;
  readonly output?: string;
  readonly incremental?: boolean;
  readonly detach?: boolean;
}

const MOST_NAMED = 10;

function named(what: string, files: readonly string[]): string[] {
  if (files.length === 0) return [];
  const more = files.length > MOST_NAMED ? ` and ${files.length - MOST_NAMED} more` : '';
  return [`${what}: ${files.slice(0, MOST_NAMED).join(', ')}${more}`];
}

/** What an incremental preparation found, as lines. */
function foundLines(found: NewFiles): string[] {
  return [
    ...named('new', found.added),
    ...named('changed', found.changed),
    ...named('prepared again', found.again),
    ...named('gone', found.gone),
    `${plural(found.unchanged, 'file is', 'files are')} unchanged`,
    ...(found.run === undefined
      ? []
      : [
          found.fitted === 'kept'
            ? 'fitted values: kept from the first run'
            : 'fitted values: fitted now, and kept',
        ]),
    ...found.notes,
  ];
}

export function addPrepareCommand(program: Command, make: MakeCli): void {
  addMachineOptions(program.command('prepare'))
    .argument('<recipe>')
    .option('--input <data>', 'a file, folder, glob or dataset in place of the one that the recipe names')
    .option('--provider <id>', 'where the job runs')
    .option(
      '-o, --output <name>',
      'the name of the dataset that it makes, or a file for it (.parquet, .csv or .jsonl); with --incremental the name alone',
    )
    .option(
      '--incremental',
      'only files that are new or changed since the last time, into a dataset of parts',
    )
    .option('--detach', 'do not wait for its end')
    .description('run a recipe as a job whose output is a dataset')
    .action(async (file: string, options: Options) => {
      const cli = make();
      const { signal } = cli.terminal;
      const { runs } = await cli.lifecycle();
      const request = {
        recipe: cli.file(file),
        ...(options.input === undefined ? {} : { input: cli.data(options.input) }),
        ...(options.provider === undefined ? {} : { provider: options.provider }),
        ...(options.output === undefined ? {} : { output: options.output }),
        ...resourcesOf(options),
      };
      if (options.incremental !== true) {
        const run = await runs.prepare(request, { signal });
        await runAnswer(cli, options.detach ? run : await waitForRun(cli, run));
        return;
      }
      const found = await runs.prepareNew(request, { signal });
      const { run, dataset, ...files } = found;
      if (run === undefined) {
        const lines = [`${dataset}: nothing is new`, ...foundLines(found)];
        cli.terminal.answer({ run: null, dataset: { name: dataset }, files }, lines.join('\n'));
        return;
      }
      await runAnswer(cli, options.detach ? run : await waitForRun(cli, run), { files }, foundLines(found));
    });
}

import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { UserError } from '../core/errors';
import { writeText } from '../core/files';
import type { ProviderId, Resources } from '../core/run';
import { addMachineOptions, resourcesOf } from './machine-options';
import type { RecipeProblem } from '../recipe/model';
import type { Cli, MakeCli } from './context';
import { runAnswer, waitForRun } from './runs';
import { EXIT, table, unreadable } from './terminal';

const place = (file: string, problem: RecipeProblem): string =>
  `${file}:${problem.line + 1}:${problem.column + 1}: ${problem.message}`;

/** Asks before a file that is there is replaced; a UserError when it is not to be. */
async function replaceable(cli: Cli, file: string): Promise<void> {
  if (!existsSync(file)) return;
  if (await cli.terminal.agree(`${path.basename(file)} is there already. Replace it?`, file)) return;
  throw new UserError('conflict', `${file} is there already.`, {
    fix: 'Give another name with -o, or --yes to replace it.',
  });
}

export function addRecipeCommands(program: Command, make: MakeCli): void {
  const recipe = program.command('recipe').description('cleaning steps as a file');

  recipe
    .command('suggest')
    .argument('<data>', 'a file or a dataset')
    .option('--target <column>', 'the column to predict')
    .option('-o, --output <file>', 'where to write it (default: NAME.recipe.yaml beside the data)')
    .description('write a recipe with a reason for each step')
    .action(async (data: string, options: { target?: string; output?: string }) => {
      const cli = make();
      const { recipes } = await cli.lifecycle();
      const made = await recipes.suggest(cli.data(data), options, { signal: cli.terminal.signal });
      const file = cli.file(options.output ?? (await recipes.fileFor(cli.data(data))));
      await replaceable(cli, file);
      await writeText(file, made.text);
      const reasons = made.suggestions.map((one) => `  ${one.step.kind}: ${one.reason}`);
      const target = made.target === null ? 'no target' : `target ${made.target} (${made.targetReason})`;
      cli.terminal.answer(
        { file, target: made.target, suggestions: made.suggestions },
        [`${path.basename(file)}: ${target}, ${made.suggestions.length} steps`, ...reasons].join('\n'),
      );
    });

  recipe
    .command('check')
    .argument('<file>')
    .description('find the mistakes in a recipe; exit 3 when there are any')
    .action(async (file: string) => {
      const cli = make();
      const problems = await (
        await cli.lifecycle()
      ).recipes.check(cli.file(file), {
        signal: cli.terminal.signal,
      });
      const lines = problems.map((problem) => place(file, problem));
      cli.terminal.answer({ problems }, problems.length === 0 ? `${file}: no mistakes` : lines.join('\n'));
      if (problems.length > 0) cli.exit(EXIT.failedCheck);
    });

  recipe
    .command('run')
    .argument('<file>')
    .option('--input <data>', 'another file or dataset than the recipe names')
    .requiredOption('--output <file>', 'a .csv, .parquet or .jsonl file')
    .addOption(new Option('--split <part>', 'which rows').choices(['train', 'test', 'all']).default('all'))
    .description('clean all rows into a file')
    .action(
      async (file: string, options: { input?: string; output: string; split: 'train' | 'test' | 'all' }) => {
        const cli = make();
        const { recipes } = await cli.lifecycle();
        const request = {
          recipe: cli.file(file),
          output: cli.file(options.output),
          part: options.split,
          ...(options.input === undefined ? {} : { input: cli.data(options.input) }),
        } as const;
        const done = await recipes.run(request, { signal: cli.terminal.signal });
        const dropped = done.dropped.filter((one) => one.rows > 0);
        cli.terminal.answer(
          done,
          [
            `${options.output}: ${done.rowsIn} rows in, ${done.rowsOut} rows out, ${done.columns.length} columns`,
            ...unreadable(done.rejected),
            ...(dropped.length > 0
              ? [
                  table(
                    ['step', 'kind', 'rows dropped'],
                    dropped.map((one) => [one.step + 1, one.kind, one.rows]),
                  ),
                ]
              : []),
          ].join('\n'),
        );
      },
    );

  recipe
    .command('export')
    .argument('<file>')
    .addOption(new Option('--as <language>', 'the language').choices(['sql']).default('sql'))
    .option('--input <data>', 'another file or dataset than the recipe names')
    .option('-o, --output <file>', 'a file for it (default: it is printed)')
    .description('the recipe as SQL for DuckDB, with what its steps remember filled in')
    .action(async (file: string, options: { input?: string; output?: string }) => {
      const cli = make();
      const { recipes } = await cli.lifecycle();
      const sql = await recipes.export(
        {
          recipe: cli.file(file),
          as: 'sql',
          ...(options.input === undefined ? {} : { input: cli.data(options.input) }),
        },
        { signal: cli.terminal.signal },
      );
      if (options.output === undefined) {
        cli.terminal.answer({ sql }, sql.trimEnd());
        return;
      }
      const output = cli.file(options.output);
      await replaceable(cli, output);
      await writeText(output, sql);
      cli.terminal.answer({ sql, output }, `${options.output}: SQL for DuckDB`);
    });

  addMachineOptions(program.command('prepare'))
    .argument('<recipe>')
    .option('--provider <id>', 'where the job runs')
    .option('--output <name>', 'name of the dataset that it makes')
    .option('--detach', 'do not wait for its end')
    .description('run a recipe as a job whose output is a dataset')
    .action(
      async (
        file: string,
        options: { provider?: ProviderId; output?: string; detach?: boolean } & Resources,
      ) => {
        const cli = make();
        const lifecycle = await cli.lifecycle();
        const run = await lifecycle.runs.prepare(
          {
            recipe: cli.file(file),
            ...(options.provider === undefined ? {} : { provider: options.provider }),
            ...(options.output === undefined ? {} : { output: options.output }),
            ...resourcesOf(options),
          },
          { signal: cli.terminal.signal },
        );
        await runAnswer(cli, options.detach ? run : await waitForRun(cli, run));
      },
    );
}

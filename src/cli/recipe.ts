import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Command, Option } from 'commander';
import { plural } from '../words';
import { UserError } from '../core/errors';
import { checkModuleName } from '../core/outputs';
import { writeText } from '../core/files';
import { isSourceUri } from '../core/source-uri';
import type { RecipeProblem } from '../recipe/model';
import type { Cli, MakeCli } from './context';
import { reportLines } from './recipe-report';
import { EXIT, unreadable } from './terminal';

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

interface RunOptions {
  readonly input?: string;
  readonly output: string;
  readonly split: 'train' | 'test' | 'all';
  readonly as: 'table' | 'view';
  readonly replace?: boolean;
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
        [`${path.basename(file)}: ${target}, ${plural(made.suggestions.length, 'step')}`, ...reasons].join(
          '\n',
        ),
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
    .requiredOption(
      '-o, --output <file>',
      'a .csv, .parquet or .jsonl file; or bigquery://PROJECT/DATASET/TABLE, to run it there',
    )
    .addOption(new Option('--split <part>', 'which rows').choices(['train', 'test', 'all']).default('all'))
    .addOption(
      new Option('--as <kind>', 'in BigQuery: what is made').choices(['table', 'view']).default('table'),
    )
    .option('--replace', 'in BigQuery: replace what is there')
    .description('clean all rows into a file, or where the table is into another')
    .action(async (file: string, options: RunOptions) => {
      const cli = make();
      const { recipes } = await cli.lifecycle();
      if (isSourceUri(options.output)) {
        const { output, as, replace = false, input } = options;
        const made = await recipes.runInSource(
          {
            recipe: cli.file(file),
            output,
            as,
            replace,
            ...(input === undefined ? {} : { input: cli.data(input) }),
          },
          { signal: cli.terminal.signal },
        );
        cli.terminal.answer(made, `${made.uri} is there now, a ${made.as}.`);
        return;
      }
      const request = {
        recipe: cli.file(file),
        output: cli.file(options.output),
        part: options.split,
        ...(options.input === undefined ? {} : { input: cli.data(options.input) }),
      } as const;
      const done = await recipes.run(request, { signal: cli.terminal.signal });
      cli.terminal.answer(
        done,
        [
          `${options.output}: ${plural(done.rowsIn, 'row')} in, ${plural(done.rowsOut, 'row')} out, ${plural(done.columns.length, 'column')}`,
          ...unreadable(done.rejected),
          ...reportLines(done),
        ].join('\n'),
      );
    });

  recipe
    .command('export')
    .argument('<file>')
    .addOption(
      new Option('--as <language>', 'the language').choices(['sql', 'pandas', 'polars']).default('sql'),
    )
    .option('--input <data>', 'another file or dataset than the recipe names')
    .option(
      '-o, --output <file>',
      'a file for it, a notebook when it ends in .ipynb (default: it is printed)',
    )
    .description(
      'the recipe as SQL for DuckDB or as a Python function, with what its steps remember filled in',
    )
    .action(
      async (file: string, options: { as: 'sql' | 'pandas' | 'polars'; input?: string; output?: string }) => {
        const cli = make();
        const { recipes } = await cli.lifecycle();
        if (options.output !== undefined) checkModuleName(cli.file(options.output));
        const code = await recipes.export(
          {
            recipe: cli.file(file),
            as: options.as,
            notebook: /\.ipynb$/i.test(options.output ?? ''),
            ...(options.input === undefined ? {} : { input: cli.data(options.input) }),
          },
          { signal: cli.terminal.signal },
        );
        const key = options.as === 'sql' ? 'sql' : 'code';
        if (options.output === undefined) {
          cli.terminal.answer({ [key]: code }, code.trimEnd());
          return;
        }
        const output = cli.file(options.output);
        await replaceable(cli, output);
        await writeText(output, code);
        const what = options.as === 'sql' ? 'SQL for DuckDB' : `Python with ${options.as}`;
        cli.terminal.answer({ [key]: code, output }, `${options.output}: ${what}`);
      },
    );
}

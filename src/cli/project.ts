import path from 'node:path';
import type { Command } from 'commander';
import type { PythonInfo } from '../core/api';
import { UserError } from '../core/errors';
import type { ProviderId } from '../core/run';
import type { MakeCli } from './context';
import { EXIT } from './terminal';

function describePython(python: PythonInfo): string {
  const missing = Object.entries(python.missing).map(([name, what]) => `${name} (${what})`);
  const state = missing.length === 0 ? 'ready' : `missing: ${missing.join(', ')}`;
  return `Python ${python.version} at ${python.path} [${python.kind}]: ${state}`;
}

export function addProjectCommands(program: Command, make: MakeCli): void {
  program
    .command('init')
    .argument('[folder]', 'the folder to make a project of, also inside another project', '.')
    .description('make ml.yaml and .ml/ in a folder')
    .action(async (given: string) => {
      const cli = make();
      const folder = cli.file(given);
      await (await cli.lifecycle(folder)).init();
      cli.terminal.answer(
        { project: path.basename(folder), folder },
        `The project ${path.basename(folder)} is ready (ml.yaml, .ml/).`,
      );
    });

  program
    .command('doctor')
    .description(
      'check Python, engine, git, disk and port, each with its mend; exit 3 when something is wrong',
    )
    .option('--provider <id>', 'check this provider')
    .action(async (options: { provider?: ProviderId }) => {
      const cli = make();
      const lifecycle = await cli.lifecycle();
      const checks = await lifecycle.check(options, cli.terminal.signal);
      const lines = checks.map((check) => {
        const fix = check.ok || check.fix === undefined ? '' : `\n    → ${check.fix}`;
        return `${check.ok ? '✓' : '✗'} ${check.name}: ${check.reason}${fix}`;
      });
      cli.terminal.answer({ checks }, lines.join('\n'));
      if (checks.some((check) => !check.ok)) cli.exit(EXIT.failedCheck);
    });

  const env = program.command('env').description('the Python environment of jobs and endpoints');
  const answer = (python: PythonInfo): void => make().terminal.answer({ python }, describePython(python));
  env
    .command('show')
    .description('which Python is used, and what it lacks')
    .action(async () => {
      const lifecycle = await make().lifecycle();
      answer(await lifecycle.python.current());
    });
  env
    .command('create')
    .description('make the managed environment')
    .action(async () => {
      const cli = make();
      const lifecycle = await cli.lifecycle();
      const call = {
        signal: cli.terminal.signal,
        onProgress: (line: unknown) => cli.terminal.progress(String(line)),
      };
      answer(await lifecycle.python.createManaged(call));
    });
  env
    .command('use')
    .description('use the managed environment, or a Python by its path')
    .argument('<python>', '"managed" or a path')
    .action(async (python: string) => {
      const cli = make();
      const lifecycle = await cli.lifecycle();
      if (python === 'selected') {
        throw new UserError('unsupported', 'The Python extension’s choice exists in VS Code only.', {
          fix: 'Give the interpreter’s path.',
        });
      }
      answer(await lifecycle.python.use(python === 'managed' ? 'managed' : { path: cli.file(python) }));
    });
}

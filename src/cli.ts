import { existsSync, readFileSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { addAccountCommands } from './cli/account';
import { agreeTo } from './cli/agree';
import { addDataCommands } from './cli/data';
import { addEndpointCommands } from './cli/endpoints';
import { addExplainCommand } from './cli/explain';
import { addModelCommands } from './cli/models';
import { addMonitorCommands } from './cli/monitor';
import { assertNode } from './cli/node-version';
import { addProjectCommands } from './cli/project';
import { addPrepareCommand } from './cli/prepare';
import { addRecipeCommands } from './cli/recipe';
import { addRunCommands } from './cli/runs';
import { addSourceCommands, agreeToQuery } from './cli/sources';
import { addStoreCommands } from './cli/stores';
import { createTerminal, EXIT, reportFailure, reportUsage } from './cli/terminal';
import type { Cli } from './cli/context';
import type { Host, Lifecycle } from './core/api';
import { createEngine } from './core/engine';
import { systemCode, toErrorData, UserError } from './core/errors';
import { stateFolder, temporaryFolder } from './core/folders';
import { createLifecycle } from './core/lifecycle';
import { providers } from './providers';
import { sources } from './sources';
import { stores } from './stores';

const dist = path.dirname(fileURLToPath(import.meta.url));

interface GlobalOptions {
  json?: boolean;
  yes?: boolean;
  directory?: string;
  verbose?: boolean;
}

const SAME_INTERRUPT_MS = 500;

/** The nearest folder upwards that holds an ml.yaml, else `from` itself. */
function projectFolder(from: string): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'ml.yaml'))) return folder;
    if (folder === path.dirname(folder)) return from;
  }
}

/** The folder that relative paths count from: -C, else the current one. `init` alone may make it. */
function baseFolder(given: string | undefined, mayBeMade: boolean): string {
  let base: string;
  try {
    base = path.resolve(given ?? process.cwd());
  } catch (error) {
    throw new UserError('notFound', 'The current folder is not there any more.', {
      fix: 'Change to another folder, or name one with -C.',
      cause: error,
    });
  }
  const found = statSync(base, { throwIfNoEntry: false });
  if (found?.isDirectory() || (found === undefined && mayBeMade)) return base;
  throw new UserError('notFound', `There is no folder ${base}.`, { fix: 'Check what -C names.' });
}

function version(): string {
  const manifest = JSON.parse(readFileSync(path.join(dist, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}

async function main(argv: readonly string[]): Promise<number> {
  const abort = new AbortController();
  let interrupted: number | undefined;
  process.on('SIGINT', () => {
    const now = performance.now();
    interrupted ??= now;
    abort.abort(new DOMException('Cancelled.', 'AbortError'));
    // npm and other wrappers hand on the signal that the terminal sent already: at once it is the same Ctrl+C.
    if (now - interrupted < SAME_INTERRUPT_MS) return;
    if (argv.includes('--json'))
      writeSync(1, `${JSON.stringify({ error: toErrorData(abort.signal.reason) })}\n`);
    process.exit(EXIT.cancelled);
  });
  process.on('SIGTERM', () => abort.abort(new DOMException('Cancelled.', 'AbortError')));

  process.stdout.on('error', (error: Error) => {
    // Whoever reads has seen enough (`mll … | head`).
    if (systemCode(error) === 'EPIPE') process.exit(EXIT.done);
    process.stderr.write(`The answer could not be written: ${error.message}\n`);
    process.exit(EXIT.error);
  });

  let exitCode: number = EXIT.done;
  const opened: { dispose(): void }[] = [];
  const program = new Command('mll')
    .description('The ML lifecycle from the terminal: data, recipes, runs, models, endpoints, monitors.')
    .version(version())
    .option('--json', 'one JSON document on stdout, nothing else there')
    .option('--yes', 'agree to what is shown')
    .option('-C, --directory <folder>', 'the project folder')
    .option('--verbose', 'log what happens inside to stderr')
    .configureOutput({
      writeOut: (text) => process.stdout.write(text),
      writeErr: (text) => process.stderr.write(text),
    })
    .exitOverride();

  let made: Cli | undefined;
  const make = (): Cli => {
    if (made) return made;
    assertNode(process.versions.node);
    const options = program.opts<GlobalOptions>();
    const terminal = createTerminal({
      json: options.json ?? false,
      yes: options.yes ?? false,
      signal: abort.signal,
    });
    const log = (message: string): void => {
      if (options.verbose) terminal.note(message);
    };
    const base = baseFolder(options.directory, program.args[0] === 'init');
    const root = projectFolder(base);
    const file = (name: string): string => path.resolve(base, name);
    const engine = createEngine({ script: path.join(dist, 'engine.js'), tempFolder: temporaryFolder(), log });
    const host: Host = {
      engine,
      pythonFolder: path.join(dist, 'python'),
      supervisorScript: path.join(dist, 'supervisor.js'),
      stateFolder: stateFolder(),
      now: () => new Date(),
      log,
      consent: (question, detail) => terminal.agree(question, detail),
      agree: (estimate) => agreeTo(terminal, estimate),
      agreeToQuery: (estimate) => agreeToQuery(terminal, estimate),
      providers,
      stores,
      sources,
    };
    opened.push(engine);
    const open = (folder: string): Lifecycle => {
      const one = createLifecycle(folder, host);
      opened.unshift(one);
      return one;
    };
    let lifecycle: Promise<Lifecycle> | undefined;
    made = {
      terminal,
      engine,
      root,
      file,
      data: (name) => (existsSync(file(name)) ? file(name) : name),
      lifecycle: (folder = root) => {
        if (folder !== root) return Promise.resolve(open(folder));
        lifecycle ??= Promise.resolve(open(root));
        return lifecycle;
      },
      exit: (code) => {
        exitCode = code;
      },
    };
    return made;
  };

  for (const add of [
    addProjectCommands,
    addDataCommands,
    addRecipeCommands,
    addPrepareCommand,
    addRunCommands,
    addModelCommands,
    addEndpointCommands,
    addMonitorCommands,
    addStoreCommands,
    addSourceCommands,
    addAccountCommands,
    addExplainCommand,
  ]) {
    add(program, make);
  }
  // Options of the program may stand anywhere; a subcommand's usage error is a CommanderError too.
  const override = (command: Command): void => {
    command.exitOverride();
    for (const one of command.commands) override(one);
  };
  override(program);

  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    const json = program.opts<GlobalOptions>().json ?? argv.includes('--json');
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : reportUsage(error, json);
    return reportFailure(error, json);
  } finally {
    for (const one of opened) one.dispose();
  }
  return exitCode;
}

process.exitCode = await main(process.argv.slice(2));

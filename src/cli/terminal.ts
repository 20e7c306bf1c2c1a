import { createInterface } from 'node:readline/promises';
import { type CommanderError, InvalidArgumentError } from 'commander';
import { plural } from '../words';
import type { Lifecycle } from '../core/api';
import { type ErrorData, isAbort, toErrorData, UserError } from '../core/errors';

/** Exit codes of `mll`. */
export const EXIT = { done: 0, error: 1, usage: 2, failedCheck: 3, cancelled: 130 } as const;

/** Where a command's answer and its progress go: one JSON document on stdout with --json, else text; progress to stderr. */
export interface Terminal {
  readonly json: boolean;
  readonly signal: AbortSignal;
  /** The command's answer. Without --json the text is printed. */
  answer(document: unknown, text: string): void;
  /** A line for the person, on stderr. */
  note(line: string): void;
  /** A line that replaces the last one where stderr is a terminal; elsewhere it is printed when it changes. */
  progress(line: string): void;
  /** Somebody sits at it. */
  readonly canAsk: boolean;
  /** Asks, whatever --yes says; only where somebody can be asked. */
  ask(question: string): Promise<boolean>;
  /** One of a list, by its number; only where somebody can be asked. */
  choose(question: string, choices: readonly string[]): Promise<string>;
  /** True with --yes; asks where there is a terminal; else a UserError that names --yes. */
  agree(question: string, detail: string): Promise<boolean>;
}

export interface TerminalOptions {
  readonly json: boolean;
  readonly yes: boolean;
  readonly signal: AbortSignal;
}

export function createTerminal({ json, yes, signal }: TerminalOptions): Terminal {
  let shown = '';
  const clear = (): void => {
    if (shown !== '' && process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    shown = '';
  };
  const canAsk = process.stdin.isTTY && process.stderr.isTTY;
  const ask = async (question: string): Promise<boolean> => {
    const readline = createInterface({ input: process.stdin, output: process.stderr });
    try {
      const said = await readline.question(`${question}\n[y/N] `, { signal });
      return /^y(es)?$/i.test(said.trim());
    } finally {
      readline.close();
    }
  };
  return {
    json,
    signal,
    canAsk,
    ask(question) {
      clear();
      return ask(question);
    },
    async choose(question, choices) {
      clear();
      const readline = createInterface({ input: process.stdin, output: process.stderr });
      try {
        const list = choices.map((one, at) => `  ${at + 1}  ${one}`).join('\n');
        for (;;) {
          const said = Number(
            await readline.question(`${question}\n${list}\n[1-${choices.length}] `, { signal }),
          );
          const chosen = choices[said - 1];
          if (chosen !== undefined) return chosen;
        }
      } finally {
        readline.close();
      }
    },
    answer(document, text) {
      clear();
      process.stdout.write(json ? `${JSON.stringify(document)}\n` : text === '' ? '' : `${text}\n`);
    },
    note(line) {
      clear();
      process.stderr.write(`${line}\n`);
    },
    progress(line) {
      if (line === shown) return;
      if (process.stderr.isTTY) {
        clear();
        process.stderr.write(line.slice(0, Math.max(20, process.stderr.columns - 1)));
      } else process.stderr.write(`${line}\n`);
      shown = line;
    },
    async agree(question, detail) {
      clear();
      if (yes) return true;
      if (!canAsk) {
        throw new UserError(
          'permission',
          `${question} Nobody can be asked here.${detail === '' ? '' : `\n${detail}`}`,
          {
            fix: 'Run the command again with --yes to agree.',
          },
        );
      }
      return ask(detail === '' ? question : `${question}\n${detail}`);
    },
  };
}

/** Line breaks and other control characters by their pictures: data neither breaks a line of the table nor steers the terminal. */
export const visible = (text: string): string =>
  text.replaceAll(/\r\n|\r|\n/g, '↵').replaceAll(/\p{Cc}/gu, (sign) => {
    const code = sign.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\uFFFD';
  });

/** Columns aligned, numbers to the right; '' for no rows. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const cells = [
    head.map(visible),
    ...rows.map((row) => row.map((cell) => (cell === null ? '' : visible(String(cell))))),
  ];
  const widths = head.map((_, at) => Math.max(...cells.map((row) => (row[at] ?? '').length)));
  const numeric = head.map((_, at) => rows.length > 0 && rows.every((row) => typeof row[at] === 'number'));
  return cells
    .map((row) =>
      row
        .map((cell, at) => (numeric[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Prints the failure as the front end's one place for it, and returns the exit code. */
export function reportFailure(error: unknown, json: boolean): number {
  const cancelled = isAbort(error);
  const data = toErrorData(error);
  if (json) process.stdout.write(`${JSON.stringify({ error: data })}\n`);
  else if (cancelled) process.stderr.write(`${data.message}\n`);
  else {
    process.stderr.write(`\n${data.message}\n`);
    if (data.fix !== undefined) process.stderr.write(`→ ${data.fix}\n`);
    if (data.kind === 'internal' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  }
  return cancelled ? EXIT.cancelled : EXIT.error;
}

/** A command line that was not understood: commander has said so on stderr; with --json it is the document too. */
export function reportUsage(error: CommanderError, json: boolean): number {
  const message =
    error.code === 'commander.help' ? 'No command is given.' : error.message.replace(/^error: /, '');
  const data: ErrorData = { kind: 'invalid', message, fix: 'See mll --help, or --help after the command.' };
  if (json) process.stdout.write(`${JSON.stringify({ error: data })}\n`);
  return EXIT.usage;
}

/** What a list leaves out, named on stderr and in the document: nothing is lost in silence. */
export async function leftOut(
  terminal: Terminal,
  lifecycle: Lifecycle,
  of: Parameters<Lifecycle['broken']>[0],
): Promise<{ broken?: readonly ErrorData[] }> {
  const broken = (await lifecycle.broken(of)).map(toErrorData);
  for (const one of broken) terminal.note(`Left out: ${one.message}\n→ ${one.fix ?? ''}`);
  return broken.length === 0 ? {} : { broken };
}

/** A line on records of a file that are no rows, when there are any. */
export function unreadable(records: number): string[] {
  if (records === 0) return [];
  return [`${plural(records, 'record')} could not be read (mll data profile shows them)`];
}

/** A whole number of the command line, from `least` on; anything else is wrong usage (exit 2). */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It takes a whole number, ${least} or more.`);
  };
}

/** The JSON of a command-line argument; a mistake names the option. */
export function parseJson(text: string, option: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UserError(
      'invalid',
      `${option} is no JSON: ${error instanceof Error ? error.message : String(error)}.`,
      {
        fix: `Quote it for your shell, for example ${option} '{"name": 1.5}'.`,
        cause: error,
      },
    );
  }
}

import * as fs from 'node:fs/promises';
import path from 'node:path';
import PQueue from 'p-queue';
import lockfile from 'proper-lockfile';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { systemCode, UserError } from './errors';
import { entries, fileError, readText, remove, writeText } from './files';

/** A folder of plain JSON manifests of one shape. Keys are names (datasets, endpoints), run ids, or `name@version` (models). */
export interface ManifestFolder<T> {
  /** Undefined when there is none; a UserError names file and line when it cannot be read. */
  read(key: string): Promise<T | undefined>;
  keys(): Promise<readonly string[]>;
  /** All that can be read, by key; those that cannot are left out here and listed by {@link ManifestFolder.broken}. */
  list(): Promise<readonly T[]>;
  broken(): Promise<readonly UserError[]>;
  /** Under the writers' lock: `change` gets what is there now and gives what shall be there; undefined deletes it. */
  update(
    key: string,
    change: (current: T | undefined) => T | undefined | Promise<T | undefined>,
  ): Promise<T | undefined>;
  /** Runs while no other process writes in this folder. Not re-entrant: do not call `update` in it. */
  locked<R>(work: () => Promise<R>): Promise<R>;
  /** Absolute path of the manifest. */
  file(key: string): string;
}

export interface ManifestLayout<T> {
  /** Below `.ml`, for example `datasets`. */
  readonly folder: string;
  /** Path of a manifest below the folder. */
  file(key: string): string;
  /** All keys there are, from the folder on disk. */
  keys(folder: string): Promise<readonly string[]>;
  /** The key that the manifest itself gives: paths are made of it, so one that its place does not bear out is refused. */
  keyOf(value: T): string;
}

/** `<folder>/<name>.json` */
export function flatLayout(folder: string): ManifestLayout<{ readonly name: string }> {
  return {
    folder,
    keyOf: ({ name }) => name,
    file: (key) => `${key}.json`,
    keys: async (absolute) =>
      (await entries(absolute))
        .filter((one) => !one.folder && one.name.endsWith('.json') && !one.name.startsWith('.'))
        .map((one) => one.name.slice(0, -'.json'.length)),
  };
}

const CONFLICT = /^(<{7}|={7}|>{7})( |\r?$)/m;

/** Parses and checks a manifest; a mistake is a UserError that names file and line. */
export function parseManifest<T>(text: string, file: string, schema: z.ZodType<T>): T {
  const conflict = CONFLICT.exec(text);
  if (conflict) {
    const line = lineOf(text, conflict.index);
    throw new UserError('conflict', `${file} has an unresolved merge conflict in line ${line}.`, {
      fix: 'Open the file, keep one of the two sides, remove the lines with <<<<<<<, ======= and >>>>>>>, and save.',
      actions: [openAt(file, line)],
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const line = syntaxErrorLine(text, error);
    throw new UserError('invalid', `${file} is not valid JSON (line ${line}).`, {
      fix: 'Mend that line, or take the file back from git.',
      actions: [openAt(file, line)],
      cause: error,
    });
  }
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const keys = (issue?.path ?? []).map((one) => (typeof one === 'symbol' ? one.toString() : one));
  const line = lineOfPath(text, keys);
  throw new UserError(
    'invalid',
    `${file} is not as it should be, in line ${line}: ${keys.join('.') || 'the file'}: ${issue?.message ?? 'invalid'}.`,
    { fix: 'Mend that line, or take the file back from git.', actions: [openAt(file, line)] },
  );
}

function openAt(file: string, line: number): { title: string; command: string; args: readonly unknown[] } {
  return { title: 'Open File', command: 'mll.openFile', args: [file, line] };
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function syntaxErrorLine(text: string, error: unknown): number {
  const said = /\(line (\d+) column/.exec(error instanceof Error ? error.message : '');
  if (said?.[1] !== undefined) return Number(said[1]);
  const document = parseDocument(text, { lineCounter: new LineCounter() });
  return document.errors[0]?.linePos?.[0].line ?? text.split('\n').length;
}

/** Line (from 1) of the value at `keys` in JSON or YAML text; of its nearest parent when it is absent. */
export function lineOfPath(text: string, keys: readonly (string | number)[]): number {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  for (let length = keys.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(keys.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      const [start] = node.range as readonly unknown[];
      if (typeof start === 'number') return lines.linePos(start).line;
    }
  }
  return 1;
}

/** Opens a folder of manifests below `ml` (the project's `.ml`). `log` hears of files that `list` had to leave out. */
export function manifestFolder<T>(
  ml: string,
  layout: ManifestLayout<NoInfer<T>>,
  schema: z.ZodType<T>,
  log: (message: string) => void,
): ManifestFolder<T> {
  const root = path.join(ml, layout.folder);
  const writers = new PQueue({ concurrency: 1 });
  const file = (key: string): string => path.join(root, layout.file(key));

  async function read(key: string): Promise<T | undefined> {
    const text = await readText(file(key));
    if (text === undefined) return undefined;
    const value = parseManifest(text, file(key), schema);
    if (layout.keyOf(value) === key) return value;
    throw new UserError('invalid', `${file(key)} names itself "${layout.keyOf(value)}", not "${key}".`, {
      fix: 'Put the name of the file into it, or take the file back from git.',
      actions: [openAt(file(key), 1)],
    });
  }

  async function all(): Promise<{ good: T[]; broken: UserError[] }> {
    const good: T[] = [];
    const broken: UserError[] = [];
    for (const key of await layout.keys(root)) {
      try {
        const one = await read(key);
        if (one !== undefined) good.push(one);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        broken.push(error);
      }
    }
    return { good, broken };
  }

  const locked = <R>(work: () => Promise<R>): Promise<R> =>
    writers.add(() => withLock(root, `change ${layout.folder}`, work));

  return {
    read,
    file,
    locked,
    keys: () => layout.keys(root),
    async list() {
      const { good, broken } = await all();
      for (const error of broken) log(error.message);
      return good;
    },
    async broken() {
      return (await all()).broken;
    },
    update: (key, change) =>
      locked(async () => {
        const after = await change(await read(key));
        if (after === undefined) await remove(file(key));
        else await writeText(file(key), `${JSON.stringify(after, null, 2)}\n`);
        return after;
      }),
  };
}

/** Whether somebody holds the lock `<folder>/.lock` now. */
export async function isLocked(folder: string): Promise<boolean> {
  try {
    return await lockfile.check(folder, { lockfilePath: path.join(folder, '.lock'), stale: 10_000 });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw fileError(error, `look at the lock of ${folder}`);
  }
}

/** Runs `work` while holding the lock `<folder>/.lock`; a lock whose holder died is taken over after 10 s. */
export async function withLock<R>(folder: string, what: string, work: () => Promise<R>): Promise<R> {
  let release: () => Promise<void>;
  try {
    await fs.mkdir(folder, { recursive: true });
    release = await lockfile.lock(folder, {
      lockfilePath: path.join(folder, '.lock'),
      stale: 10_000,
      update: 2_000,
      retries: { retries: 100, factor: 1.3, minTimeout: 10, maxTimeout: 250, randomize: true },
      // The machine slept while we held it: the write itself is still atomic, so the old or the new state is on disk.
      onCompromised: () => undefined,
    });
  } catch (error) {
    if (systemCode(error) === 'ELOCKED') {
      throw new UserError('conflict', `Could not ${what}: another window or terminal is writing there.`, {
        fix: 'Try again in a moment.',
        cause: error,
      });
    }
    throw fileError(error, `${what} in ${folder}`);
  }
  try {
    return await work();
  } finally {
    await release().catch(() => undefined);
  }
}

import * as fs from 'node:fs/promises';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { readText } from './files';

const RULES = ['.gitignore', '.mlignore'];

/** A file that is to leave its folder. */
export interface ListedFile {
  /** Absolute. */
  readonly file: string;
  /** Below the folder, with `/` between its parts. */
  readonly name: string;
  readonly bytes: number;
}

export interface ListedFiles {
  readonly files: readonly ListedFile[];
  /** Names of files and (with `/` at the end) folders that rules leave out. */
  readonly leftOut: readonly string[];
}

export interface ListRules {
  /** The folder from which `.gitignore` and `.mlignore` files count, when the listed one lies in it. */
  readonly project: string;
  /** Rules that hold before those of the files, in their language. */
  readonly base?: string;
  /** A file that is listed whatever the rules say. */
  readonly keep?: string | undefined;
  /** Listing ends soon after so many files. */
  readonly most?: number;
  /** False: only `base` counts. */
  readonly respect?: boolean;
}

interface Ruled {
  readonly folder: string;
  readonly rules: Ignore;
}

/**
 * The files below a folder, less those that `.gitignore` and `.mlignore` files leave out (the nearest to a file decides, as
 * in git) and environments of Python. Rejects with the system's error when the folder cannot be read.
 */
export async function listFiles(folder: string, options: ListRules): Promise<ListedFiles> {
  const found = { files: [] as ListedFile[], leftOut: [] as string[] };
  await walk(folder, '', await rulesAbove(folder, options), options, found);
  return found;
}

async function rulesAbove(folder: string, options: ListRules): Promise<Ruled[]> {
  const all: Ruled[] = [{ folder, rules: ignore().add(options.base ?? '') }];
  const inside = path.relative(options.project, folder);
  if (inside === '' || inside.startsWith('..') || path.isAbsolute(inside)) return all;
  let above = options.project;
  for (const part of inside.split(path.sep)) {
    all.push(...(await rulesIn(above, options)));
    above = path.join(above, part);
  }
  return all;
}

async function rulesIn(folder: string, { respect = true }: ListRules): Promise<Ruled[]> {
  if (!respect) return [];
  const texts = await Promise.all(RULES.map((name) => readText(path.join(folder, name))));
  const text = texts.filter((one) => one !== undefined).join('\n');
  return text === '' ? [] : [{ folder, rules: ignore().add(text) }];
}

/** The rule nearest to the file decides, as in git. */
function isLeftOut(all: readonly Ruled[], file: string, folder: boolean): boolean {
  for (const { folder: base, rules } of all.toReversed()) {
    const name = path.relative(base, file).split(path.sep).join('/') + (folder ? '/' : '');
    const { ignored, unignored } = rules.test(name);
    if (ignored) return true;
    if (unignored) return false;
  }
  return false;
}

async function walk(
  folder: string,
  below: string,
  above: readonly Ruled[],
  options: ListRules,
  found: { readonly files: ListedFile[]; readonly leftOut: string[] },
): Promise<void> {
  const all = [...above, ...(await rulesIn(folder, options))];
  for (const one of await fs.readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, one.name);
    const name = below === '' ? one.name : `${below}/${one.name}`;
    if (one.isDirectory()) {
      const environment = await fs.stat(path.join(file, 'pyvenv.cfg')).catch(() => undefined);
      if (environment || isLeftOut(all, file, true)) found.leftOut.push(`${name}/`);
      else await walk(file, name, all, options, found);
      continue;
    }
    // A link counts as the file that it leads to; one to a folder could lead in circles.
    const stat = await fs.stat(file).catch(() => undefined);
    if (!stat?.isFile() || (name !== options.keep && isLeftOut(all, file, false))) {
      found.leftOut.push(name);
      continue;
    }
    found.files.push({ file, name, bytes: stat.size });
    // Not all of a home folder is looked through to find that it is too much.
    if (found.files.length > (options.most ?? Infinity)) return;
  }
}

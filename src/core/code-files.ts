import * as fs from 'node:fs/promises';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { UserError } from './errors';
import { fileError, readText } from './files';

const MOST_FILES = 5_000;
const MOST_BYTES = 50 * 1024 * 1024;

/** What no script imports: environments, caches, history, results, and tables (a script gets its data from the job). A `.mlignore` may take any back (`!prices.csv`). */
const LEFT_OUT = `
.*
node_modules/
__pycache__/
site-packages/
venv/
env/
mlruns/
mlartifacts/
wandb/
*.pyc
*.csv
*.tsv
*.parquet
*.jsonl
*.ndjson
*.arrow
*.feather
*.xlsx
*.sqlite
*.db
*.h5
*.npy
*.npz
*.gz
*.zst
*.zip
*.tar
*.predictions.csv
`;
const RULES = ['.gitignore', '.mlignore'];

interface Ruled {
  readonly folder: string;
  readonly rules: Ignore;
}
/** What of a script's folder belongs to a job. `from` is absolute, `name` is relative to the folder with forward slashes. */
export interface CodeFiles {
  readonly files: readonly { readonly from: string; readonly name: string; readonly bytes: number }[];
  readonly leftOut: readonly string[];
}
interface Found {
  readonly files: CodeFiles['files'][number][];
  readonly leftOut: string[];
}

/**
 * The script itself, and beside it what is left by the rules above and by the `.gitignore` and `.mlignore` files from the project's
 * folder down; a UserError when that is too much.
 */
export async function findCode(
  from: string,
  script: string | undefined,
  project: string,
): Promise<CodeFiles> {
  try {
    const found: Found = { files: [], leftOut: [] };
    await walk(from, '', await rulesAbove(from, project), script, found);
    refuseTooMuch(from, found);
    return found;
  } catch (error) {
    throw fileError(error, `read the script's folder ${from}`);
  }
}

/** Copies what {@link findCode} finds into the job, and gives the lines that say what was copied. */
export async function copyCode(
  from: string,
  to: string,
  script: string | undefined,
  project: string,
): Promise<string[]> {
  const found = await findCode(from, script, project);
  try {
    for (const { from: file, name } of found.files) {
      const target = path.join(to, ...name.split('/'));
      await fs.mkdir(path.dirname(target), { recursive: true });
      await fs.copyFile(file, target, fs.constants.COPYFILE_FICLONE);
    }
    return said(found);
  } catch (error) {
    throw fileError(error, `copy the script's folder ${from}`);
  }
}

async function rulesAbove(from: string, project: string): Promise<Ruled[]> {
  const all: Ruled[] = [{ folder: from, rules: ignore().add(LEFT_OUT) }];
  const inside = path.relative(project, from);
  if (inside === '' || inside.startsWith('..') || path.isAbsolute(inside)) return all;
  let folder = project;
  for (const part of inside.split(path.sep)) {
    all.push(...(await rulesIn(folder)));
    folder = path.join(folder, part);
  }
  return all;
}

async function rulesIn(folder: string): Promise<Ruled[]> {
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
  script: string | undefined,
  found: Found,
): Promise<void> {
  const all = [...above, ...(await rulesIn(folder))];
  for (const one of await fs.readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, one.name);
    const name = below === '' ? one.name : `${below}/${one.name}`;
    if (one.isDirectory()) {
      const environment = await fs.stat(path.join(file, 'pyvenv.cfg')).catch(() => undefined);
      if (environment || isLeftOut(all, file, true)) found.leftOut.push(`${name}/`);
      else await walk(file, name, all, script, found);
      continue;
    }
    // A link counts as the file that it leads to; one to a folder could lead in circles.
    const stat = await fs.stat(file).catch(() => undefined);
    if (!stat?.isFile() || (name !== script && isLeftOut(all, file, false))) {
      found.leftOut.push(name);
      continue;
    }
    found.files.push({ from: file, name, bytes: stat.size });
    // Not all of a home folder is looked through to find that it is too much.
    if (found.files.length > MOST_FILES) return;
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

function refuseTooMuch(from: string, { files }: CodeFiles): void {
  const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  if (files.length <= MOST_FILES && bytes <= MOST_BYTES) return;
  const largest = files
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, 3)
    .map((one) => `${one.name} (${megabytes(one.bytes)})`);
  const what =
    files.length > MOST_FILES
      ? `more than ${MOST_FILES} files`
      : `${megabytes(bytes)}, most of it in ${largest.join(', ')}`;
  throw new UserError(
    'invalid',
    `The script's folder is too large to be copied for a job: ${from} has ${what}.`,
    {
      fix: `Put the script into a folder of its own, or name what it does not need in a file .mlignore (at most ${megabytes(MOST_BYTES)}).`,
    },
  );
}

function said({ files, leftOut }: CodeFiles): string[] {
  const listed = (names: readonly string[]): string =>
    names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ');
  const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  const size = bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : megabytes(bytes);
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  const plain = leftOut.filter((name) => !name.startsWith('.') && !name.startsWith('__pycache__'));
  return [
    `Code: ${count}, ${size}: ${listed(files.map((one) => one.name).sort())}`,
    ...(plain.length === 0 ? [] : [`Code not copied (.gitignore, .mlignore, data): ${listed(plain.sort())}`]),
  ];
}

import * as fs from 'node:fs/promises';
import path from 'node:path';
import { UserError } from './errors';
import { fileError } from './files';
import { type ListedFiles, listFiles } from './listed-files';

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
/**
 * What of a script's folder belongs to a job: the script itself, and beside it what is left by the rules above and by the `.gitignore`
 * and `.mlignore` files from the project's folder down; a UserError when that is too much.
 */
export async function findCode(
  from: string,
  script: string | undefined,
  project: string,
): Promise<ListedFiles> {
  try {
    const found = await listFiles(from, { project, base: LEFT_OUT, keep: script, most: MOST_FILES });
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
    for (const { file, name } of found.files) {
      const target = path.join(to, ...name.split('/'));
      await fs.mkdir(path.dirname(target), { recursive: true });
      await fs.copyFile(file, target, fs.constants.COPYFILE_FICLONE);
    }
    return said(found);
  } catch (error) {
    throw fileError(error, `copy the script's folder ${from}`);
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

function refuseTooMuch(from: string, { files }: ListedFiles): void {
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

function said({ files, leftOut }: ListedFiles): string[] {
  const listed = (names: readonly string[]): string =>
    names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ');
  const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  const size = bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : megabytes(bytes);
  const count = files.length === 1 ? '1 file' : `${files.length} files`;
  const plain = leftOut.filter((name) => !name.startsWith('.') && !name.startsWith('__pycache__'));
  return [
    `Code: ${count}, ${size}: ${listed(files.map((one) => one.name).sort())}`,
    ...(plain.length === 0
      ? []
      : [`Code not copied (.gitignore, .mlignore, data): ${listed(plain.toSorted())}`]),
  ];
}

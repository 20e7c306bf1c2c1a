import * as fs from 'node:fs/promises';
import path from 'node:path';
import { UserError } from './errors';
import { fileError } from './files';

/**
 * Refuses, before any work, an output that could not be written or that would destroy data: a file of another ending than those
 * given, a folder, a folder that is not there, or one of `inputs` (by whatever name). All paths are absolute.
 */
export async function checkOutput(
  output: string,
  endings: readonly string[],
  inputs: readonly string[],
): Promise<void> {
  const name = path.basename(output);
  if (!endings.includes(path.extname(output).toLowerCase())) {
    throw new UserError('unsupported', `The output cannot be written as "${name}".`, {
      fix: `Choose a name that ends in ${endings.join(' or ')}.`,
    });
  }
  const folder = await fs.stat(path.dirname(output)).catch(() => undefined);
  if (!folder?.isDirectory()) {
    throw new UserError('notFound', `There is no folder ${path.dirname(output)} to write to.`, {
      fix: 'Make the folder first, or choose another place.',
    });
  }
  try {
    await fs.access(path.dirname(output), fs.constants.W_OK);
  } catch (error) {
    throw fileError(error, `write ${output}`);
  }
  const there = await fs.stat(output).catch(() => undefined);
  if (there?.isDirectory()) {
    throw new UserError('conflict', `${output} is a folder.`, { fix: 'Choose a name for a file.' });
  }
  if (!there) return;
  for (const input of inputs) {
    const one = await fs.stat(input).catch(() => undefined);
    if (one?.ino === there.ino && one.dev === there.dev) {
      throw new UserError('conflict', `The output would replace the data in ${path.basename(input)}.`, {
        fix: 'Choose another name for the output.',
      });
    }
  }
}

/** Names that the exported code and the libraries it uses import: a file of such a name beside it would be imported in their place. */
const IMPORTED = new Set(
  (
    'duckdb pandas polars pyarrow numpy dateutil pytz six tzdata ' +
    'abc ast calendar code codecs collections copy csv datetime decimal email enum functools glob html http inspect io itertools json logging ' +
    'math numbers operator os pathlib pickle platform queue random re select shutil signal socket ssl statistics string struct subprocess ' +
    'sys tempfile test threading time token types typing unicodedata urllib uuid warnings xml zipfile'
  ).split(' '),
);

/** Refuses a Python file that would stand in the way of a library which the code in it needs. */
export function checkModuleName(output: string): void {
  const { name, ext } = path.parse(output);
  if (ext.toLowerCase() !== '.py' || !IMPORTED.has(name.toLowerCase())) return;
  throw new UserError(
    'invalid',
    `A file named ${name}${ext} would be imported in the place of the library ${name}.`,
    {
      fix: `Choose another name, such as ${name}_recipe.py.`,
    },
  );
}

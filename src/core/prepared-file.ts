import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from './errors';
import type { SubmitContext } from './job-submit';
import { checkName } from './names';

/**
 * The file that a preparation makes. A plain name is that of a dataset, as with `--incremental`: its file lies where that of a
 * preparation without a name does.
 */
export async function preparedFile(context: SubmitContext, output: string): Promise<string> {
  if (/[\\/]/.test(output) || path.extname(output) !== '') return output;
  checkName(output, 'dataset');
  const there = (await context.datasets.list()).find(
    ({ name }) => name.toLowerCase() === output.toLowerCase(),
  );
  if (there && there.run === undefined) {
    throw new UserError('conflict', `There is a dataset "${there.name}" already, which no run made.`, {
      fix: 'Give another name with -o.',
    });
  }
  if (there?.source.path.endsWith('/*.parquet')) {
    throw new UserError('conflict', `The dataset "${there.name}" is made file by file.`, {
      fix: 'Prepare its new files with --incremental, or give another name with -o.',
    });
  }
  await context.ensureProject();
  const folder = path.join(context.paths.ml, 'data');
  await mkdir(folder, { recursive: true });
  return path.join(folder, `${output}.parquet`);
}

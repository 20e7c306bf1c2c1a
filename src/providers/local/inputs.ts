import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { fileError } from '../../core/files';
import type { JobInput, JobSpec } from '../../core/run';
import type { Order } from './job';

const GLOB = /[*?[\]{}]/;

/** Where each input will lie in the job's folder, and what has to be copied there. */
export async function planInputs(
  inputs: JobSpec['inputs'],
): Promise<{ files: Record<string, JobInput>; copies: Order['inputs'] }> {
  const files: Record<string, JobInput> = {};
  const copies: Order['inputs'] = [];
  for (const [name, input] of Object.entries(inputs)) {
    const read = input.read === undefined ? {} : { read: input.read };
    const stat = await fs.stat(input.path).catch(() => undefined);
    if (stat) {
      // A folder is handed on as `in/<name>`, a file keeps its own name (its ending may tell the format).
      const to = stat.isDirectory() ? `in/${name}` : `in/${name}/${path.basename(input.path)}`;
      files[name] = { path: to, ...read };
      copies.push({ from: input.path, to, many: false });
    } else if (GLOB.test(input.path)) {
      files[name] = { path: `in/${name}/*${path.extname(input.path)}`, ...read };
      copies.push({ from: input.path, to: `in/${name}`, many: true });
    } else {
      throw new UserError('notFound', `The job's input is not there: ${input.path}.`, {
        fix: 'Check the path.',
      });
    }
  }
  return { files, copies };
}

/** Copies the inputs into the job's folder; where the disk can, without doubling the bytes. */
export async function placeInputs(inputs: Order['inputs'], job: string, stop: () => boolean): Promise<void> {
  for (const { from, to, many } of inputs) {
    if (stop()) return;
    const target = path.join(job, ...to.split('/'));
    try {
      await fs.mkdir(path.dirname(target), { recursive: true });
      if (many) await copyAll(from, target);
      else await fs.cp(from, target, { recursive: true, mode: constants.COPYFILE_FICLONE });
    } catch (error) {
      throw fileError(error, `copy ${from} for the job`);
    }
  }
}

/** Files of a glob, numbered in the order of their paths, so that rows keep their order. */
async function copyAll(pattern: string, folder: string): Promise<void> {
  const found: string[] = [];
  for await (const one of fs.glob(pattern)) found.push(one);
  found.sort();
  if (found.length === 0) {
    throw new UserError('notFound', `No file fits ${pattern}.`, { fix: 'Check the pattern.' });
  }
  await fs.mkdir(folder, { recursive: true });
  for (const [index, file] of found.entries()) {
    const target = path.join(folder, `${String(index).padStart(6, '0')}${path.extname(file)}`);
    await fs.copyFile(file, target, constants.COPYFILE_FICLONE);
  }
}

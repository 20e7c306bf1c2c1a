import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors';
import { fileError } from '../../core/files';
import type { JobInput, JobSpec, PlacedInput } from '../../core/run';
import { keyName } from '../../core/store-uri';
import { filesIn, hashFile } from './archive';

const GLOB = /[*?[\]{}]/;

/** One file that a job needs, and the key that it gets in the bucket (below the prefix): made of its content, so that it is sent once. */
export interface InputFile {
  readonly from: string;
  readonly name: string;
  readonly bytes: number;
  readonly key: string;
}

/** One input of a job: a channel in SageMaker's words. */
export interface Channel {
  readonly name: string;
  readonly input: JobInput;
  /** Key that its files begin with, ending in `/`. */
  readonly prefix: string;
  readonly files: readonly InputFile[];
  /** An object that the job reads from where it lies; `prefix` is then the key (below the run) of the manifest that names it. */
  readonly placed?: PlacedInput;
  /** A folder: it travels as `<name>.tar.gz`, made of these (relative) files. */
  readonly folder?: { readonly path: string; readonly names: readonly string[] };
}

/** Where each input of a job lies here, and where it will lie there. */
export async function channelsOf(inputs: JobSpec['inputs'], signal?: AbortSignal): Promise<Channel[]> {
  const all: Channel[] = [];
  for (const [name, given] of Object.entries(inputs)) {
    const read = {
      ...(given.read === undefined ? {} : { read: given.read }),
      ...(given.types === undefined ? {} : { types: given.types }),
    };
    if (given.placed) {
      all.push(placedChannel(name, given.placed, read));
      continue;
    }
    const stat = await fs.stat(given.path).catch(() => undefined);
    if (stat?.isDirectory()) all.push(await folderChannel(name, given.path, read, signal));
    else if (stat) all.push(await fileChannel(name, given.path, stat.size, read, signal));
    else if (GLOB.test(given.path)) all.push(await globChannel(name, given.path, read, signal));
    else {
      throw new UserError('notFound', `The job's input is not there: ${given.path}.`, {
        fix: 'Check the path.',
      });
    }
  }
  return all;
}

type Read = Pick<JobInput, 'read' | 'types'>;

/** The object's name stays as it is: SageMaker lays it out under what the manifest calls it. */
function placedChannel(name: string, placed: PlacedInput, read: Read): Channel {
  const called = keyName(placed.object.key);
  return {
    name,
    input: { path: `in/${name}/${called}`, ...read },
    prefix: `inputs/${name}.manifest`,
    files: [],
    placed,
  };
}

async function fileChannel(
  name: string,
  file: string,
  bytes: number,
  read: Read,
  signal?: AbortSignal,
): Promise<Channel> {
  const called = plainName(file);
  const prefix = `data/${await hashFile(file, signal)}/`;
  return {
    name,
    input: { path: `in/${name}/${called}`, ...read },
    prefix,
    files: [{ from: file, name: path.basename(file), bytes, key: `${prefix}${called}` }],
  };
}

/** Files of a glob, numbered in the order of their paths, so that rows keep their order. */
async function globChannel(
  name: string,
  pattern: string,
  read: Read,
  signal?: AbortSignal,
): Promise<Channel> {
  const found: string[] = [];
  try {
    for await (const one of fs.glob(pattern)) found.push(one);
  } catch (error) {
    throw fileError(error, `look for ${pattern}`);
  }
  found.sort();
  if (found.length === 0) {
    throw new UserError('notFound', `No file fits ${pattern}.`, { fix: 'Check the pattern.' });
  }
  const ending = path.extname(pattern);
  const hash = createHash('sha256');
  const files: Omit<InputFile, 'key'>[] = [];
  for (const [index, file] of found.entries()) {
    hash.update(await hashFile(file, signal));
    const called = `${String(index).padStart(6, '0')}${path.extname(file)}`;
    files.push({ from: file, name: called, bytes: (await fs.stat(file)).size });
  }
  const prefix = `data/${hash.digest('hex')}/`;
  return {
    name,
    input: { path: `in/${name}/*${ending}`, ...read },
    prefix,
    files: files.map((one) => ({ ...one, key: `${prefix}${one.name}`, name: path.basename(one.from) })),
  };
}

/** A folder (a model package) travels packed; its files' contents make its key. */
async function folderChannel(
  name: string,
  folder: string,
  read: Read,
  signal?: AbortSignal,
): Promise<Channel> {
  const names = await filesIn(folder);
  const hash = createHash('sha256');
  let bytes = 0;
  for (const one of names) {
    const file = path.join(folder, ...one.split('/'));
    hash.update(`${one}\0${await hashFile(file, signal)}\n`);
    bytes += (await fs.stat(file)).size;
  }
  const prefix = `models/${hash.digest('hex')}/`;
  return {
    name,
    input: { path: `in/${name}`, ...read },
    prefix,
    files: [{ from: folder, name: `${name}.tar.gz`, bytes, key: `${prefix}${name}.tar.gz` }],
    folder: { path: folder, names },
  };
}

/** A name that needs no care in URIs and shells; its ending, which may tell the format, stays. */
function plainName(file: string): string {
  const ending = path.extname(file);
  const base = path
    .basename(file, ending)
    .normalize('NFKD')
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return `${base === '' ? 'data' : base}${ending.replace(/[^\w.]/g, '')}`;
}

import path from 'node:path';
import { UserError } from '../../core/errors';
import type { EstimateFile } from '../../core/estimate';
import type { ListedFiles } from '../../core/listed-files';
import type { Store } from '../../core/store';
import { pack, withFolder } from './archive';
import type { Channel } from './inputs';

/** Where the project's files lie in a bucket. */
export interface Home {
  /** Ends in `/`. */
  readonly prefix: string;
}

/** What a job does, as its page says it. */
export const ACTIONS = {
  train: 'Train',
  prepare: 'Prepare',
  evaluate: 'Evaluate',
  'batch-predict': 'Predict with',
} as const;

/** True when the very content lies under this key; the key is made of the content. */
export async function isThere(store: Store, key: string, signal?: AbortSignal): Promise<boolean> {
  try {
    await store.stat(key, signal);
    return true;
  } catch (error) {
    if (error instanceof UserError && error.kind === 'notFound') return false;
    throw error;
  }
}

/** Sends the inputs that are not in the bucket yet. */
export async function sendChannels(
  store: Store,
  home: Home,
  channels: readonly Channel[],
  signal?: AbortSignal,
): Promise<void> {
  for (const channel of channels) {
    for (const file of channel.files) {
      const key = `${home.prefix}${file.key}`;
      if (await isThere(store, key, signal)) continue;
      const { folder } = channel;
      if (!folder) await store.upload(file.from, key, undefined, signal);
      else {
        await withFolder(async (temporary) => {
          const archive = path.join(temporary, file.name);
          await pack(folder.path, folder.names, archive);
          await store.upload(archive, key, undefined, signal);
        });
      }
    }
  }
}

/** Files as they are shown: those of the bucket's own content are not sent again. */
export async function shownFiles(
  store: Store,
  home: Home,
  channels: readonly Channel[],
  signal?: AbortSignal,
): Promise<EstimateFile[]> {
  const files: EstimateFile[] = [];
  for (const channel of channels) {
    for (const one of channel.files) {
      const there = await isThere(store, `${home.prefix}${one.key}`, signal);
      files.push({ name: one.name, bytes: one.bytes, ...(there ? { there: true as const } : {}) });
    }
  }
  return files;
}

interface Looked {
  readonly file: string;
  readonly name: string;
}

/** Of a model package the code that a person wrote: it is looked through for secrets before it is sent. */
export const modelCode = (folder: string, names: readonly string[]): Looked[] =>
  names
    .filter((name) => /^code\/(?!ml_lifecycle\/|mll_pyfunc\.py$)/.test(name))
    .map((name) => ({ file: path.join(folder, ...name.split('/')), name: `model/${name}` }));

/** The files of a job that are looked through for secrets. */
export function looked(channels: readonly Channel[], code: ListedFiles): Looked[] {
  const tables = channels.filter((one) => !one.folder).flatMap((one) => one.files);
  return [
    ...channels.flatMap(({ folder }) => (folder ? modelCode(folder.path, folder.names) : [])),
    ...code.files.map(({ file, name }) => ({ file, name: `code/${name}` })),
    ...tables.map(({ from, name }) => ({ file: from, name })),
  ];
}

import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Host, ProjectPaths } from '../../core/api';
import { findCode } from '../../core/code-files';
import { fileError } from '../../core/files';
import type { ListedFiles } from '../../core/listed-files';
import type { JobFile, JobSpec } from '../../core/run';
import type { Store } from '../../core/store';
import { keyName, parseStoreUri } from '../../core/store-uri';
import { pack, withFolder } from '../cloud/archive';
import type { Channel } from '../cloud/inputs';
import type { Config } from './config';
import type { Image } from './images';
import { runKeys } from './requests';
import { packRuntime } from './source';

/** The user's code of a job; none for a built-in algorithm. */
export async function codeOf(spec: JobSpec, project: ProjectPaths): Promise<ListedFiles> {
  if (spec.codeFolder === undefined) return { files: [], leftOut: [] };
  return findCode(spec.codeFolder, spec.file.script, project.root);
}

/** Objects of each input as a container sees them below its mount, with what each is called in the job's folder. */
export function objectsOf(
  { bucket, prefix }: Pick<Config, 'bucket' | 'prefix'>,
  channels: readonly Channel[],
): Record<string, [place: string, called: string][]> {
  return Object.fromEntries(
    channels.map(({ name, files, placed }) => {
      const sent = files.map(({ key }): [string, string] => [
        `${bucket}/${prefix}${key}`,
        path.posix.basename(key),
      ]);
      if (!placed) return [name, sent];
      const { root, key } = parseStoreUri(placed.uri);
      return [name, [[`${root}/${key}`, keyName(key)]]];
    }),
  );
}

/** Sends runtime, code, `job.json` and the list of the inputs of a run. */
export async function sendJob(
  store: Store,
  from: {
    host: Host;
    config: Config;
    image: Image;
    spec: JobSpec;
    channels: readonly Channel[];
    code: ListedFiles;
  },
  runId: string,
  signal?: AbortSignal,
): Promise<void> {
  const { host, config, image, spec, channels, code } = from;
  const keys = runKeys(config, runId);
  const file: JobFile = {
    ...spec.file,
    inputs: Object.fromEntries(channels.map((one) => [one.name, one.input])),
  };
  await withFolder(async (folder) => {
    const archive = path.join(folder, 'source.tar.gz');
    await packRuntime(host, image.lacks, folder, archive);
    await store.upload(archive, keys.source, undefined, signal);
    if (code.files.length === 0) return;
    const packed = path.join(folder, 'code.tar.gz');
    await packCode(path.join(folder, 'code'), code, packed);
    await store.upload(packed, keys.code, undefined, signal);
  });
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  await store.write(keys.inputs, json(objectsOf(config, channels)), {}, signal);
  await store.write(keys.job, json(file), {}, signal);
}

async function packCode(folder: string, { files }: ListedFiles, archive: string): Promise<void> {
  try {
    for (const one of files) {
      const to = path.join(folder, ...one.name.split('/'));
      await fs.mkdir(path.dirname(to), { recursive: true });
      await fs.copyFile(one.file, to);
    }
  } catch (error) {
    throw fileError(error, 'pack the code of the job');
  }
  await pack(folder, files.map((one) => one.name).sort(), archive);
}

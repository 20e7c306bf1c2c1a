import path from 'node:path';
import type { Host, ProjectPaths } from '../../core/api';
import { UserError } from '../../core/errors';
import type { JobFile, JobSpec } from '../../core/run';
import type { Store } from '../../core/store';
import { pack, withFolder } from './archive';
import type { Config } from './config';
import type { Image } from './images';
import type { Channel } from './inputs';
import { isTraining, runKeys } from './requests';
import { codeOf, packSource } from './source';

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
  config: Config,
  channels: readonly Channel[],
  signal?: AbortSignal,
): Promise<void> {
  for (const channel of channels) {
    for (const file of channel.files) {
      const key = `${config.prefix}${file.key}`;
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

/** Sends code, runtime and `job.json` of a run. */
export async function sendJob(
  store: Store,
  from: {
    host: Host;
    paths: ProjectPaths;
    config: Config;
    image: Image;
    spec: JobSpec;
    channels: readonly Channel[];
  },
  runId: string,
  signal?: AbortSignal,
): Promise<void> {
  const { host, paths, config, spec, channels } = from;
  const keys = runKeys(config, runId);
  const file: JobFile = {
    ...spec.file,
    inputs: Object.fromEntries(channels.map((one) => [one.name, one.input])),
  };
  await withFolder(async (folder) => {
    const archive = path.join(folder, 'sourcedir.tar.gz');
    await packSource(folder, archive, { ...from, code: await codeOf(spec, paths) }, signal);
    await store.upload(archive, keys.source, undefined, signal);
  });
  if (!isTraining(spec.kind)) {
    const start = path.join(host.pythonFolder, 'ml_lifecycle', 'sagemaker', 'start.py');
    await store.upload(start, keys.start, undefined, signal);
  }
  await store.write(keys.job, `${JSON.stringify(file, null, 2)}\n`, {}, signal);
}

import path from 'node:path';
import type { Host } from '../../core/api';
import type { ListedFiles } from '../../core/listed-files';
import type { JobFile, JobSpec } from '../../core/run';
import type { Store } from '../../core/store';
import { withFolder } from '../cloud/archive';
import type { Config } from './config';
import type { Image } from './images';
import type { Channel } from '../cloud/inputs';
import { removeAll } from '../cloud/left';
import { manifestOf } from './placed';
import { isTraining, runKeys } from './requests';
import { packSource } from './source';

/** Removes what {@link sendJob} sent for a job that was never started; a failure is only logged, as the start's own is told. */
export async function forgetJob(
  store: Store,
  config: Config,
  runId: string,
  log: (line: string) => void,
): Promise<void> {
  await removeAll(store, runKeys(config, runId).run).catch((error: unknown) => {
    log(`What was sent for the run ${runId} could not be removed: ${String(error)}`);
  });
}

/** Sends code, runtime and `job.json` of a run. */
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
  const { host, config, spec, channels } = from;
  const keys = runKeys(config, runId);
  const file: JobFile = {
    ...spec.file,
    inputs: Object.fromEntries(channels.map((one) => [one.name, one.input])),
  };
  await withFolder(async (folder) => {
    const archive = path.join(folder, 'sourcedir.tar.gz');
    await packSource(folder, archive, from, signal);
    await store.upload(archive, keys.source, undefined, signal);
  });
  if (!isTraining(spec.kind)) {
    const start = path.join(host.pythonFolder, 'ml_lifecycle', 'sagemaker', 'start.py');
    await store.upload(start, keys.start, undefined, signal);
  }
  for (const { placed, prefix } of channels) {
    if (placed) await store.write(`${keys.run}${prefix}`, manifestOf(placed), {}, signal);
  }
  await store.write(keys.job, `${JSON.stringify(file, null, 2)}\n`, {}, signal);
}

import type { Estimate } from '../../core/estimate';
import type { ListedFiles } from '../../core/listed-files';
import type { JobSpec } from '../../core/run';
import { findSecrets } from '../../core/secrets';
import type { Store } from '../../core/store';
import { ACTIONS, looked, shownFiles } from '../cloud/files';
import type { Channel } from '../cloud/inputs';
import { placedOf } from '../cloud/placed';
import type { Price } from '../cloud/prices';
import type { Config } from './config';
import type { Image } from './images';
import { PRICE_PAGES } from './prices';
import { acceleratorOf, resourcesFor } from './requests';

/** Project, region, whom jobs run as, and whose login it is, in words. */
export function whereText({ account, region, settings, login }: Config): string {
  return [
    `project ${account}`,
    `region ${region}`,
    ...(settings.serviceAccount === undefined ? [] : [`service account ${settings.serviceAccount}`]),
    ...(login.account === undefined ? [] : [`login ${login.account}`]),
  ].join(', ');
}

export async function jobEstimate(
  from: {
    config: Config;
    store: Store;
    spec: JobSpec;
    channels: readonly Channel[];
    code: ListedFiles;
    image: Image;
    price: Price | undefined;
    /** Notes on what it reads from where it lies. */
    read: readonly string[];
  },
  runId: string,
  signal?: AbortSignal,
): Promise<Estimate> {
  const { config, store, spec, channels, code, image, price, read } = from;
  const { machine, spot, maxMinutes } = resourcesFor(config, spec.resources);
  const gpus = acceleratorOf(machine, config.settings);
  const inputs = await shownFiles(store, config, channels, signal);
  const files = [...inputs, ...code.files.map(({ name, bytes }) => ({ name: `code/${name}`, bytes }))];
  return {
    action: `${ACTIONS[spec.kind]} ${spec.file.model ?? runId} on Vertex AI`,
    provider: 'vertex',
    files: files.sort((a, b) => b.bytes - a.bytes),
    ...placedOf(channels),
    leftOut: code.leftOut,
    secrets: await findSecrets(looked(channels, code), signal),
    destination: `gs://${config.bucket}/${config.prefix}`,
    where: whereText(config),
    machine: { type: machine, count: 1, ...(spot ? { spot: true as const } : {}) },
    ...(price === undefined ? {} : { perHour: price }),
    pricePage: PRICE_PAGES.train,
    maxHours: maxMinutes / 60,
    stops: `by itself when it is done, after ${maxMinutes} minutes at the latest, or by Cancel ("mll runs cancel")`,
    notes: [
      'The runtime of ML Lifecycle (under 1 MB) goes with it.',
      ...read,
      ...(gpus === undefined ? [] : [`With ${gpus.count} × ${gpus.type}.`]),
      ...image.notes,
    ],
  };
}

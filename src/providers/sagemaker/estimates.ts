import type { Estimate } from '../../core/estimate';
import type { ListedFiles } from '../../core/listed-files';
import type { JobSpec } from '../../core/run';
import { findSecrets } from '../../core/secrets';
import type { Store } from '../../core/store';
import type { Config } from './config';
import type { Channel } from '../cloud/inputs';
import { placedOf } from '../cloud/placed';
import type { JobImage } from './job-image';
import { readNotes } from './placed';
import type { Price } from '../cloud/prices';
import { resourcesFor } from './requests';
import { ACTIONS, looked, shownFiles } from '../cloud/files';

export const PRICE_PAGE = 'https://aws.amazon.com/sagemaker/ai/pricing/';

/** Account, region and role, in words. */
export function whereText(config: Config): string {
  const role = config.settings.role;
  return [
    ...(role === undefined ? [] : [`account ${role.split(':')[4] ?? ''}`]),
    `region ${config.region}`,
    ...(role === undefined ? [] : [`role ${role.split('/').at(-1) ?? ''}`]),
    ...(config.profile === undefined ? [] : [`profile ${config.profile}`]),
  ].join(', ');
}

export async function jobEstimate(
  from: {
    config: Config;
    store: Store;
    spec: JobSpec;
    channels: readonly Channel[];
    price: Price | undefined;
    code: ListedFiles;
    image: JobImage;
  },
  runId: string,
  signal?: AbortSignal,
): Promise<Estimate> {
  const { config, store, spec, channels, price, code, image } = from;
  const asked = resourcesFor(config, spec.resources);
  const inputs = await shownFiles(store, config, channels, signal);
  const files = [...inputs, ...code.files.map(({ name, bytes }) => ({ name: `code/${name}`, bytes }))];
  return {
    action: `${ACTIONS[spec.kind]} ${spec.file.model ?? runId} on SageMaker`,
    provider: 'sagemaker',
    files: files.sort((a, b) => b.bytes - a.bytes),
    ...placedOf(channels),
    leftOut: code.leftOut,
    secrets: await findSecrets(looked(channels, code), signal),
    destination: `s3://${config.bucket}/${config.prefix}`,
    where: whereText(config),
    machine: {
      type: asked.machine,
      count: spec.kind === 'train' ? asked.instances : 1,
      ...(asked.spot && spec.kind === 'train' ? { spot: true as const } : {}),
    },
    ...(price === undefined ? {} : { perHour: price }),
    pricePage: PRICE_PAGE,
    maxHours: asked.maxMinutes / 60,
    stops: `by itself when it is done, after ${asked.maxMinutes} minutes at the latest, or by Cancel ("mll runs cancel")`,
    notes: [
      'The runtime of ML Lifecycle (under 1 MB) goes with it.',
      ...readNotes(config, channels),
      ...image.notes,
    ],
  };
}

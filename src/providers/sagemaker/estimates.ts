import type { ProjectPaths } from '../../core/api';
import type { Estimate, EstimateFile } from '../../core/estimate';
import type { JobSpec } from '../../core/run';
import { findSecrets } from '../../core/secrets';
import type { Store } from '../../core/store';
import type { Config } from './config';
import type { Channel } from './inputs';
import type { Price } from './prices';
import { resourcesFor } from './requests';
import { isThere } from './send';
import { codeOf } from './source';

export const PRICE_PAGE = 'https://aws.amazon.com/sagemaker/ai/pricing/';

const ACTIONS = {
  train: 'Train',
  prepare: 'Prepare',
  evaluate: 'Evaluate',
  'batch-predict': 'Predict with',
} as const;

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

/** Files as they are shown: those of the bucket's own content are not sent again. */
export async function shownFiles(
  store: Store,
  config: Config,
  channels: readonly Channel[],
  signal?: AbortSignal,
): Promise<EstimateFile[]> {
  const files: EstimateFile[] = [];
  for (const channel of channels) {
    for (const one of channel.files) {
      const there = await isThere(store, `${config.prefix}${one.key}`, signal);
      files.push({ name: one.name, bytes: one.bytes, ...(there ? { there: true as const } : {}) });
    }
  }
  return files;
}

export async function jobEstimate(
  from: {
    paths: ProjectPaths;
    config: Config;
    store: Store;
    spec: JobSpec;
    channels: readonly Channel[];
    price: Price | undefined;
  },
  runId: string,
  signal?: AbortSignal,
): Promise<Estimate> {
  const { paths, config, store, spec, channels, price } = from;
  const code = await codeOf(spec, paths);
  const asked = resourcesFor(config, spec.resources);
  const inputs = await shownFiles(store, config, channels, signal);
  const tables = channels.filter((one) => !one.folder).flatMap((one) => one.files);
  const files = [...inputs, ...code.files.map(({ name, bytes }) => ({ name: `code/${name}`, bytes }))];
  const looked = [
    ...code.files.map((one) => ({ ...one, name: `code/${one.name}` })),
    ...tables.map(({ from, name }) => ({ file: from, name })),
  ];
  return {
    action: `${ACTIONS[spec.kind]} ${spec.file.model ?? runId} on SageMaker`,
    provider: 'sagemaker',
    files: files.sort((a, b) => b.bytes - a.bytes),
    leftOut: code.leftOut,
    secrets: await findSecrets(looked, signal),
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
    notes: ['The runtime of ML Lifecycle (under 1 MB) goes with it.'],
  };
}

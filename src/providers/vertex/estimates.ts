import type { Estimate } from '../../core/estimate';
import type { ListedFiles } from '../../core/listed-files';
import type { MachineUse } from '../../core/provider';
import type { JobSpec } from '../../core/run';
import { findSecrets } from '../../core/secrets';
import type { Store } from '../../core/store';
import { ACTIONS, looked, shownFiles } from '../cloud/files';
import type { Channel } from '../cloud/inputs';
import type { Config } from './config';
import type { Image } from './images';
import { acceleratorOf, resourcesFor } from './requests';

const PRICE_PAGE = 'https://cloud.google.com/vertex-ai/pricing#custom-trained_models';

/** Project, region, whom jobs run as, and whose login it is, in words. */
export function whereText({ account, region, settings, login }: Config): string {
  return [
    `project ${account}`,
    `region ${region}`,
    ...(settings.serviceAccount === undefined ? [] : [`service account ${settings.serviceAccount}`]),
    ...(login.account === undefined ? [] : [`login ${login.account}`]),
  ].join(', ');
}

/** USD per hour as the settings have it; Google's own list is not asked. */
export function priceOf({ settings }: Config, machine: string, use: MachineUse): Pick<Estimate, 'perHour'> {
  const said = settings.prices?.[machine];
  const price = typeof said === 'number' ? said : said?.[use];
  if (price === undefined) return {};
  return { perHour: { price, date: 'today', source: 'ml.yaml' } };
}

export async function jobEstimate(
  from: {
    config: Config;
    store: Store;
    spec: JobSpec;
    channels: readonly Channel[];
    code: ListedFiles;
    image: Image;
  },
  runId: string,
  signal?: AbortSignal,
): Promise<Estimate> {
  const { config, store, spec, channels, code, image } = from;
  const { machine, spot, maxMinutes } = resourcesFor(config, spec.resources);
  const gpus = acceleratorOf(machine, config.settings);
  const inputs = await shownFiles(store, config, channels, signal);
  const files = [...inputs, ...code.files.map(({ name, bytes }) => ({ name: `code/${name}`, bytes }))];
  return {
    action: `${ACTIONS[spec.kind]} ${spec.file.model ?? runId} on Vertex AI`,
    provider: 'vertex',
    files: files.sort((a, b) => b.bytes - a.bytes),
    leftOut: code.leftOut,
    secrets: await findSecrets(looked(channels, code), signal),
    destination: `gs://${config.bucket}/${config.prefix}`,
    where: whereText(config),
    machine: { type: machine, count: 1, ...(spot ? { spot: true as const } : {}) },
    ...priceOf(config, machine, spec.kind === 'train' ? 'train' : 'prepare'),
    pricePage: PRICE_PAGE,
    maxHours: maxMinutes / 60,
    stops: `by itself when it is done, after ${maxMinutes} minutes at the latest, or by Cancel ("mll runs cancel")`,
    notes: [
      'The runtime of ML Lifecycle (under 1 MB) goes with it.',
      ...(gpus === undefined ? [] : [`With ${gpus.count} × ${gpus.type}.`]),
      ...image.notes,
    ],
  };
}

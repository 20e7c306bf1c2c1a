import type { Estimate } from '../../core/estimate';
import type { Model } from '../../core/model';
import { findSecrets } from '../../core/secrets';
import { modelCode } from '../cloud/files';
import type { ServedPackage } from '../cloud/package';
import type { Price } from '../cloud/prices';
import type { Config } from './config';
import { capturePercent, isDedicated, logTable, type Replicas } from './endpoint-requests';
import { whereText } from './estimates';
import { PRICE_PAGES } from './prices';
import type { Chosen } from './serving-image';

interface Planned {
  readonly config: Config;
  readonly id: string;
  readonly packed: ServedPackage;
  readonly replicas: Replicas;
  readonly image: Chosen;
}

/** What a deployment sends and what it costs until it is removed. */
export async function endpointEstimate(
  { config, id, packed, replicas, image }: Planned,
  { name, model, price }: { readonly name: string; readonly model: Model; readonly price: Price | undefined },
  signal?: AbortSignal,
): Promise<Estimate> {
  const { machine, min, max, cpu } = replicas;
  const percent = capturePercent(config);
  return {
    action: `Deploy ${model.name}@${model.version} as "${name}" on Vertex AI`,
    provider: 'vertex',
    files: [
      {
        name: `model ${model.name}@${model.version}`,
        bytes: packed.bytes,
        ...(packed.there ? { there: true } : {}),
      },
    ],
    leftOut: [],
    secrets: packed.there ? [] : await findSecrets(modelCode(model.path, packed.names), signal),
    destination: `gs://${config.bucket}/${packed.key}`,
    where: whereText(config),
    machine: { type: machine, count: min },
    ...(price === undefined ? {} : { perHour: price }),
    pricePage: PRICE_PAGES.endpoint,
    stops: `when it is stopped or removed ("mll endpoints remove ${name}"); it costs until then, whether it is asked or not`,
    notes: [
      `Image: ${image.uri}${image.python === undefined ? '' : ` (Python ${image.python})`}`,
      ...packed.notes,
      ...(max > min
        ? [
            `Up to ${max} machines, which cost as much each, while their processors are busy for more than ${cpu} %.`,
          ]
        : []),
      `A request may have ${isDedicated(config) ? '10 MB: the endpoint has an address of its own' : '1.5 MB ("dedicated: true" in ml.yaml: 10 MB, at an address of its own)'}.`,
      percent > 0
        ? `Requests and answers (${percent} %) are kept in BigQuery, ${logTable(config, id).uri}, for the monitor ("capture: 0" in ml.yaml keeps none).`
        : 'Requests are not kept, so they cannot be monitored.',
    ],
  };
}

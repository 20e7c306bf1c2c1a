import type { Estimate } from '../../core/estimate';
import type { Model } from '../../core/model';
import { findSecrets } from '../../core/secrets';
import { modelCode } from '../cloud/files';
import type { Config } from './config';
import type { Chosen } from './endpoint-requests';
import { capturePercent } from './endpoint-requests';
import { PRICE_PAGE, whereText } from './estimates';
import type { ServedPackage } from '../cloud/package';
import type { Price } from '../cloud/prices';

function scaleNotes({ settings }: Config, price: Price | undefined): string[] {
  const scale = settings.endpoint?.scale;
  if (!scale) return [];
  const most = price && `, at most USD ${(price.price * scale.max * 24).toFixed(2)} per day`;
  return [
    `Autoscaling runs ${scale.min} to ${scale.max} machines, as many as the requests need${most ?? ''}.`,
  ];
}

/** What a deployment sends and what it costs until it is removed. */
export async function endpointEstimate(
  { config, packed, chosen }: { config: Config; packed: ServedPackage; chosen: Chosen },
  about: { name: string; model: Model; price: Price | undefined },
  signal?: AbortSignal,
): Promise<Estimate> {
  const { name, model, price } = about;
  const machine = 'machine' in chosen;
  const percent = capturePercent(config);
  return {
    action: `Deploy ${model.name}@${model.version} as "${name}" on SageMaker`,
    provider: 'sagemaker',
    files: [
      {
        name: `model ${model.name}@${model.version}`,
        bytes: packed.bytes,
        ...(packed.there ? { there: true } : {}),
      },
    ],
    leftOut: [],
    secrets: packed.there ? [] : await findSecrets(modelCode(model.path, packed.names), signal),
    destination: `s3://${config.bucket}/${packed.key}`,
    where: whereText(config),
    machine: machine
      ? { type: chosen.machine, count: chosen.instances }
      : { type: `serverless, ${chosen.memory} MB, ${chosen.concurrency} requests at a time`, count: 1 },
    ...(price === undefined ? {} : { perHour: price }),
    pricePage: PRICE_PAGE,
    stops: machine
      ? `when it is stopped or removed ("mll endpoints remove ${name}"); it costs until then, whether it is asked or not`
      : `when it is removed ("mll endpoints remove ${name}"); it costs only while it answers`,
    notes: [
      ...packed.notes,
      ...(machine ? scaleNotes(config, price) : []),
      percent > 0
        ? `Requests and answers (${percent} %) are kept in s3://${config.bucket}/${config.prefix}captures/ for the monitor ("capture: 0" in ml.yaml keeps none).`
        : 'Requests are not kept, so they cannot be monitored.',
    ],
  };
}

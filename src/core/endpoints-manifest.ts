import { z } from 'zod';
import type { Capacity } from './model';
import { PROVIDER_IDS, type ProviderId } from './run';

const REFERENCE = z.looseObject({ model: z.string(), version: z.number().int().min(1) });

const RETRAIN = z.looseObject({
  time: z.string(),
  run: z.string(),
  data: z.exactOptional(z.string()),
  old: REFERENCE,
  new: REFERENCE,
  gate: z.looseObject({ expression: z.string(), held: z.boolean(), reason: z.string() }),
  promoted: z.boolean(),
});
export type RetrainRecord = z.infer<typeof RETRAIN>;

const CAPACITY = z.looseObject({
  machine: z.exactOptional(z.string()),
  instances: z.exactOptional(z.number()),
  serverless: z.exactOptional(z.boolean()),
});

/** `.ml/endpoints/<name>.json`: what a colleague needs to see and to deploy it too; where it runs is the provider's to know. */
export interface EndpointManifest {
  readonly name: string;
  readonly provider: ProviderId;
  readonly model: string;
  readonly version: number;
  readonly previous?: { readonly model: string; readonly version: number };
  /** `creating` until it answered for the first time. */
  readonly status: 'creating' | 'deployed';
  readonly capacity?: Capacity;
  readonly created: string;
  readonly updated: string;
  /** Newest first. */
  readonly retrained?: readonly RetrainRecord[];
}

export const ENDPOINT: z.ZodType<EndpointManifest> = z.looseObject({
  name: z.string().min(1),
  provider: z.enum(PROVIDER_IDS),
  model: z.string().min(1),
  version: z.number().int().min(1),
  previous: z.exactOptional(REFERENCE),
  status: z.enum(['creating', 'deployed']),
  capacity: z.exactOptional(CAPACITY),
  created: z.string(),
  updated: z.string(),
  retrained: z.exactOptional(z.array(RETRAIN)),
});

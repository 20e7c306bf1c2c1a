import { z } from 'zod';
import type { ProviderChoice } from './provider-choice';

const name = z.string().min(1);
const money = z.number().nonnegative();
const opt = z.exactOptional;

/** USD per hour: one number for whatever the machine does, or one for each use. */
const PRICE = z.union([
  money,
  z.strictObject({ train: opt(money), prepare: opt(money), endpoint: opt(money) }),
]);

/** `providers.sagemaker` of `ml.yaml`; the profile and other personal names may stand in `.ml/local.yaml`. */
export const SAGEMAKER = z
  .strictObject({
    region: opt(name),
    profile: opt(name),
    /** The role that jobs and endpoints run as. */
    role: opt(
      z
        .string()
        .regex(
          /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/,
          'not an ARN such as arn:aws:iam::123456789012:role/NAME',
        ),
    ),
    /** Where code, data, models and captured requests lie. */
    store: opt(
      z
        .string()
        .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/.*)?$/, 'not a place such as s3://BUCKET/PREFIX'),
    ),
    machine: opt(name),
    instances: opt(z.number().int().min(1).max(100)),
    /** GB of disk for each machine of a job. */
    volume: opt(z.number().int().min(1).max(16_384)),
    /** What ends a job that does not end by itself; with the price it bounds the cost. */
    maxMinutes: opt(
      z
        .number()
        .int()
        .min(1)
        .max(28 * 24 * 60),
    ),
    spot: opt(z.boolean()),
    /** Waiting for a Spot machine included. */
    maxWaitMinutes: opt(
      z
        .number()
        .int()
        .min(1)
        .max(28 * 24 * 60),
    ),
    /** A framework (`sklearn`, `pytorch`, `tensorflow`, `xgboost`), its version (`pytorch:2.8.0`), a version of scikit-learn's image, or a whole URI. */
    image: opt(name),
    /** `vendored`: wheels travel with the job, for containers without a way out to the internet. */
    wheels: opt(z.enum(['index', 'vendored'])),
    subnets: opt(z.array(name).min(1)),
    securityGroups: opt(z.array(name).min(1)),
    kmsKey: opt(name),
    endpoint: opt(
      z.strictObject({
        machine: opt(name),
        instances: opt(z.number().int().min(1).max(100)),
        serverless: opt(
          z.strictObject({
            /** MB */
            memory: opt(z.number().int().min(1024).max(6144).multipleOf(1024)),
            concurrency: opt(z.number().int().min(1).max(200)),
          }),
        ),
        /** Percent of the requests that are captured; 0 captures none. */
        capture: opt(z.number().min(0).max(100)),
        scale: opt(
          z.strictObject({
            /** AWS takes no less than one machine for a model of an endpoint of its own. */
            min: z.number().int().min(1),
            max: z.number().int().min(1),
            /** Requests per minute that one machine is meant to take. */
            invocations: z.number().positive(),
          }),
        ),
        /** Hours without a request after which an endpoint on machines is said to be idle (24). */
        idleHours: opt(z.number().positive()),
      }),
    ),
    prices: opt(z.record(name, PRICE)),
    tags: opt(z.record(name, z.string())),
  })
  .refine(
    ({ subnets, securityGroups }) => (subnets === undefined) === (securityGroups === undefined),
    'subnets and securityGroups go together: with one of them alone, jobs would run outside of your network',
  );
export type SagemakerSettings = z.infer<typeof SAGEMAKER>;

/** `providers.vertex` of `ml.yaml`. The login and, unless it is named here, the project are those of "Connect Google…". */
export const VERTEX = z.strictObject({
  /** Google Cloud's project, by its id. */
  project: opt(name),
  region: opt(z.string().regex(/^[a-z]+-[a-z]+\d+$/, 'not a region such as europe-west1')),
  /** Where code, data and models lie. */
  store: opt(
    z
      .string()
      .regex(/^gs:\/\/[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](\/.*)?$/, 'not a place such as gs://BUCKET/PREFIX'),
  ),
  /** Whom jobs run as; without it, Vertex AI's own account of the project. */
  serviceAccount: opt(
    z
      .string()
      .regex(/^[^@\s]+@[^@\s]+$/, 'not a service account such as NAME@PROJECT.iam.gserviceaccount.com'),
  ),
  machine: opt(name),
  /** GPUs beside machines that have none of their own (n1). */
  accelerator: opt(
    z.strictObject({ type: z.string().regex(/^[A-Z0-9_]+$/), count: z.number().int().min(1).max(16) }),
  ),
  /** GB of disk for the machine of a job. */
  volume: opt(z.number().int().min(100).max(64_000)),
  /** What ends a job that does not end by itself; with the price it bounds the cost. */
  maxMinutes: opt(
    z
      .number()
      .int()
      .min(1)
      .max(28 * 24 * 60),
  ),
  spot: opt(z.boolean()),
  /** A framework (`sklearn`, `pytorch`, `tensorflow`, `xgboost`), its version (`pytorch:2.4`), or a whole URI. */
  image: opt(name),
  /** `projects/NUMBER/global/networks/NAME` that is peered with Vertex AI. */
  network: opt(
    z.string().regex(/^projects\/\d+\/global\/networks\/.+$/, 'not projects/NUMBER/global/networks/NAME'),
  ),
  kmsKey: opt(name),
  endpoint: opt(
    z
      .strictObject({
        machine: opt(name),
        /** Machines at the least and at the most; Vertex AI adds and removes them by itself in between. */
        min: opt(z.number().int().min(1).max(1000)),
        max: opt(z.number().int().min(1).max(1000)),
        /** Percent of a machine's processors above which another one is added (60). */
        cpu: opt(z.number().int().min(1).max(100)),
        /** An address of its own: requests of up to 10 MB instead of 1.5 MB. */
        dedicated: opt(z.boolean()),
        /** Percent of the requests that are captured; 0 captures none. */
        capture: opt(z.number().min(0).max(100)),
        /** Hours without a request after which an endpoint is said to be idle (24). */
        idleHours: opt(z.number().positive()),
        /** As `image` above, for the container that serves. */
        image: opt(name),
      })
      .refine(({ min = 1, max }) => max === undefined || max >= min, 'max is less than min'),
  ),
  prices: opt(z.record(name, PRICE)),
  labels: opt(z.record(z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/), z.string().regex(/^[a-z0-9_-]{0,63}$/))),
});
export type VertexSettings = z.infer<typeof VERTEX>;

/** What `providers` of `ml.yaml` says of each cloud that is built. */
export const CLOUDS = { sagemaker: SAGEMAKER.optional(), vertex: VERTEX.optional() } as const;

interface CloudSettings {
  readonly sagemaker?: SagemakerSettings | undefined;
  readonly vertex?: VertexSettings | undefined;
}

/** The clouds as a person chooses among them; one whose settings lack something is not ready. `project`: that of the login to Google. */
export function cloudChoices(
  { sagemaker, vertex }: CloudSettings = {},
  project: string | undefined,
): readonly ProviderChoice[] {
  const detail = (one: { region?: string | undefined; machine?: string | undefined } | undefined): string =>
    [one?.region, one?.machine].filter((word) => word !== undefined).join(', ');
  return [
    {
      id: 'sagemaker',
      title: 'SageMaker',
      detail: detail(sagemaker),
      ready: sagemaker?.store !== undefined && sagemaker.role !== undefined,
      serverless: true,
    },
    {
      id: 'vertex',
      title: 'Vertex AI',
      detail: detail(vertex),
      ready:
        vertex?.store !== undefined &&
        vertex.region !== undefined &&
        (vertex.project ?? project) !== undefined,
      shares: true,
    },
  ];
}

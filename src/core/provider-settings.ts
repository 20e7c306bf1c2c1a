import { z } from 'zod';

const name = z.string().min(1);
const money = z.number().nonnegative();
const opt = z.exactOptional;

/** USD per hour: one number for whatever the machine does, or one for each use. */
const PRICE = z.union([
  money,
  z.strictObject({ train: opt(money), prepare: opt(money), endpoint: opt(money) }),
]);

/** `providers.sagemaker` of `ml.yaml`; the profile and other personal names may stand in `.ml/local.yaml`. */
export const SAGEMAKER = z.strictObject({
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
  /** A version of AWS's scikit-learn image, or a whole image URI. */
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
});
export type SagemakerSettings = z.infer<typeof SAGEMAKER>;

import { z } from 'zod';
import { FORMAT_IDS } from './table';
import { type ErrorData, FAILURE_KINDS } from './errors';
import { PROVIDER_IDS, type Dataset, type Place, type Run } from './run';
import type { Model } from './model';

// Loose objects: what a newer version wrote is kept when an older one writes the manifest again.
const text = z.string();
const opt = z.exactOptional;
const PROVIDER = z.enum(PROVIDER_IDS);
const STATUS = z.enum(['queued', 'starting', 'running', 'completed', 'failed', 'cancelled']);
const KIND = z.enum(['prepare', 'train', 'evaluate', 'batch-predict']);
const TASK = z.enum(['classification', 'regression']);
// JSON has no NaN: a metric that is none is null in the file.
const METRICS = z.record(text, z.number().or(z.null().transform(() => Number.NaN)));
const DATA = z.looseObject({
  name: text,
  hash: text,
  rows: z.number(),
  estimated: opt(z.boolean()),
  rejected: opt(z.number()),
});

const FAILURE_KIND = z.enum(FAILURE_KINDS);
export const ERROR = z.object({
  kind: FAILURE_KIND,
  message: text,
  fix: opt(text),
  actions: opt(
    z.array(z.object({ title: text, command: text, args: opt(z.array(z.unknown()).readonly()) })).readonly(),
  ),
}) satisfies z.ZodType<ErrorData>;

export const PLACE = z.looseObject({
  name: text,
  region: text,
  account: opt(text),
  console: text,
  output: opt(text),
  machine: opt(text),
}) satisfies z.ZodType<Place>;

const COLUMN = z.object({
  name: text,
  type: z.enum(['boolean', 'integer', 'number', 'text', 'date', 'datetime', 'other']),
  sqlType: text,
});
export const DIALECT = z.object({
  encoding: opt(text),
  delimiter: opt(text),
  cuts: opt(z.array(z.int().min(1))),
  quote: opt(text),
  header: opt(z.boolean()),
  skip: opt(z.number()),
  decimal: opt(z.enum(['.', ','])),
  thousands: opt(z.string().max(1)),
  missing: opt(z.record(text, z.array(text))),
});
export const SOURCE = z.object({
  path: text.min(1),
  format: opt(z.enum(FORMAT_IDS)),
  dialect: opt(DIALECT),
  table: opt(text),
});

export const DATASET: z.ZodType<Dataset> = z.looseObject({
  name: text.min(1),
  source: SOURCE,
  columns: z.array(COLUMN),
  rows: z.number(),
  estimated: opt(z.boolean()),
  bytes: z.number(),
  hash: text,
  added: text,
  run: opt(text),
});

export const PARAMS = z.record(text, z.union([text, z.number(), z.boolean(), z.null()]));

/** What was asked for, so that it can be run again. */
const REQUEST = z.looseObject({
  /** Dataset's name, or a path as manifests keep it. */
  data: opt(text),
  /** A recipe was used: it lies as `recipe.yaml` beside `run.json`. */
  recipe: opt(z.boolean()),
  recipeFile: opt(text),
  target: opt(text),
  params: opt(PARAMS),
  script: opt(text),
  model: opt(text),
  machine: opt(text),
  instances: opt(z.number()),
  spot: opt(z.boolean()),
  image: opt(z.string()),
  maxMinutes: opt(z.number()),
  part: opt(z.enum(['test', 'all'])),
  output: opt(text),
  /** It prepares files that are new: the dataset of parts, and the file in its folder that says what becomes of it. */
  incremental: opt(z.object({ dataset: text, pending: text })),
});
export type RunRequest = z.infer<typeof REQUEST>;
export type RunManifest = Run & { readonly request: RunRequest };

export const RUN: z.ZodType<RunManifest> = z.looseObject({
  id: text.min(1),
  kind: KIND,
  name: text,
  status: STATUS,
  stage: opt(text),
  progress: opt(z.number()),
  provider: PROVIDER,
  metrics: METRICS,
  mainMetric: opt(text),
  submitted: text,
  started: opt(text),
  ended: opt(text),
  spotSaving: opt(z.number()),
  commit: opt(text),
  branch: opt(text),
  dirty: z.boolean(),
  data: opt(DATA),
  recipe: opt(text),
  recipeHash: opt(text),
  target: opt(text),
  params: PARAMS,
  script: opt(text),
  packages: opt(z.record(text, text)),
  model: opt(z.looseObject({ name: text, version: z.number().int() })),
  usedModel: opt(z.looseObject({ name: text, version: z.number().int() })),
  partOf: opt(text),
  dataset: opt(z.looseObject({ name: text })),
  output: opt(text),
  place: opt(PLACE),
  error: opt(ERROR),
  request: REQUEST,
});

/** A model version's manifest; the package's folder follows from where the manifest lies. */
export interface ModelManifest extends Omit<Model, 'path'> {
  /** When the version was removed: its manifest stays, so that its number is never given again. */
  readonly removed?: string;
}

export const MODEL: z.ZodType<ModelManifest> = z.looseObject({
  name: text.min(1),
  version: z.number().int().min(1),
  created: text,
  run: text,
  task: TASK,
  algorithm: text,
  metrics: METRICS,
  mainMetric: text,
  target: text,
  removed: opt(text),
});

/** `out/metrics.json` of a job. */
export const JOB_METRICS = z.looseObject({
  metrics: z.record(text, z.union([z.number(), z.null(), text])).default({}),
  packages: z.record(text, text).default({}),
  python: opt(text),
});

/** `out/failure.json` of a job. */
export const JOB_FAILURE = z.looseObject({
  kind: FAILURE_KIND.catch('internal'),
  message: text,
  fix: z.string().nullish(),
  cause: z.unknown().optional(),
  traceback: z.string().nullish(),
});

const curves = z.array(
  z.looseObject({ label: text, x: z.array(z.number()), y: z.array(z.number()), area: z.number() }),
);
/** The parts of `report.json` that a model's manifest is made from; the rest is handed to the views as it is. */
export const REPORT = z.looseObject({
  task: TASK,
  target: text,
  algorithm: text,
  rows: z.looseObject({ train: z.number(), test: z.number() }),
  metrics: METRICS,
  baseline: METRICS.default({}),
  importance: z.array(z.looseObject({ column: text, mean: z.number(), sd: z.number() })).default([]),
  roc: opt(curves),
  pr: opt(curves),
  mainMetric: text,
  leftOut: z.array(z.looseObject({ column: text, reason: text })).default([]),
  notes: z.array(text).default([]),
});

import type { Column, TableSource } from './table';
import type { ErrorData } from './errors';
import type { StoreObject } from './store';
import type { Plan } from '../recipe/plan';

/** Where jobs and endpoints can run, as files and settings name it. */
export const PROVIDER_IDS = ['local', 'sagemaker', 'vertex', 'azureml', 'databricks', 'watsonx'] as const;
export type ProviderId = (typeof PROVIDER_IDS)[number];

export interface Dataset {
  readonly name: string;
  readonly source: TableSource;
  readonly columns: readonly Column[];
  readonly rows: number;
  /** The rows are an estimate: of a table in a store only the beginning was read. */
  readonly estimated?: boolean;
  readonly bytes: number;
  /** SHA-256 of the content in hex; `etag:…` of a table in a store that was never read as a whole. */
  readonly hash: string;
  /** ISO 8601 UTC, as all times in manifests. */
  readonly added: string;
  /** The run that made it, when a job did. */
  readonly run?: string;
}

/** The very data that a run read. */
export interface DataVersion {
  readonly name: string;
  /** sha-256 of the file; `etag:…` of a table that was read where it lies in a store. */
  readonly hash: string;
  readonly rows: number;
  /** The rows are an estimate: the job read the table where it lies in a store. */
  readonly estimated?: boolean;
  /** Records of the file that could not be read and are no rows; absent when there are none. */
  readonly rejected?: number;
}

/** The files of an input that an incremental preparation found, by their names below the input. */
export interface NewFiles {
  /** The dataset of parts. */
  readonly dataset: string;
  /** As they were when they were prepared: they are left alone. */
  readonly unchanged: number;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** Unchanged, but their part is made anew: the recipe has changed, or another file of the part. */
  readonly again: readonly string[];
  /** No longer there; their rows stay unless their part is made anew. */
  readonly gone: readonly string[];
  /** Whether the steps were fitted now, on the files of this run, or as the first time. */
  readonly fitted: 'now' | 'kept';
  readonly notes: readonly string[];
  /** Absent: nothing is new. */
  readonly run?: Run;
}

export type JobKind = 'prepare' | 'train' | 'evaluate' | 'batch-predict';
export type RunStatus = 'queued' | 'starting' | 'running' | 'completed' | 'failed' | 'cancelled';
export type Task = 'classification' | 'regression';

export const ALGORITHMS = [
  'auto',
  'linear',
  'random_forest',
  'hist_gradient_boosting',
  'knn',
  'baseline',
] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export interface TrainParams {
  readonly algorithm?: Algorithm;
  readonly task?: Task;
  readonly seed?: number;
  readonly class_weight?: 'balanced' | 'none';
  /** Folds of auto's cross-validation, and of the comparison. */
  readonly folds?: number;
  /** Anything else is handed to the algorithm or to the script as it is. */
  readonly [name: string]: string | number | boolean | null | undefined;
}

export interface JobInput {
  /** Relative to the job folder: `in/<name>/<file>` or, for a folder, `in/<name>`. */
  readonly path: string;
  /** How to read it as a table (see {@link TableRead.sql}); absent for a folder such as a model package. */
  readonly read?: string;
  /** `read` gives all cells as text: the types that the table's beginning shows, which the job tries on all rows. */
  readonly types?: Types;
}

export interface Types {
  readonly columns: readonly Pick<Column, 'name' | 'sqlType'>[];
  readonly decimal: '.' | ',';
  /** What stands between groups of three digits; absent: nothing does. */
  readonly thousands?: string;
}

/** `job.json`, the whole of what the Python runtime knows. All paths are relative to its folder. */
export interface JobFile {
  readonly job: 1;
  readonly id: string;
  readonly kind: JobKind;
  readonly inputs: Readonly<Record<string, JobInput>>;
  readonly plan?: Plan;
  readonly target?: string;
  readonly params: TrainParams;
  /** The user's own script, relative to `code/`. */
  readonly script?: string;
  /** Name that the model package carries. */
  readonly model?: string;
  /** Copied into the package's provenance.json. */
  readonly provenance: Provenance;
}

export interface Provenance {
  readonly run: string;
  readonly commit?: string;
  readonly branch?: string;
  readonly dirty: boolean;
  readonly data?: DataVersion;
  readonly recipeHash?: string;
  readonly created: string;
}

/** What a job asks of a remote provider's machines; what is absent is taken from `ml.yaml`. */
export interface Resources {
  readonly machine?: string;
  readonly instances?: number;
  /** Cheaper machines that may be taken away; the job then starts again from its checkpoints. */
  readonly spot?: boolean;
  /** What ends the job if it does not end by itself. */
  readonly maxMinutes?: number;
  /** The provider's image that it runs in: a framework (`pytorch`), its version (`pytorch:2.8.0`) or a whole URI. */
  readonly image?: string;
}

/** What of a request is asked of the provider's machines. */
export function resourcesOf({ machine, instances, spot, maxMinutes, image }: Resources): Resources {
  return {
    ...(machine === undefined ? {} : { machine }),
    ...(instances === undefined ? {} : { instances }),
    ...(spot === undefined ? {} : { spot }),
    ...(maxMinutes === undefined ? {} : { maxMinutes }),
    ...(image === undefined ? {} : { image }),
  };
}

/** Where a job or endpoint of a remote provider is found by whoever may look; kept in its manifest. Names only, no secret. */
export interface Place {
  /** The provider's own name of it. */
  readonly name: string;
  readonly region: string;
  /** The provider's account (12 digits on AWS) that it belongs to. */
  readonly account?: string;
  /** Its page in the provider's console. */
  readonly console: string;
  /** URI of the folder that its outputs go to. */
  readonly output?: string;
  readonly machine?: string;
}

/** An object of a store that a job reads from where it lies, in the state that was looked at. */
export interface PlacedInput {
  readonly uri: string;
  readonly object: StoreObject;
}

/** An input where it lies now: at its absolute `path` here, or where `placed` says. */
export interface SpecInput extends JobInput {
  readonly placed?: PlacedInput;
}

/** What a provider is asked to run. Input paths are absolute here; the provider puts them where the job sees them. */
export interface JobSpec {
  readonly kind: JobKind;
  readonly inputs: Readonly<Record<string, SpecInput>>;
  readonly file: Omit<JobFile, 'inputs'>;
  /** Absolute folder with the user's script and what it imports; copied to `code/`. */
  readonly codeFolder?: string;
  readonly resources?: Resources;
}

export interface MetricPoint {
  readonly name: string;
  readonly value: number;
  readonly step: number;
  /** Milliseconds since 1970 UTC. */
  readonly time: number;
}

/** What the provider knows of a job now. */
export interface JobState {
  readonly status: RunStatus;
  /** In words: "queued behind 2 jobs", "fold 3 of 5". */
  readonly stage?: string;
  /** 0 to 1, when known. */
  readonly progress?: number;
  readonly started?: string;
  readonly ended?: string;
  readonly error?: ErrorData;
  /** Where the job's outputs lie once it is completed (absolute local folder). */
  readonly outputs?: string;
  /** Of a Spot machine: the part of its price on demand that was not billed, 0 to 1; where the provider says it. */
  readonly spotSaving?: number;
}

export interface Run {
  readonly id: string;
  readonly kind: JobKind;
  readonly name: string;
  readonly status: RunStatus;
  readonly stage?: string;
  readonly progress?: number;
  readonly provider: ProviderId;
  readonly metrics: Readonly<Record<string, number>>;
  /** The metric that says most, as the report has it; a train or evaluate run that is completed has one. */
  readonly mainMetric?: string;
  readonly submitted: string;
  readonly started?: string;
  readonly ended?: string;
  readonly commit?: string;
  readonly branch?: string;
  readonly dirty: boolean;
  readonly data?: DataVersion;
  readonly recipe?: string;
  readonly recipeHash?: string;
  readonly target?: string;
  readonly params: TrainParams;
  readonly script?: string;
  readonly packages?: Readonly<Record<string, string>>;
  /** The model that a train run made. */
  readonly model?: { readonly name: string; readonly version: number };
  /** The model that an evaluate or batch-predict run used. */
  readonly usedModel?: { readonly name: string; readonly version: number };
  /** Id of the run that this one is a part of: a retraining's run, for which this one scores a model. */
  readonly partOf?: string;
  readonly dataset?: { readonly name: string };
  /** The file that a prepare or batch-predict run wrote, relative to the project when inside it. */
  readonly output?: string;
  /** Of a run on a remote provider. */
  readonly place?: Place;
  /** Of a Spot machine: the part of its price on demand that was not billed, 0 to 1. */
  readonly spotSaving?: number;
  readonly error?: ErrorData;
}

/** `report.json` of a train or evaluate job. */
export interface Report {
  readonly task: Task;
  readonly target: string;
  readonly algorithm: string;
  readonly rows: { readonly train: number; readonly test: number };
  readonly metrics: Readonly<Record<string, number>>;
  /** The same metrics of the baseline model (most frequent class, or mean). */
  readonly baseline: Readonly<Record<string, number>>;
  /**
   * Where the recipe's split has folds: each metric's mean and standard deviation over them, with its values. Without a test
   * part `metrics` are these means. `rows`: how many rows were scored in each.
   */
  readonly crossValidation?: {
    readonly folds: number;
    readonly rows: readonly number[];
    readonly metrics: Readonly<Record<string, FoldMetric>>;
    readonly baseline: Readonly<Record<string, FoldMetric>>;
  };
  readonly confusion?: {
    readonly labels: readonly string[];
    readonly counts: readonly (readonly number[])[];
  };
  /** One curve per class (one for two classes): false/true positive rates. */
  readonly roc?: readonly Curve[];
  /** Recall on x, precision on y. */
  readonly pr?: readonly Curve[];
  readonly residuals?: { readonly predicted: readonly number[]; readonly actual: readonly number[] };
  /** Fall of the main metric when a column is shuffled, mean and sd over repeats, largest first. */
  readonly importance: readonly { readonly column: string; readonly mean: number; readonly sd: number }[];
  /** auto: what was compared, best first. */
  readonly candidates?: readonly {
    readonly algorithm: string;
    readonly score: number;
    readonly sd: number;
  }[];
  readonly mainMetric: string;
  /** Absent (reports of old models): true. */
  readonly higherIsBetter?: boolean;
  /** Columns that were left out and why. */
  readonly leftOut: readonly { readonly column: string; readonly reason: string }[];
  readonly notes: readonly string[];
}
export interface FoldMetric {
  readonly mean: number;
  readonly sd: number;
  readonly values: readonly number[];
}
export interface Curve {
  readonly label: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly area: number;
}

import type { Place, ProviderId, Task } from './run';
import type { Cell, ColumnType } from './table';
import type { ErrorData } from './errors';

/** One field that a request carries (a raw column of the training data, without the target). */
export interface Field {
  readonly name: string;
  readonly type: ColumnType;
  readonly required: boolean;
  /** Neither a step that runs at an endpoint nor the model reads it. */
  readonly unread?: boolean;
  readonly min?: number | string;
  readonly max?: number | string;
  readonly mean?: number;
  /** All values seen, when at most 100. */
  readonly categories?: readonly string[];
}

/** `signature.json` of a model package. */
export interface Signature {
  readonly task: Task;
  readonly inputs: readonly Field[];
  readonly output: { readonly name: string; readonly type: ColumnType; readonly classes?: readonly Cell[] };
  /** 5 raw rows of the training data. */
  readonly examples: readonly Readonly<Record<string, Cell>>[];
}

export interface Model {
  readonly name: string;
  readonly version: number;
  /** Absolute folder of the package. */
  readonly path: string;
  readonly created: string;
  readonly run: string;
  readonly task: Task;
  readonly algorithm: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly mainMetric: string;
  readonly target: string;
}

export type EndpointStatus = 'creating' | 'ready' | 'updating' | 'failed' | 'stopped' | 'removed';

export interface Endpoint {
  readonly name: string;
  readonly status: EndpointStatus;
  readonly url?: string;
  readonly model: string;
  readonly version: number;
  /** The version that Roll Back returns to. */
  readonly previous?: { readonly model: string; readonly version: number };
  readonly provider: ProviderId;
  readonly created: string;
  readonly updated: string;
  /** Of an endpoint on a remote provider. */
  readonly place?: Place;
  /** Machines that run for it all the time; absent where it costs only while it answers, or nothing. */
  readonly machines?: Machines;
  /** It costs by the hour, and was not asked for longer than `idleHours` of the settings. */
  readonly idle?: Idle;
  /** Two versions answer, as a person chose: percent of the requests, the larger share first. */
  readonly split?: readonly Share[];
  readonly error?: ErrorData;
}

export interface Share {
  readonly model: string;
  readonly version: number;
  readonly percent: number;
}

export interface Machines {
  readonly type: string;
  readonly count: number;
  /** USD for all of them; undefined where the price is not known. */
  readonly perDay?: number;
}

export interface Idle {
  /** Since the last request; of one that was never asked, since it was made. */
  readonly hours: number;
  /** USD; undefined where the price is not known. */
  readonly perDay?: number;
}

/** What an endpoint of a remote provider runs on; what is absent is taken from `ml.yaml`. */
export interface Capacity {
  readonly machine?: string;
  readonly instances?: number;
  /** Machines only while there are requests. */
  readonly serverless?: boolean;
}

/** What a program needs to call an endpoint: a token of its own, or a request that is signed with the caller's login to the cloud. */
export interface Access {
  /** Without a path for an endpoint with a token; the whole address of a signed one. */
  readonly url: string;
  readonly token?: string;
  readonly signed?:
    { readonly by: 'aws'; readonly region: string; readonly endpoint: string } | { readonly by: 'google' };
}

export type Row = Readonly<Record<string, Cell>>;

export interface Prediction {
  readonly prediction: Cell;
  readonly probabilities?: Readonly<Record<string, number>>;
  readonly error?: { readonly field: string; readonly message: string };
}

export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** How the rows of a file were answered. */
export interface FileResult {
  /** The file that was written. */
  readonly output: string;
  readonly rows: number;
  /** Rows of these that have an error instead of a prediction. */
  readonly errors: number;
  /** Records of the file that could not be read, so that they were not sent. */
  readonly rejected: number;
  readonly latencyMs: Latency;
}

/** Latencies are milliseconds as the caller saw them. */
export interface InvokeResult {
  readonly predictions: readonly Prediction[];
  readonly latencyMs: Latency;
  readonly ids: readonly string[];
  readonly model?: { readonly name: string; readonly version: number };
}

/** One captured row: a line of the capture files. */
export interface Captured {
  readonly id: string;
  readonly time: string;
  readonly version: number;
  readonly input: Row;
  readonly prediction: Prediction;
  readonly latencyMs: number;
}

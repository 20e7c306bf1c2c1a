import type { Latency, Prediction, Row } from './model';
import type { Run } from './run';
import type { Cell, Histogram } from './table';

export interface DriftColumn {
  readonly test: 'ks' | 'chi2' | 'z' | 'wasserstein' | 'jensenshannon' | 'psi';
  readonly score: number;
  readonly threshold: number;
  readonly drifted: boolean;
  readonly reference: Histogram | Readonly<Record<string, number>>;
  readonly current: Histogram | Readonly<Record<string, number>>;
}

export interface DriftReport {
  /** Rows compared; below 30 nothing is tested and `tooFew` is set. */
  readonly rows: number;
  readonly referenceRows: number;
  readonly tooFew: boolean;
  readonly share: number;
  readonly drifted: boolean;
  readonly columns: Readonly<Record<string, DriftColumn>>;
  /** Columns that were not tested, and why. */
  readonly skipped?: Readonly<Record<string, string>>;
}

/** What a provider measured of an endpoint by itself. */
export interface Measured {
  readonly requests: number;
  readonly errors: number;
  /** Of the model, without the network. */
  readonly latencyMs: Latency;
}

export interface MonitorReport {
  readonly endpoint: string;
  readonly since?: string;
  readonly requests: number;
  readonly rows: number;
  readonly errors: number;
  readonly latencyMs: Latency | null;
  /** Requests over time, for the chart: `time` in ms since 1970 UTC is the bin's start. */
  readonly timeline: readonly {
    readonly time: number;
    readonly requests: number;
    readonly errors: number;
    readonly p95: number | null;
  }[];
  readonly drift: DriftReport;
  /** The prediction's drift, tested as a column. */
  readonly predictionDrift: DriftColumn | null;
  /** Beside what was captured; absent where the provider measures nothing, or could not be asked. */
  readonly measured?: Measured;
  readonly accuracy?: {
    readonly metric: string;
    readonly value: number;
    readonly training: number;
    readonly labelled: number;
    /** More than 5 % (of the training value) worse than in training, in the metric's own direction. */
    readonly worse: boolean;
  };
}

export interface RetrainResult {
  readonly run: Run;
  readonly old: {
    readonly model: string;
    readonly version: number;
    readonly metrics: Readonly<Record<string, number>>;
  };
  readonly new: {
    readonly model: string;
    readonly version: number;
    readonly metrics: Readonly<Record<string, number>>;
  };
  readonly gate: { readonly expression: string; readonly held: boolean; readonly reason: string };
  readonly promoted: boolean;
}

export interface Case {
  readonly name: string;
  readonly row: Row;
  /** Exact prediction; for numbers with `tolerance` (absolute). */
  readonly expect: Cell;
  readonly tolerance?: number;
  /** Line in the file, from 0. */
  readonly line: number;
}
export interface CaseFile {
  readonly endpoint: string;
  readonly cases: readonly Case[];
}
export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  readonly message: string;
  readonly prediction?: Prediction;
  readonly latencyMs: number;
}

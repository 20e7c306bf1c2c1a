import type { Check } from './checked';
import type { Measured } from './monitor';
import type { Access, Capacity, Endpoint, InvokeResult, Model, Row } from './model';
import type { Estimate } from './estimate';
import type { JobSpec, JobState, MetricPoint, Place, ProviderId, RunStatus } from './run';

export type { Check };

/** Endpoints, logs and metrics are asked for by cursor: pass back what the answer held to get what came since. */
export interface Chunk<T> {
  readonly items: readonly T[];
  readonly cursor: string;
}

export interface Jobs {
  /** Where the job will be found; asks nobody. Absent: on this machine. */
  place?(spec: JobSpec, runId: string): Promise<Place>;
  /**
   * True when jobs can read this object of a store from where it lies; a UserError says why not where they only could
   * elsewhere. Absent: none.
   */
  readsFrom?(uri: string, signal?: AbortSignal): Promise<boolean>;
  /** What {@link Jobs.submit} would send and what it may cost, found without sending anything. Absent: it sends and costs nothing. */
  estimate?(spec: JobSpec, runId: string, signal?: AbortSignal): Promise<Estimate>;
  /** Returns once the job is accepted; the same `runId` again is the same job. */
  submit(spec: JobSpec, runId: string, signal?: AbortSignal): Promise<void>;
  get(runId: string, signal?: AbortSignal): Promise<JobState>;
  /** The statuses of many jobs by few calls; those that are not found are left out. */
  statuses?(runIds: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, RunStatus>>;
  /** Brings the outputs of a completed job to this machine, once, and gives their folder (absolute). Absent: they are here. */
  collect?(runId: string, signal?: AbortSignal): Promise<string>;
  /** What lies at the provider of this job alone; undefined when there is nothing (any more). Absent: all is here. */
  left?(runId: string, signal?: AbortSignal): Promise<LeftFiles | undefined>;
  /** Deletes what {@link Jobs.left} tells of. */
  removeLeft?(runId: string, signal?: AbortSignal): Promise<void>;
  /** Asks the job to end and returns at once; a job that has ended stays as it is. */
  cancel(runId: string, signal?: AbortSignal): Promise<void>;
  /** Log text in lines. */
  logs(runId: string, cursor?: string, signal?: AbortSignal): Promise<Chunk<string>>;
  metrics(runId: string, cursor?: string, signal?: AbortSignal): Promise<Chunk<MetricPoint>>;
}

/** Files of a job that lie at its provider. */
export interface LeftFiles {
  readonly uri: string;
  readonly files: number;
  readonly bytes: number;
}

export interface Endpoints {
  /** Bytes of one request at most, where that is less than the 64 MB of an endpoint on this machine. */
  readonly mostBytes?: number;
  /** What deploying, or an update to that model, would send and cost. Absent: it sends and costs nothing. */
  estimate?(name: string, model: Model, capacity?: Capacity, signal?: AbortSignal): Promise<Estimate>;
  /** Returns when the endpoint answers, or throws with its last log lines. */
  deploy(name: string, model: Model, capacity?: Capacity, signal?: AbortSignal): Promise<Endpoint>;
  /** Replaces the model without dropping a request; the old one serves until the new one answers. */
  update(name: string, model: Model, capacity?: Capacity, signal?: AbortSignal): Promise<Endpoint>;
  /**
   * Gives the model so many percent of the requests, beside the one that has most of them and keeps the rest. Absent: there is one
   * model at a time.
   */
  split?(
    name: string,
    model: Model,
    percent: number,
    capacity?: Capacity,
    signal?: AbortSignal,
  ): Promise<Endpoint>;
  get(name: string, signal?: AbortSignal): Promise<Endpoint>;
  list(signal?: AbortSignal): Promise<readonly Endpoint[]>;
  /** Starts it again if it stopped (for example after a reboot), where that costs nothing. */
  invoke(name: string, rows: readonly Row[], signal?: AbortSignal): Promise<InvokeResult>;
  stop(name: string, signal?: AbortSignal): Promise<void>;
  remove(name: string, signal?: AbortSignal): Promise<void>;
  logs(name: string, cursor?: string, signal?: AbortSignal): Promise<Chunk<string>>;
  /** Files (JSON lines of {@link Captured}), oldest first. */
  captureFiles(name: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** What the provider itself measured, also of requests that were not captured. Absent: nothing beside the captured ones. */
  measured?(name: string, since?: Date, signal?: AbortSignal): Promise<Measured>;
  /** What a person needs to call it from elsewhere. */
  access(name: string, signal?: AbortSignal): Promise<Access>;
}

/** Something that the project made in a provider's account. */
export interface Resource {
  readonly kind: 'endpoint' | 'endpoint-config' | 'model' | 'job' | 'files' | 'role' | 'bucket';
  /** The provider's own name of it; of files, their URI. */
  readonly name: string;
  /** What the person calls it, where it has a name of the project's. */
  readonly title?: string;
  readonly run?: string;
  readonly status?: string;
  /** ISO 8601 UTC. */
  readonly created?: string;
  readonly bytes?: number;
  readonly machine?: string;
  /** USD since it was made, where the price is known and it costs by the hour. */
  readonly cost?: number;
  readonly console?: string;
}

/** A machine that may be chosen; what is not known is absent. */
export interface Machine {
  readonly type: string;
  readonly cores?: number;
  /** As the provider says it: `8 GiB`. */
  readonly memory?: string;
  readonly gpus?: number;
  /** USD per hour. */
  readonly price?: number;
  /** The date of the price. */
  readonly date?: string;
  /** So many at the same time for this use, by the account's quota. */
  readonly quota?: number;
  /** The same for Spot machines, which have a quota of their own; of trainings only. */
  readonly spotQuota?: number;
}

/** What jobs and endpoints get unless something else is asked for. */
export interface JobDefaults {
  readonly machine: string;
  readonly instances: number;
  readonly spot: boolean;
  readonly maxMinutes: number;
  /** Images that a script may ask for, the default first. */
  readonly images: readonly { readonly id: string; readonly title: string }[];
}

/** What a job or endpoint does with a machine: prices and quotas differ by it. */
export type MachineUse = 'train' | 'prepare' | 'endpoint';

/** A login that this machine has. Names only. */
export interface Login {
  readonly name: string;
  readonly region?: string;
  /** How it comes by its keys, in words. */
  readonly how: string;
}

/** Who a login is, and what there is to choose from. */
export interface Identity {
  readonly who: string;
  readonly account: string;
  readonly region: string;
  /** Places for the project's files. */
  readonly stores: readonly string[];
  /** Roles that jobs could run as. */
  readonly roles: readonly string[];
  /** What could not be listed, and why. */
  readonly notes: readonly string[];
}

/** Something that a provider needs and that is not there. */
export interface Missing {
  readonly kind: 'store' | 'role';
  readonly name: string;
  /** Exactly what would be made, as text to be read before it is agreed to. */
  readonly text: string;
}

/** The account behind a provider that costs money. */
export interface Account {
  logins(): Promise<readonly Login[]>;
  /** Regions to choose from, where they are known; asks nobody. */
  regions?(): readonly string[];
  identity(
    choice: { readonly login?: string; readonly region?: string },
    signal?: AbortSignal,
  ): Promise<Identity>;
  /** What is missing for these settings, with proposed names where there are none. */
  missing(signal?: AbortSignal): Promise<readonly Missing[]>;
  /** Makes it, and gives the value that belongs into the settings. */
  create(missing: Missing, signal?: AbortSignal): Promise<string>;
  /** All that the project made there and that is still there. */
  resources(signal?: AbortSignal): Promise<readonly Resource[]>;
  /**
   * Deletes them in an order that works, and resolves when they are gone; a UserError names what stayed. Gives what the
   * project has there still: what was not to be deleted, and what came meanwhile.
   */
  remove(resources: readonly Resource[], signal?: AbortSignal): Promise<readonly Resource[]>;
  machines(use: MachineUse, signal?: AbortSignal): Promise<readonly Machine[]>;
  /** By the settings; asks nobody. */
  defaults(use: MachineUse): Promise<JobDefaults>;
}

/** Where jobs and endpoints run. An absent group means: unsupported. */
export interface Provider {
  readonly id: ProviderId;
  /** It is asked over a network, so not more often than needed. */
  readonly remote?: true;
  readonly jobs: Jobs;
  readonly endpoints?: Endpoints;
  readonly account?: Account;
  check(signal?: AbortSignal): Promise<readonly Check[]>;
}

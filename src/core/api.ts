import type { UserError } from './errors';
import type { LoadResult } from './load';
import type { Agree, Estimate } from './estimate';
import type {
  Access,
  Capacity,
  Endpoint,
  FileResult,
  InvokeResult,
  Model,
  Prediction,
  Row,
  Signature,
} from './model';
import type { Case, CaseFile, CaseResult, DriftReport, MonitorReport, RetrainResult } from './monitor';
import type { Account, Check, Chunk, LeftFiles, Provider } from './provider';
import type { ProviderChoice } from './provider-choice';
import type { Dataset, MetricPoint, NewFiles, ProviderId, Report, Resources, Run, TrainParams } from './run';
import type { Refused } from './local-names';
import type {
  LoginCode,
  Store,
  StoreAccount,
  StoreLogin,
  StoreObject,
  StoreRoot,
  StoreSettings,
} from './store';
import type { QueryEstimate, SourceMakers, Sources } from './source';
import type { CloudScheme, StoreScheme } from './store-uri';
import type { Cell, Dialect, Page, Profile, TableRead, TableSource } from './table';
import type { CallOptions } from '../rpc';
import type { EngineApi } from '../protocol';
import type { PrepareReport } from '../recipe/report';
import type { Recipes } from './recipe-api';

/** The engine process as its callers see it: starts on the first call, again after it died, and ends when idle. */
export interface Engine {
  call<K extends keyof EngineApi>(
    method: K,
    params: Parameters<EngineApi[K]>[0],
    options?: CallOptions,
  ): Promise<Awaited<ReturnType<EngineApi[K]>>>;
  /** Called whenever a new process replaced one that died: tables opened before are gone. */
  onRestart(listener: () => void): () => void;
  dispose(): void;
}

/** What the surroundings (VS Code or the terminal) lend to the core, so that a test can lend its own. */
export interface Host {
  readonly engine: Engine;
  /** Absolute folder of the shipped Python package's parent (contains `ml_lifecycle/`). */
  readonly pythonFolder: string;
  /** Absolute path of the built supervisor script of local jobs. */
  readonly supervisorScript: string;
  /** Absolute folder for this user's state (tokens 0600, managed environments); never in a project. */
  readonly stateFolder: string;
  now(): Date;
  log(message: string): void;
  /** The interpreter that the person chose for this project elsewhere (Python extension), if any. */
  selectedPython?(): Promise<string | undefined>;
  /** Asks whether `ml.yaml` may be made in this folder; absent: no one to ask, so no. */
  consent?(question: string, detail: string): Promise<boolean>;
  /** Shows what would leave this machine and cost money; true only after a yes to it and to each secret. Absent: nothing is sent. */
  agree?(estimate: Estimate): Promise<boolean>;
  /** Whether recipes may read this path or address outside the project. Absent: the person named the recipe, so they may. */
  mayRead?(place: string): Promise<boolean>;
  /** Shows what queries would read and cost, and asks. Absent: no one to ask, so nothing that costs is run. */
  agreeToQuery?(estimate: QueryEstimate): Promise<boolean>;
  /** The proxy of the window's own settings, for what knows proxies by the environment alone. Absent: the environment names it, or none is. */
  proxy?(): HostProxy | undefined;
  providers: Readonly<Record<string, (project: ProjectPaths, host: Host) => Promise<Provider>>>;
  /** Stores and sources by the beginning of their addresses; absent: none. */
  stores?: Readonly<Record<StoreScheme, (settings: StoreSettings) => Promise<StoreAccount>>>;
  sources?: SourceMakers;
}

export interface HostProxy {
  readonly url: string;
  /** Hosts that are asked without it. */
  readonly except: readonly string[];
}

export interface ProjectPaths {
  /** Absolute project folder. */
  readonly root: string;
  /** `<root>/.ml` */
  readonly ml: string;
}

export interface TrainRequest extends Resources {
  /** A dataset's name or a file's path (then it is added as a dataset first). */
  readonly data: string;
  /** Path of a recipe file; absent: the one beside the data if there is one, else none. `null`: none. */
  readonly recipe?: string | null;
  readonly target?: string;
  readonly params?: TrainParams;
  /** Path of the user's own script. */
  readonly script?: string;
  readonly model?: string;
  readonly provider?: ProviderId;
}

/** Names that a person chose for a provider; absent ones stay as they are. */
export interface ConnectValues {
  readonly shared: Readonly<Record<string, string | undefined>>;
  readonly own: Readonly<Record<string, string | undefined>>;
  /** Makes it the provider that jobs use unless told otherwise. */
  readonly standard?: boolean;
}

/** Everything the product does for one project folder; both front ends and CI use this and nothing beside it. */
export interface Lifecycle {
  readonly paths: ProjectPaths;
  /** True once `ml.yaml` is there. */
  exists(): Promise<boolean>;
  /** Makes `ml.yaml` and `.ml/` with its .gitignore; asks the host first unless `agreed`. Idempotent. */
  init(options?: { agreed?: boolean }): Promise<void>;
  /** Calls back (debounced) when a manifest changed on disk, whoever changed it. */
  watch(listener: (what: 'datasets' | 'runs' | 'models' | 'endpoints') => void): () => void;
  check(options?: { provider?: ProviderId }, signal?: AbortSignal): Promise<readonly Check[]>;
  /** Where jobs and endpoints of this project may run, the one that is used unless told otherwise first. */
  providers(): Promise<readonly ProviderChoice[]>;
  /** The account behind a provider; a UserError for one that has none. */
  account(provider?: ProviderId): Promise<Account>;
  /** Writes a provider's settings: those of the project into `ml.yaml`, personal ones into `.ml/local.yaml`. Comments stay. */
  connect(provider: ProviderId, values: ConnectValues): Promise<void>;
  /** Manifests that cannot be read (edited wrongly, merge conflict): the lists leave them out. */
  broken(of?: 'datasets' | 'runs' | 'models' | 'endpoints'): Promise<readonly UserError[]>;
  readonly datasets: Datasets;
  readonly recipes: Recipes;
  readonly runs: Runs;
  readonly models: Models;
  readonly endpoints: EndpointsApi;
  readonly cases: Cases;
  readonly stores: Stores;
  readonly sources: Sources;
  readonly python: PythonEnvironments;
  dispose(): void;
}

/** Where names are taken, a unique prefix does; none or several matches are a UserError that lists what there is. */
export interface Datasets {
  add(
    path: string,
    options?: { name?: string; source?: Partial<TableSource> },
    call?: CallOptions,
  ): Promise<Dataset>;
  list(): Promise<readonly Dataset[]>;
  get(name: string): Promise<Dataset>;
  remove(name: string): Promise<void>;
  /**
   * For a dataset's name or a path: a file on this machine. A table in a store is fetched when it is small; a large one that
   * is not here is a UserError that says how to fetch it.
   */
  source(nameOrPath: string): Promise<TableSource>;
  /**
   * How a text table is read from now on, by everything: parts that are not given are detected; undefined forgets what was
   * chosen. Gives the source as it is now.
   */
  setDialect(nameOrPath: string, dialect: Partial<Dialect> | undefined): Promise<TableSource>;
  /** The sheets or tables of a file; empty when it holds but one. */
  tables(nameOrPath: string): Promise<readonly string[]>;
  /** Which of them is read from now on, by everything. */
  chooseTable(nameOrPath: string, table: string): Promise<void>;
  /** Where it lies: an absolute path, or an address in a store. */
  address(nameOrPath: string): Promise<string>;
  /** Of a table in a store: its size, and its copy on this machine when there is one as it is now. Undefined for files. */
  inStore(
    nameOrPath: string,
    signal?: AbortSignal,
  ): Promise<{ readonly uri: string; readonly bytes: number; readonly path?: string } | undefined>;
  /** Brings a table in a store onto this machine. Progress: `{ bytes, totalBytes }`. Gives the copy's path. */
  fetch(nameOrPath: string, call?: CallOptions): Promise<string>;
  /** Of a dataset or path. `table`: which of the file's, for this call alone. */
  preview(name: string, rows: number, offset: number, signal?: AbortSignal, table?: string): Promise<Page>;
  /** `table`: as for {@link preview}. */
  profile(nameOrPath: string, call?: CallOptions, table?: string): Promise<Profile>;
  read(nameOrPath: string, signal?: AbortSignal): Promise<TableRead>;
}

export type { Recipes, RecipeTables } from './recipe-api';

/** What moves: objects and bytes so far, and in all. */
export interface TransferState {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly files: number;
  readonly totalFiles: number;
}

/** What an upload sends, shown before anything leaves. */
export interface UploadPlan {
  /** The object, or the folder with `/` at its end. */
  readonly to: string;
  readonly files: readonly { readonly file: string; readonly key: string; readonly bytes: number }[];
  readonly bytes: number;
  /** Names that `.gitignore` and `.mlignore` leave out. */
  readonly leftOut: readonly string[];
  /** Keys that are there already; undefined where the person may not see that. */
  readonly replaces: readonly string[] | undefined;
}

export interface DownloadPlan {
  readonly from: string;
  readonly files: readonly { readonly object: StoreObject; readonly file: string }[];
  readonly bytes: number;
  /** Objects that cannot be files on this system. */
  readonly refused: readonly Refused[];
  /** Files that are there already, with other content. */
  readonly replaces: readonly string[];
  /** Files that are there as an earlier download left them: they are not fetched again. */
  readonly same: number;
}

export interface RemovalPlan {
  readonly uri: string;
  readonly objects: readonly StoreObject[];
  readonly bytes: number;
}

/** An address in a store, opened. */
export interface StorePlace {
  readonly store: Store;
  readonly key: string;
  readonly uri: string;
}

/**
 * Object stores, by address (`s3://bucket/key`; a folder ends in `/`). Plans say what would happen; nothing is sent, replaced
 * or deleted without one.
 */
export interface Stores {
  /** A way in for as long as this is open; it goes before the one that `ml.yaml` remembers. */
  use(settings: StoreSettings): void;
  at(uri: string): Promise<StorePlace>;
  /** The buckets that may be listed, and those that are remembered. */
  roots(scheme: StoreScheme, signal?: AbortSignal): Promise<readonly StoreRoot[]>;
  /** A way in by exactly these settings. */
  account(scheme: StoreScheme, settings: StoreSettings): Promise<StoreAccount>;
  /** Checks of the stores that are remembered, as far as they have any. */
  check(signal?: AbortSignal): Promise<readonly Check[]>;
  /** The logins that this machine has for a kind of store. */
  logins(scheme: StoreScheme): Promise<readonly StoreLogin[]>;
  /** Logs in anew by the browser, with that profile or the one in effect; resolves when the person has confirmed there. */
  logIn(
    scheme: StoreScheme,
    profile: string | undefined,
    show: (code: LoginCode) => void,
    signal?: AbortSignal,
  ): Promise<void>;
  /** `stores` of `ml.yaml`. */
  remembered(): Promise<Readonly<Partial<Record<CloudScheme, StoreSettings | undefined>>>>;
  /** Writes down names only: profile, region, project, buckets in `ml.yaml`; whose login it is (account, key file) in `.ml/local.yaml`. */
  remember(scheme: CloudScheme, settings: StoreSettings): Promise<void>;
  forget(scheme: CloudScheme): Promise<void>;
  planUpload(
    from: string,
    to: string,
    options?: { readonly ignored?: boolean },
    signal?: AbortSignal,
  ): Promise<UploadPlan>;
  /** Progress of these: {@link TransferState}. */
  upload(plan: UploadPlan, call?: CallOptions): Promise<void>;
  planDownload(from: string, to: string, signal?: AbortSignal): Promise<DownloadPlan>;
  download(plan: DownloadPlan, call?: CallOptions): Promise<void>;
  planRemoval(uri: string, signal?: AbortSignal): Promise<RemovalPlan>;
  remove(plan: RemovalPlan, call?: CallOptions): Promise<void>;
}

export interface Runs {
  train(request: TrainRequest, call?: CallOptions): Promise<Run>;
  prepare(
    /** `input`: a file, folder, glob or dataset in place of the recipe's own. */
    request: { recipe: string; input?: string; provider?: ProviderId; output?: string } & Resources,
    call?: CallOptions,
  ): Promise<Run>;
  /** Of the input's files only those that are new or changed since the last time; `output` names the dataset of parts. */
  prepareNew(request: Parameters<Runs['prepare']>[0], call?: CallOptions): Promise<NewFiles>;
  batchPredict(
    request: { model: string; data: string; provider?: ProviderId; output?: string } & Resources,
    call?: CallOptions,
  ): Promise<Run>;
  /** Score of one model version on a table (its test part when `split` is given). */
  evaluate(
    request: {
      model: string;
      data: string;
      part?: 'test' | 'all';
      provider?: ProviderId;
      /** Asked in place of the host, by an undertaking of several steps. */
      agree?: Agree;
      /** The run that this one is a part of. */
      partOf?: string;
    } & Resources,
    call?: CallOptions,
  ): Promise<Run>;
  /** What {@link Runs.evaluate} would send and cost; undefined where that is nothing. */
  estimateEvaluate(
    request: { model: string; data: string; part?: 'test' | 'all'; provider?: ProviderId } & Resources,
    call?: CallOptions,
  ): Promise<Estimate | undefined>;
  /** Newest first, states brought up to date with their providers. */
  list(): Promise<readonly Run[]>;
  get(id: string): Promise<Run>;
  /** Resolves when the run has ended, however; progress values are Runs. */
  wait(id: string, call?: CallOptions): Promise<Run>;
  logs(id: string, cursor?: string): Promise<Chunk<string>>;
  metrics(id: string, cursor?: string): Promise<Chunk<MetricPoint>>;
  report(id: string): Promise<Report | undefined>;
  /** What became of the rows of a prepare run that is completed. */
  prepared(id: string): Promise<PrepareReport | undefined>;
  cancel(id: string): Promise<void>;
  /** The recorded recipe and parameters once more, on the same data as it is now or on other data. */
  rerun(id: string, changes?: { data?: string; agree?: Agree }, call?: CallOptions): Promise<Run>;
  /** What {@link Runs.remove} would also delete at the provider, that of its parts included. */
  left(id: string, signal?: AbortSignal): Promise<readonly LeftFiles[]>;
  /** `here`: what lies at the provider stays. */
  remove(id: string, options?: { here?: boolean }): Promise<void>;
}

export interface Models {
  list(): Promise<readonly Model[]>;
  /** `name` or `name@version`; without a version the newest. */
  get(reference: string): Promise<Model>;
  signature(reference: string): Promise<Signature>;
  report(reference: string): Promise<Report | undefined>;
  export(reference: string, folder: string): Promise<string>;
  remove(reference: string): Promise<void>;
}

export interface EndpointsApi {
  deploy(
    request: { model: string; name?: string; provider?: ProviderId } & Capacity,
    call?: CallOptions,
  ): Promise<Endpoint>;
  list(): Promise<readonly Endpoint[]>;
  get(name: string): Promise<Endpoint>;
  update(name: string, model: string, call?: CallOptions): Promise<Endpoint>;
  /** Gives a version so many percent (1 to 99) of the requests; the one that had most keeps the rest. */
  split(name: string, model: string, percent: number, call?: CallOptions): Promise<Endpoint>;
  rollback(name: string, call?: CallOptions): Promise<Endpoint>;
  stop(name: string): Promise<void>;
  remove(name: string): Promise<void>;
  signature(name: string): Promise<Signature>;
  invoke(name: string, rows: readonly Row[], signal?: AbortSignal): Promise<InvokeResult>;
  /** Reads rows from a CSV/JSONL/Parquet file, sends them in batches, writes the file with predictions beside it. */
  invokeFile(name: string, file: string, output: string | undefined, call?: CallOptions): Promise<FileResult>;
  load(name: string, requests: number, concurrency: number, call?: CallOptions): Promise<LoadResult>;
  logs(name: string, cursor?: string): Promise<Chunk<string>>;
  access(name: string): Promise<Access>;
  monitor(name: string, options?: MonitorOptions, call?: CallOptions): Promise<MonitorReport>;
  retrain(
    name: string,
    options: { data?: string; gate?: string; promote?: boolean },
    call?: CallOptions,
  ): Promise<RetrainResult>;
}
export interface MonitorOptions {
  /** ISO 8601; rows captured before are left out. */
  readonly since?: string;
  /** A table with the request ids (`id`) or the input columns, and the true target. */
  readonly labels?: string;
  readonly psi?: boolean;
}

export interface Cases {
  /** Parses the text of a NAME.cases.yaml; a mistake is a UserError that names the line. */
  parse(text: string, file: string): CaseFile;
  /** The text with one case added; comments and order stay. */
  append(
    text: string,
    endpoint: string,
    one: { name: string; row: Row; expect: Cell; tolerance?: number },
  ): string;
  run(endpoint: string, cases: readonly Case[], call?: CallOptions): Promise<readonly CaseResult[]>;
  check(one: Case, prediction: Prediction): { passed: boolean; message: string };
}

export interface PythonInfo {
  readonly path: string;
  readonly version: string;
  readonly kind: 'managed' | 'selected' | 'path';
  /** Required packages that are absent or of another version: `name` → what is wrong. */
  readonly missing: Readonly<Record<string, string>>;
}
export interface PythonEnvironments {
  /** What jobs would use now; a UserError with a button when there is none. */
  current(signal?: AbortSignal): Promise<PythonInfo>;
  /** Makes (or completes) the managed environment; progress values are lines of text. */
  createManaged(call?: CallOptions): Promise<PythonInfo>;
  /** Installs what is missing into the current one. */
  installMissing(call?: CallOptions): Promise<PythonInfo>;
  use(choice: 'managed' | 'selected' | { readonly path: string }): Promise<PythonInfo>;
}

export type { DriftReport };

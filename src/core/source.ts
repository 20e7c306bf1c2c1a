import type { ChartData, DataChart, RowChoice, TextShape } from '../protocol';
import type { CallOptions } from '../rpc';
import type { Check } from './checked';
import type { SourceId, SourceScheme } from './source-uri';
import type { Column, Page, Profile } from './table';

/** Something in a source that can be opened or looked into. */
export interface SourceNode {
  readonly kind:
    | 'project'
    | 'dataset'
    | 'table'
    | 'view'
    | 'materialized view'
    | 'external table'
    | 'snapshot'
    | 'partition';
  readonly name: string;
  /** Its address, as in `bigquery://project/dataset/table`; of a project or dataset it ends in `/`. */
  readonly uri: string;
  /** What a person called it. */
  readonly title?: string;
  /** Where its data lies, as its cloud names regions. */
  readonly location?: string;
  readonly rows?: number;
  readonly bytes?: number;
  /** It is divided: its partitions can be listed. */
  readonly partitioned?: true;
}

export interface SourcePage {
  readonly nodes: readonly SourceNode[];
  /** Pass it back for the next page; absent on the last. */
  readonly next?: string;
}

export interface SourceListOptions {
  readonly next?: string;
  /** At most so many on a page, 1 to 1,000; the source may give fewer. */
  readonly limit?: number;
}

/** What is known of a table without a query. */
export interface SourceTable {
  readonly uri: string;
  readonly kind: SourceNode['kind'];
  readonly columns: readonly Column[];
  /** Its rows can be read without a query; of a view they cannot. */
  readonly free: boolean;
  /** Absent where only a query can tell (views). */
  readonly rows?: number;
  readonly bytes?: number;
  readonly location?: string;
  /** ISO 8601 UTC. */
  readonly modified?: string;
  /** Changes whenever the content or the schema does. */
  readonly version: string;
  readonly description?: string;
  readonly partition?: {
    readonly column: string;
    /** A query has to filter by it. */
    readonly required: boolean;
    /** What one partition holds: a span of time (UTC), or so many whole numbers, from `start` to before `end`. */
    readonly by?:
      | 'HOUR'
      | 'DAY'
      | 'MONTH'
      | 'YEAR'
      | { readonly start: string; readonly end: string; readonly interval: string };
  };
  readonly clustered?: readonly string[];
}

/** What queries will read and may cost, known from a dry run before any of them is run. */
export interface QueryEstimate {
  /** In words: "Profile orders". */
  readonly action: string;
  /** Which project and location, in words. */
  readonly where: string;
  readonly queries: number;
  /** Of all of them together, and of the one that reads most. */
  readonly bytes: number;
  readonly largest: number;
  /** How the bytes of the dry run relate to what is read. */
  readonly bound: 'exactly' | 'at most' | 'at least' | 'unknown';
  /** Each query ends without a charge when it would read more. */
  readonly limit: number;
  /** USD for a TiB (2⁴⁰ bytes); undefined where it is not known. */
  readonly perTiB?: { readonly price: number; readonly source: string };
  /** Where the queries run, as the source names it. */
  readonly location?: string | undefined;
  /** Where prices stand. */
  readonly pricePage: string;
  readonly notes?: readonly string[];
}

/** What a source charges by its own list. */
export interface QueryPrice {
  /** USD for a TiB (2⁴⁰ bytes). */
  readonly price: number;
  /** So many of a month are not charged. */
  readonly freeTiB?: number;
}

/** Says yes by returning; throws a UserError of kind `cancelled` when it was not agreed to. */
export type AgreeToQuery = (estimate: Omit<QueryEstimate, 'perTiB' | 'limit'>) => Promise<{
  /** Bytes that each query may be billed for. */
  readonly limit: number;
}>;

/** How a query is asked: the limit, and who agrees to it. Progress: {@link QueryProgress}. */
export interface Asked extends CallOptions {
  readonly agree: AgreeToQuery;
}

export interface QueryProgress {
  readonly doing: string;
}

/** A result that the source keeps for some time (BigQuery: about a day). */
export interface SourceResult {
  /** Handle for {@link Source.resultPage}. */
  readonly result: string;
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly ms: number;
  readonly bytes: number;
  readonly billed: number;
  /** It was asked before and nothing has changed: it cost nothing. */
  readonly cached: boolean;
}

/** Which rows and columns of a table a query is over. */
export interface SourceRows extends RowChoice {
  /** Address of the table. */
  readonly table: string;
  readonly columns?: readonly string[];
  /** Only about so many per cent of its blocks. */
  readonly sample?: number;
}

/** Where a result goes to stay. */
export interface SourceTarget {
  /** Address of the table or view to be made. */
  readonly table: string;
  readonly as: 'table' | 'view';
  readonly replace: boolean;
}

/**
 * One person's way into one kind of source. `list`, `schema` and `page` cost nothing; everything else shows what it reads first
 * ({@link Asked}). Every failure is a UserError.
 */
export interface Source {
  readonly id: SourceId;
  /** What is in a project, dataset or table (its partitions); of '' the projects. */
  list(uri: string, options?: SourceListOptions, signal?: AbortSignal): Promise<SourcePage>;
  schema(table: string, signal?: AbortSignal): Promise<SourceTable>;
  page(
    table: string,
    part: { readonly offset: number; readonly limit: number; readonly columns?: readonly string[] },
    signal?: AbortSignal,
  ): Promise<Page>;
  /** What a text of SQL would read, and the columns of its result; nothing is run. */
  dryRun(
    sql: string,
    options: { readonly action: string } & QueryOptions,
    signal?: AbortSignal,
  ): Promise<Parameters<AgreeToQuery>[0] & { readonly columns: readonly Column[] }>;
  query(
    sql: string,
    options: { readonly action: string } & QueryOptions,
    asked: Asked,
  ): Promise<SourceResult>;
  resultPage(
    result: string,
    part: { readonly offset: number; readonly limit: number },
    signal?: AbortSignal,
  ): Promise<Page>;
  /** The text of a query for these rows. */
  selectSql(rows: SourceRows, table: Pick<SourceTable, 'columns' | 'partition'>): string;
  profile(rows: SourceRows, asked: Asked): Promise<Profile>;
  /** Lengths and patterns of a column of text. */
  textShape(rows: SourceRows, column: string, asked: Asked): Promise<TextShape>;
  chart(rows: SourceRows, chart: DataChart, asked: Asked): Promise<ChartData>;
  /** Makes a table or a view of a query's result. */
  save(sql: string, target: SourceTarget, asked: Asked): Promise<SourceNode>;
  /** Of queries in a location, by the source's own list; undefined where that does not say it. */
  price?(location: string, signal?: AbortSignal): Promise<QueryPrice | undefined>;
  /** Whether it answers, and queries may be run; nothing is charged. */
  check?(signal?: AbortSignal): Promise<readonly Check[]>;
  /** To object storage as Parquet files; gives how many. */
  exportTo(table: string, to: string, call?: CallOptions): Promise<{ readonly files: number }>;
}

/** Values of `@name` in a query, as text, with their types. */
export type QueryParams = Readonly<Record<string, { readonly type: string; readonly value: string | null }>>;

export interface QueryOptions {
  /** Where the data lies; found out when it is not given. */
  readonly location?: string | undefined;
  readonly params?: QueryParams | undefined;
}

/** How a source is used: names and numbers, nothing secret. */
export interface SourceSettings {
  /** Google: an account of gcloud, or a service account's key file; neither: application default credentials. */
  readonly account?: string | undefined;
  readonly keyFile?: string | undefined;
  /** The project that pays for queries. */
  readonly project?: string | undefined;
  /** Projects to show beside those that are listed. */
  readonly projects?: readonly string[] | undefined;
}

/** Sources of tables. Nothing is asked of a cloud before it is needed; nothing that costs without a yes. */
export interface Sources {
  /** By an address in it, or its scheme. */
  open(uriOrScheme: string): Promise<Source>;
  /** Those that the project's settings name, or for which it has a login. */
  remembered(): Promise<readonly SourceScheme[]>;
  /** With the limit of the settings, and the price of the settings or of the source's own list. */
  readonly priced: (estimate: Parameters<AgreeToQuery>[0], signal?: AbortSignal) => Promise<QueryEstimate>;
  /** What the settings name. */
  check(signal?: AbortSignal): Promise<readonly Check[]>;
  /** How a query is asked for: its bytes and price are shown first. `agree` in place of the host. */
  asked(call?: CallOptions, agree?: (estimate: QueryEstimate) => Promise<boolean>): Asked;
}

/** Makes sources, by the beginning of their addresses. */
export type SourceMakers = Readonly<Record<SourceScheme, (settings: SourceSettings) => Promise<Source>>>;

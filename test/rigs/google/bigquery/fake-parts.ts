/** A column as the REST interface has it. */
export interface FakeField {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly FakeField[];
}
/** A cell as the REST interface has it: text, null, `{f}` of a record, a list of `{v}`. */
export type FakeCell =
  string | null | { readonly f: readonly { v: FakeCell }[] } | readonly { v: FakeCell }[];

export interface FakeTable {
  readonly type?: 'TABLE' | 'VIEW' | 'MATERIALIZED_VIEW' | 'EXTERNAL';
  readonly fields: readonly FakeField[];
  readonly rows: readonly (readonly FakeCell[])[];
  /** Bytes of each column, by its name; of all others 8 for each row. */
  readonly bytes?: Readonly<Record<string, number>>;
  /** By ids of partitions: places of their rows. */
  readonly partitions?: Readonly<Record<string, readonly number[]>>;
  readonly partitionedBy?: string;
  /** The login may not read it. */
  readonly hidden?: true;
  /** Of a view over `raw.orders`, which the login may not read: whether the view may. */
  readonly authorised?: boolean;
}

/** What a query answers with. */
export interface FakeResult {
  readonly fields: readonly FakeField[];
  readonly rows: readonly (readonly FakeCell[])[];
  /** Polls during which the job is not done. */
  readonly pending?: number;
  readonly error?: { readonly reason: string; readonly message: string };
}

/** A query that was started. */
export interface FakeJob {
  readonly id: string;
  readonly project: string;
  readonly sql: string;
  readonly result: FakeResult;
  readonly bytes: number;
  readonly cacheHit: boolean;
  left: number;
  stopped: boolean;
}

/** An answer that is no success. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly details?: readonly object[],
  ) {
    super(message);
  }
}

/** What starts a job, as far as it is read. */
export interface JobBody {
  readonly jobReference?: { readonly jobId?: string };
  readonly configuration: {
    readonly dryRun?: boolean;
    readonly extract?: object;
    readonly query?: {
      readonly query: string;
      readonly useQueryCache?: boolean;
      readonly maximumBytesBilled?: string;
    };
  };
}

export const denied = (project: string, dataset: string, id: string): Refused =>
  new Refused(
    403,
    'accessDenied',
    `Access Denied: Table ${project}:${dataset}.${id}: User does not have permission to query table ${project}:${dataset}.${id}, or perhaps it does not exist.`,
  );

/** A query may read what an authorised view reads, by the view alone. */
export function refuseHidden(tables: ReadonlyMap<string, FakeTable>, sql: string): void {
  for (const [name, { hidden, authorised }] of tables) {
    const [project = '', dataset = '', id = ''] = name.split('.');
    const isRead = (one: string): boolean =>
      [`\`${one.replaceAll('.', '`.`')}\``, `\`${one}\``, one].some((form) => sql.includes(form));
    if (hidden && isRead(name)) throw denied(project, dataset, id);
    if (authorised === false && isRead(name)) throw denied(project, 'raw', 'orders');
  }
}

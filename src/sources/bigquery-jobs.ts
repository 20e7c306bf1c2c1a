import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../core/errors';
import { inParallel } from '../core/parallel';
import type { Asked, QueryEstimate, QueryParams, SourceResult } from '../core/source';
import type { Cell, Column, Page } from '../core/table';
import type { BigQueryClient } from './bigquery-client';
import { jobFailure } from './bigquery-errors';
import { columnOf, type Field, ROWS, rowOf, SCHEMA } from './bigquery-values';

/** BigQuery charges no less than this for each table that a query reads. */
const LEAST_BYTES = 10 * 2 ** 20;
/** One request waits so long for a job's end. */
const POLL_MS = 10_000;
const CHECKED_AT_ONCE = 8;
/** Rows that are asked for at once; the answer may hold fewer. */
const PAGE_ROWS = 5_000;
export const PRICE_PAGE = 'https://cloud.google.com/bigquery/pricing';

const count = z.union([z.string(), z.number()]).transform(Number);
const ERROR = z.looseObject({ reason: z.string().optional(), message: z.string().optional() });
const REFERENCE = z.looseObject({
  projectId: z.string(),
  jobId: z.string().optional(),
  location: z.string().optional(),
});
const STATISTICS = z.looseObject({
  totalBytesProcessed: count.optional(),
  query: z
    .looseObject({
      totalBytesProcessed: count.optional(),
      totalBytesBilled: count.optional(),
      totalBytesProcessedAccuracy: z.string().optional(),
      cacheHit: z.boolean().optional(),
      referencedTables: z.array(z.unknown()).optional(),
      schema: SCHEMA.optional(),
      statementType: z.string().optional(),
    })
    .optional(),
  extract: z.looseObject({ destinationUriFileCounts: z.array(count).optional() }).optional(),
});
const JOB = z.looseObject({
  jobReference: REFERENCE.optional(),
  status: z.looseObject({ state: z.string().optional(), errorResult: ERROR.optional() }).optional(),
  statistics: STATISTICS.optional(),
});
type Job = z.infer<typeof JOB>;

const RESULTS = z.looseObject({
  jobComplete: z.boolean().default(true),
  schema: SCHEMA.optional(),
  totalRows: count.optional(),
  rows: ROWS.default([]),
  pageToken: z.string().optional(),
  cacheHit: z.boolean().optional(),
});

export interface Query {
  readonly sql: string;
  readonly location?: string | undefined;
  readonly params?: QueryParams | undefined;
  readonly destination?: object;
}

export interface DryRun extends Pick<QueryEstimate, 'bytes' | 'bound' | 'where'> {
  readonly columns: readonly Column[];
  readonly tables: number;
  readonly location: string | undefined;
}

const BOUNDS: Readonly<Record<string, QueryEstimate['bound']>> = {
  PRECISE: 'exactly',
  UPPER_BOUND: 'at most',
  LOWER_BOUND: 'at least',
  UNKNOWN: 'unknown',
};

export interface Jobs {
  dryRun(query: Query, signal?: AbortSignal): Promise<DryRun>;
  /** What queries that were checked read together. */
  estimate(checked: readonly DryRun[], action: string): Parameters<Asked['agree']>[0];
  /** Dry runs of several, side by side. */
  dryRuns(queries: readonly Query[], signal?: AbortSignal): Promise<DryRun[]>;
  /** Shows what all of them read, once, and runs them one after the other. `checked`: their dry runs, where there were some. */
  runAll(
    queries: readonly Query[],
    action: string,
    asked: Asked,
    checked?: readonly DryRun[],
  ): AsyncGenerator<SourceResult, void>;
  /** The same for one query. */
  runOne(query: Query, action: string, asked: Asked): Promise<SourceResult>;
  page(
    result: string,
    part: { readonly offset: number; readonly limit: number },
    signal?: AbortSignal,
  ): Promise<Page>;
  /** All rows of a small result. */
  rows(result: string, signal?: AbortSignal): Promise<readonly (readonly Cell[])[]>;
  /** Any other job, to its end. */
  run(
    configuration: object,
    options: { readonly doing: string; readonly location?: string | undefined },
    signal?: AbortSignal,
  ): Promise<Job>;
}

/** Jobs are the payer's; their ids are ours, so that a request that was lost can be sent again. */
export function createJobs(client: BigQueryClient): Jobs {
  function configurationOf({ sql, params = {}, destination }: Query, limit?: number): object {
    const named = Object.entries(params).map(([name, { type, value }]) => ({
      name,
      parameterType: { type },
      parameterValue: { value },
    }));
    return {
      query: {
        query: sql,
        useLegacySql: false,
        useQueryCache: true,
        ...(limit === undefined ? {} : { maximumBytesBilled: String(limit) }),
        ...(named.length === 0 ? {} : { parameterMode: 'NAMED', queryParameters: named }),
        ...destination,
      },
      labels: { tool: 'ml-lifecycle' },
    };
  }

  async function insert(
    configuration: object,
    place: { project: string; location?: string | undefined; id?: string },
    doing: string,
    limit: number | undefined,
    signal?: AbortSignal,
  ): Promise<Job> {
    const reference = {
      projectId: place.project,
      ...(place.id === undefined ? {} : { jobId: place.id }),
      ...(place.location === undefined ? {} : { location: place.location }),
    };
    return client.call(
      {
        method: 'POST',
        path: `projects/${encodeURIComponent(place.project)}/jobs`,
        data: { jobReference: reference, configuration },
        doing,
        attempt: limit === undefined ? {} : { limit },
        again: true,
      },
      JOB,
      signal,
    );
  }

  async function dryRun(query: Query, signal?: AbortSignal): Promise<DryRun> {
    const project = await client.payer();
    const { location } = query;
    const configuration = { ...configurationOf(query), dryRun: true };
    const job = await insert(configuration, { project, location }, 'check the query', undefined, signal);
    const failed = job.status?.errorResult;
    if (failed) throw jobFailure(failed, 'check the query');
    const { query: facts, totalBytesProcessed } = job.statistics ?? {};
    const found = job.jobReference?.location ?? location;
    return {
      bytes: facts?.totalBytesProcessed ?? totalBytesProcessed ?? 0,
      bound: BOUNDS[facts?.totalBytesProcessedAccuracy ?? 'PRECISE'] ?? 'exactly',
      where: `BigQuery, project ${project}${found === undefined ? '' : `, location ${found}`}`,
      columns: (facts?.schema?.fields ?? []).map(columnOf),
      tables: Math.max(1, facts?.referencedTables?.length ?? 1),
      location: found,
    };
  }

  async function dryRuns(queries: readonly Query[], signal?: AbortSignal): Promise<DryRun[]> {
    const found: DryRun[] = [];
    await inParallel(
      queries.map((query, at) => ({ query, at })),
      CHECKED_AT_ONCE,
      async ({ query, at }, own) => {
        found[at] = await dryRun(query, own);
      },
      signal,
    );
    return found;
  }

  /** Starts a job and waits for its end; when the person cancels, the job is cancelled, too. */
  async function toEnd(
    configuration: object,
    { doing, location, limit }: { doing: string; location: string | undefined; limit?: number },
    signal?: AbortSignal,
  ): Promise<Job & { handle: string }> {
    const project = await client.payer();
    const id = `mll_${randomUUID().replaceAll('-', '_')}`;
    let job: Job;
    try {
      job = await insert(configuration, { project, location, id }, doing, limit, signal);
    } catch (error) {
      // The first of two requests had arrived.
      if (!(error instanceof UserError && error.kind === 'conflict' && error.message.includes(id))) {
        if (signal?.aborted === true) await cancel({ project, id, location });
        throw error;
      }
      job = await get({ project, id, location }, doing, signal);
    }
    const where = {
      project,
      id: job.jobReference?.jobId ?? id,
      location: job.jobReference?.location ?? location,
    };
    try {
      while (job.status?.state !== 'DONE') {
        await waited(where, doing, limit, signal);
        job = await get(where, doing, signal);
      }
    } catch (error) {
      if (signal?.aborted === true) await cancel(where);
      throw error;
    }
    const failed = job.status.errorResult;
    if (failed) throw jobFailure(failed, doing, limit === undefined ? {} : { limit });
    return {
      ...job,
      handle: JSON.stringify([where.project, where.id, where.location ?? '']),
    };
  }

  interface Where {
    readonly project: string;
    readonly id: string;
    readonly location: string | undefined;
  }
  const pathOf = (kind: 'jobs' | 'queries', { project, id }: Where): string =>
    `projects/${encodeURIComponent(project)}/${kind}/${encodeURIComponent(id)}`;

  const get = (where: Where, doing: string, signal?: AbortSignal): Promise<Job> =>
    client.call({ path: pathOf('jobs', where), params: { location: where.location }, doing }, JOB, signal);

  /** A query's end is waited for by the server; of other jobs only their state can be asked. */
  async function waited(
    where: Where,
    doing: string,
    limit: number | undefined,
    signal?: AbortSignal,
  ): Promise<void> {
    if (limit === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      signal?.throwIfAborted();
      return;
    }
    const params = { location: where.location, maxResults: 0, timeoutMs: POLL_MS };
    const attempt = { limit };
    await client.call({ path: pathOf('queries', where), params, doing, attempt }, RESULTS, signal);
  }

  /** That it failed changes nothing for the person. */
  async function cancel(where: Where): Promise<void> {
    const params = { location: where.location };
    const path = `${pathOf('jobs', where)}/cancel`;
    await client
      .call({ method: 'POST', path, params, doing: 'cancel the query' }, z.unknown())
      .catch(() => undefined);
  }

  const whereOf = (result: string): Where => {
    const [project, id, location] = z.tuple([z.string(), z.string(), z.string()]).parse(JSON.parse(result));
    return { project, id, location: location === '' ? undefined : location };
  };

  async function results(
    result: string,
    part: { offset?: number; limit: number; token?: string | undefined },
    signal?: AbortSignal,
  ): Promise<z.infer<typeof RESULTS>> {
    const where = whereOf(result);
    return client.call(
      {
        path: pathOf('queries', where),
        params: {
          location: where.location,
          maxResults: part.limit,
          ...(part.token === undefined ? { startIndex: part.offset ?? 0 } : { pageToken: part.token }),
          'formatOptions.useInt64Timestamp': true,
        },
        doing: 'read the result',
      },
      RESULTS,
      signal,
    );
  }

  /** Answers end at about 10 MB, however many rows were asked for. */
  async function rowsOf(
    result: string,
    offset: number,
    limit: number,
    signal?: AbortSignal,
  ): Promise<{ fields: readonly Field[]; rows: Cell[][]; total: number }> {
    const rows: Cell[][] = [];
    let fields: readonly Field[] = [];
    let total = 0;
    let token: string | undefined;
    do {
      const left = Math.min(PAGE_ROWS, limit - rows.length);
      const at = { offset: offset + rows.length, limit: left, token };
      const answer = await results(result, at, signal);
      fields = answer.schema?.fields ?? fields;
      total = answer.totalRows ?? total;
      rows.push(...answer.rows.slice(0, limit - rows.length).map((row) => rowOf(row, fields)));
      token = answer.pageToken;
      if (answer.rows.length === 0) break;
    } while (token !== undefined && rows.length < limit);
    return { fields, rows, total };
  }

  async function* runAll(
    queries: readonly Query[],
    action: string,
    { agree, signal, onProgress }: Asked,
    given?: readonly DryRun[],
  ): ReturnType<Jobs['runAll']> {
    const checked = given ?? (await dryRuns(queries, signal));
    const [first] = checked;
    if (!first) return;
    const { limit: most } = await agree(estimate(checked, action));
    for (const [at, query] of queries.entries()) {
      const dry = checked[at] ?? first;
      const started = performance.now();
      onProgress?.({
        doing: queries.length === 1 ? 'Running the query' : `Running query ${at + 1} of ${queries.length}`,
      });
      const limit = limitOf(dry, most);
      const { handle, statistics } = await toEnd(
        configurationOf(query, limit),
        { doing: action.charAt(0).toLowerCase() + action.slice(1), location: dry.location, limit },
        signal,
      );
      const { schema, totalRows = 0, cacheHit } = await results(handle, { limit: 0 }, signal);
      const facts = statistics?.query;
      yield {
        result: handle,
        columns: (schema?.fields ?? []).map(columnOf),
        rows: totalRows,
        ms: performance.now() - started,
        bytes: facts?.totalBytesProcessed ?? statistics?.totalBytesProcessed ?? 0,
        billed: facts?.totalBytesBilled ?? 0,
        cached: cacheHit ?? facts?.cacheHit ?? false,
      };
    }
  }

  return {
    dryRun,
    estimate,
    dryRuns,
    runAll,
    async runOne(query, action, asked) {
      for await (const result of runAll([query], action, asked)) return result;
      throw new Error('A query without a result.');
    },
    async page(result, { offset, limit }, signal) {
      const { fields, rows, total } = await rowsOf(result, offset, limit, signal);
      return { columns: fields.map(columnOf), rows, offset, total, exact: true, rejected: 0 };
    },
    async rows(result, signal) {
      return (await rowsOf(result, 0, Infinity, signal)).rows;
    },
    async run(configuration, { doing, location }, signal) {
      return toEnd(configuration, { doing, location }, signal);
    },
  };
}

function estimate(checked: readonly DryRun[], action: string): Parameters<Asked['agree']>[0] {
  return {
    action,
    where: checked[0]?.where ?? 'BigQuery',
    queries: checked.length,
    bytes: checked.reduce((sum, one) => sum + one.bytes, 0),
    largest: Math.max(0, ...checked.map(leastBilled)),
    bound: worst(checked.map((one) => one.bound)),
    ...(checked[0]?.location === undefined ? {} : { location: checked[0].location }),
    pricePage: PRICE_PAGE,
  };
}

const ORDER: readonly QueryEstimate['bound'][] = ['exactly', 'at most', 'at least', 'unknown'];
const worst = (bounds: readonly QueryEstimate['bound'][]): QueryEstimate['bound'] =>
  ORDER[Math.max(0, ...bounds.map((one) => ORDER.indexOf(one)))] ?? 'unknown';

/** Never more than the person agreed to: what the dry run said, where that is a bound, with the least that is charged per table. */
function limitOf({ bytes, bound, tables }: DryRun, most: number): number {
  if (bound === 'unknown' || bound === 'at least') return most;
  return Math.min(most, leastBilled({ bytes, tables }));
}

/** Bytes that BigQuery charges for: to the next MiB, and at least 10 MiB for each table. */
function leastBilled({ bytes, tables }: Pick<DryRun, 'bytes' | 'tables'>): number {
  return bytes === 0 ? LEAST_BYTES : Math.max(Math.ceil(bytes / 2 ** 20) * 2 ** 20, tables * LEAST_BYTES);
}

import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Contract, readContract } from './discovery';
import {
  type FakeCell,
  type FakeJob,
  type FakeResult,
  type FakeTable,
  type JobBody,
  Refused,
  denied,
  refuseHidden,
} from './fake-parts';

export type { FakeTable } from './fake-parts';

/** Parts of BigQuery that bigquery-emulator has no truth about: paging, waiting, cancel, bytes, limits, codes of failures. */
export interface FakeBigQuery {
  readonly url: string;
  /** Tables by `project.dataset.table`; datasets are made of them. */
  readonly tables: Map<string, FakeTable>;
  readonly projects: string[];
  /** The answer to a query; without one it has no rows. */
  answer: (sql: string) => FakeResult | undefined;
  /** What the next requests fail with, in the order of the list. */
  readonly failures: {
    readonly path: RegExp;
    readonly status: number;
    readonly reason: string;
    readonly message: string;
    /** Further facts, as Google's services add them. */
    readonly details?: readonly object[];
  }[];
  /** Rows that fit into one answer, whatever was asked for. */
  mostRows: number;
  /** How far the estimate of a dry run can be relied on. */
  accuracy: 'PRECISE' | 'UPPER_BOUND' | 'LOWER_BOUND' | 'UNKNOWN';
  /** `METHOD path?query` of each request, with its body. */
  readonly seen: { readonly method: string; readonly path: string; readonly body: unknown }[];
  /** What was not as Google's description has it. */
  readonly violations: string[];
  readonly cancelled: string[];
  stop(): Promise<void>;
}

const PAGE = 1000;
const MIB = 2 ** 20;

/** Starts it on a free port of 127.0.0.1. */
export async function startFakeBigQuery(): Promise<FakeBigQuery> {
  const contract: Contract = readContract();
  const jobs = new Map<string, FakeJob>();
  const known = new Set<string>();

  /** A part of a list, by a page's number. */
  function paged<T>(all: readonly T[], url: URL): { items: readonly T[]; nextPageToken?: string } {
    const size = Math.min(Number(url.searchParams.get('maxResults') ?? PAGE), fake.mostRows);
    const from = Number(url.searchParams.get('pageToken')?.replace('at-', '') ?? 0);
    const items = all.slice(from, from + size);
    return { items, ...(from + size < all.length ? { nextPageToken: `at-${from + size}` } : {}) };
  }

  function rowsPage(
    rows: readonly (readonly FakeCell[])[],
    url: URL,
  ): { rows: object[]; totalRows: string; pageToken?: string } {
    const wanted = Number(url.searchParams.get('maxResults') ?? PAGE);
    const token = url.searchParams.get('pageToken');
    if (token !== null && url.searchParams.has('startIndex'))
      throw new Refused(400, 'invalid', 'pageToken and startIndex may not be given together.');
    const from = Number(
      token === null ? (url.searchParams.get('startIndex') ?? 0) : token.replace('at-', ''),
    );
    const some = rows.slice(from, from + Math.min(wanted, fake.mostRows));
    const next = from + some.length;
    return {
      totalRows: String(rows.length),
      rows: some.map((row) => ({ f: row.map((v) => ({ v })) })),
      ...(next < rows.length ? { pageToken: `at-${next}` } : {}),
    };
  }

  function tableAt(
    project: string,
    dataset: string,
    id: string,
  ): { table: FakeTable; rows: FakeTable['rows'] } {
    const [name = '', partition] = id.split('$');
    const table = fake.tables.get(`${project}.${dataset}.${name}`);
    if (!table) throw new Refused(404, 'notFound', `Not found: Table ${project}:${dataset}.${id}`);
    if (partition === undefined) return { table, rows: table.rows };
    if (partition === '__PARTITIONS_SUMMARY__') {
      const fields = ['project_id', 'dataset_id', 'table_id', 'partition_id'].map((one) => ({
        name: one,
        type: 'STRING',
      }));
      const rows = Object.keys(table.partitions ?? {}).map((one) => [project, dataset, name, one]);
      return { table: { fields, rows }, rows };
    }
    const places = table.partitions?.[partition] ?? [];
    return { table, rows: places.flatMap((place) => (table.rows[place] ? [table.rows[place]] : [])) };
  }

  /** Only columns that the text names are read; `SELECT *` reads all. */
  function bytesOf(sql: string): number {
    let sum = 0;
    const all = /SELECT\s+\*\s+FROM/i.test(sql);
    for (const [name, table] of fake.tables) {
      const [project = '', dataset = '', id = ''] = name.split('.');
      const forms = [`\`${project}\`.\`${dataset}\`.\`${id}\``, `\`${name}\``, name, `${dataset}.${id}`];
      if (!forms.some((form) => sql.includes(form))) continue;
      const rest = forms.reduce((left, form) => left.replaceAll(form, ''), sql);
      const words = new Set(rest.match(/\w+/g));
      for (const field of table.fields)
        if (all || words.has(field.name)) sum += table.bytes?.[field.name] ?? 8 * table.rows.length;
    }
    return sum;
  }

  function startJob(project: string, body: JobBody): object {
    const { configuration, jobReference } = body;
    const { query, extract, dryRun = false } = configuration;
    const id = jobReference?.jobId ?? `made-${jobs.size + 1}`;
    const reference = { projectId: project, jobId: id, location: 'EU' };
    if (extract) {
      return {
        jobReference: reference,
        configuration,
        status: { state: 'DONE' },
        statistics: { extract: { destinationUriFileCounts: ['1'] } },
      };
    }
    const sql = query?.query ?? '';
    if (/^\s*SELEC\b/i.test(sql))
      throw new Refused(
        400,
        'invalidQuery',
        'Syntax error: Expected end of input but got identifier "SELEC" at [1:1]',
      );
    refuseHidden(fake.tables, sql);
    const bytes = bytesOf(sql);
    const result = fake.answer(sql) ?? { fields: [], rows: [] };
    const facts = {
      totalBytesProcessed: String(bytes),
      totalBytesProcessedAccuracy: fake.accuracy,
      statementType: 'SELECT',
      schema: { fields: result.fields },
    };
    if (dryRun) {
      return {
        jobReference: { projectId: project, location: 'EU' },
        configuration,
        status: { state: 'DONE' },
        statistics: { totalBytesProcessed: String(bytes), query: { ...facts, cacheHit: false } },
      };
    }
    if (jobs.has(id)) throw new Refused(409, 'duplicate', `Already Exists: Job ${project}:EU.${id}`);
    const cacheHit = query?.useQueryCache !== false && known.has(sql);
    const billed = cacheHit ? 0 : Math.max(10 * MIB, Math.ceil(bytes / MIB) * MIB);
    const limit = query?.maximumBytesBilled;
    const tooMuch = limit !== undefined && billed > Number(limit);
    const job: FakeJob = {
      id,
      project,
      sql,
      bytes: cacheHit ? 0 : bytes,
      cacheHit,
      left: result.pending ?? 0,
      stopped: false,
      result: tooMuch
        ? {
            ...result,
            error: {
              reason: 'bytesBilledLimitExceeded',
              message: `Query exceeded limit for bytes billed: ${limit}. ${billed} or higher required.`,
            },
          }
        : result,
    };
    jobs.set(id, job);
    if (!job.result.error) known.add(sql);
    return jobState(job, configuration);
  }

  function jobState(job: FakeJob, configuration?: object): object {
    const done = job.left <= 0 || job.stopped;
    const error = job.stopped
      ? { reason: 'stopped', message: 'Job execution was cancelled: User requested cancellation' }
      : job.result.error;
    const billed = job.cacheHit ? 0 : Math.max(10 * MIB, Math.ceil(job.bytes / MIB) * MIB);
    return {
      kind: 'bigquery#job',
      jobReference: { projectId: job.project, jobId: job.id, location: 'EU' },
      ...(configuration ? { configuration } : { configuration: { query: { query: job.sql } } }),
      status: {
        state: done ? 'DONE' : 'RUNNING',
        ...(done && error ? { errorResult: error, errors: [error] } : {}),
      },
      ...(done
        ? {
            statistics: {
              totalBytesProcessed: String(job.bytes),
              query: {
                totalBytesProcessed: String(job.bytes),
                totalBytesBilled: String(billed),
                cacheHit: job.cacheHit,
                statementType: 'SELECT',
              },
            },
          }
        : {}),
    };
  }

  function jobOf(id: string): FakeJob {
    const found = jobs.get(id);
    if (!found) throw new Refused(404, 'notFound', `Not found: Job ${id}`);
    return found;
  }

  function results(id: string, url: URL): object {
    const job = jobOf(id);
    const reference = { projectId: job.project, jobId: id, location: 'EU' };
    if (job.left > 0 && !job.stopped) {
      job.left -= 1;
      return { jobReference: reference, jobComplete: false };
    }
    if (job.stopped)
      throw new Refused(499, 'stopped', 'Job execution was cancelled: User requested cancellation');
    const { error, fields, rows } = job.result;
    if (error)
      throw new Refused(error.reason === 'bytesBilledLimitExceeded' ? 400 : 400, error.reason, error.message);
    return {
      jobReference: reference,
      jobComplete: true,
      cacheHit: job.cacheHit,
      totalBytesProcessed: String(job.bytes),
      schema: { fields },
      ...rowsPage(rows, url),
    };
  }

  function route(method: string, url: URL, body: unknown): object {
    const [project = '', kind = '', id = '', sub = '', table = '', data = ''] = url.pathname
      .replace(/^\/bigquery\/v2\/projects\/?/, '')
      .split('/')
      .map(decodeURIComponent);
    if (project === '') {
      const { items, ...more } = paged(fake.projects, url);
      const projects = items.map((one) => ({
        id: one,
        friendlyName: one,
        projectReference: { projectId: one },
      }));
      return { projects, ...more };
    }
    if (kind === 'datasets' && id === '') {
      const names = [...fake.tables.keys()]
        .filter((one) => one.startsWith(`${project}.`))
        .map((one) => one.split('.')[1] ?? '');
      if (names.length === 0) throw new Refused(404, 'notFound', `Not found: Project ${project}`);
      const { items, ...more } = paged([...new Set(names)].sort(), url);
      const datasets = items.map((one) => ({
        id: `${project}:${one}`,
        datasetReference: { projectId: project, datasetId: one },
        location: 'EU',
      }));
      return { datasets, ...more };
    }
    if (kind === 'datasets' && sub === 'tables' && table === '') {
      const all = [...fake.tables].filter(([name]) => name.startsWith(`${project}.${id}.`));
      if (all.length === 0) throw new Refused(404, 'notFound', `Not found: Dataset ${project}:${id}`);
      const { items, ...more } = paged(all, url);
      const tables = items.map(([name, one]) => ({
        id: name,
        tableReference: { projectId: project, datasetId: id, tableId: name.split('.')[2] },
        type: one.type ?? 'TABLE',
        ...(one.partitionedBy === undefined
          ? {}
          : { timePartitioning: { type: 'DAY', field: one.partitionedBy } }),
      }));
      return { tables, totalItems: all.length, ...more };
    }
    if (kind === 'datasets' && sub === 'tables' && data === '') {
      const { table: found } = tableAt(project, id, table);
      if (found.hidden) throw denied(project, id, table);
      return {
        etag: 'made-up-etag',
        tableReference: { projectId: project, datasetId: id, tableId: table },
        type: found.type ?? 'TABLE',
        schema: { fields: found.fields },
        location: 'EU',
        lastModifiedTime: '1767225600000',
        ...(found.partitionedBy === undefined
          ? {}
          : { timePartitioning: { type: 'DAY', field: found.partitionedBy } }),
        ...(found.type === 'VIEW'
          ? {}
          : {
              numRows: String(found.rows.length),
              numBytes: String(
                found.fields.reduce(
                  (sum, one) => sum + (found.bytes?.[one.name] ?? 8 * found.rows.length),
                  0,
                ),
              ),
            }),
      };
    }
    if (kind === 'datasets' && data === 'data') {
      const { table: found, rows } = tableAt(project, id, table);
      if (found.hidden) throw denied(project, id, table);
      if (found.type === 'VIEW') throw new Refused(400, 'invalid', `Cannot list a table of type VIEW.`);
      const selected = url.searchParams.get('selectedFields')?.split(',');
      const places = found.fields.flatMap(({ name }, place) =>
        selected && !selected.includes(name) ? [] : [place],
      );
      return rowsPage(
        rows.map((row) => places.map((place) => row[place] ?? null)),
        url,
      );
    }
    if (kind === 'jobs' && method === 'POST' && id === '') return startJob(project, body as JobBody);
    if (kind === 'jobs' && sub === 'cancel') {
      const job = jobOf(id);
      job.stopped = true;
      fake.cancelled.push(id);
      return { job: jobState(job) };
    }
    if (kind === 'jobs') return jobState(jobOf(id));
    if (kind === 'queries') return results(id, url);
    throw new Refused(404, 'notFound', `Not found: ${url.pathname}`);
  }

  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const method = request.method ?? 'GET';
    void text(request).then((said) => {
      const body: unknown = said === '' ? undefined : JSON.parse(said);
      fake.seen.push({ method, path: `${url.pathname}${url.search}`, body });
      fake.violations.push(...contract.request(method, url, body));
      const send = (status: number, document: object): void => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(document));
      };
      try {
        const at = fake.failures.findIndex((one) => one.path.test(url.pathname));
        const [failure] = at < 0 ? [] : fake.failures.splice(at, 1);
        if (failure) throw new Refused(failure.status, failure.reason, failure.message, failure.details);
        const document = route(method, url, body);
        fake.violations.push(...contract.answer(method, url, document));
        send(200, document);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        const { status, reason, message, details } = error;
        send(status === 499 ? 400 : status, {
          error: {
            code: status,
            message,
            errors: [{ message, domain: 'global', reason }],
            status: reason,
            ...(details ? { details } : {}),
          },
        });
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fake: FakeBigQuery = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tables: new Map(),
    projects: [],
    answer: () => undefined,
    failures: [],
    mostRows: Infinity,
    accuracy: 'PRECISE',
    seen: [],
    violations: [],
    cancelled: [],
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return fake;
}

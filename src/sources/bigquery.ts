import { z } from 'zod';
import type { Source, SourceNode, SourcePage, SourceSettings, SourceTable } from '../core/source';
import { parseSourceUri, parseTableUri, type SourceAddress, sourceUri, tableName } from '../core/source-uri';
import type { Cell, Page } from '../core/table';
import { openClient } from './bigquery-client';
import { createJobs } from './bigquery-jobs';
import { selectSql, tableSql } from './bigquery-sql';
import { columnOf, type Field, ROWS, rowOf, SCHEMA } from './bigquery-values';

const MOST_LISTED = 1000;
const PAGE_ROWS = 5000;
const PARTITIONS = '$__PARTITIONS_SUMMARY__';

const count = z.union([z.string(), z.number()]).transform(Number);
const token = z.string().optional();
/** INT64 keeps its digits as a text. */
const whole = z.union([z.string(), z.number()]).transform(String);
const PROJECTS = z.looseObject({
  projects: z
    .array(
      z.looseObject({
        id: z.string(),
        friendlyName: z.string().optional(),
        projectReference: z.looseObject({ projectId: z.string() }).optional(),
      }),
    )
    .default([]),
  nextPageToken: token,
});
const DATASETS = z.looseObject({
  datasets: z
    .array(
      z.looseObject({
        datasetReference: z.looseObject({ datasetId: z.string() }),
        friendlyName: z.string().optional(),
        location: z.string().optional(),
      }),
    )
    .default([]),
  nextPageToken: token,
});
const PARTITIONING = {
  timePartitioning: z
    .looseObject({
      type: z.string().optional(),
      field: z.string().optional(),
      requirePartitionFilter: z.boolean().optional(),
    })
    .optional(),
  rangePartitioning: z
    .looseObject({
      field: z.string().optional(),
      range: z.looseObject({ start: whole, end: whole, interval: whole }).optional(),
    })
    .optional(),
  requirePartitionFilter: z.boolean().optional(),
};
const TABLES = z.looseObject({
  tables: z
    .array(
      z.looseObject({
        tableReference: z.looseObject({ tableId: z.string() }),
        type: z.string().optional(),
        friendlyName: z.string().optional(),
        ...PARTITIONING,
      }),
    )
    .default([]),
  nextPageToken: token,
});
const TABLE = z.looseObject({
  type: z.string().optional(),
  schema: SCHEMA.optional(),
  numRows: count.optional(),
  numBytes: count.optional(),
  location: z.string().optional(),
  lastModifiedTime: count.optional(),
  etag: z.string().optional(),
  description: z.string().optional(),
  clustering: z.looseObject({ fields: z.array(z.string()).default([]) }).optional(),
  ...PARTITIONING,
});
const ROWS_PAGE = z.looseObject({
  totalRows: count.optional(),
  pageToken: token,
  rows: ROWS.default([]),
});

const KINDS: Readonly<Record<string, SourceNode['kind']>> = {
  VIEW: 'view',
  MATERIALIZED_VIEW: 'materialized view',
  EXTERNAL: 'external table',
  SNAPSHOT: 'snapshot',
};
const kindOf = (type: string | undefined): SourceNode['kind'] => KINDS[type ?? ''] ?? 'table';
/** Of these `tabledata.list` gives no rows. */
const ASKED_ONLY: ReadonlySet<SourceNode['kind']> = new Set(['view', 'materialized view', 'external table']);

function partitionOf({
  timePartitioning: time,
  rangePartitioning: range,
  requirePartitionFilter,
}: z.infer<typeof TABLE>): Pick<SourceTable, 'partition'> {
  if (!time && !range) return {};
  const by = SPANS.find((one) => one === time?.type) ?? range?.range;
  return {
    partition: {
      column: time?.field ?? range?.field ?? '_PARTITIONTIME',
      required: requirePartitionFilter ?? time?.requirePartitionFilter ?? false,
      ...(by === undefined ? {} : { by }),
    },
  };
}
const SPANS = ['HOUR', 'DAY', 'MONTH', 'YEAR'] as const;

const segment = encodeURIComponent;
const datasetPath = ({ project, dataset }: SourceAddress): string =>
  `projects/${segment(project)}/datasets/${segment(dataset)}`;
const tablePath = (address: SourceAddress): string =>
  `${datasetPath(address)}/tables/${segment(address.table)}`;

/** The tables that one login may see. A UserError for a key file that is none. */
export async function createSource(settings: SourceSettings = {}): Promise<Source> {
  const client = await openClient(settings);
  const jobs = createJobs(client);
  /** What tables are like, for as long as this is open; columns are needed for every page. */
  const fields = new Map<string, readonly Field[]>();

  async function metadata(uri: string, signal?: AbortSignal): Promise<z.infer<typeof TABLE>> {
    const address = parseTableUri(uri);
    const found = await client.call(
      { path: tablePath({ ...address, table: tableName(uri) }), doing: `look at ${uri}` },
      TABLE,
      signal,
    );
    fields.set(tableKey(uri), found.schema?.fields ?? []);
    return found;
  }
  const tableKey = (uri: string): string => sourceUri({ ...parseTableUri(uri), table: tableName(uri) });

  async function fieldsOf(uri: string, signal?: AbortSignal): Promise<readonly Field[]> {
    return fields.get(tableKey(uri)) ?? (await metadata(uri, signal)).schema?.fields ?? [];
  }

  async function rowsOf(
    uri: string,
    shown: readonly Field[],
    part: { offset: number; limit: number; selected?: string },
    signal?: AbortSignal,
  ): Promise<{ rows: Cell[][]; total: number }> {
    const rows: Cell[][] = [];
    let total = 0;
    let next: string | undefined;
    // Answers end at about 10 MB, however many rows were asked for.
    do {
      const answer = await client.call(
        {
          path: `${tablePath(parseTableUri(uri))}/data`,
          params: {
            maxResults: Math.min(PAGE_ROWS, part.limit - rows.length),
            ...(next === undefined ? { startIndex: part.offset } : { pageToken: next }),
            selectedFields: part.selected,
            'formatOptions.useInt64Timestamp': true,
          },
          doing: `read rows of ${uri}`,
        },
        ROWS_PAGE,
        signal,
      );
      total = answer.totalRows ?? total;
      rows.push(...answer.rows.slice(0, part.limit - rows.length).map((row) => rowOf(row, shown)));
      next = answer.pageToken;
      if (answer.rows.length === 0) break;
    } while (next !== undefined && rows.length < part.limit);
    return { rows, total };
  }

  async function listProjects(
    options: { next?: string; limit?: number },
    signal?: AbortSignal,
  ): Promise<SourcePage> {
    const { projects, nextPageToken } = await client.call(
      {
        path: 'projects',
        params: { maxResults: options.limit ?? MOST_LISTED, pageToken: options.next },
        doing: 'list the projects',
      },
      PROJECTS,
      signal,
    );
    const listed = projects.map((one) => ({
      name: one.projectReference?.projectId ?? one.id,
      title: one.friendlyName,
    }));
    const known = new Set(listed.map((one) => one.name));
    // Those that were named come once, on the first page.
    const named = options.next === undefined ? [settings.project, ...(settings.projects ?? [])] : [];
    const more = [...new Set(named)].filter((one): one is string => one !== undefined && !known.has(one));
    return {
      nodes: [...listed, ...more.map((name) => ({ name, title: undefined }))].map(({ name, title }) => ({
        kind: 'project',
        name,
        uri: sourceUri({ scheme: 'bigquery', project: name, dataset: '', table: '' }),
        ...(title === undefined || title === name ? {} : { title }),
      })),
      ...(nextPageToken === undefined ? {} : { next: nextPageToken }),
    };
  }

  async function partitions(address: SourceAddress, signal?: AbortSignal): Promise<SourcePage> {
    const uri = sourceUri(address);
    const summary = { ...address, table: `${address.table}${PARTITIONS}` };
    // The table of a table's partitions can be read as any other, without a query.
    const { schema } = await client.call(
      { path: tablePath(summary), doing: `list the partitions of ${uri}` },
      TABLE,
      signal,
    );
    const shown = schema?.fields ?? [];
    const at = shown.findIndex(({ name }) => name === 'partition_id');
    const { rows } = await rowsOf(sourceUri(summary), shown, { offset: 0, limit: Infinity }, signal);
    const ids = rows.map((row) => String(row[at])).sort();
    return {
      nodes: ids.map((id) => ({
        kind: 'partition',
        name: id,
        uri: sourceUri({ ...address, table: `${address.table}$${id}` }),
      })),
    };
  }

  async function schema(uri: string, signal?: AbortSignal): Promise<SourceTable> {
    const found = await metadata(uri, signal);
    const address = parseTableUri(uri);
    const isPart = address.table.includes('$');
    const kind = isPart ? 'partition' : kindOf(found.type);
    const free = !ASKED_ONLY.has(kindOf(found.type));
    const part = isPart ? await rowsOf(uri, [], { offset: 0, limit: 0 }, signal) : undefined;
    return {
      uri,
      kind,
      free,
      columns: (found.schema?.fields ?? []).map(columnOf),
      ...(part ? { rows: part.total } : free && found.numRows !== undefined ? { rows: found.numRows } : {}),
      ...(free && !isPart && found.numBytes !== undefined ? { bytes: found.numBytes } : {}),
      ...(found.location === undefined ? {} : { location: found.location }),
      ...(found.lastModifiedTime === undefined
        ? {}
        : { modified: new Date(found.lastModifiedTime).toISOString() }),
      version: [found.etag ?? '', found.lastModifiedTime ?? '', found.numRows ?? ''].join(' ').trim(),
      ...(found.description === undefined ? {} : { description: found.description }),
      ...partitionOf(found),
      ...(found.clustering ? { clustered: found.clustering.fields } : {}),
    };
  }

  async function page(
    uri: string,
    { offset, limit, columns }: { offset: number; limit: number; columns?: readonly string[] },
    signal?: AbortSignal,
  ): Promise<Page> {
    const all = await fieldsOf(uri, signal);
    // The answer has them in the table's order, whatever the request's is.
    const wanted = columns && new Set(columns);
    const sent = wanted ? all.filter(({ name }) => wanted.has(name)) : all;
    const selected =
      wanted && sent.length < all.length ? { selected: sent.map(({ name }) => name).join(',') } : {};
    const { rows, total } = await rowsOf(uri, sent, { offset, limit, ...selected }, signal);
    const shown = columns ? columns.flatMap((name) => all.find((one) => one.name === name) ?? []) : all;
    const places = shown.map((one) => sent.indexOf(one));
    return {
      columns: shown.map(columnOf),
      rows: columns ? rows.map((row) => places.map((place) => row[place] ?? null)) : rows,
      offset,
      total,
      exact: true,
      rejected: 0,
    };
  }

  const query: Source['query'] = (sql, { action, location, params }, asked) =>
    jobs.runOne({ sql, location, params }, action, asked);

  return {
    id: 'bigquery',
    schema,
    page,
    query,
    selectSql,
    resultPage: (result, part, signal) => jobs.page(result, part, signal),
    async list(uri, options = {}, signal) {
      const address = uri === '' ? undefined : parseSourceUri(uri);
      const more = { maxResults: options.limit ?? MOST_LISTED, pageToken: options.next };
      if (!address || address.project === '') return listProjects(options, signal);
      if (address.dataset === '') {
        const { datasets, nextPageToken } = await client.call(
          {
            path: `projects/${segment(address.project)}/datasets`,
            params: more,
            doing: `list the datasets of ${address.project}`,
          },
          DATASETS,
          signal,
        );
        return {
          nodes: datasets.map(({ datasetReference: { datasetId: name }, friendlyName, location }) => ({
            kind: 'dataset',
            name,
            uri: sourceUri({ ...address, dataset: name }),
            ...(friendlyName === undefined ? {} : { title: friendlyName }),
            ...(location === undefined ? {} : { location }),
          })),
          ...(nextPageToken === undefined ? {} : { next: nextPageToken }),
        };
      }
      if (address.table !== '') return partitions(address, signal);
      const { tables, nextPageToken } = await client.call(
        {
          path: `${datasetPath(address)}/tables`,
          params: more,
          doing: `list the tables of ${address.project}/${address.dataset}`,
        },
        TABLES,
        signal,
      );
      return {
        nodes: tables.map(({ tableReference: { tableId: name }, type, friendlyName, ...one }) => ({
          kind: kindOf(type),
          name,
          uri: sourceUri({ ...address, table: name }),
          ...(friendlyName === undefined ? {} : { title: friendlyName }),
          ...((one.timePartitioning ?? one.rangePartitioning) ? { partitioned: true as const } : {}),
        })),
        ...(nextPageToken === undefined ? {} : { next: nextPageToken }),
      };
    },
    async dryRun(sql, { action, location, params }, signal) {
      const checked = await jobs.dryRun({ sql, location, params }, signal);
      return { ...jobs.estimate([checked], action), columns: checked.columns };
    },
    async price(location, signal) {
      return (await import('./bigquery-prices')).queryPrice(client, location, signal);
    },
    async check(signal) {
      return (await import('./bigquery-check')).checkQueries(jobs, signal);
    },
    async profile(rows, asked) {
      const { profileRows } = await import('./bigquery-profile');
      return profileRows({ jobs, table: await schema(rows.table, asked.signal), rows }, asked);
    },
    async textShape(rows, column, asked) {
      const { textShapeOf } = await import('./bigquery-text-shape');
      return textShapeOf({ jobs, table: await schema(rows.table, asked.signal), rows }, column, asked);
    },
    async chart(rows, chart, asked) {
      const { chartRows } = await import('./bigquery-charts');
      return chartRows({ jobs, table: await schema(rows.table, asked.signal), rows }, chart, asked);
    },
    async save(sql, target, asked) {
      const address = parseTableUri(target.table);
      if (target.as === 'view') {
        const made = `CREATE ${target.replace ? 'OR REPLACE ' : ''}VIEW ${tableSql(address)} AS\n${sql}`;
        await query(made, { action: `Save the view ${target.table}` }, asked);
      } else {
        const destination = {
          destinationTable: {
            projectId: address.project,
            datasetId: address.dataset,
            tableId: address.table,
          },
          writeDisposition: target.replace ? 'WRITE_TRUNCATE' : 'WRITE_EMPTY',
        };
        await jobs.runOne({ sql, destination }, `Save the table ${target.table}`, asked);
      }
      fields.delete(tableKey(target.table));
      return { kind: target.as, name: address.table, uri: sourceUri(address) };
    },
    async exportTo(table, to, { signal } = {}) {
      const { exportParquet } = await import('./bigquery-export');
      return exportParquet(jobs, await schema(table, signal), to, signal);
    },
  };
}

import { z } from 'zod';
import { UserError } from '../../core/errors';
import { plainName } from '../cloud/names';
import { bringCaptured, linesOf } from '../cloud/captured';
import type { Clients } from './clients';
import type { Config } from './config';
import { logTable, versionOf } from './endpoint-requests';

/** Rows that are asked for at a time. */
const PAGE = 5000;
/** Rows that just arrived may still change their places: so many are looked at again. */
const OVERLAP = 1000;

const CELL = z.object({ v: z.unknown() });
const ROWS = z.looseObject({
  totalRows: z.string().default('0'),
  pageToken: z.string().optional(),
  rows: z.array(z.object({ f: z.array(CELL) })).default([]),
});
const SCHEMA = z.looseObject({
  numBytes: z.string().default('0'),
  creationTime: z.string().optional(),
  schema: z.looseObject({ fields: z.array(z.looseObject({ name: z.string() })) }),
});
const DATASET = z.looseObject({ labels: z.record(z.string(), z.string()).default({}) });
const TABLES = z.looseObject({
  tables: z
    .array(z.looseObject({ tableReference: z.looseObject({ datasetId: z.string(), tableId: z.string() }) }))
    .default([]),
});

const text = z.string();
const texts = z.array(z.object({ v: z.string() }));
/** A logged request, as Vertex AI writes it. */
const LOGGED = z.object({
  deployed_model_id: text,
  logging_time: text,
  request_id: text,
  request_payload: texts,
  response_payload: texts,
});

const datasetRoute = (config: Config, id: string): string =>
  `projects/${config.account}/datasets/${logTable(config, id).dataset}`;
const tableRoute = (config: Config, id: string): string =>
  `${datasetRoute(config, id)}/tables/${logTable(config, id).table}`;

/** Undefined where there is no such dataset or table. */
async function unlessMissing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof UserError && error.kind === 'notFound') return undefined;
    throw error;
  }
}

/** Makes the dataset that the log's table lies in, in the region of the endpoint, where it is missing. */
export async function ensureLogPlace(
  clients: Clients,
  config: Config,
  id: string,
  signal?: AbortSignal,
): Promise<void> {
  const route = datasetRoute(config, id);
  const doing = 'look at the dataset for captured requests';
  const found = await unlessMissing(() =>
    clients.calling(doing, () => clients.ask('BIGQUERY', route, {}, signal), signal),
  );
  if (found !== undefined) return;
  const body = {
    datasetReference: { projectId: config.account, datasetId: logTable(config, id).dataset },
    location: config.region,
    labels: { mll_project: plainName(config.project) },
  };
  await clients.calling('make the dataset for captured requests', () =>
    clients.ask('BIGQUERY', `projects/${config.account}/datasets`, { method: 'POST', body }, signal),
  );
}

/** Brings what was logged since the last time into `folder`, and gives all files, oldest first. Reading rows this way costs nothing. */
export async function bringCaptures(
  clients: Clients,
  { config, id, folder }: { readonly config: Config; readonly id: string; readonly folder: string },
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const route = tableRoute(config, id);
  const asked = (path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> =>
    clients.calling(
      'read the captured requests',
      () => clients.ask('BIGQUERY', path, { query }, signal),
      signal,
    );
  const table = await unlessMissing(async () => SCHEMA.parse(await asked(route)));
  const names = table?.schema.fields.map((one) => one.name) ?? [];

  async function rowsFrom(start: number, known: ReadonlySet<string>): Promise<Row[]> {
    const found: Row[] = [];
    for (let pageToken: string | undefined; ;) {
      const page = ROWS.parse(
        await asked(`${route}/data`, {
          maxResults: String(PAGE),
          'formatOptions.useInt64Timestamp': 'true',
          ...(pageToken === undefined ? { startIndex: String(start) } : { pageToken }),
        }),
      );
      for (const { f } of page.rows) {
        const row = LOGGED.safeParse(Object.fromEntries(names.map((name, at) => [name, f[at]?.v])));
        if (row.success && !known.has(row.data.request_id)) found.push(row.data);
      }
      pageToken = page.pageToken;
      if (pageToken !== undefined) continue;
      const missing = Number(page.totalRows) - known.size - found.length;
      // What came in between is looked for from the beginning.
      return missing > 0 && start > 0 ? rowsFrom(0, known) : found;
    }
  }

  return bringCaptured(folder, async (known) => {
    if (!table) return { keys: [], lines: [] };
    const fresh = await rowsFrom(Math.max(0, known.size - OVERLAP), known);
    const inTime = fresh.toSorted((a, b) => Number(a.logging_time) - Number(b.logging_time));
    return { keys: inTime.map((one) => one.request_id), lines: inTime.flatMap(toCaptured) };
  });
}
type Row = z.infer<typeof LOGGED>;

/** A logged request as lines of ours: the bodies as they were (`rawPredict`), or each instance and prediction by itself (`predict`). */
export function toCaptured(row: Row): string[] {
  const [request, response] = [row.request_payload, row.response_payload].map((all) => all.map(({ v }) => v));
  const common = {
    contentType: 'application/json',
    time: new Date(Number(row.logging_time) / 1000).toISOString(),
    version: versionOf(row.deployed_model_id),
    id: row.request_id,
  };
  if (!request || !response) return [];
  const whole = linesOf({ ...common, request: request.join(''), response: response.join('') });
  if (whole.length > 0) return whole;
  return linesOf({
    ...common,
    request: `[${request.join(',')}]`,
    response: `{"predictions":[${response.join(',')}]}`,
  });
}

/** Tables of captured requests that lie in the project's dataset, also those whose endpoint is gone. */
export async function loggedTables(
  clients: Clients,
  config: Config,
  signal?: AbortSignal,
): Promise<readonly { readonly uri: string; readonly bytes: number }[]> {
  const dataset = datasetRoute(config, '');
  const asked = (route: string): Promise<unknown> =>
    unlessMissing(() =>
      clients.calling('look at the captured requests', () => clients.ask('BIGQUERY', route, {}, signal)),
    );
  const found = DATASET.safeParse(await asked(dataset)).data;
  if (found?.labels.mll_project !== plainName(config.project)) return [];
  const { tables } = TABLES.parse((await asked(`${dataset}/tables`)) ?? {});
  return Promise.all(
    tables.map(async ({ tableReference: { datasetId, tableId } }) => {
      const table = SCHEMA.safeParse(await asked(`${dataset}/tables/${tableId}`)).data;
      return { uri: `bq://${config.account}.${datasetId}.${tableId}`, bytes: Number(table?.numBytes ?? 0) };
    }),
  );
}

/** Deletes an endpoint's log, and the dataset when it was made for this project and nothing is left in it. */
export const removeCaptures = (
  clients: Clients,
  config: Config,
  id: string,
  signal?: AbortSignal,
): Promise<void> => removeTable(clients, config, logTable(config, id).table, signal);

/** A table of captured requests by its URI; a UserError for any other. */
export async function removeLogged(
  clients: Clients,
  config: Config,
  uri: string,
  signal?: AbortSignal,
): Promise<void> {
  const start = `bq://${config.account}.${logTable(config, '').dataset}.`;
  const table = uri.slice(start.length);
  if (!uri.startsWith(start) || !/^\w+$/.test(table)) {
    throw new UserError('invalid', `${uri} is no table of this project's captured requests.`);
  }
  await removeTable(clients, config, table, signal);
}

async function removeTable(
  clients: Clients,
  config: Config,
  table: string,
  signal?: AbortSignal,
): Promise<void> {
  const gone = (route: string): Promise<unknown> =>
    unlessMissing(() =>
      clients.calling('delete the captured requests', () =>
        clients.ask('BIGQUERY', route, { method: 'DELETE' }, signal),
      ),
    );
  const dataset = datasetRoute(config, '');
  await gone(`${dataset}/tables/${table}`);
  const look = async (route: string): Promise<unknown> =>
    unlessMissing(() =>
      clients.calling('look at the dataset for captured requests', () =>
        clients.ask('BIGQUERY', route, {}, signal),
      ),
    );
  const found = DATASET.safeParse(await look(dataset)).data;
  if (found?.labels.mll_project !== plainName(config.project)) return;
  const { tables } = TABLES.parse((await look(`${dataset}/tables`)) ?? {});
  if (tables.length === 0) await gone(dataset);
}

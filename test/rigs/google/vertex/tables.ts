import { newId, Refusal } from './calls';
import type { Answer, Rest } from './rest';

/** Columns of the table that requests are logged to, as BigQuery describes them. */
const FIELDS = [
  { name: 'endpoint', type: 'STRING' },
  { name: 'deployed_model_id', type: 'STRING' },
  { name: 'logging_time', type: 'TIMESTAMP' },
  { name: 'request_id', type: 'NUMERIC' },
  { name: 'request_payload', type: 'STRING', mode: 'REPEATED' },
  { name: 'response_payload', type: 'STRING', mode: 'REPEATED' },
];

export interface Logged {
  readonly endpoint: string;
  readonly deployed_model_id: string;
  readonly request_payload: readonly string[];
  readonly response_payload: readonly string[];
}
type Row = Logged & { readonly logging_time: number; readonly request_id: string };

interface Dataset {
  readonly location: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tables: Map<string, Row[]>;
}

/** Of BigQuery what request–response logging needs: datasets, and the tables that the endpoints write (`tabledata.list` pages them). */
export class Tables {
  /** By `project.dataset`. */
  readonly datasets = new Map<string, Dataset>();
  /** Rows of a page at most. */
  pageSize = 1000;

  /** A place for the log as an endpoint names it; the dataset must be there. */
  checkTarget(uri: string, rate: number): void {
    const [, project, dataset, table] = /^bq:\/\/([\w-]+)\.(\w+)\.(\w+)$/.exec(uri) ?? [];
    if (table === undefined)
      throw new Refusal(
        'INVALID_ARGUMENT',
        `bigquery_destination: "${uri}" is not bq://PROJECT.DATASET.TABLE.`,
      );
    if (!(rate > 0 && rate <= 1)) throw new Refusal('INVALID_ARGUMENT', 'sampling_rate must be in (0, 1].');
    if (!this.datasets.has(`${String(project)}.${String(dataset)}`))
      throw new Refusal('NOT_FOUND', `Not found: Dataset ${String(project)}:${String(dataset)}`);
  }

  log(uri: string, logged: Logged): void {
    const [project = '', dataset = '', table = ''] = uri.replace('bq://', '').split('.');
    const found = this.datasets.get(`${project}.${dataset}`);
    if (!found) return;
    const rows = found.tables.get(table) ?? [];
    rows.push({ ...logged, logging_time: Date.now() * 1000, request_id: newId() });
    found.tables.set(table, rows);
  }

  /** The routes of BigQuery's own interface (discovery document v2) that are answered here. */
  serve(rest: Rest): void {
    const base = '/bigquery/v2/projects/:project/datasets';
    rest.on('POST', base, ({ project = '' }, { body }) => {
      const { datasetReference, location, labels } = body as {
        datasetReference: { datasetId: string };
        location?: string;
        labels?: Record<string, string>;
      };
      const { datasetId } = datasetReference;
      if (!/^\w{1,1024}$/.test(datasetId))
        return refused(400, 'invalid', `Invalid dataset ID "${datasetId}".`);
      const key = `${project}.${datasetId}`;
      if (this.datasets.has(key))
        return refused(409, 'duplicate', `Already Exists: Dataset ${project}:${datasetId}`);
      this.datasets.set(key, { location: location ?? 'US', labels: labels ?? {}, tables: new Map() });
      return this.dataset(project, datasetId);
    });
    rest.on('GET', `${base}/:dataset`, ({ project = '', dataset = '' }) => this.dataset(project, dataset));
    rest.on('DELETE', `${base}/:dataset`, ({ project = '', dataset = '' }) => {
      const found = this.datasets.get(`${project}.${dataset}`);
      if (!found) return missing(`Dataset ${project}:${dataset}`);
      if (found.tables.size > 0)
        return refused(400, 'resourceInUse', `Dataset ${project}:${dataset} is still in use`);
      this.datasets.delete(`${project}.${dataset}`);
      return { status: 204 };
    });
    rest.on('GET', `${base}/:dataset/tables`, ({ project = '', dataset = '' }) => {
      const found = this.datasets.get(`${project}.${dataset}`);
      if (!found) return missing(`Dataset ${project}:${dataset}`);
      const tables = [...found.tables.keys()].map((tableId) => ({
        tableReference: { projectId: project, datasetId: dataset, tableId },
      }));
      return { status: 200, body: { tables, totalItems: tables.length } };
    });
    const table = `${base}/:dataset/tables/:table`;
    rest.on('GET', table, ({ project = '', dataset = '', table: id = '' }) => {
      const rows = this.datasets.get(`${project}.${dataset}`)?.tables.get(id);
      if (!rows) return missing(`Table ${project}:${dataset}.${id}`);
      const bytes = rows.reduce((sum, row) => sum + JSON.stringify(row).length, 0);
      return {
        status: 200,
        body: { numRows: String(rows.length), numBytes: String(bytes), schema: { fields: FIELDS } },
      };
    });
    rest.on('DELETE', table, ({ project = '', dataset = '', table: id = '' }) => {
      const gone = this.datasets.get(`${project}.${dataset}`)?.tables.delete(id) ?? false;
      return gone ? { status: 204 } : missing(`Table ${project}:${dataset}.${id}`);
    });
    rest.on('GET', `${table}/data`, ({ project = '', dataset = '', table: id = '' }, { query }) => {
      const rows = this.datasets.get(`${project}.${dataset}`)?.tables.get(id);
      if (!rows) return missing(`Table ${project}:${dataset}.${id}`);
      const micros = query.get('formatOptions.useInt64Timestamp') === 'true';
      const start = Number(query.get('pageToken') ?? query.get('startIndex') ?? '0');
      const end = start + Math.min(Number(query.get('maxResults') ?? '100000'), this.pageSize);
      return {
        status: 200,
        body: {
          totalRows: String(rows.length),
          rows: rows.slice(start, end).map((row) => cells(row, micros)),
          ...(end < rows.length ? { pageToken: String(end) } : {}),
        },
      };
    });
  }

  private dataset(project: string, id: string): Answer {
    const found = this.datasets.get(`${project}.${id}`);
    if (!found) return missing(`Dataset ${project}:${id}`);
    const { location, labels } = found;
    return {
      status: 200,
      body: { datasetReference: { projectId: project, datasetId: id }, location, labels },
    };
  }
}

/** Cells in the order of the schema, texts all of them. */
function cells(row: Row, micros: boolean): object {
  const time = micros ? String(row.logging_time) : String(row.logging_time / 1e6);
  const list = (values: readonly string[]): object[] => values.map((v) => ({ v }));
  return {
    f: [
      { v: row.endpoint },
      { v: row.deployed_model_id },
      { v: time },
      { v: row.request_id },
      { v: list(row.request_payload) },
      { v: list(row.response_payload) },
    ],
  };
}

const refused = (status: number, reason: string, message: string): Answer => ({
  status,
  body: { error: { code: status, message, errors: [{ reason, message }] } },
});
const missing = (what: string): Answer => refused(404, 'notFound', `Not found: ${what}`);

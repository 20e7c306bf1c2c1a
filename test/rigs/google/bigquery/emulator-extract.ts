import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** What an export asks for, as far as it is read. */
export interface Extract {
  readonly sourceTable: { readonly projectId: string; readonly datasetId: string; readonly tableId: string };
  readonly destinationUris: readonly string[];
  readonly destinationFormat?: string;
}
interface Table {
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type: string }[] };
}
interface Rows {
  readonly rows?: readonly { readonly f: readonly { readonly v: string | null }[] }[];
}

const TYPES: Readonly<Record<string, string>> = {
  INTEGER: 'BIGINT',
  FLOAT: 'DOUBLE',
  NUMERIC: 'DECIMAL(38, 9)',
  STRING: 'VARCHAR',
  BOOLEAN: 'BOOLEAN',
  DATE: 'DATE',
};

async function json<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as T;
}

/** bigquery-emulator writes no Parquet: the rows that it holds are written by DuckDB, as one file, into the stand-in for Cloud Storage. */
export async function extractParquet(target: string, storage: string, extract: Extract): Promise<number> {
  const { projectId, datasetId, tableId } = extract.sourceTable;
  const at = `${target}/bigquery/v2/projects/${projectId}/datasets/${datasetId}/tables/${tableId}`;
  const { schema } = await json<Table>(at);
  const { rows = [] } = await json<Rows>(`${at}/data`);
  const columns = schema.fields.map(({ name, type }) => {
    const made = TYPES[type];
    if (made === undefined) throw new Error(`The stand-in exports no ${type} (${name}).`);
    return { name, type: made };
  });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-extract-'));
  try {
    const [lines, file] = [path.join(folder, 'rows.jsonl'), path.join(folder, 'rows.parquet')];
    const records = rows.map(({ f }) =>
      JSON.stringify(Object.fromEntries(columns.map(({ name }, k) => [name, f[k]?.v ?? null]))),
    );
    fs.writeFileSync(lines, records.map((one) => `${one}\n`).join(''));
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    const types = columns.map(({ name, type }) => `'${name}': '${type}'`).join(', ');
    await connection.run(
      `COPY (FROM read_json('${lines}', format = 'newline_delimited', columns = {${types}})) TO '${file}' (FORMAT parquet)`,
    );
    connection.closeSync();
    instance.closeSync();
    for (const uri of extract.destinationUris) {
      const { hostname: bucket, pathname } = new URL(uri);
      const name = pathname.slice(1).replace('*', '000000000000');
      const put = `${storage}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(name)}`;
      const answer = await fetch(put, { method: 'POST', body: fs.readFileSync(file) });
      if (!answer.ok) throw new Error(await answer.text());
    }
    return extract.destinationUris.length;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

import { statSync } from 'node:fs';
import { quoteIdentifier, quoteLiteral } from './sql';

/** A DuckDB relation over capture files, one row per captured row: `id`, `time` (UTC), `version`, `input` and `prediction` (as `inputType` says; text). */
export function capturedRelation(
  files: readonly string[],
  inputType: string,
  options: { readonly since?: string | undefined; readonly version?: number | undefined } = {},
): string {
  const columns = [
    "id: 'VARCHAR'",
    "time: 'VARCHAR'",
    "version: 'BIGINT'",
    `input: ${quoteLiteral(inputType)}`,
    "prediction: 'STRUCT(prediction VARCHAR)'",
  ].join(', ');
  const list = `[${files.map(quoteLiteral).join(', ')}]`;
  // A line that is still being written is no JSON yet: it is passed over here and read the next time.
  const read = `read_json(${list}, format = 'newline_delimited', columns = {${columns}}, ignore_errors = true, maximum_object_size = ${longestLine(files)})`;
  const conditions = ['input IS NOT NULL'];
  if (options.since !== undefined) {
    conditions.push(
      `TRY_CAST("time" AS TIMESTAMP) >= CAST(${quoteLiteral(utc(options.since))} AS TIMESTAMP)`,
    );
  }
  const version = options.version === undefined ? 'TRUE' : `version = ${Math.trunc(options.version)}`;
  return `SELECT id, "time", version, input,
    CASE WHEN ${version} THEN prediction.prediction END AS prediction FROM ${read} WHERE ${conditions.join(' AND ')}`;
}

/** One row per captured line, failed requests among them: `id`, `moment` (UTC), `ms`, `failed` (the whole request), `wrong` (this row). */
export function captureLines(files: readonly string[], since: string | undefined): string {
  const columns = `id: 'VARCHAR', time: 'VARCHAR', latencyMs: 'DOUBLE', error: 'JSON', prediction: 'STRUCT(error JSON)'`;
  const list = `[${files.map(quoteLiteral).join(', ')}]`;
  const at = 'TRY_CAST("time" AS TIMESTAMP)';
  const window = since === undefined ? '' : ` AND ${at} >= CAST(${quoteLiteral(utc(since))} AS TIMESTAMP)`;
  return `SELECT coalesce(id, "time") AS id, ${at} AS moment, latencyMs AS ms, ${present('error')} AS failed, ${present('prediction.error')} AS wrong
    FROM read_json(${list}, format = 'newline_delimited', columns = {${columns}}, ignore_errors = true, maximum_object_size = ${longestLine(files)})
    WHERE "time" IS NOT NULL${window}`;
}

const MOST_LINE_BYTES = 64 * 2 ** 20;
const LEAST_LINE_BYTES = 2 ** 20;

/**
 * No line is longer than its file; a file that is being written may double meanwhile. DuckDB's reader takes twice as much
 * memory for each thread, so no more is asked for than there can be.
 */
function longestLine(files: readonly string[]): number {
  const largest = Math.max(0, ...files.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0));
  return Math.min(MOST_LINE_BYTES, Math.max(LEAST_LINE_BYTES, 2 * largest));
}

const present = (json: string): string => `coalesce(CAST(${json} AS VARCHAR) <> 'null', FALSE)`;

/** The type of a captured input that holds these columns, each as text. */
export function inputStruct(columns: readonly string[]): string {
  return columns.length === 0
    ? 'JSON'
    : `STRUCT(${columns.map((name) => `${quoteIdentifier(name)} VARCHAR`).join(', ')})`;
}

/** DuckDB's TIMESTAMP knows no zone: the moment is written in UTC. */
function utc(iso: string): string {
  return new Date(iso).toISOString();
}

import { UserError } from '../core/errors';
import type { Cell, Column, Dialect } from '../core/table';
import { columnNames } from './csv';
import { decode, detectEncoding } from './encoding';
import type { Description, FirstRows, Format, Prefix } from './format';
import { inferType, PLAIN, readCell } from './infer';
import { structLiteral } from './text';
import { column } from './types';

type JsonRecord = Readonly<Record<string, unknown>>;

/** The object on a line of JSONL, or undefined when the line holds none. */
export function parseLine(line: string): JsonRecord | undefined {
  try {
    const value: unknown = /\d{16}/.test(line) ? JSON.parse(line, exactInteger) : JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonRecord)
      : undefined;
  } catch {
    return undefined;
  }
}

function exactInteger(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !Number.isInteger(value)) return value;
  return context?.source !== undefined && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value;
}

/** A value as JSON; whole numbers beyond 2^53 as their digits in quotes. */
function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}

/** A JSON value as the text that {@link inferType} and a VARCHAR column see; '' is missing. */
function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'string' ? value : toJson(value);
}

function typeOf(values: readonly unknown[]): string {
  const present = values.filter((value) => value !== null && value !== undefined);
  if (present.some((value) => typeof value === 'object')) return 'JSON';
  const kinds = new Set(present.map((value) => (typeof value === 'bigint' ? 'number' : typeof value)));
  if (kinds.size !== 1) return 'VARCHAR';
  if (kinds.has('boolean')) return 'BOOLEAN';
  if (kinds.has('number')) return inferType(present.map(asText), PLAIN) ?? 'DOUBLE';
  const texts = inferType(present.map(asText), PLAIN);
  return texts === 'DATE' || texts === 'TIMESTAMP' ? texts : 'VARCHAR';
}

/** The columns of parsed lines: every key that occurs, in the order of its first appearance. */
export function jsonColumns(lines: readonly JsonRecord[]): Column[] {
  const keys = [...new Set(lines.flatMap((line) => Object.keys(line)))];
  return keyColumns(keys, (key) => typeOf(lines.map((line) => line[key])));
}

/** A column for each key; a key that no column can be named with keeps its place under another name. */
export function keyColumns(keys: readonly string[], sqlType: (key: string) => string): Column[] {
  const names = columnNames(keys, keys.length);
  return keys.map((key, index) => {
    const name = names[index] ?? key;
    return { ...column(name, sqlType(key)), ...(name === key ? {} : { key }) };
  });
}

/** The column's key in the lines. */
export const keyOf = (one: Pick<Column, 'name' | 'key'>): string => one.key ?? one.name;

/** Cells of one line in the order of the columns. */
export function jsonRow(line: JsonRecord, columns: readonly Column[]): Cell[] {
  return columns.map((one) => {
    const { sqlType } = one;
    const key = keyOf(one);
    const value = Object.hasOwn(line, key) ? line[key] : undefined;
    if (value === null || value === undefined) return null;
    if (typeof value === 'object') return toJson(value);
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'string') return sqlType === 'VARCHAR' ? value : readCell(value, sqlType, PLAIN);
    return sqlType === 'VARCHAR' || sqlType === 'JSON' ? JSON.stringify(value) : (value as number | boolean);
  });
}

function* lines(prefix: Prefix, encoding: string): Generator<{ line: string; end: number }> {
  const text = decode(prefix, encoding);
  let at = 0;
  while (at < text.length) {
    const next = text.indexOf('\n', at);
    if (next < 0 && prefix.bytes.length < prefix.size) return;
    const end = next < 0 ? text.length : next + 1;
    const line = text.slice(at, end).trim();
    if (line !== '') yield { line, end };
    at = end;
  }
}

function describe(prefix: Prefix, given: Partial<Dialect>): Description {
  const encoding = given.encoding ?? detectEncoding(prefix).label;
  const dialect: Dialect = { encoding, delimiter: '', quote: '', header: false, skip: 0, decimal: '.' };
  const parsed: JsonRecord[] = [];
  let seen = 0;
  for (const { line } of lines(prefix, encoding)) {
    const record = parseLine(line);
    seen += 1;
    if (record) parsed.push(record);
  }
  if (seen > 0 && parsed.length === 0) {
    throw new UserError('invalid', `${prefix.name} holds no line that is a JSON object.`, {
      fix: 'A JSONL file has one object {…} per line.',
    });
  }
  return { dialect, columns: jsonColumns(parsed), padded: false, undecided: new Set() };
}

function first(prefix: Prefix, { dialect, columns }: Description, limit: number): FirstRows {
  const rows: Cell[][] = [];
  let used = 0;
  let more = false;
  for (const { line, end } of lines(prefix, dialect?.encoding ?? 'utf-8')) {
    if (rows.length === limit) {
      more = true;
      break;
    }
    const record = parseLine(line);
    if (record) rows.push(jsonRow(record, columns ?? []));
    used = end;
  }
  const complete = prefix.bytes.length >= prefix.size && !more;
  const estimate = complete || used === 0 ? rows.length : Math.round((prefix.size * rows.length) / used);
  return { rows, estimate, complete };
}

/** One JSON object per line. */
export const jsonl: Format = {
  id: 'jsonl',
  endings: ['.jsonl', '.ndjson'],
  recognises: ({ bytes }) => {
    const start = bytes.subarray(0, 65536).toString('utf8').trimStart();
    const end = start.indexOf('\n');
    return start.startsWith('{') && parseLine(end < 0 ? start : start.slice(0, end)) !== undefined;
  },
  describe,
  first,
  whole(prefix, { dialect }) {
    const text = decode(prefix, dialect?.encoding ?? 'utf-8');
    return prefix.bytes.length >= prefix.size ? text : text.slice(0, text.lastIndexOf('\n') + 1);
  },
  select({ columns }) {
    if (!columns || columns.length === 0) return 'SELECT NULL AS "empty" WHERE false';
    return `SELECT * FROM ${readJsonLines('{path}', columns)}`;
  },
};

/** Every line as a row, each column by its key; a line that is no JSON object fails. */
export function readJsonLines(path: string, columns: readonly Column[]): string {
  return `read_json(${path}, format='newline_delimited', records=true, auto_detect=false, columns=${structLiteral(columns)}, maximum_object_size=33554432)`;
}

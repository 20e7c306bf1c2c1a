import type { QueryResult } from '../../src/protocol';
import { plural } from '../shared/format';

/** `1.2 s`, `45 ms`. */
export function timeText(ms: number): string {
  if (ms < 1000) return `${Math.max(1, Math.round(ms))} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

/** What came out, in one line. */
export function resultText({ rows, columns, ms, rejected, note }: QueryResult): string {
  const left = rejected > 0 ? ` · ${plural(rejected, 'record')} of the files could not be read` : '';
  return `${plural(rows, 'row')}, ${plural(columns.length, 'column')} · ${timeText(ms)}${left}${note === undefined ? '' : ` · ${note}`}`;
}

/** One query of the session. */
export interface Past {
  readonly sql: string;
  /** Undefined: it failed. */
  readonly rows?: number;
}
const KEPT = 50;

/** The newest first; the same text stands in it once. */
export function withPast(history: readonly Past[], one: Past): Past[] {
  return [one, ...history.filter(({ sql }) => sql.trim() !== one.sql.trim())].slice(0, KEPT);
}

/** A query on one line, for a list. */
export function briefSql(sql: string): string {
  const line = sql
    .replace(/^\s*--.*$/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

import { decode, detectEncoding } from './encoding';
import type { ContainerPage } from './container-page';
import type { Prefix } from './format';
import { splitRecords } from './json-records';
import { jsonl } from './jsonl';

/** `tables`: when it is sure already which there are. */
export type JsonPage = Omit<ContainerPage, 'tables' | 'table'> & Partial<Pick<ContainerPage, 'tables'>>;

/** The first rows of a JSON table, as far as its beginning holds them; undefined when only the engine can tell. */
export function jsonPage(prefix: Prefix, table: string | undefined, limit: number): JsonPage | undefined {
  const splitter = splitRecords(table);
  let lines: Buffer;
  let whole = prefix.bytes.length >= prefix.size;
  try {
    lines = splitter.push(Buffer.from(decode(prefix, detectEncoding(prefix).label)));
    if (whole) splitter.end();
  } catch {
    return undefined;
  }
  const chosen = splitter.chosen();
  if (chosen === undefined || (lines.length === 0 && !whole)) return undefined;
  whole &&= lines.length > 0;
  // Of an array that goes on, the last line may be cut.
  const read: Prefix = {
    bytes: lines,
    size: whole ? lines.length : Math.max(lines.length + 1, prefix.size),
    name: prefix.name,
  };
  try {
    const description = jsonl.describe(read, {});
    const first = jsonl.first(read, description, limit);
    if (!first) return undefined;
    return {
      columns: description.columns ?? [],
      rows: first.rows,
      estimate: first.estimate,
      complete: first.complete,
      ...(chosen === '' ? { tables: [] } : {}),
    };
  } catch {
    return undefined;
  }
}

import { inferType, PLAIN } from './infer';
import { literal } from './text';

/** A column that the names of folders hold: `year=2024/month=01` (Hive's layout). */
export interface Partition {
  readonly name: string;
  /** DuckDB's: VARCHAR, BIGINT or DATE. */
  readonly sqlType: string;
}

/** What Hive and Spark write for a missing value. */
const MISSING = '__HIVE_DEFAULT_PARTITION__';

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What the folders in a file's name say, by key from the outermost on; null is missing. */
export function partitionValues(name: string): ReadonlyMap<string, string | null> {
  const values = new Map<string, string | null>();
  for (const part of name.split('/').slice(0, -1)) {
    const at = part.indexOf('=');
    if (at < 1) continue;
    const value = part.slice(at + 1);
    values.set(part.slice(0, at), value === MISSING || value === '' ? null : decoded(value));
  }
  return values;
}

/** Numbers of two digits (months, days, hours) are numbers; any other leading zero is kept, as in a text file. */
const PADDED = /^\d{2}$/;

/** The columns of these keys; each type holds all of its values. */
export function partitionTypes(
  keys: readonly string[],
  values: Iterable<ReadonlyMap<string, string | null>>,
): Partition[] {
  const seen = new Map(keys.map((key) => [key, new Set<string>()]));
  for (const one of values) for (const [key, value] of one) if (value !== null) seen.get(key)?.add(value);
  return keys.map((name) => {
    const texts = [...(seen.get(name) ?? [])];
    if (texts.length > 0 && texts.every((one) => PADDED.test(one))) return { name, sqlType: 'BIGINT' };
    const type = inferType(texts, PLAIN);
    return { name, sqlType: type === 'BIGINT' || type === 'DATE' ? type : 'VARCHAR' };
  });
}

/** A value as a text table of that type holds it; '' is missing. */
export function partitionText(value: string | null | undefined, { sqlType }: Partition): string {
  if (value === null || value === undefined) return '';
  return sqlType === 'BIGINT' ? String(BigInt(value)) : value;
}

/** The same as SQL over a file's path; `from` is the number of characters before the part of it that counts. */
export function partitionSql({ name, sqlType }: Partition, path: string, from: number): string {
  const key = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const value = `url_decode(regexp_extract(substr(${path}, ${from + 1}), ${literal(`(^|[\\\\/])${key}=([^\\\\/]*)[\\\\/]`)}, 2))`;
  return `nullif(nullif(${value}, ''), ${literal(MISSING)})::${sqlType}`;
}

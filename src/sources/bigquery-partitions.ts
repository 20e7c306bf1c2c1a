import { UserError } from '../core/errors';
import type { SourceTable } from '../core/source';
import { type SourceAddress, sourceUri } from '../core/source-uri';
import type { Column } from '../core/table';

type Partition = NonNullable<SourceTable['partition']>;
type Span = Extract<Partition['by'], string>;

/** Digits of a partition's id for each length of time. */
const DIGITS: Readonly<Record<Span, number>> = { YEAR: 4, MONTH: 6, DAY: 8, HOUR: 10 };

/** `$20240131` as conditions on the column by which the table is divided, with constants, so that only that partition is read. */
export function partitionSql(
  address: SourceAddress,
  { columns, partition }: Pick<SourceTable, 'columns' | 'partition'>,
  quote: (name: string) => string,
): string[] {
  const id = /\$(.*)$/.exec(address.table)?.[1];
  if (id === undefined) return [];
  const found = partition && conditionOf(id, partition, columns, quote);
  if (found !== undefined) return [found];
  throw new UserError('unsupported', `No query can say “the partition ${id}” of ${sourceUri(address)}.`, {
    fix: 'Look at its rows, which needs no query, or open the table itself and filter by its partitioning column.',
  });
}

function conditionOf(
  id: string,
  { column, by }: Partition,
  columns: readonly Column[],
  quote: (name: string) => string,
): string | undefined {
  const isIngested = column === '_PARTITIONTIME';
  const name = isIngested ? column : quote(column);
  if (id === '__NULL__') return `${name} IS NULL`;
  if (typeof by === 'object') {
    const start = /^-?\d+$/.test(id) ? BigInt(id) : undefined;
    if (start !== undefined) return `${name} >= ${start} AND ${name} < ${start + BigInt(by.interval)}`;
    return id === '__UNPARTITIONED__' ? `(${name} < ${by.start} OR ${name} >= ${by.end})` : undefined;
  }
  // What still lies in the streaming buffer has no ingestion time.
  if (id === '__UNPARTITIONED__') return isIngested ? `${name} IS NULL` : undefined;
  const [low, high] = by === undefined ? [] : momentsOf(id, by);
  if (low === undefined || high === undefined) return undefined;
  const sqlType = isIngested ? 'TIMESTAMP' : columns.find((one) => one.name === column)?.sqlType;
  const said = (moment: Date): string | undefined => {
    const text = moment.toISOString();
    if (sqlType === 'DATE') return `DATE "${text.slice(0, 10)}"`;
    if (sqlType === 'DATETIME') return `DATETIME "${text.slice(0, 19).replace('T', ' ')}"`;
    return sqlType === 'TIMESTAMP' ? `TIMESTAMP "${text.slice(0, 19).replace('T', ' ')}+00"` : undefined;
  };
  const [from, to] = [said(low), said(high)];
  return from === undefined || to === undefined ? undefined : `${name} >= ${from} AND ${name} < ${to}`;
}

/** From when until when (exclusive, UTC) a partition by time goes. */
function momentsOf(id: string, by: Span): [Date, Date] | [] {
  if (!/^\d+$/.test(id) || id.length !== DIGITS[by]) return [];
  const part = (from: number, to: number, none: number): number =>
    id.length < to ? none : Number(id.slice(from, to));
  const [year, month, day, hour] = [part(0, 4, 1), part(4, 6, 1), part(6, 8, 1), part(8, 10, 0)];
  const at = (k: number): Date => {
    const of = (one: Span): number => (one === by ? k : 0);
    const date = new Date(0);
    date.setUTCFullYear(year + of('YEAR'), month - 1 + of('MONTH'), day + of('DAY'));
    date.setUTCHours(hour + of('HOUR'));
    return date;
  };
  const low = at(0);
  // "20240230" is no day.
  if (!low.toISOString().replace(/\D/g, '').startsWith(id)) return [];
  return [low, at(1)];
}

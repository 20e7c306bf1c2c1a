import type { Cell, Column, ColumnProfile, Histogram } from '../core/table';
import type { Session } from './duckdb';
import type { ValueCounts } from './tally';

const TOP = 10;
/** The quantiles of a profile. */
export const QUANTILES: readonly number[] = [0.05, 0.25, 0.5, 0.75, 0.95];
export const BINS = 20;

/** Something whose values are counted: SQL over the rows. */
export interface ValueKey {
  readonly sql: string;
  readonly sqlType: string;
}

/** How often each value of each key occurs; NULL is counted like a value. */
export interface Counts {
  /** A temporary table of g (the key's place), a column for each type of key, and n (rows). */
  readonly table: string;
  /** SELECT g, v, n of these keys, which all have one type. */
  of(places: readonly number[]): string;
  /** The places of these keys by their types. */
  byType(places: readonly number[]): number[][];
  drop(): Promise<void>;
}

let made = 0;

/** Counts the values of all keys in one pass over `from`. */
export async function countValues(
  session: Session,
  from: string,
  keys: readonly ValueKey[],
  signal?: AbortSignal,
): Promise<Counts> {
  const table = `value_counts_${made++}`;
  const types = typesOf(keys);
  const names = keys.map((_, place) => `k${place}`);
  const set = names.map((name, place) => `WHEN grouping(${name}) = 0 THEN ${place}`).join(' ');
  // A row of the outcome belongs to one key, and all others are NULL in it.
  const values = types.map((type, at) => {
    // A Parquet column of JSON is read as its text, but stays JSON beside texts, which it then takes for JSON, too.
    const cast = (name: string): string => (type === 'VARCHAR' ? `CAST(${name} AS VARCHAR)` : name);
    const same = names.filter((_, place) => keys[place]?.sqlType === type).map(cast);
    return `${same.length === 1 ? same.join('') : `coalesce(${same.join(', ')})`} AS t${at}`;
  });
  await session.run(
    `CREATE TEMP TABLE ${table} AS
     SELECT (CASE ${set} END)::USMALLINT AS g, ${values.join(', ')}, count(*) AS n
     FROM (SELECT ${keys.map(({ sql }, place) => `${sql} AS k${place}`).join(', ')} FROM ${from})
     GROUP BY GROUPING SETS (${names.map((name) => `(${name})`).join(', ')})`,
    signal,
  );
  return countsIn(session, table, keys);
}

/** The same of what was counted before. */
export async function holdCounts(
  session: Session,
  counted: readonly ValueCounts[],
  signal?: AbortSignal,
): Promise<Counts> {
  const table = `value_counts_${made++}`;
  const types = typesOf(counted);
  await session.run(
    `CREATE TEMP TABLE ${table} (g USMALLINT, ${types.map((type, at) => `t${at} ${type}, `).join('')}n BIGINT)`,
    signal,
  );
  const counts = countsIn(session, table, counted);
  try {
    for (const [place, { sqlType, values, rows }] of counted.entries()) {
      const columns = types.map((type) => (type === sqlType ? values : values.map(() => null)));
      await session.append(table, [rows.map(() => place), ...columns, rows.map(BigInt)], signal);
    }
  } catch (error) {
    await counts.drop();
    throw error;
  }
  return counts;
}

const typesOf = (keys: readonly Pick<ValueKey, 'sqlType'>[]): string[] => [
  ...new Set(keys.map(({ sqlType }) => sqlType)),
];

function countsIn(session: Session, table: string, keys: readonly Pick<ValueKey, 'sqlType'>[]): Counts {
  const types = typesOf(keys);
  const columnOf = (place: number): number => types.indexOf(keys[place]?.sqlType ?? '');
  return {
    table,
    of: (places) =>
      `SELECT g, t${columnOf(places[0] ?? 0)} AS v, n FROM ${table} WHERE g IN (${places.join(', ')})`,
    byType: (places) => [...grouped(places, (place) => columnOf(place)).values()],
    drop: () => session.run(`DROP TABLE IF EXISTS ${table}`),
  };
}

/** What the counts say of a column without looking into its values. */
export interface Summary extends Pick<ColumnProfile, 'missing' | 'distinct' | 'min' | 'max' | 'top'> {
  /** Values that occur once, and twice: how many others there are where these are of a sample (Chao 1984). */
  readonly once: number;
  readonly twice: number;
}

/** Summaries of the keys, which are values of columns with these types, by their places. */
export async function summaries(
  session: Session,
  counts: Counts,
  columns: ReadonlyMap<number, Pick<Column, 'sqlType'>>,
  signal?: AbortSignal,
): Promise<Map<number, Summary>> {
  const found = new Map<number, Summary>();
  for (const places of counts.byType([...columns.keys()])) {
    const { sqlType = '' } = columns.get(places[0] ?? 0) ?? {};
    const ends = canBeInfinite(sqlType) ? ' FILTER (WHERE isfinite(v))' : '';
    const facts = await session.all(
      `SELECT g, coalesce(sum(n) FILTER (WHERE v IS NULL), 0), count(v), count(v) FILTER (WHERE n = 1),
              count(v) FILTER (WHERE n = 2), min(v)${ends}, max(v)${ends}
       FROM (${counts.of(places)}) GROUP BY g`,
      signal,
    );
    const tops = await topValues(session, counts, places, signal);
    for (const [place, missing, distinct, once, twice, min = null, max = null] of facts.rows) {
      found.set(Number(place), {
        missing: Number(missing),
        distinct: Number(distinct),
        once: Number(once),
        twice: Number(twice),
        min: unsigned(min),
        max: unsigned(max),
        top: tops.get(Number(place)) ?? [],
      });
    }
  }
  return found;
}

/** -0 is counted together with 0: which of them is met first depends on the threads. */
const unsigned = <T extends Cell>(value: T): T | 0 => (value === 0 ? 0 : value);

/** The most frequent values of keys of one type, equal counts in the order of the values. */
async function topValues(
  session: Session,
  counts: Counts,
  places: readonly number[],
  signal?: AbortSignal,
): Promise<Map<number, { value: Cell; count: number }[]>> {
  const { rows } = await session.all(
    `SELECT g, unnest(arg_min(v, (-n, v), ${TOP})), unnest(arg_min(n, (-n, v), ${TOP}))
     FROM (${counts.of(places)}) WHERE v IS NOT NULL GROUP BY g`,
    signal,
  );
  const lists = [...grouped(rows, ([place]) => Number(place))].map(([place, list]) => {
    const top = list.map(([, value = null, count]) => ({ value: unsigned(value), count: Number(count) }));
    return [place, top.sort((one, other) => other.count - one.count)] as const;
  });
  return new Map(lists);
}

/** Floating point, dates and moments can be infinite: neither smallest nor largest, and in no bin. */
export function canBeInfinite(sqlType: string): boolean {
  return /^(DOUBLE|FLOAT|DATE|TIMESTAMP)/.test(sqlType);
}

/** A number or date as DOUBLE (milliseconds since 1970), NULL where there is none or it is infinite. */
export function axis(value: string, { type, sqlType }: Pick<Column, 'type' | 'sqlType'>): string {
  const dated = type === 'date' || type === 'datetime';
  const number = dated ? `epoch_ms(${value}::TIMESTAMP)::DOUBLE` : `${value}::DOUBLE`;
  return canBeInfinite(sqlType) ? `CASE WHEN isfinite(${value}) THEN ${number} END` : number;
}

export function isMeasured({ type }: Pick<Column, 'type'>): boolean {
  return type === 'integer' || type === 'number' || type === 'date' || type === 'datetime';
}

export type Shape = Pick<ColumnProfile, 'mean' | 'sd' | 'quantiles' | 'histogram'>;

/** Moments, quantiles and histogram of the keys that are numbers or dates, from the counts of their values. */
export async function shapes(
  session: Session,
  counts: Counts,
  columns: ReadonlyMap<number, Pick<Column, 'type' | 'sqlType'>>,
  signal?: AbortSignal,
): Promise<Map<number, Shape>> {
  const measured = [...columns].filter(([, column]) => isMeasured(column)).map(([place]) => place);
  const found = new Map<number, Shape>();
  if (measured.length === 0) return found;
  const parts = counts.byType(measured).map((places) => {
    const column = columns.get(places[0] ?? 0) ?? { type: 'number', sqlType: 'DOUBLE' };
    return `SELECT g, ${axis('v', column)} AS x, n FROM (${counts.of(places)})`;
  });
  const points = `SELECT g, x, sum(n)::DOUBLE AS n FROM (${parts.join(' UNION ALL ')}) WHERE x IS NOT NULL GROUP BY ALL`;
  // As quantile_cont: between the two values whose ranks enclose q · (rows − 1).
  const quantile = (q: number): string => {
    const rank = (round: string): string => `min(x) FILTER (WHERE until > ${round}(${q} * (total - 1)))`;
    return `${rank('floor')} + (${rank('ceil')} - ${rank('floor')}) * (${q} * (total - 1) - floor(${q} * (total - 1)))`;
  };
  const { rows } = await session.all(
    `SELECT g, mean, sqrt(sum(n * (x - mean) * (x - mean)) / nullif(total - 1, 0)), min(x), max(x),
            to_json([${QUANTILES.map(quantile).join(', ')}])
     FROM (SELECT g, x, n, sum(n) OVER (PARTITION BY g ORDER BY x) AS until, sum(n) OVER everything AS total,
                  sum(n * x) OVER everything / total AS mean
           FROM (${points}) WINDOW everything AS (PARTITION BY g ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING))
     GROUP BY g, total, mean`,
    signal,
  );
  const grids = new Map<number, number[]>();
  for (const [place, mean = null, sd = null, low = null, high = null, quantiles = null] of rows) {
    const type = columns.get(Number(place))?.type;
    const numeric = type === 'integer' || type === 'number';
    const edges = grid(Number(unsigned(low)), Number(unsigned(high)), type === 'integer');
    if (edges) grids.set(Number(place), edges);
    found.set(Number(place), {
      mean: numeric && typeof mean === 'number' ? unsigned(mean) : null,
      sd: numeric && typeof sd === 'number' ? sd : null,
      quantiles: numeric && typeof quantiles === 'string' ? (JSON.parse(quantiles) as number[]) : [],
      histogram: null,
    });
  }
  if (grids.size === 0) return found;
  const list = [...grids].map(([place, edges]) => `(${place}, ${binWidth(edges).join(', ')})`).join(', ');
  const binned = await session.all(
    `SELECT g, ${bin('x', 'low', 'width', 'bins')} AS bin, sum(n)
     FROM (${points}) JOIN (VALUES ${list}) AS grids(place, low, width, bins) ON g = place GROUP BY g, bin`,
    signal,
  );
  for (const [place, edges] of grids) {
    const cells = binned.rows.filter(([one]) => Number(one) === place);
    const shape = found.get(place);
    if (shape) found.set(place, { ...shape, histogram: histogram(edges, cells) });
  }
  return found;
}

/** Edges of equal bins from the smallest to the largest value; null when their distance is no number. */
export function grid(low: number, high: number, whole: boolean): number[] | null {
  const bins = low === high ? 1 : whole ? Math.min(BINS, Math.floor(high - low) + 1) : BINS;
  const width = (high - low) / bins;
  if (!Number.isFinite(width)) return null;
  return Array.from({ length: bins + 1 }, (_, at) => (at === bins ? high : low + at * width));
}

/** The place of the bin of x, NULL for NULL: each holds its lower edge, the last also its upper. */
export function bin(x: string, low: string, width: string, bins: string): string {
  const edge = (place: string): string => `${low} + ${place} * ${width}`;
  const place = `least(${bins} - 1, greatest(0, floor((${x} - ${low}) / ${width})))`;
  // The quotient alone may be off by one at an edge.
  const exact = `${place} - (${x} < ${edge(place)} AND ${place} > 0)::INTEGER + (${x} >= ${edge(`(${place} + 1)`)} AND ${place} < ${bins} - 1)::INTEGER`;
  return `(CASE WHEN ${x} IS NULL THEN NULL WHEN ${width} = 0 THEN 0 ELSE ${exact} END)::UTINYINT`;
}

/** SQL of lowest edge, width and number of equal bins. */
export function binWidth(edges: readonly number[]): [string, string, string] {
  const [low = 0] = edges;
  const bins = edges.length - 1;
  return [double(low), double(((edges.at(-1) ?? low) - low) / bins), String(bins)];
}

/** `cells`: rows of which the last two cells are the place of a bin and its count. */
export function histogram(edges: readonly number[], cells: readonly (readonly Cell[])[]): Histogram {
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (const cell of cells) counts[Number(cell.at(-2))] = Number(cell.at(-1));
  return { edges, counts };
}

export function double(value: number): string {
  return `'${value}'::DOUBLE`;
}

/** The items by a number of each, in their order. */
export function grouped<T>(items: readonly T[], by: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(by(item));
    if (group) group.push(item);
    else groups.set(by(item), [item]);
  }
  return groups;
}

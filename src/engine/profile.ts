import type { Cell, Column, ColumnProfile, Histogram, Profile } from '../core/table';
import { literal } from '../formats/text';
import type { Session } from './duckdb';
import type { Opened } from './opened';
import { tableSql } from './pages';
import { quoteIdentifier } from './sql';
import { writtenNumbers } from './written-numbers';

const BINS = 20;
const TOP = 10;
/** Up to so many different values a column's count of them is exact. */
const EXACT_DISTINCT = 50_000;
/** Up to so many rows everything is exact. */
const EXACT_ROWS = 200_000;
const IN_MEMORY_BYTES = 64 * 2 ** 20;
const QUANTILES = '[0.05, 0.25, 0.5, 0.75, 0.95]';
const DATE_FORMATS = [
  '%m/%d/%Y',
  '%d/%m/%Y',
  '%m/%d/%y',
  '%d/%m/%y',
  '%d.%m.%Y',
  '%Y/%m/%d',
  '%Y%m%d',
  '%m/%d/%Y %H:%M',
  '%m/%d/%y %H:%M',
  '%d/%m/%Y %H:%M',
  '%b %d %Y',
  '%d %b %Y',
  '%B %d, %Y',
];

export interface ProfileOptions {
  readonly sampleRows?: number;
  tempFile(suffix: string): string;
}

const copies = new WeakMap<Opened, Promise<string>>();

/** The rows in a form that is quick to read again: a temporary table, or a Parquet file for a large one. */
async function quick(
  opened: Opened,
  sql: string,
  options: ProfileOptions,
  signal?: AbortSignal,
): Promise<string> {
  const session = await opened.session('background');
  if (options.sampleRows !== undefined) {
    await session.run(
      `CREATE OR REPLACE TEMP TABLE sample_rows AS SELECT * FROM (${sql}) LIMIT ${Math.floor(options.sampleRows)}`,
      signal,
    );
    return 'sample_rows';
  }
  if (opened.format === 'parquet') return `(${sql})`;
  let copy = copies.get(opened);
  if (!copy) {
    if (opened.bytes <= IN_MEMORY_BYTES) {
      copy = session.run(`CREATE OR REPLACE TEMP TABLE all_rows AS ${sql}`, signal).then(() => 'all_rows');
    } else {
      const file = options.tempFile('.parquet');
      copy = session
        .run(`COPY (${sql}) TO ${literal(file)} (FORMAT parquet, COMPRESSION lz4_raw)`, signal)
        .then(() => `read_parquet(${literal(file)})`);
    }
    copies.set(opened, copy);
    copy.catch(() => copies.delete(opened));
  }
  return copy;
}

/** All columns' statistics; `progress` gets the profile with the columns that are done. */
export async function profileTable(
  opened: Opened,
  options: ProfileOptions,
  signal?: AbortSignal,
  progress?: (profile: Profile) => void,
): Promise<Profile> {
  const scan = await opened.scan(signal);
  const { dialect } = opened.description;
  const rows = Math.min(scan.rows, options.sampleRows ?? Infinity);
  const columns: ColumnProfile[] = [];
  const profile = (): Profile => ({
    rows,
    exact: rows === scan.rows,
    rejects: scan.rejects,
    rejected: scan.rejected,
    dialect,
    columns: [...columns],
  });
  if (rows === 0) {
    columns.push(...scan.columns.map(emptyProfile));
    return profile();
  }
  const session = await opened.session('background');
  const from = await quick(opened, tableSql(scan), options, signal);
  for await (const column of profileColumns(session, from, scan.columns, rows, signal)) {
    columns.push(column);
    progress?.(profile());
  }
  return profile();
}

/** The columns' statistics, one after the other, over `from`: a relation that is quick to read and has this many rows. */
export async function* profileColumns(
  session: Session,
  from: string,
  columns: readonly Column[],
  rows: number,
  signal?: AbortSignal,
): AsyncGenerator<ColumnProfile> {
  for (const column of columns) {
    yield rows === 0 ? emptyProfile(column) : await profileColumn(session, from, column, rows, signal);
  }
}

function emptyProfile(column: Column): ColumnProfile {
  return {
    ...column,
    missing: 0,
    distinct: 0,
    distinctExact: true,
    min: null,
    max: null,
    mean: null,
    sd: null,
    quantiles: [],
    top: [],
    histogram: null,
  };
}

async function profileColumn(
  session: Session,
  from: string,
  column: Column,
  rows: number,
  signal?: AbortSignal,
): Promise<ColumnProfile> {
  const name = quoteIdentifier(column.name);
  const numeric = column.type === 'number' || column.type === 'integer';
  const dated = column.type === 'date' || column.type === 'datetime';
  // Lists and structs have no order or equality that a person would look for: their text has.
  const value = column.type === 'other' ? `${name}::VARCHAR` : name;
  const finite = /^(DOUBLE|FLOAT)$/.test(column.sqlType) ? ` FILTER (WHERE isfinite(${name}))` : '';
  const number = `${name}::DOUBLE`;
  const quantile = rows <= EXACT_ROWS * 5 ? 'quantile_cont' : 'approx_quantile';
  const { rows: found } = await session.all(
    `SELECT count(${name}), approx_count_distinct(${value}), min(${value})${finite}, max(${value})${finite}` +
      (numeric
        ? `, avg(${number})${finite}, stddev_samp(${number})${finite}, to_json(${quantile}(${number}, ${QUANTILES})${finite})`
        : '') +
      ` FROM ${from}`,
    signal,
  );
  const [filled, approximate, min = null, max = null, mean = null, sd = null, quantiles = null] =
    found[0] ?? [];
  const present = Number(filled);
  const few = rows <= EXACT_ROWS || Number(approximate) <= EXACT_DISTINCT;
  const { distinct, top } = few
    ? await exactTop(session, from, value, signal)
    : {
        distinct: Math.min(Number(approximate), present),
        top: await approximateTop(session, from, value, signal),
      };
  return {
    ...column,
    missing: rows - present,
    distinct,
    distinctExact: few,
    min,
    max,
    mean: asNumber(mean),
    sd: asNumber(sd),
    quantiles: typeof quantiles === 'string' ? (JSON.parse(quantiles) as number[]) : [],
    top,
    histogram: numeric || dated ? await histogramOf(session, from, column, signal) : null,
    ...(column.sqlType === 'VARCHAR'
      ? {
          ...(await textCounts(session, from, name, signal)),
          ...(await placeholders(session, from, name, signal)),
        }
      : {}),
  };
}

function asNumber(cell: Cell): number | null {
  return typeof cell === 'number' ? cell : null;
}

type Top = ColumnProfile['top'];

async function exactTop(
  session: Session,
  from: string,
  value: string,
  signal?: AbortSignal,
): Promise<{ distinct: number; top: Top }> {
  const { rows } = await session.all(
    `SELECT v, n, count(*) OVER () FROM (SELECT ${value} AS v, count(*) AS n FROM ${from} WHERE ${value} IS NOT NULL GROUP BY ALL) ORDER BY n DESC, v LIMIT ${TOP}`,
    signal,
  );
  return {
    distinct: Number(rows[0]?.[2] ?? 0),
    top: rows.map(([one = null, count]) => ({ value: one, count: Number(count) })),
  };
}

/** The likely most frequent values, each with its exact count. */
async function approximateTop(
  session: Session,
  from: string,
  value: string,
  signal?: AbortSignal,
): Promise<Top> {
  const { rows } = await session.all(
    `SELECT ${value} AS v, count(*) AS n FROM ${from}
     WHERE ${value} IN (SELECT unnest(approx_top_k(${value}, ${TOP})) FROM ${from})
     GROUP BY ALL ORDER BY n DESC, v LIMIT ${TOP}`,
    signal,
  );
  return rows.map(([one = null, count]) => ({ value: one, count: Number(count) }));
}

/** Equal bins from the smallest to the largest value; each holds its lower edge, the last also its upper. */
async function histogramOf(
  session: Session,
  from: string,
  column: Column,
  signal?: AbortSignal,
): Promise<Histogram | null> {
  const name = quoteIdentifier(column.name);
  const dated = column.type === 'date' || column.type === 'datetime';
  const x = dated ? `epoch_ms(${name}::TIMESTAMP)::DOUBLE` : `${name}::DOUBLE`;
  const values = `(SELECT ${x} AS x FROM ${from} WHERE ${name} IS NOT NULL${dated ? '' : ` AND isfinite(${x})`})`;
  const { rows } = await session.all(`SELECT min(x), max(x) FROM ${values}`, signal);
  const [low, high] = rows[0] ?? [];
  if (typeof low !== 'number' || typeof high !== 'number') return null;
  const bins =
    low === high ? 1 : column.type === 'integer' ? Math.min(BINS, Math.floor(high - low) + 1) : BINS;
  const width = (high - low) / bins;
  if (!Number.isFinite(width)) return null;
  const edges = Array.from({ length: bins + 1 }, (_, bin) => (bin === bins ? high : low + bin * width));
  const counts = new Array<number>(bins).fill(0);
  const bin =
    width === 0 ? '0' : `least(${bins - 1}, floor((x - ${double(low)}) / ${double(width)}))::INTEGER`;
  const { rows: counted } = await session.all(
    `SELECT ${bin} AS bin, count(*) FROM ${values} GROUP BY bin ORDER BY bin`,
    signal,
  );
  for (const [at, count] of counted) counts[Number(at)] = Number(count);
  return { edges, counts };
}

function double(value: number): string {
  return `'${value}'::DOUBLE`;
}

/** Cheap first look: digits around a date's separators, a month's name beside a number, or eight digits. */
const DATE_LIKE = String.raw`\s*([0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}.*|[A-Za-z]{3,9}\.? [0-9].*|[0-9]{1,2} [A-Za-z]{3,9}.*|[0-9]{8}\s*)`;
/** What people and programs write for "no value"; nothing that could as well be a category. */
const PLACEHOLDERS = [
  '',
  '.',
  '?',
  '-',
  'NA',
  'N/A',
  'n/a',
  '#N/A',
  'null',
  'NULL',
  'Null',
  'nan',
  'NaN',
  'NAN',
];
const LONGEST_PLACEHOLDER = 32;

async function placeholders(
  session: Session,
  from: string,
  name: string,
  signal?: AbortSignal,
): Promise<Pick<ColumnProfile, 'placeholders'>> {
  const bare = `trim(${name}, ${literal(' \t\r\n\v\f\u00a0')})`;
  const { rows } = await session.all(
    `SELECT v, count(*) FROM (SELECT ${bare} AS v FROM ${from} WHERE length(${name}) <= ${LONGEST_PLACEHOLDER})
     WHERE v IN (${PLACEHOLDERS.map(literal).join(', ')}) GROUP BY v ORDER BY count(*) DESC, v`,
    signal,
  );
  if (rows.length === 0) return {};
  return { placeholders: rows.map(([value, count]) => ({ value: String(value), count: Number(count) })) };
}

const NUMBER_LIKE = String.raw`^\s*[-+.,0-9]`;
/** 00501: a number would lose the zeros, so such a column holds codes. */
const CODE_LIKE = String.raw`^\s*[-+]?0[0-9]+\s*$`;

async function textCounts(
  session: Session,
  from: string,
  name: string,
  signal?: AbortSignal,
): Promise<
  Pick<
    ColumnProfile,
    'numericText' | 'numericSigns' | 'numericThousands' | 'dateText' | 'dateFormat' | 'dateTime'
  >
> {
  const values = `(SELECT ${name} AS v FROM ${from} WHERE ${name} IS NOT NULL)`;
  const dateLike = `length(v) <= 40 AND regexp_full_match(v, ${literal(DATE_LIKE)})`;
  const { rows } = await session.all(
    `SELECT count(*) FILTER (WHERE CASE WHEN regexp_matches(v, ${literal(NUMBER_LIKE)}) THEN TRY_CAST(v AS DOUBLE) IS NOT NULL ELSE false END),
            count(*) FILTER (WHERE ${dateLike}),
            count(*) FILTER (WHERE regexp_matches(v, ${literal(CODE_LIKE)})), count(*) FROM ${values}`,
    signal,
  );
  const [plain = 0, likely = 0, codes = 0, present = 0] = (rows[0] ?? []).map(Number);
  const written = codes > 0 || plain === present ? undefined : await writtenNumbers(session, values, signal);
  const numeric =
    written && (written.numericText ?? 0) > plain ? written : { numericText: codes > 0 ? 0 : plain };
  if (likely === 0) return { ...numeric, dateText: 0 };
  // Each format costs microseconds per cell, so a sample decides which are tried on all.
  const parses = [
    { sql: 'TRY_CAST(v AS TIMESTAMP)', format: undefined },
    ...DATE_FORMATS.map((format) => ({ sql: `try_strptime(trim(v), ${literal(format)})`, format })),
  ];
  const sample = await session.all(
    `SELECT ${parses.map(({ sql }) => `count(${sql})`).join(', ')} FROM (SELECT v FROM ${values} WHERE ${dateLike} LIMIT 1000)`,
    signal,
  );
  const useful = parses
    .map((parse, at) => ({ ...parse, hits: Number(sample.rows[0]?.[at] ?? 0) }))
    .filter(({ hits }) => hits > 0)
    .sort((one, other) => other.hits - one.hits)
    .slice(0, 2);
  if (useful.length === 0) return { ...numeric, dateText: 0 };
  const dates = await session.all(
    `SELECT ${useful
      .flatMap(({ sql }) => [
        `count(CASE WHEN ${dateLike} THEN ${sql} END)`,
        `count(*) FILTER (WHERE CASE WHEN ${dateLike} THEN CAST(${sql} AS TIME) <> TIME '00:00:00' END)`,
      ])
      .join(', ')} FROM ${values}`,
    signal,
  );
  // One step reads one format, so only the cells of the best one count.
  const [best] = useful
    .map(({ format }, at) => ({
      format,
      hits: Number(dates.rows[0]?.[2 * at] ?? 0),
      times: Number(dates.rows[0]?.[2 * at + 1] ?? 0),
    }))
    .sort((one, other) => other.hits - one.hits);
  return {
    ...numeric,
    dateText: best?.hits ?? 0,
    ...(best?.format === undefined ? {} : { dateFormat: best.format }),
    ...(best && best.times > 0 ? { dateTime: true as const } : {}),
  };
}

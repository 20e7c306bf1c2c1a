import type { ColumnProfile } from '../core/table';
import { SPACES, STAND_INS } from '../formats/stand-ins';
import { literal } from '../formats/text';
import type { Session } from './duckdb';
import { grouped, type Counts } from './profile-counts';
import {
  isWritten,
  WRITTEN_SIGNS,
  writtenAs,
  writtenNumbers,
  type Style,
  type Written,
} from './written-numbers';

export type TextFacts = Written &
  Pick<ColumnProfile, 'dateText' | 'dateFormat' | 'dateTime' | 'placeholders'>;

/** How the cells of a text column are to be read. */
export interface Reading {
  readonly numbers: Style;
  /** Of dates, as strptime takes it; undefined for what reads without being told. */
  readonly format: string | undefined;
}

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

const NUMBER_LIKE = String.raw`^\s*[-+.,0-9]`;
/** 00501: a number would lose the zeros, so such a column holds codes. */
const CODE_LIKE = String.raw`^\s*[-+]?0[0-9]+\s*$`;
/** Cheap first look: digits around a date's separators, a month's name beside a number, or eight digits. */
const DATE_LIKE = String.raw`\s*([0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}.*|[A-Za-z]{3,9}\.? [0-9].*|[0-9]{1,2} [A-Za-z]{3,9}.*|[0-9]{8}\s*)`;
const LONGEST_PLACEHOLDER = 4;
/** With the white space around it. */
const LONGEST_CELL = 32;

const isNumber = (v: string): string =>
  `CASE WHEN regexp_matches(${v}, ${literal(NUMBER_LIKE)}) THEN TRY_CAST(${v} AS DOUBLE) IS NOT NULL ELSE false END`;
const isCode = (v: string): string => `regexp_matches(${v}, ${literal(CODE_LIKE)})`;
const isDateLike = (v: string): string =>
  `length(${v}) <= 40 AND regexp_full_match(${v}, ${literal(DATE_LIKE)})`;

/** The moment that v reads as; `format` is strptime's, or undefined for what reads without being told. */
function moment(v: string, format: string | undefined): string {
  const parse =
    format === undefined ? `TRY_CAST(${v} AS TIMESTAMP)` : `try_strptime(trim(${v}), ${literal(format)})`;
  return `CASE WHEN ${isDateLike(v)} THEN ${parse} END`;
}

/** The placeholder that v is, without white space around it; else NULL. */
export function placeholder(v: string): string {
  // Trimming is dear, comparing the beginning is not: placeholders begin with white space, #, -, ., ?, N or n.
  const begins = [
    `${v} < '/'`,
    ...['?', 'N', 'n', '\u00a0'].map(
      (first) =>
        `(${v} >= ${literal(first)} AND ${v} < ${literal(String.fromCharCode(first.charCodeAt(0) + 1))})`,
    ),
  ];
  const bare = `trim(${v}, ${literal(SPACES.join(''))})`;
  const list = STAND_INS.map(literal).join(', ');
  return `CASE WHEN strlen(${v}) <= ${LONGEST_CELL} AND (strlen(${v}) <= ${LONGEST_PLACEHOLDER} OR ${begins.join(' OR ')})
    THEN CASE WHEN ${bare} IN (${list}) THEN ${bare} END END`;
}

const NUMBER = 1;
const CODE = 2;
const DATE = 4;
const TIME = 8;
/** Of the first sign; those of the others follow. */
const SIGN = 16;

/** What a cell reads as, as one number: a sum of those above. */
export function kinds(v: string, { numbers, format }: Reading): string {
  const number = numbers === 'plain' ? isNumber(v) : isWritten(v, numbers);
  const date = moment(v, format);
  const bits = [
    [NUMBER, number],
    [CODE, isCode(v)],
    [DATE, `${date} IS NOT NULL`],
    [TIME, `coalesce(CAST(${date} AS TIME) <> TIME '00:00:00', false)`],
    ...(numbers === 'plain'
      ? []
      : WRITTEN_SIGNS.map((sign, at) => [SIGN << at, `${number} AND contains(${v}, ${literal(sign)})`])),
  ];
  const sum = bits.map(([bit, holds]) => `${bit} * (${holds})::USMALLINT`).join(' + ');
  return `(CASE WHEN ${v} IS NOT NULL THEN ${sum} END)::USMALLINT`;
}

/** `cells`: how many cells have each number of {@link kinds}. */
export function fromKinds(cells: ReadonlyMap<number, number>, { numbers, format }: Reading): TextFacts {
  const having = (bit: number): number =>
    [...cells].reduce((sum, [kind, n]) => (kind & bit ? sum + n : sum), 0);
  const written =
    numbers === 'plain'
      ? { numericText: having(NUMBER) }
      : writtenAs(numbers, having(NUMBER), (at) => having(SIGN << at) > 0);
  return {
    ...(having(CODE) > 0 ? { numericText: 0 } : written),
    ...dateFacts({ format, hits: having(DATE), times: having(TIME) }),
  };
}

interface DateHits {
  readonly format: string | undefined;
  readonly hits: number;
  readonly times: number;
}

function dateFacts(best: DateHits | undefined): TextFacts {
  if (!best) return { dateText: 0 };
  return {
    dateText: best.hits,
    ...(best.format === undefined || best.hits === 0 ? {} : { dateFormat: best.format }),
    ...(best.times > 0 ? { dateTime: true as const } : {}),
  };
}

/** What the keys, which are texts, read as, and what stands for missing values among them; by their places. */
export async function textFacts(
  session: Session,
  counts: Counts,
  places: readonly number[],
  signal?: AbortSignal,
): Promise<Map<number, TextFacts>> {
  const found = new Map<number, TextFacts>();
  if (places.length === 0) return found;
  const values = `(SELECT g, v, n FROM (${counts.of(places)}) WHERE v IS NOT NULL)`;
  const cells = (condition: string): string => `coalesce(sum(n) FILTER (WHERE ${condition}), 0)`;
  const { rows } = await session.all(
    `SELECT g, ${cells(isNumber('v'))}, ${cells(isDateLike('v'))}, ${cells(isCode('v'))}, sum(n) FROM ${values} GROUP BY g`,
    signal,
  );
  for (const place of places) found.set(place, { numericText: 0, dateText: 0 });
  for (const row of rows) {
    const [place = 0, plain = 0, likely = 0, codes = 0, present = 0] = row.map(Number);
    const own = `(SELECT v, n FROM ${values} WHERE g = ${place})`;
    const written = codes > 0 || plain === present ? undefined : await writtenNumbers(session, own, signal);
    found.set(place, {
      ...(written && (written.numericText ?? 0) > plain ? written : { numericText: codes > 0 ? 0 : plain }),
      ...dateFacts(likely > 0 ? await dateText(session, own, signal) : undefined),
    });
  }
  const marks = await session.all(
    `SELECT g, ${placeholder('v')} AS mark, sum(n) AS cells FROM ${values} GROUP BY ALL HAVING mark IS NOT NULL ORDER BY cells DESC, mark`,
    signal,
  );
  for (const [place, rows_] of grouped(marks.rows, ([one]) => Number(one))) {
    const placeholders = rows_.map(([, value, count]) => ({ value: String(value), count: Number(count) }));
    found.set(place, { ...found.get(place), placeholders });
  }
  return found;
}

/** The format that reads most cells; `values` is a relation of v, which is not NULL, and n. */
async function dateText(
  session: Session,
  values: string,
  signal?: AbortSignal,
): Promise<DateHits | undefined> {
  const formats = [undefined, ...DATE_FORMATS];
  // Each format costs microseconds per value, so some of the values decide which are tried on all.
  const tried = await session.all(
    `SELECT ${formats.map((format) => `count(${moment('v', format)})`).join(', ')}
     FROM (SELECT v FROM ${values} WHERE ${isDateLike('v')} LIMIT 1000)`,
    signal,
  );
  const useful = formats
    .map((format, at) => ({ format, hits: Number(tried.rows[0]?.[at] ?? 0) }))
    .filter(({ hits }) => hits > 0)
    .sort((one, other) => other.hits - one.hits)
    .slice(0, 2);
  if (useful.length === 0) return undefined;
  const sums = useful.flatMap(({ format }) => [
    `coalesce(sum(n) FILTER (WHERE ${moment('v', format)} IS NOT NULL), 0)`,
    `coalesce(sum(n) FILTER (WHERE CAST(${moment('v', format)} AS TIME) <> TIME '00:00:00'), 0)`,
  ]);
  const { rows } = await session.all(`SELECT ${sums.join(', ')} FROM ${values}`, signal);
  // One step reads one format, so only the cells of the best one count.
  return useful
    .map(({ format }, at) => ({
      format,
      hits: Number(rows[0]?.[2 * at] ?? 0),
      times: Number(rows[0]?.[2 * at + 1] ?? 0),
    }))
    .sort((one, other) => other.hits - one.hits)[0];
}

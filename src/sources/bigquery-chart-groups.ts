import type { Cell, Column } from '../core/table';
import { fittingStep, stepLength, stepsBetween, type TimeStep } from '../core/time-steps';
import type { ChartGroup, ChartGroups } from '../protocol';
import { literal, quote, isOpaque, comparable } from './bigquery-sql';
import { binSql, finiteSql } from './bigquery-profile';

/** The most frequent values of a column that are asked for: more than can be groups of a picture. */
export const TOP = 60;

export type Role = 'x' | 'y' | 'value' | 'colour' | 'facet';

export const isDated = ({ type }: Pick<Column, 'type'>): boolean => type === 'date' || type === 'datetime';
export const isNumeric = ({ type }: Column): boolean =>
  type === 'integer' || type === 'number' || type === 'boolean';

/** A role's value as the inner query names it: as text, and as a number where it is one. */
export const textOf = (role: string): string => `${role}_v`;
export const axisOf = (role: string): string => `${role}_x`;

/** What the inner query has of a column in a role. */
export function inner(role: string, column: Column): string[] {
  const shown =
    isOpaque(column) || column.type === 'other'
      ? comparable(column)
      : column.sqlType === 'STRING'
        ? quote(column.name)
        : `CAST(${quote(column.name)} AS STRING)`;
  return [
    `${shown} AS ${textOf(role)}`,
    ...(isNumeric(column) || isDated(column) ? [`${finiteSql(column)} AS ${axisOf(role)}`] : []),
  ];
}

/** How rows are divided: the groups, and SQL of the place of a row's group (from 0, never NULL). */
export interface Divided extends ChartGroups {
  readonly place: string;
}

export const UNDIVIDED: Divided = { column: null, groups: [{ is: 'all' }], place: '0' };

/** What the first query says of a column that divides. */
export interface GroupFacts {
  readonly top: readonly { readonly value: string; readonly count: number }[];
  readonly distinct: number;
  readonly missing: number;
  readonly low: number | undefined;
  readonly high: number | undefined;
  /** Of a dated column with more steps of time than groups: those with most rows, in order of time, and how many there are. */
  readonly steps?: { readonly starts: readonly number[]; readonly distinct: number };
}

/** SELECT items of {@link GroupFacts}; `where` holds for the rows that are drawn. */
export function groupFactsSql(role: string, column: Column, where: string): string[] {
  const value = textOf(role);
  const x = axisOf(role);
  const ends =
    isNumeric(column) || isDated(column)
      ? [`MIN(IF(${where}, ${x}, NULL))`, `MAX(IF(${where}, ${x}, NULL))`]
      : ['NULL', 'NULL'];
  return [
    `APPROX_TOP_COUNT(IF(${where}, ${value}, NULL), ${TOP + 1})`,
    `APPROX_COUNT_DISTINCT(IF(${where}, ${value}, NULL))`,
    `COUNTIF(${where} AND ${value} IS NULL)`,
    ...ends,
  ];
}

export function readGroupFacts(cells: readonly Cell[]): GroupFacts {
  const [json, distinct, missing, low, high] = cells;
  const top = (
    typeof json === 'string' ? (JSON.parse(json) as { value: string | null; count: number }[]) : []
  )
    .filter((one): one is { value: string; count: number } => one.value !== null)
    .map(({ value, count }) => ({ value, count }));
  return {
    top: top.slice(0, TOP),
    distinct: top.length < TOP ? top.length : Number(distinct ?? 0),
    missing: Number(missing ?? 0),
    low: typeof low === 'number' ? low : undefined,
    high: typeof high === 'number' ? high : undefined,
  };
}

const TRUNCATED: Readonly<Record<TimeStep, string>> = {
  minute: 'MINUTE',
  hour: 'HOUR',
  day: 'DAY',
  week: 'ISOWEEK',
  month: 'MONTH',
  quarter: 'QUARTER',
  year: 'YEAR',
};

/** SQL of the beginning of the step that holds a moment, both in ms since 1970 UTC; weeks begin on Monday (ISO 8601). */
export function stepSql(ms: string, step: TimeStep): string {
  return `UNIX_MILLIS(TIMESTAMP_TRUNC(TIMESTAMP_MILLIS(CAST(FLOOR(${ms}) AS INT64)), ${TRUNCATED[step]}))`;
}

/** The beginning of the step that holds a moment. */
export function stepStart(ms: number, step: TimeStep): number {
  const date = new Date(ms);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const utc = (y: number, m: number): number => new Date(0).setUTCFullYear(y, m, 1);
  const down = (size: number): number => Math.floor(ms / size) * size;
  switch (step) {
    case 'year':
      return utc(year, 0);
    case 'quarter':
      return utc(year, month - (month % 3));
    case 'month':
      return utc(year, month);
    case 'week':
      // The first of January 1970 was a Thursday.
      return Math.floor((ms / 86_400_000 + 3) / 7) * 604_800_000 - 3 * 86_400_000;
    case 'day':
      return down(86_400_000);
    case 'hour':
      return down(3_600_000);
    case 'minute':
      return down(60_000);
  }
}

/** The beginnings of all steps from the one that holds `low` to the one that holds `high`. */
export function allSteps(low: number, high: number, step: TimeStep): number[] {
  const found: number[] = [];
  const length = stepLength(step);
  for (let from = stepStart(low, step); from <= high;) {
    found.push(from);
    // Half a step further than one is within the next, however long its months are.
    from = stepStart(from + length * 1.5, step);
  }
  return found;
}

/** About that many ranges whose edges are round: 1, 2 or 5 times a power of ten. */
export function roundEdges(low: number, high: number, wanted: number): number[] {
  if (low === high) return [low - 0.5, low + 0.5];
  const raw = (high - low) / wanted;
  const power = Math.floor(Math.log10(raw));
  const digit = [1, 2, 5].find((one) => one * 10 ** power >= raw) ?? 10;
  // A fraction as a division: 3 * 0.1 is not 0.3.
  const divisor = power < 0 ? 10 ** -power : 1;
  const unit = power < 0 ? digit : digit * 10 ** power;
  const from = Math.floor((low * divisor) / unit);
  const to = Math.floor((high * divisor) / unit) + 1;
  return Array.from({ length: to - from + 1 }, (_, k) => ((from + k) * unit) / divisor);
}

/** A query for the steps of time that have most rows, where more of them than `most` may have some; undefined where they fit. */
export function stepCountsSql(
  role: string,
  { low, high }: GroupFacts,
  { most, step }: DivideOptions,
  points: string,
): string | undefined {
  if (low === undefined || high === undefined) return undefined;
  const chosen = step ?? fittingStep(low, high, most);
  if (stepsBetween(low, high, chosen) < most) return undefined;
  const counted = `SELECT ${stepSql(axisOf(role), chosen)} AS s, COUNT(*) AS n\nFROM ${points} AND ${axisOf(role)} IS NOT NULL\nGROUP BY s`;
  return `SELECT s, COUNT(*) OVER () AS every FROM (${counted}) ORDER BY n DESC, s LIMIT ${most}`;
}

export interface DivideOptions {
  readonly most: number;
  /** Numbers with more different values are divided into about so many ranges. */
  readonly ranges?: number;
  readonly step?: TimeStep | undefined;
}

/** Divides the rows by a column: by steps of a date, ranges of a number with many values, or the most frequent values. */
export function divide(
  role: string,
  column: Column | undefined,
  facts: GroupFacts | undefined,
  { most, ranges, step }: DivideOptions,
): Divided {
  if (!column || !facts) return UNDIVIDED;
  const { top, distinct, missing, low, high } = facts;
  const rest: ChartGroup[] = missing > 0 ? [{ is: 'missing' }] : [];
  const x = axisOf(role);
  if (isDated(column) && low !== undefined && high !== undefined) {
    const chosen = step ?? fittingStep(low, high, most);
    const { starts, distinct: every } = facts.steps ?? { starts: allSteps(low, high, chosen), distinct: 0 };
    const others: ChartGroup[] =
      every > starts.length ? [{ is: 'other', values: every - starts.length }] : [];
    const cases = starts.map((from, k) => `WHEN ${stepSql(x, chosen)} = ${from} THEN ${k}`).join(' ');
    return {
      column,
      groups: [...starts.map((from): ChartGroup => ({ is: 'step', from, step: chosen })), ...others, ...rest],
      place: `CASE WHEN ${x} IS NULL THEN ${starts.length + others.length} ${cases} ELSE ${starts.length} END`,
    };
  }
  if (
    ranges !== undefined &&
    column.type !== 'boolean' &&
    isNumeric(column) &&
    distinct > most &&
    low !== undefined &&
    high !== undefined
  ) {
    const edges = roundEdges(low, high, ranges);
    const groups = edges
      .slice(0, -1)
      .map((min, k): ChartGroup => ({ is: 'range', min, max: edges[k + 1] ?? min }));
    return { column, groups: [...groups, ...rest], place: `IFNULL(${binSql(x, edges)}, ${groups.length})` };
  }
  const chosen = top.slice(0, most);
  const isText = column.type === 'text' || column.type === 'other';
  const ordered = isText
    ? chosen.toSorted((a, b) => b.count - a.count || compare(a.value, b.value))
    : chosen.toSorted((a, b) => compareTyped(a.value, b.value, column));
  const groups = ordered.map(({ value }): ChartGroup => ({ is: 'value', value: typed(value, column) }));
  const others: ChartGroup[] =
    distinct > groups.length ? [{ is: 'other', values: distinct - groups.length }] : [];
  const all = [...groups, ...others, ...rest];
  const value = textOf(role);
  const cases = ordered.map((one, k) => `WHEN ${value} = ${literal(one.value)} THEN ${k}`).join(' ');
  const missingPlace = groups.length + others.length;
  return {
    column,
    groups: all.length === 0 ? [{ is: 'all' }] : all,
    place:
      ordered.length === 0
        ? '0'
        : `CASE WHEN ${value} IS NULL THEN ${missingPlace} ${cases} ELSE ${groups.length} END`,
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const compareTyped = (a: string, b: string, column: Column): number =>
  column.type === 'boolean' ? compare(a, b) : Number(a) - Number(b);

function typed(value: string, { type }: Column): Cell {
  if (type === 'boolean') return value === 'true';
  if (type !== 'integer' && type !== 'number') return value;
  const number = Number(value);
  return Number.isFinite(number) && (type !== 'integer' || Number.isSafeInteger(number)) ? number : value;
}

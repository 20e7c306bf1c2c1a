import type { Cell, Column } from '../core/table';
import type { CheckFinding, Condition } from '../protocol';
import { count, number as numberText, valueText } from '../words';
import type { Session } from './duckdb';
import { quoteIdentifier } from './sql';

/** From this on a column is said to give the target away. */
const LEAK = 0.95;
/** A number is cut into so many bins of equally many rows. */
const BINS = 32;
/** With fewer rows for each value a column determines anything by chance. */
const ROWS_PER_VALUE = 5;
/** Values whose rows are shown, and those that are said. */
const SHOWN_VALUES = 20;
const SAID_VALUES = 3;

export interface LeakageQuestion {
  readonly column: Column;
  readonly target: Column;
  /** The target is a class, not a number. */
  readonly isClass: boolean;
}

/** A value of the column, or a range of it, and what the target is there. */
interface Group {
  readonly min: Cell;
  readonly max: Cell;
  /** The most frequent class and its rows; the least and the greatest number. */
  readonly target: Cell;
  readonly most: Cell;
  readonly rows: number;
}

/**
 * How far a column alone determines the target, from 0 to 1. Classes: Theil's uncertainty coefficient, 1 − H(Y|X) ÷ H(Y) (Theil,
 * Statistical Decomposition Analysis, 1972). Numbers: the correlation ratio η², the variance between the groups of X over all
 * variance (Fisher, Statistical Methods for Research Workers, 1925). Missing cells are a group of their own.
 */
export async function leakage(
  session: Session,
  table: string,
  question: LeakageQuestion,
  signal?: AbortSignal,
): Promise<CheckFinding[]> {
  const { column, target, isClass } = question;
  const x = quoteIdentifier(column.name);
  const y = quoteIdentifier(target.name);
  const facts = await session.all(`SELECT count(*), count(DISTINCT ${x}) FROM ${table}`, signal);
  const [rows = 0, distinct = 0] = (facts.rows[0] ?? []).map(Number);
  const isNumber = column.type === 'integer' || column.type === 'number';
  const tooMany = distinct * ROWS_PER_VALUE > rows;
  if (distinct < 2 || (tooMany && !(isNumber && rows >= BINS * ROWS_PER_VALUE))) return [];
  const isBinned = isNumber && tooMany;
  const edges = `(SELECT list_distinct(quantile_disc(CAST(${x} AS DOUBLE), [${bins().join(', ')}])) FROM ${table})`;
  // Equal values are in one bin: the number of edges that are not above it.
  const group = isBinned
    ? `CASE WHEN ${x} IS NOT NULL THEN len(list_filter(edges, lambda edge: edge <= CAST(${x} AS DOUBLE))) END`
    : x;
  const grouped = `SELECT ${group} AS g, ${x} AS x, ${isClass ? y : `CAST(${y} AS DOUBLE)`} AS y FROM ${table}${isBinned ? `, (SELECT ${edges} AS edges)` : ''}`;
  const sql = isClass
    ? `WITH pairs AS (SELECT g, y, count(*) AS n FROM (${grouped}) GROUP BY g, y),
         groups AS (SELECT g, sum(n) AS n, -sum(n * ln(n)) AS s FROM pairs GROUP BY g),
         classes AS (SELECT y, sum(n) AS n FROM pairs GROUP BY y),
         whole AS (SELECT sum(n) AS n, ln(sum(n)) - sum(n * ln(n)) / sum(n) AS h FROM classes)
       SELECT 1 - (SELECT sum(s + n * ln(n)) FROM groups) / n / h FROM whole`
    : `WITH cells AS (SELECT g, y FROM (${grouped}) WHERE isfinite(y)),
         groups AS (SELECT count(*) AS n, avg(y) AS m FROM cells GROUP BY g)
       SELECT (SELECT sum(n * pow(m - (SELECT avg(y) FROM cells), 2)) FROM groups) / (var_pop(y) * count(*)) FROM cells`;
  const measured = await session.all(sql, signal);
  const value = Number(measured.rows[0]?.[0] ?? Number.NaN);
  if (!(value >= LEAK)) return [];
  const groups = await evidence(session, grouped, { isClass, isBinned }, signal);
  return [finding(question, value, groups, isBinned ? undefined : distinct)];
}

const bins = (): number[] => Array.from({ length: BINS - 1 }, (_, k) => (k + 1) / BINS);

/** What the target is for each value or range of the column, the most frequent ones first. */
async function evidence(
  session: Session,
  grouped: string,
  { isClass, isBinned }: { isClass: boolean; isBinned: boolean },
  signal?: AbortSignal,
): Promise<Group[]> {
  const order = isBinned ? 'g' : `n DESC, g LIMIT ${SHOWN_VALUES}`;
  const sql = isClass
    ? `WITH pairs AS (SELECT g, y, count(*) AS n, min(x) AS low, max(x) AS high FROM (${grouped}) WHERE g IS NOT NULL GROUP BY g, y)
       SELECT min(low), max(high), arg_max(y, n), max(n), sum(n) AS n FROM pairs GROUP BY g ORDER BY ${order}`
    : `SELECT min(x), max(x), min(y), max(y), count(*) AS n FROM (${grouped}) WHERE g IS NOT NULL AND isfinite(y) GROUP BY g ORDER BY ${order}`;
  const found = await session.all(sql, signal);
  const groups = found.rows.map(([min = null, max = null, target = null, most = null, rows]): Group => ({
    min,
    max,
    target,
    most,
    rows: Number(rows),
  }));
  const whole = isBinned && isClass ? runs(groups) : groups;
  return whole.sort((a, b) => b.rows - a.rows);
}

/** Neighbouring ranges of which most rows have the same class are one. */
function runs(groups: readonly Group[]): Group[] {
  return groups.reduce<Group[]>((all, next) => {
    const last = all.at(-1);
    if (last?.target !== next.target) return [...all, next];
    const most = Number(last.most) + Number(next.most);
    return [...all.slice(0, -1), { ...last, max: next.max, most, rows: last.rows + next.rows }];
  }, []);
}

function finding(
  { column, target, isClass }: LeakageQuestion,
  value: number,
  groups: readonly Group[],
  distinct: number | undefined,
): CheckFinding {
  const shown = Math.min(1, Math.floor(value * 1000) / 1000);
  const isRange = distinct === undefined;
  const said = groups.slice(0, SAID_VALUES).map((one) => groupText(one, { isClass, isRange }));
  const [largest] = groups;
  const listed = isRange ? groups.slice(0, 1) : groups;
  const some = isRange
    ? 'the rows of the first of these are shown'
    : distinct > groups.length
      ? `the rows of its ${groups.length} most frequent values are shown`
      : '';
  const where: Condition = isRange
    ? {
        is: 'between',
        column: column.name,
        ...(largest ? { min: bound(largest.min), max: bound(largest.max) } : {}),
      }
    : { is: 'oneOf', column: column.name, values: groups.map(({ min }) => min) };
  return {
    kind: 'leakage',
    column: column.name,
    rows: listed.reduce((sum, { rows }) => sum + rows, 0),
    text: `hold a value here that ${shown === 1 ? 'determines' : 'nearly determines'} the target ${target.name} (${isClass ? "Theil's U" : 'η²'} = ${shown}): ${said.join('; ')}${some === '' ? '' : ` (${some})`}. Is it known before the target is?`,
    filter: [where, { is: 'missing', column: target.name, not: true }],
  };
}

const bound = (cell: Cell): string | number => (typeof cell === 'boolean' || cell === null ? '' : cell);

function groupText(
  { min, max, target, most, rows }: Group,
  { isClass, isRange }: { isClass: boolean; isRange: boolean },
): string {
  const here = isRange ? `${valueText(min)} to ${valueText(max)}` : `“${valueText(min)}”`;
  if (isClass) return `${here} is ${valueText(target)} in ${count(Number(most))} of ${count(rows)}`;
  return `${here} is ${numberText(Number(target))} to ${numberText(Number(most))} in ${count(rows)}`;
}

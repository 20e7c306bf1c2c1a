import type { Column } from '../../core/table';
import { fittingStep, type TimeStep } from '../../core/time-steps';
import type { ChartGroup, ChartGroups } from '../../protocol';
import { isMeasured } from '../profile-counts';
import { binSql, roundBins } from './bins';
import { axisSql, type ChartRows, valueSql } from './held';
import { stepSql } from './steps';

/** How rows are divided: the groups, and SQL of the place of a row's group (from 0, never NULL). */
export interface Divided extends ChartGroups {
  readonly place: string;
  /** To stand behind the rows in FROM. */
  readonly join: string;
  drop(): Promise<void>;
}

export interface DivideOptions {
  /** Most groups, beside those of other values and of missing cells. */
  readonly most: number;
  /** Numbers with more different values are divided into about so many ranges. */
  readonly ranges?: number;
  readonly step?: TimeStep | undefined;
  /** Rows of which there is a group, as a condition. */
  readonly where?: string;
}

const nothing = (): Promise<void> => Promise.resolve();
export const UNDIVIDED: Divided = {
  column: null,
  groups: [{ is: 'all' }],
  place: '0',
  join: '',
  drop: nothing,
};

let made = 0;

/**
 * Divides the rows by a column: by its most frequent values (all others together are one group), by ranges of a number
 * with many values, by steps of a date. Numbers, dates and truth values come in their own order, texts by their rows.
 */
export async function divide(
  rows: ChartRows,
  column: Column | undefined,
  { most, ranges, step, where = 'true' }: DivideOptions,
): Promise<Divided> {
  if (!column) return UNDIVIDED;
  const value = valueSql(column);
  const dated = column.type === 'date' || column.type === 'datetime';
  const span =
    isMeasured(column) && (dated || ranges !== undefined) ? await spanOf(rows, column, where) : undefined;
  const chosen = dated && span ? (step ?? fittingStep(span.low, span.high, most)) : undefined;
  const key = chosen ? stepSql(axisSql(column), chosen) : value;
  const table = `groups_${made++}`;
  const ordered = column.type === 'text' || column.type === 'other' ? '__n DESC, __v' : '__v';
  await rows.run(
    `CREATE OR REPLACE TEMP TABLE ${table} AS
     WITH counted AS MATERIALIZED (SELECT ${key} AS __v, count(*) AS __n FROM ${rows.from} WHERE ${where} GROUP BY 1)
     SELECT __v, (row_number() OVER (ORDER BY ${ordered}) - 1)::INTEGER AS __k, (SELECT count(__v) FROM counted) AS __every
     FROM (SELECT __v, __n FROM counted WHERE __v IS NOT NULL ORDER BY __n DESC, __v LIMIT ${most})`,
  );
  const found = await rows.all(`SELECT __v, __every FROM ${table} ORDER BY __k`);
  const every = Number(found[0]?.[1] ?? 0);
  const missing = await rows.all(
    `SELECT count(*) FROM ${rows.from} WHERE (${where}) AND ${chosen ? key : value} IS NULL`,
  );
  const rest: ChartGroup[] = Number(missing[0]?.[0] ?? 0) > 0 ? [{ is: 'missing' }] : [];
  if (ranges !== undefined && span && !dated && every > most) {
    await rows.run(`DROP TABLE ${table}`);
    return inRanges(rows, column, { ...span, ranges, where });
  }
  const groups = found.map(([v = null]): ChartGroup =>
    chosen ? { is: 'step', from: Number(v), step: chosen } : { is: 'value', value: v },
  );
  const others: ChartGroup[] = every > groups.length ? [{ is: 'other', values: every - groups.length }] : [];
  const all = [...groups, ...others, ...rest];
  return {
    column,
    groups: all.length === 0 ? [{ is: 'all' }] : all,
    join: ` LEFT JOIN ${table} ON ${table}.__v = ${key}`,
    place: `coalesce(${table}.__k, CASE WHEN ${key} IS NULL THEN ${groups.length + others.length} ELSE ${groups.length} END)`,
    drop: () => rows.run(`DROP TABLE IF EXISTS ${table}`),
  };
}

async function inRanges(
  rows: ChartRows,
  column: Column,
  { low, high, ranges, where }: { low: number; high: number; ranges: number; where: string },
): Promise<Divided> {
  const bins = roundBins(low, high, ranges);
  const count = bins.edges.length - 1;
  const x = axisSql(column);
  const counted = await rows.all(`SELECT count(*) FROM ${rows.from} WHERE (${where}) AND (${x}) IS NULL`);
  const groups = Array.from({ length: count }, (_, k): ChartGroup => ({
    is: 'range',
    min: bins.edges[k] ?? 0,
    max: bins.edges[k + 1] ?? 0,
  }));
  return {
    column,
    groups: Number(counted[0]?.[0] ?? 0) > 0 ? [...groups, { is: 'missing' }] : groups,
    join: '',
    place: `coalesce(${binSql(`(${x})`, bins)}, ${count})`,
    drop: nothing,
  };
}

/** The lowest and the highest value of a measured column; undefined when it has none. */
export async function spanOf(
  rows: ChartRows,
  column: Column,
  where: string,
): Promise<{ low: number; high: number } | undefined> {
  const x = axisSql(column);
  const [ends = []] = await rows.all(`SELECT min(${x}), max(${x}) FROM ${rows.from} WHERE ${where}`);
  const [low, high] = ends;
  return typeof low === 'number' && typeof high === 'number' ? { low, high } : undefined;
}

/** The groups as plain data. */
export const plainGroups = ({ column, groups }: ChartGroups): ChartGroups => ({ column, groups });

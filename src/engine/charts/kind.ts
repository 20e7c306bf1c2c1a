import type { Cell, Column } from '../../core/table';
import { UserError } from '../../core/errors';
import type { Aggregate, ChartBody, ChartData, ChartValues, DataChart } from '../../protocol';
import { type Divided, divide } from './groups';
import { axisSql, type ChartRows, valueSql } from './held';

/** What one kind of chart makes of the rows. */
export interface Drawn {
  readonly body: ChartBody;
  readonly facts: Facts;
  readonly colours: Divided;
  readonly facets: Divided;
  /** What was chosen for the person. */
  readonly chosen?: Partial<DataChart>;
  readonly estimated?: true;
  readonly moreColumns?: number;
}

export type DrawKind = (rows: ChartRows) => Promise<Drawn>;

/** Groups that can be told apart: of a colour, and of small pictures beside each other. */
const MOST_COLOURS = 6;
const MOST_FACETS = 8;
const RANGES = 5;
/** Above so many rows what must hold all values at once is estimated. */
export const HOLDS = 5_000_000;

/** Rows that meet the filter, those that can be drawn, and why the others cannot; lowest and highest values of these. */
export interface Facts extends Pick<ChartData, 'matched' | 'drawn' | 'leftOut'> {
  /** Holds for the rows that can be drawn. */
  readonly where: string;
  /** Of the column with that place among those that were asked for; undefined where no row can be drawn. */
  readonly spans: readonly (readonly [number, number] | undefined)[];
}

/** Rows can be drawn that have a finite value in each of these columns (`axis`), or any value at all (`value`). */
export async function factsOf(
  rows: ChartRows,
  needs: readonly { readonly column: Column; readonly as: 'axis' | 'value' }[],
): Promise<Facts> {
  return (await finiteFacts(rows, needs)) ?? (await anyFacts(rows, needs));
}

type Needs = Parameters<typeof factsOf>[1];

/**
 * The same for one column of floating point that holds nothing infinite, in a shorter pass: DuckDB sorts NaN and the infinities
 * to the ends, so finite ends say that all is finite. Undefined where that is not so.
 */
async function finiteFacts(rows: ChartRows, needs: Needs): Promise<Facts | undefined> {
  const [need, ...more] = needs;
  if (need?.as !== 'axis' || more.length > 0 || !/^(DOUBLE|FLOAT)$/.test(need.column.sqlType))
    return undefined;
  const x = axisSql(need.column, true);
  const [found = []] = await rows.all(`SELECT count(*), count(${x}), min(${x}), max(${x}) FROM ${rows.from}`);
  const [matched, drawn] = [Number(found[0]), Number(found[1])];
  const [, , low, high] = found;
  if (typeof low !== 'number' || typeof high !== 'number') return undefined;
  return {
    matched,
    drawn,
    leftOut: drawn < matched ? [{ column: need.column.name, why: 'missing', rows: matched - drawn }] : [],
    where: `(${x}) IS NOT NULL`,
    spans: [[low, high]],
  };
}

async function anyFacts(rows: ChartRows, needs: Needs): Promise<Facts> {
  const conditions: string[] = [];
  const parts: string[] = [];
  for (const { column, as } of needs) {
    const before = conditions.join(' AND ');
    const raw = valueSql(column);
    const own = as === 'axis' ? `(${axisSql(column)})` : raw;
    // Without a FILTER, where there is none before: a pass over very many rows is a good deal shorter then.
    const counted = (value: string): string =>
      before === '' ? value : `CASE WHEN ${before} THEN ${value} END`;
    parts.push(`count(${counted(raw)})`, `count(${counted(own)})`);
    conditions.push(`${own} IS NOT NULL`);
  }
  const where = conditions.length === 0 ? 'true' : conditions.join(' AND ');
  const filter = needs.length > 1 ? ` FILTER (WHERE ${where})` : '';
  const ends = needs.flatMap(({ column, as }) =>
    as === 'axis' ? ['min', 'max'].map((end) => `${end}(${axisSql(column)})${filter}`) : ['NULL', 'NULL'],
  );
  const [found = []] = await rows.all(
    `SELECT ${['count(*)', ...parts, ...ends].join(', ')} FROM ${rows.from}`,
  );
  const matched = Number(found[0]);
  let drawn = matched;
  const leftOut: Facts['leftOut'][number][] = [];
  for (const [k, { column }] of needs.entries()) {
    const [present, finite] = [Number(found[1 + 2 * k]), Number(found[2 + 2 * k])];
    if (present < drawn) leftOut.push({ column: column.name, why: 'missing', rows: drawn - present });
    if (finite < present) leftOut.push({ column: column.name, why: 'infinite', rows: present - finite });
    drawn = finite;
  }
  const spans = needs.map((_, k) => {
    const [low, high] = found.slice(1 + 2 * needs.length + 2 * k);
    return typeof low === 'number' && typeof high === 'number' ? ([low, high] as const) : undefined;
  });
  return { matched, drawn, leftOut, where, spans };
}

export async function coloursAndFacets(
  rows: ChartRows,
  where: string,
): Promise<{ colours: Divided; facets: Divided }> {
  const colours = await divide(rows, rows.column('colour'), { most: MOST_COLOURS, ranges: RANGES, where });
  const facets = await divide(rows, rows.column('facet'), { most: MOST_FACETS, ranges: RANGES, where });
  return { colours, facets };
}

export const isNumeric = ({ type }: Column): boolean =>
  type === 'integer' || type === 'number' || type === 'boolean';

export const isDated = ({ type }: Column): boolean => type === 'date' || type === 'datetime';

/** A UserError unless the column is of one of these types. */
export function mustBe(column: Column, what: 'a number' | 'a date' | 'a number or a date'): Column {
  const fits = (what !== 'a date' && isNumeric(column)) || (what !== 'a number' && isDated(column));
  if (fits) return column;
  throw new UserError(
    'invalid',
    `The column "${column.name}" is ${column.type === 'other' ? 'of another type' : column.type}, and this chart needs ${what} there.`,
    { fix: 'Choose another column, or change its type with a recipe (step "Change type").' },
  );
}

/** What is aggregated, and how, as SQL. */
export interface Aggregated {
  readonly aggregate: Aggregate;
  readonly sql: (estimated: boolean) => string;
  readonly needs: readonly { readonly column: Column; readonly as: 'axis' | 'value' }[];
  readonly column: Column | undefined;
}

export function aggregated(rows: ChartRows, role: 'y' | 'value'): Aggregated {
  const { aggregate = 'count' } = rows.chart;
  if (aggregate === 'count')
    return { aggregate, sql: () => 'count(*)::DOUBLE', needs: [], column: undefined };
  const column = rows.needed(role);
  if (aggregate === 'distinct') {
    const sql = (): string => `count(DISTINCT ${valueSql(column)})::DOUBLE`;
    return { aggregate, sql, needs: [{ column, as: 'value' }], column };
  }
  mustBe(column, aggregate === 'min' || aggregate === 'max' ? 'a number or a date' : 'a number');
  const y = axisSql(column);
  const exact: Readonly<Record<typeof aggregate, string>> = {
    sum: `sum(${y})`,
    mean: `avg(${y})`,
    median: `quantile_cont(${y}, 0.5)`,
    min: `min(${y})`,
    max: `max(${y})`,
  };
  const sql = (estimated: boolean): string =>
    aggregate === 'median' && estimated ? `approx_quantile(${y}, 0.5)` : exact[aggregate];
  return { aggregate, sql, needs: [{ column, as: 'axis' }], column };
}

/** Tables of numbers, one for each facet; `cells`: facet, line, place, rows and value of each. */
export function valuesOf(
  facets: number,
  lines: number,
  places: number,
  cells: readonly (readonly Cell[])[],
  /** Where there are no rows. */
  none: number | null,
): ChartValues[] {
  const panels = Array.from({ length: facets }, () => ({
    values: Array.from({ length: lines }, () => new Array<number | null>(places).fill(none)),
    rows: Array.from({ length: lines }, () => new Array<number>(places).fill(0)),
  }));
  for (const [facet, line, place, count, value] of cells) {
    const panel = panels[Number(facet)];
    const [values, rows] = [panel?.values[Number(line)], panel?.rows[Number(line)]];
    if (!values || !rows) continue;
    values[Number(place)] = typeof value === 'number' ? value : null;
    rows[Number(place)] = Number(count);
  }
  return panels;
}

import { UserError } from '../core/errors';
import type { Asked } from '../core/source';
import type { Cell, Column } from '../core/table';
import type { ChartData, ChartKind, DataChart } from '../protocol';
import {
  axisOf,
  divide,
  type Divided,
  type DivideOptions,
  type GroupFacts,
  groupFactsSql,
  inner,
  isDated,
  isNumeric,
  readGroupFacts,
  stepCountsSql,
  type Role,
  textOf,
  UNDIVIDED,
} from './bigquery-chart-groups';
import type { DryRun } from './bigquery-jobs';
import { drawOne, type Drawing } from './bigquery-chart-kinds';
import { matrixRows } from './bigquery-chart-matrices';
import type { Of } from './bigquery-profile';
import { columnNamed, fromSql } from './bigquery-sql';

const isAggregate = ({ aggregate = 'count' }: DataChart): boolean => aggregate !== 'count';
const aggregateOf = (chart: DataChart, role: Role): Role[] => (isAggregate(chart) ? [role] : []);

interface Kind {
  /** Columns whose numbers are drawn; rows without them are not in the picture. */
  readonly axes: (chart: DataChart) => readonly Role[];
  /** Columns that divide the rows. */
  readonly groups: (chart: DataChart) => Partial<Record<Role, DivideOptions>>;
  readonly wants: Partial<Record<Role, 'a number' | 'a date' | 'a number or a date'>>;
}

const COLOUR = { most: 6, ranges: 5 };
const FACET = { most: 8, ranges: 5 };
const BY = { colour: COLOUR, facet: FACET };

const KINDS: Readonly<Record<Exclude<ChartKind, 'correlation' | 'missing'>, Kind>> = {
  histogram: { axes: () => ['x'], groups: () => BY, wants: { x: 'a number or a date' } },
  bar: {
    axes: (chart) => aggregateOf(chart, 'y'),
    groups: ({ step }) => ({ x: { most: 30, step }, ...BY }),
    wants: { y: 'a number or a date' },
  },
  line: {
    axes: (chart) => ['x', ...aggregateOf(chart, 'y')],
    groups: () => BY,
    wants: { x: 'a date', y: 'a number or a date' },
  },
  scatter: {
    axes: () => ['x', 'y'],
    groups: () => BY,
    wants: { x: 'a number or a date', y: 'a number or a date' },
  },
  box: {
    axes: () => ['y'],
    groups: ({ step, x }) => ({ ...(x === undefined ? {} : { x: { most: 20, ranges: 8, step } }), ...BY }),
    wants: { y: 'a number or a date' },
  },
  heatmap: {
    axes: (chart) => aggregateOf(chart, 'value'),
    groups: ({ step, bins = 20 }) => {
      const axis = { most: 40, ranges: Math.min(bins, 40), step };
      return { x: axis, y: axis, facet: FACET };
    },
    wants: { value: 'a number or a date' },
  },
};

/** The numbers of a chart: one query for what is there, and one that counts it. */
export async function chartRows(of: Of, chart: DataChart, asked: Asked): Promise<ChartData> {
  const { kind } = chart;
  if (kind === 'correlation' || kind === 'missing') return matrixRows(of, chart, asked);
  const { axes, groups, wants } = KINDS[kind];
  const columns = of.table.columns;
  const options = groups(chart);
  const roles = new Map<Role, Column>();
  const needed = axes(chart);
  for (const role of new Set<Role>([...needed, ...(Object.keys(options) as Role[])])) {
    const name = chart[role];
    if (name !== undefined) roles.set(role, columnNamed(name, columns));
    else if (role !== 'colour' && role !== 'facet') throw noField(role);
  }
  const onlyCounted = chart.aggregate === 'distinct';
  for (const role of needed) {
    const column = roles.get(role);
    const want = wants[role];
    if (column && want && !(onlyCounted && role !== 'x')) mustBe(column, want);
  }
  const asAxis = (role: Role): boolean =>
    !(onlyCounted && role !== 'x' && kind !== 'scatter' && kind !== 'box');
  const conditions = needed.map((role) => `${asAxis(role) ? axisOf(role) : textOf(role)} IS NOT NULL`);
  const where = conditions.length === 0 ? 'TRUE' : conditions.join(' AND ');
  const items = [...roles].flatMap(([role, column]) => inner(role, column));
  const from = `(SELECT ${items.length === 0 ? '1 AS one' : items.join(', ')}\n${fromSql({ ...of.rows, ...(chart.filter ? { filter: chart.filter } : {}) }, of.table)})`;

  const divided = (Object.keys(options) as Role[]).filter((role) => roles.has(role));
  const first = [
    'COUNT(*)',
    ...needed.flatMap((role, at) => {
      const before = conditions.slice(0, at).join(' AND ') || 'TRUE';
      return [
        `COUNTIF(${before} AND ${textOf(role)} IS NOT NULL)`,
        `COUNTIF(${before} AND ${conditions[at] ?? 'TRUE'})`,
        ...(asAxis(role)
          ? [`MIN(IF(${where}, ${axisOf(role)}, NULL))`, `MAX(IF(${where}, ${axisOf(role)}, NULL))`]
          : ['NULL', 'NULL']),
      ];
    }),
    ...divided.flatMap((role) => {
      const column = roles.get(role);
      return column ? groupFactsSql(role, column, where) : [];
    }),
  ];
  const factsSql = `SELECT ${first.map((sql, at) => `${sql} AS c${at}`).join(',\n  ')}\nFROM ${from}`;
  const action = `Chart of ${of.table.uri}`;
  const location = of.table.location;
  const checked = await of.jobs.dryRun({ sql: factsSql, location }, asked.signal);
  // What is counted then is of the same columns.
  const dated = divided.some((role) => isDated(roles.get(role) ?? { type: 'text' }));
  const third = dated ? [{ ...checked, bound: mostly(checked.bound) }] : [];
  const answer = await asked.agree(of.jobs.estimate([checked, checked, ...third], action));
  const agreed = { ...asked, agree: () => Promise.resolve(answer) };
  const rows = async (sql: string): Promise<readonly (readonly Cell[])[]> => {
    const { result } = await of.jobs.runOne({ sql, location }, action, agreed);
    return of.jobs.rows(result, asked.signal);
  };

  const [found = []] = await rows(factsSql);
  const matched = Number(found[0] ?? 0);
  const leftOut: ChartData['leftOut'][number][] = [];
  const spans = new Map<Role, readonly [number, number]>();
  let drawn = matched;
  needed.forEach((role, at) => {
    const [present, finite, low, high] = found.slice(1 + 4 * at, 5 + 4 * at);
    const { name } = roles.get(role) ?? { name: '' };
    if (Number(present) < drawn)
      leftOut.push({ column: name, why: 'missing', rows: drawn - Number(present) });
    if (Number(finite) < Number(present))
      leftOut.push({ column: name, why: 'infinite', rows: Number(present) - Number(finite) });
    drawn = Number(finite);
    if (typeof low === 'number' && typeof high === 'number') spans.set(role, [low, high]);
  });
  const groupFacts = new Map<Role, GroupFacts>(
    divided.map((role, at) => {
      const begin = 1 + 4 * needed.length + 5 * at;
      return [role, readGroupFacts(found.slice(begin, begin + 5))];
    }),
  );
  const points = `${from} WHERE ${where}`;
  for (const [role, found] of groupFacts) {
    const option = options[role];
    const counts =
      option && isDated(roles.get(role) ?? { type: 'text' })
        ? stepCountsSql(role, found, option, points)
        : undefined;
    if (counts === undefined) continue;
    const steps = await rows(counts);
    const starts = steps.map(([start]) => Number(start)).sort((a, b) => a - b);
    groupFacts.set(role, { ...found, steps: { starts, distinct: Number(steps[0]?.[1] ?? 0) } });
  }
  const by = (role: Role): Divided => {
    const option = options[role];
    return option ? divide(role, roles.get(role), groupFacts.get(role), option) : UNDIVIDED;
  };
  const drawing: Drawing = {
    chart,
    drawn,
    rows,
    points,
    column: (role) => roles.get(role),
    span: (role) => spans.get(role) ?? [0, 0],
    xs: by('x'),
    ys: by('y'),
    colours: by('colour'),
    facets: by('facet'),
  };
  const { body, chosen, estimated, colours = drawing.colours } = await drawOne(drawing);
  return {
    ...common(of, chart, matched),
    chart: { ...chart, ...chosen },
    drawn,
    leftOut,
    columns: shownColumns(roles),
    colours: plain(colours),
    facets: plain(drawing.facets),
    ...(estimated ? { estimated: true as const } : {}),
    body,
  };
}

/** A query that may not be needed. */
const mostly = (bound: DryRun['bound']): DryRun['bound'] => (bound === 'exactly' ? 'at most' : bound);

/** What all charts say. */
export function common({ table }: Of, chart: DataChart, matched: number): Omit<ChartData, 'body' | 'drawn'> {
  return {
    chart,
    rows: table.rows ?? matched,
    matched,
    leftOut: [],
    rejected: 0,
    table: table.columns,
    columns: {},
    colours: plain(UNDIVIDED),
    facets: plain(UNDIVIDED),
  };
}

const plain = ({ column, groups }: Divided): ChartData['colours'] => ({ column, groups });

function shownColumns(roles: ReadonlyMap<Role, Column>): ChartData['columns'] {
  const [x, y, value] = [roles.get('x'), roles.get('y'), roles.get('value')];
  return { ...(x ? { x } : {}), ...(y ? { y } : {}), ...(value ? { value } : {}) };
}

function noField(role: Role): UserError {
  return new UserError('invalid', `The chart needs a column for ${role}.`, { fix: 'Choose one.' });
}

function mustBe(column: Column, what: 'a number' | 'a date' | 'a number or a date'): void {
  const fits = (what !== 'a date' && isNumeric(column)) || (what !== 'a number' && isDated(column));
  if (fits) return;
  throw new UserError(
    'invalid',
    `The column "${column.name}" is ${column.type === 'other' ? `of the type ${column.sqlType}` : column.type}, and this chart needs ${what} there.`,
    { fix: 'Choose another column.' },
  );
}

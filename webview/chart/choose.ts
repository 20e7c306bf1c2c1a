import type { Aggregate, ChartGiven, ChartKind, Column, DataChart, TimeStep } from '../../src/protocol';

export type FieldRole = 'x' | 'y' | 'value' | 'colour' | 'facet';
type Fits = 'any' | 'measured' | 'number' | 'date';

/** A field of a kind of chart that holds a column. */
export interface Field {
  readonly role: FieldRole;
  readonly label: string;
  readonly fits: Fits;
  readonly optional?: true;
}

const COLOUR: Field = { role: 'colour', label: 'Colour by', fits: 'any', optional: true };
const FACET: Field = { role: 'facet', label: 'A picture for each', fits: 'any', optional: true };

/** The fields of a kind, in the order of the form; an aggregate of a column adds that column. */
export function fieldsOf({ kind, aggregate = 'count' }: DataChart): readonly Field[] {
  const of = (role: 'y' | 'value'): Field[] =>
    aggregate === 'count'
      ? []
      : [
          {
            role,
            label: 'Of',
            fits:
              aggregate === 'distinct'
                ? 'any'
                : aggregate === 'min' || aggregate === 'max'
                  ? 'measured'
                  : 'number',
          },
        ];
  switch (kind) {
    case 'histogram':
      return [{ role: 'x', label: 'Column', fits: 'measured' }, COLOUR, FACET];
    case 'bar':
      return [{ role: 'x', label: 'Category', fits: 'any' }, ...of('y'), COLOUR, FACET];
    case 'line':
      return [{ role: 'x', label: 'Date', fits: 'date' }, ...of('y'), COLOUR, FACET];
    case 'scatter':
      return [
        { role: 'x', label: 'Horizontal', fits: 'measured' },
        { role: 'y', label: 'Vertical', fits: 'measured' },
        COLOUR,
        FACET,
      ];
    case 'box':
      return [
        { role: 'y', label: 'Number', fits: 'measured' },
        { role: 'x', label: 'For each', fits: 'any', optional: true },
        COLOUR,
        FACET,
      ];
    case 'heatmap':
      return [
        { role: 'x', label: 'Horizontal', fits: 'any' },
        { role: 'y', label: 'Vertical', fits: 'any' },
        ...of('value'),
        FACET,
      ];
    case 'correlation':
    case 'missing':
      return [];
  }
}

export const isDate = ({ type }: Column): boolean => type === 'date' || type === 'datetime';
const isNumber = ({ type }: Column): boolean => type === 'integer' || type === 'number' || type === 'boolean';

export function fits(column: Column, what: Fits): boolean {
  if (what === 'any') return true;
  if (what === 'date') return isDate(column);
  return what === 'number' ? isNumber(column) : isNumber(column) || isDate(column);
}

/** Names such as `id`, `order_id`, `uuid` say that a column's values say nothing by themselves. */
const isIdLike = (name: string): boolean =>
  /(^|[\s_-])(id|uuid|guid|key|index|nr|no)$|ID$|^(rownames|unnamed.*)$/i.test(name);

const inOrder = (columns: readonly Column[]): readonly Column[] => [
  ...columns.filter(({ name }) => !isIdLike(name)),
  ...columns.filter(({ name }) => isIdLike(name)),
];

/** Why a kind cannot be drawn of these columns; undefined when it can. */
export function lacking(kind: ChartKind, columns: readonly Column[]): string | undefined {
  const measured = columns.filter((one) => fits(one, 'measured')).length;
  const numbers = columns.filter(isNumber).length;
  if (columns.length === 0) return 'the table has no columns';
  if (kind === 'line' && !columns.some(isDate)) return 'no column holds dates';
  if ((kind === 'histogram' || kind === 'box') && measured === 0) return 'no column holds numbers';
  if (kind === 'scatter' && measured < 2) return 'two columns of numbers are needed';
  if (kind === 'correlation' && numbers < 2) return 'two columns of numbers are needed';
  if (kind === 'heatmap' && columns.length < 2) return 'two columns are needed';
  return undefined;
}

/** The same chart as another kind: fields that fit stay, needed ones that are empty are filled. */
export function asKind(chart: DataChart, kind: ChartKind, columns: readonly Column[]): DataChart {
  let next: DataChart = { ...chart, kind };
  if (kind === 'scatter' && next.aggregate !== undefined) next = { ...next, aggregate: 'count' };
  return filled(next, columns);
}

/** With a column in each needed field. */
export function filled(chart: DataChart, columns: readonly Column[]): DataChart {
  let next = chart;
  const of = (name: string | undefined): Column | undefined => columns.find((one) => one.name === name);
  for (const { role, fits: what, optional } of fieldsOf(chart)) {
    const now = of(next[role]);
    if (now && fits(now, what)) continue;
    // A column that is gone is left as it is: it is said by name.
    if (next[role] !== undefined && !now) continue;
    if (optional) {
      next = withField(next, role, undefined);
      continue;
    }
    const taken = [next.x, next.y, next.value];
    const fitting = inOrder(columns).filter((one) => fits(one, what));
    // Of numbers and dates, numbers are what is measured.
    const list =
      what === 'measured'
        ? [...fitting.filter(isNumber), ...fitting.filter((one) => !isNumber(one))]
        : fitting;
    const free = list.filter(({ name }) => !taken.includes(name));
    const best =
      role === 'x' && what === 'any'
        ? (free.find(({ type }) => type === 'text' || type === 'boolean') ?? free[0])
        : free[0];
    next = withField(next, role, (best ?? list[0])?.name);
  }
  return next;
}

export function withField(chart: DataChart, role: FieldRole, name: string | undefined): DataChart {
  const rest = Object.fromEntries(
    Object.entries(chart).filter(([key]) => key !== role),
  ) as unknown as DataChart;
  return name === undefined ? rest : { ...rest, [role]: name };
}

/** Without what is undefined. */
export function withOption(
  chart: DataChart,
  part: {
    readonly [K in 'bins' | 'step' | 'aggregate' | 'sample' | 'title' | 'columns']?: DataChart[K] | undefined;
  },
): DataChart {
  const all = Object.entries({ ...chart, ...part }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(all) as unknown as DataChart;
}

/** A chart to begin with: of a date the rows over time, of a number their distribution, of a category its rows. */
export function firstChart(columns: readonly Column[], { filter, column: name }: ChartGiven): DataChart {
  const asked = columns.find((one) => one.name === name);
  const ordered = inOrder(columns);
  const one =
    asked ??
    ordered.find(isDate) ??
    ordered.find(({ type }) => type === 'integer' || type === 'number') ??
    ordered[0];
  const kind: ChartKind = !one
    ? 'missing'
    : isDate(one)
      ? 'line'
      : one.type === 'integer' || one.type === 'number'
        ? 'histogram'
        : 'bar';
  const chart: DataChart = { chart: 1, kind, ...(one ? { x: one.name } : {}) };
  return filter && filter.length > 0 ? { ...chart, filter } : chart;
}

export const isAggregate = (text: string): text is Aggregate =>
  ['count', 'sum', 'mean', 'median', 'min', 'max', 'distinct'].includes(text);

export const isStep = (text: string): text is TimeStep =>
  ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'].includes(text);

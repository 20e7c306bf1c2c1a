// How charts are written wherever a person reads them: titles, the rows that are in them, and their numbers as a table.
import type {
  Aggregate,
  ChartBody,
  ChartData,
  ChartGroup,
  ChartGroups,
  ChartKind,
  Column,
  DataChart,
  TimeStep,
} from './protocol';
import { count, isoDate, number, plural, valueText } from './words';

export const CHART_KINDS: readonly (readonly [ChartKind, string])[] = [
  ['histogram', 'Histogram'],
  ['bar', 'Bars'],
  ['line', 'Line over time'],
  ['scatter', 'Scatter'],
  ['box', 'Box plot'],
  ['heatmap', 'Heat map'],
  ['correlation', 'Correlation matrix'],
  ['missing', 'Missing values'],
];

export const AGGREGATES: readonly (readonly [Aggregate, string])[] = [
  ['count', 'Number of rows'],
  ['sum', 'Sum'],
  ['mean', 'Mean'],
  ['median', 'Median'],
  ['min', 'Smallest'],
  ['max', 'Largest'],
  ['distinct', 'Number of distinct values'],
];

export const TIME_STEPS: readonly TimeStep[] = ['minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];

export const kindTitle = (kind: ChartKind): string => CHART_KINDS.find(([one]) => one === kind)?.[1] ?? kind;

/** What a number in the chart is: `Mean of price`. */
export function aggregateText(aggregate: Aggregate = 'count', column?: string): string {
  if (aggregate === 'count' || column === undefined) return 'Rows';
  if (aggregate === 'distinct') return `Distinct values of ${column}`;
  return `${AGGREGATES.find(([one]) => one === aggregate)?.[1] ?? aggregate} of ${column}`;
}

/** The beginning of a step as a person calls it: `2024`, `2024-Q2`, `2024-05`, `2024-05-06`, `2024-05-06 13:00`. */
export function stepText(ms: number, step: TimeStep): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms);
  const text = date.toISOString();
  if (step === 'year') return text.slice(0, 4);
  if (step === 'quarter') return `${text.slice(0, 4)}-Q${Math.floor(date.getUTCMonth() / 3) + 1}`;
  if (step === 'month') return text.slice(0, 7);
  if (step === 'day' || step === 'week') return text.slice(0, 10);
  return text.slice(0, 16).replace('T', ' ');
}

const isDated = (column: Column | null | undefined): boolean =>
  column?.type === 'date' || column?.type === 'datetime';

/** A number of a column, or its moment. */
export function axisText(value: number, column: Column | null | undefined): string {
  return isDated(column) ? isoDate(Math.round(value)) : number(value, 4);
}

export function groupText(group: ChartGroup, column: Column | null): string {
  switch (group.is) {
    case 'all':
      return 'all';
    case 'missing':
      return 'missing';
    case 'other':
      return `other (${plural(group.values, 'value')})`;
    case 'step':
      return stepText(group.from, group.step);
    case 'range':
      return `${axisText(group.min, column)} – ${axisText(group.max, column)}`;
    case 'value': {
      const { value } = group;
      // Years and ids are no amounts: whole numbers stay as they are in the table.
      if (typeof value === 'number' && Number.isInteger(value)) return String(value);
      return isDated(column) ? String(value).replace('T', ' ') : valueText(value);
    }
  }
}

export const groupTexts = ({ groups, column }: ChartGroups): string[] =>
  groups.map((one) => groupText(one, column));

/** What the aggregate of the chart is of. */
function aggregateOf({ chart }: ChartData): string {
  return aggregateText(chart.aggregate, chart.kind === 'heatmap' ? chart.value : chart.y);
}

/** Titles of the axes, with what is counted and the length of a step. */
export function axisTitles(data: ChartData): { readonly x: string; readonly y: string } {
  const { chart, body } = data;
  const x = chart.x ?? '';
  switch (body.kind) {
    case 'histogram':
      return { x, y: 'Rows' };
    case 'bar': {
      const [first] = body.xs.groups;
      return { x: first?.is === 'step' ? `${x} (by ${first.step})` : x, y: aggregateOf(data) };
    }
    case 'line':
      return { x: `${x} (by ${body.step})`, y: `${aggregateOf(data)} per ${body.step}` };
    case 'scatter':
    case 'heatmap':
      return { x, y: chart.y ?? '' };
    case 'box':
      return { x, y: chart.y ?? '' };
    case 'correlation':
      return { x: '', y: '' };
    case 'missing':
      return { x: '', y: 'Rows in file order' };
  }
}

/** A title for a chart that was given none. */
export function chartTitle(chart: DataChart): string {
  if (chart.title !== undefined && chart.title !== '') return chart.title;
  const { kind, x = '…', y = '…', aggregate } = chart;
  const parts: Readonly<Record<ChartKind, string>> = {
    histogram: `Distribution of ${x}`,
    bar: `${aggregateText(aggregate, y)} by ${x}`,
    line: `${aggregateText(aggregate, y)} over ${x}`,
    scatter: `${y} against ${x}`,
    box: chart.x === undefined ? `Spread of ${y}` : `${y} by ${x}`,
    heatmap: `${aggregateText(aggregate, chart.value ?? '…')} by ${x} and ${y}`,
    correlation: 'Correlation of the numbers',
    missing: 'Missing values',
  };
  const matrix = kind === 'correlation' || kind === 'missing';
  const colour = chart.colour !== undefined && !matrix && kind !== 'heatmap' ? `, by ${chart.colour}` : '';
  const facet = chart.facet !== undefined && !matrix ? `, for each ${chart.facet}` : '';
  return `${parts[kind]}${colour}${facet}`;
}

/** Points that are drawn, where they are a sample. */
function sampled(body: ChartBody): number | undefined {
  if (body.kind !== 'scatter' || body.shows !== 'sample') return undefined;
  return body.panels.reduce(
    (all, panel) => all + panel.points.reduce((sum, one) => sum + one.x.length, 0),
    0,
  );
}

/** Which rows the chart is of. */
export function rowsBadge({ rows, matched, drawn, body }: ChartData): string {
  const sample = sampled(body);
  if (sample !== undefined) return `sample of ${count(sample)} of ${plural(drawn, 'row')}`;
  if (matched < rows) return `${count(matched)} of ${plural(rows, 'row')} match the filter`;
  return `all ${plural(rows, 'row')}`;
}

/** What a person has to know to read the chart rightly: rows that are left out, values that are put together, estimates. */
export function chartNotes(data: ChartData): string[] {
  const { body, leftOut, matched, rows, rejected, colours, facets, estimated, moreColumns } = data;
  const notes: string[] = [];
  if (sampled(body) !== undefined && matched < rows) {
    notes.push(`${count(matched)} of ${plural(rows, 'row')} match the filter.`);
  }
  if (body.kind === 'scatter' && body.shows === 'density') {
    notes.push(
      `${count(data.drawn)} points are too many to draw one by one: each bin shows how many rows it holds.${
        colours.groups.length > 1 ? ' Its colour is that of most of them.' : ''
      }`,
    );
  }
  for (const one of leftOut) {
    const why =
      one.why === 'missing' ? `${one.column} is missing` : `${one.column} is infinite or not a number`;
    notes.push(`${plural(one.rows, 'row')} left out: ${why}.`);
  }
  const others = (groups: ChartGroups | undefined, what: string): void => {
    const other = groups?.groups.find((one) => one.is === 'other');
    if (groups && other?.is === 'other') {
      const shown = groups.groups.filter((one) => one.is !== 'other' && one.is !== 'missing').length;
      notes.push(
        `${groups.column?.name ?? what}: the ${count(shown)} most frequent of ${count(shown + other.values)} values are shown, all others together as “other”.`,
      );
    }
  };
  if ('xs' in body) others(body.xs, 'x');
  if (body.kind === 'heatmap') others(body.ys, 'y');
  others(colours, 'Colour');
  others(facets, 'Facets');
  if (body.kind === 'box') {
    const boxes = body.panels.flatMap((panel) => panel.boxes.flat()).flatMap((one) => one ?? []);
    const outliers = boxes.reduce((sum, one) => sum + one.outliers, 0);
    const drawn = boxes.reduce((sum, one) => sum + one.farthest.length, 0);
    if (drawn < outliers)
      notes.push(`${count(drawn)} of ${plural(outliers, 'outlier')} are drawn: the farthest of each box.`);
  }
  if (body.kind === 'correlation') {
    notes.push('Pearson’s coefficient; each pair over the rows in which both columns have a value.');
  }
  if (estimated) notes.push('Medians and quartiles are estimated: there are too many rows to hold them all.');
  if (moreColumns !== undefined && moreColumns > 0)
    notes.push(
      `${plural(moreColumns, 'more column')} of the table would fit here; choose the columns to see them.`,
    );
  if (rejected > 0)
    notes.push(`${plural(rejected, 'record')} of the file could not be read and are no rows.`);
  return notes;
}

/** Steps of a date column that have no rows. */
export interface CalendarGaps {
  readonly step: TimeStep;
  readonly steps: number;
  readonly empty: number;
  /** The longest runs of them, longest first: first and last step. */
  readonly runs: readonly { readonly from: string; readonly to: string; readonly steps: number }[];
}

/** The calendar's gaps, by a line of the number of rows. */
export function calendarGaps({ body }: ChartData, most = 5): CalendarGaps | undefined {
  if (body.kind !== 'line') return undefined;
  const rows = body.steps.map((_, k) =>
    body.panels.reduce((sum, one) => sum + one.rows.reduce((all, line) => all + (line[k] ?? 0), 0), 0),
  );
  const runs: { first: number; steps: number }[] = [];
  rows.forEach((n, k) => {
    if (n > 0) return;
    const last = runs.at(-1);
    if (last && last.first + last.steps === k) last.steps += 1;
    else runs.push({ first: k, steps: 1 });
  });
  const text = (k: number): string => stepText(body.steps[k] ?? 0, body.step);
  return {
    step: body.step,
    steps: rows.length,
    empty: rows.filter((n) => n === 0).length,
    runs: runs
      .toSorted((a, b) => b.steps - a.steps || a.first - b.first)
      .slice(0, most)
      .map(({ first, steps }) => ({ from: text(first), to: text(first + steps - 1), steps })),
  };
}

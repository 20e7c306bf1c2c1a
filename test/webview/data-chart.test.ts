import { describe, expect, it } from 'vitest';
import type { ChartBody, ChartData, ChartGroups, Column, DataChart } from '../../src/protocol';
import {
  axisTitles,
  calendarGaps,
  chartNotes,
  chartTitle,
  groupText,
  rowsBadge,
  stepText,
} from '../../src/words-chart';
import { chartNumbers } from '../../src/words-numbers';
import {
  asKind,
  fieldsOf,
  filled,
  firstChart,
  lacking,
  withField,
  withOption,
} from '../../webview/chart/choose';

const column = (name: string, type: Column['type']): Column => ({ name, type, sqlType: type });
const columns = [
  column('order_id', 'integer'),
  column('shop', 'text'),
  column('price', 'number'),
  column('day', 'date'),
  column('pieces', 'integer'),
];
const [, shop, price] = columns;
const none: ChartGroups = { column: null, groups: [{ is: 'all' }] };
const data = (
  chart: Omit<DataChart, 'chart'>,
  body: ChartBody,
  more: Partial<ChartData> = {},
): ChartData => ({
  chart: { chart: 1, ...chart },
  rows: 1000,
  matched: 1000,
  drawn: 1000,
  leftOut: [],
  rejected: 0,
  table: columns,
  columns: {},
  colours: none,
  facets: none,
  body,
  ...more,
});

describe('the first chart', () => {
  it.each([
    [columns, undefined, { kind: 'line', x: 'day' }],
    [columns, 'shop', { kind: 'bar', x: 'shop' }],
    [columns, 'order_id', { kind: 'histogram', x: 'order_id' }],
    [columns.slice(0, 3), undefined, { kind: 'histogram', x: 'price' }],
    [columns.slice(0, 2), undefined, { kind: 'histogram', x: 'order_id' }],
    [columns.slice(1, 2), undefined, { kind: 'bar', x: 'shop' }],
    [[], undefined, { kind: 'missing' }],
  ] as const)('%#', (of, name, expected) => {
    expect(firstChart(of, name === undefined ? {} : { column: name })).toEqual({ chart: 1, ...expected });
  });

  it('has the filter of the data view', () => {
    const filter = [{ is: 'missing', column: 'shop' }] as const;
    expect(firstChart(columns, { filter }).filter).toEqual(filter);
    expect(firstChart(columns, { filter: [] })).not.toHaveProperty('filter');
  });
});

describe('another kind of chart', () => {
  const bar: DataChart = { chart: 1, kind: 'bar', x: 'shop', colour: 'shop' };
  it('keeps what fits, and fills what is needed', () => {
    expect(asKind(bar, 'histogram', columns)).toEqual({ ...bar, kind: 'histogram', x: 'price' });
    expect(asKind(bar, 'scatter', columns)).toEqual({ ...bar, kind: 'scatter', x: 'price', y: 'pieces' });
    expect(asKind(bar, 'line', columns).x).toBe('day');
    expect(asKind({ ...bar, x: 'price' }, 'box', columns)).toMatchObject({ x: 'price', y: 'pieces' });
    expect(asKind(bar, 'heatmap', columns)).toMatchObject({ x: 'shop', y: 'price' });
    // What is of no use there comes back with the kind.
    expect(asKind(asKind(bar, 'correlation', columns), 'bar', columns)).toEqual(bar);
  });

  it('asks for a column where there is something to aggregate', () => {
    const mean = filled(withOption(bar, { aggregate: 'mean' }), columns);
    expect(fieldsOf(mean).map(({ role }) => role)).toEqual(['x', 'y', 'colour', 'facet']);
    expect(mean.y).toBe('price');
    expect(fieldsOf(withOption(mean, { aggregate: 'count' })).map(({ role }) => role)).not.toContain('y');
  });

  it('leaves a column alone that is gone, so that it is said', () => {
    const gone = { ...bar, x: 'spezies' };
    expect(filled(gone, columns)).toEqual(gone);
    expect(withField(bar, 'colour', undefined)).not.toHaveProperty('colour');
    expect(withOption({ ...bar, bins: 3 }, { bins: undefined })).toEqual(bar);
  });

  it('says what is lacking', () => {
    expect(lacking('line', columns.slice(0, 2))).toBe('no column holds dates');
    expect(lacking('scatter', columns.slice(0, 2))).toBe('two columns of numbers are needed');
    expect(lacking('histogram', columns.slice(1, 2))).toBe('no column holds numbers');
    expect(lacking('bar', columns)).toBeUndefined();
  });
});

describe('the words of a chart', () => {
  const points = (n: number) => ({
    x: Array.from({ length: n }, () => 1),
    y: Array.from({ length: n }, () => 2),
  });
  const histogram: ChartBody = { kind: 'histogram', edges: [0, 5, 10], panels: [{ counts: [[3, 4]] }] };

  it('which rows it is of', () => {
    expect(rowsBadge(data({ kind: 'histogram' }, histogram))).toBe('all 1,000 rows');
    expect(rowsBadge(data({ kind: 'histogram' }, histogram, { matched: 7 }))).toBe(
      '7 of 1,000 rows match the filter',
    );
    const sample: ChartBody = {
      kind: 'scatter',
      shows: 'sample',
      panels: [{ points: [points(40), points(10)] }],
    };
    const some = data({ kind: 'scatter' }, sample, { matched: 900, drawn: 890 });
    expect(rowsBadge(some)).toBe('sample of 50 of 890 rows');
    expect(chartNotes(some)).toEqual(['900 of 1,000 rows match the filter.']);
  });

  it('what is left out and put together', () => {
    const colours: ChartGroups = {
      column: shop ?? null,
      groups: [{ is: 'value', value: 'Nord' }, { is: 'other', values: 8 }, { is: 'missing' }],
    };
    const notes = chartNotes(
      data({ kind: 'histogram' }, histogram, {
        colours,
        rejected: 2,
        leftOut: [
          { column: 'price', why: 'missing', rows: 12 },
          { column: 'price', why: 'infinite', rows: 1 },
        ],
      }),
    );
    expect(notes).toEqual([
      '12 rows left out: price is missing.',
      '1 row left out: price is infinite or not a number.',
      'shop: the 1 most frequent of 9 values are shown, all others together as “other”.',
      '2 records of the file could not be read and are no rows.',
    ]);
  });

  it('titles, groups and moments', () => {
    expect(
      chartTitle({ chart: 1, kind: 'bar', x: 'shop', y: 'price', aggregate: 'mean', facet: 'day' }),
    ).toBe('Mean of price by shop, for each day');
    expect(chartTitle({ chart: 1, kind: 'line', x: 'day', title: 'Mine' })).toBe('Mine');
    const line: ChartBody = { kind: 'line', step: 'month', steps: [], panels: [] };
    expect(axisTitles(data({ kind: 'line', x: 'day', y: 'price', aggregate: 'sum' }, line))).toEqual({
      x: 'day (by month)',
      y: 'Sum of price per month',
    });
    const ms = Date.UTC(2024, 4, 6, 13, 5);
    expect((['year', 'quarter', 'month', 'week', 'hour'] as const).map((step) => stepText(ms, step))).toEqual(
      ['2024', '2024-Q2', '2024-05', '2024-05-06', '2024-05-06 13:05'],
    );
    expect(groupText({ is: 'range', min: 1000, max: 2000 }, price ?? null)).toBe('1,000 – 2,000');
    expect(groupText({ is: 'value', value: 2024 }, price ?? null)).toBe('2024');
    expect(groupText({ is: 'value', value: '' }, shop ?? null)).toBe('(empty)');
  });

  it('its numbers as a table, with a remark where some are not in it', () => {
    const facets: ChartGroups = {
      column: shop ?? null,
      groups: [{ is: 'value', value: 'Nord' }, { is: 'missing' }],
    };
    const two: ChartBody = { ...histogram, panels: [{ counts: [[3, 4]] }, { counts: [[0, 1]] }] };
    const drawn = data({ kind: 'histogram', x: 'price' }, two, {
      facets,
      columns: price ? { x: price } : {},
    });
    expect(chartNumbers(drawn)).toEqual({
      head: ['shop', 'price from', 'to', 'Rows'],
      rows: [
        ['Nord', '0', '5', '3'],
        ['Nord', '5', '10', '4'],
        ['missing', '0', '5', '0'],
        ['missing', '5', '10', '1'],
      ],
      note: '',
    });
    expect(chartNumbers(drawn, 2)).toMatchObject({
      rows: [
        ['Nord', '0', '5', '3'],
        ['missing', '5', '10', '1'],
      ],
      note: '2 of 4 lines, evenly chosen.',
    });
  });

  it('the calendar’s gaps: how many, and the longest', () => {
    const from = Date.UTC(2024, 0, 1);
    const rows = [3, 0, 0, 2, 0, 1, 0, 0];
    const body: ChartBody = {
      kind: 'line',
      step: 'day',
      steps: rows.map((_, k) => from + k * 86_400_000),
      panels: [{ values: [rows], rows: [rows] }],
    };
    expect(calendarGaps(data({ kind: 'line' }, body), 2)).toEqual({
      step: 'day',
      steps: 8,
      empty: 5,
      runs: [
        { from: '2024-01-02', to: '2024-01-03', steps: 2 },
        { from: '2024-01-07', to: '2024-01-08', steps: 2 },
      ],
    });
    expect(calendarGaps(data({ kind: 'histogram' }, histogram))).toBeUndefined();
  });
});

import type { Chart, ChartConfiguration, Plugin } from 'chart.js';
import type { ChartBody, ChartData } from '../../../src/protocol';
import { count, number, percent } from '../../../src/words';
import { axisText, axisTitles, groupTexts } from '../../../src/words-chart';
import { themeColour } from '../../shared/theme';
import {
  baseOptions,
  groupStyles,
  type Ink,
  isHighContrast,
  numberAxis,
  placesAxis,
  shade,
  textOn,
  tooltipStyle,
} from './style';

type Of<K extends ChartBody['kind']> = Extract<ChartBody, { kind: K }>;

interface Cell {
  readonly x: number;
  readonly y: number;
  readonly fill: string;
  /** Drawn where there is room for it. */
  readonly text: string;
  readonly tip: readonly string[];
}

/** What the shades of a matrix mean. */
export interface Shades {
  readonly title: string;
  readonly from: { readonly text: string; readonly colour: string };
  readonly to: { readonly text: string; readonly colour: string };
}

/** Texts in the cells, where all of them have room. */
const cellTexts = (cells: readonly Cell[], font: Ink['font']): Plugin => ({
  id: 'cell-texts',
  afterDatasetsDraw(chart: Chart) {
    const { ctx } = chart;
    const [x, y] = [chart.scales.x, chart.scales.y];
    if (!x || !y) return;
    const wide = Math.abs(x.getPixelForValue(1) - x.getPixelForValue(0));
    const high = Math.abs(y.getPixelForValue(1) - y.getPixelForValue(0));
    ctx.save();
    ctx.font = `${font.size}px ${font.family}`;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    const widest = Math.max(...cells.map((one) => ctx.measureText(one.text).width));
    if (widest + 6 <= wide && high >= font.size + 4) {
      for (const one of cells) {
        ctx.fillStyle = textOn(one.fill);
        ctx.fillText(one.text, x.getPixelForValue(one.x), y.getPixelForValue(one.y));
      }
    }
    ctx.restore();
  },
});

function matrix(
  cells: readonly Cell[],
  size: { readonly wide: number; readonly high: number },
  scales: NonNullable<NonNullable<ChartConfiguration['options']>['scales']>,
  colours: Ink,
  texts = true,
): ChartConfiguration {
  const base = baseOptions();
  const gap = !texts ? 0 : isHighContrast() ? 1 : 0.5;
  // Without lines between them, cells must not leave a seam of half a pixel.
  const seam = gap === 0 ? 0.7 : 0;
  return {
    type: 'matrix',
    data: {
      datasets: [
        {
          label: '',
          data: cells.map(({ x, y }) => ({ x, y })),
          backgroundColor: cells.map((one) => one.fill),
          hoverBackgroundColor: cells.map((one) => one.fill),
          hoverBorderColor: colours.text,
          borderColor: isHighContrast() ? colours.text : colours.ground,
          borderWidth: gap,
          hoverBorderWidth: 2,
          anchorX: 'center',
          anchorY: 'center',
          width: ({ chart }) => chart.chartArea.width / size.wide + seam,
          height: ({ chart }) => chart.chartArea.height / size.high + seam,
        },
      ],
    },
    options: {
      ...base,
      scales,
      interaction: { mode: 'nearest', intersect: true },
      plugins: {
        legend: { display: false },
        tooltip: {
          ...tooltipStyle(colours),
          callbacks: { title: () => '', label: (item) => [...(cells[item.dataIndex]?.tip ?? [])] },
        },
      },
    },
    plugins: texts ? [cellTexts(cells, colours.font)] : [],
  };
}

const blue = (): string => themeColour('charts-blue', '#3794ff');
const red = (): string => themeColour('charts-red', '#f14c4c');

function endsOf(values: readonly (number | null)[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

const share = (value: number, [low, high]: readonly [number, number]): number =>
  high > low ? (value - low) / (high - low) : 1;

function heatEnds({ chart }: ChartData, { panels }: Of<'heatmap'>): [number, number] {
  const [low, high] = endsOf(panels.flatMap(({ values }) => values.flat()));
  return (chart.aggregate ?? 'count') === 'count' ? [0, high] : [low, high];
}

export function heatmapConfig(
  data: ChartData,
  body: Of<'heatmap'>,
  facet: number,
  colours: Ink,
): ChartConfiguration {
  const titles = axisTitles(data);
  const [xs, ys] = [groupTexts(body.xs), groupTexts(body.ys)];
  const ends = heatEnds(data, body);
  const panel = body.panels[facet];
  const cells = (panel?.values ?? []).flatMap((line, y) =>
    line.flatMap((value, x): Cell[] => {
      if (value === null) return [];
      const rows = panel?.rows[y]?.[x] ?? 0;
      const isCount = (data.chart.aggregate ?? 'count') === 'count';
      return [
        {
          x,
          y,
          fill: shade(blue(), share(value, ends), colours.ground),
          text: number(value, 3),
          tip: [
            `${titles.x}: ${xs[x] ?? ''}`,
            `${titles.y}: ${ys[y] ?? ''}`,
            ...(isCount ? [`${count(rows)} rows`] : [`${number(value, 6)} (${count(rows)} rows)`]),
          ],
        },
      ];
    }),
  );
  return matrix(
    cells,
    { wide: xs.length, high: ys.length },
    { x: placesAxis(colours, titles.x, xs), y: placesAxis(colours, titles.y, ys, isOrderedDown(body)) },
    colours,
  );
}

/** Names run down from the top; numbers grow upwards. */
const isOrderedDown = ({ ys }: Of<'heatmap'>): boolean => ys.groups[0]?.is === 'value';

export function correlationConfig(body: Of<'correlation'>, colours: Ink): ChartConfiguration {
  const { columns, values, rows } = body;
  const cells = values.flatMap((line, y) =>
    line.map((value, x): Cell => ({
      x,
      y,
      fill:
        value === null ? colours.ground : shade(value < 0 ? red() : blue(), Math.abs(value), colours.ground),
      text: value === null ? '–' : value.toFixed(2).replace('-', '−'),
      tip: [
        `${columns[y] ?? ''} and ${columns[x] ?? ''}`,
        value === null ? 'no correlation: one of them does not vary' : value.toFixed(4).replace('-', '−'),
        `${count(rows[y]?.[x] ?? 0)} rows with both`,
      ],
    })),
  );
  return matrix(
    cells,
    { wide: columns.length, high: columns.length },
    { x: placesAxis(colours, '', columns), y: placesAxis(colours, '', columns, true) },
    colours,
  );
}

export function missingConfig(body: Of<'missing'>, colours: Ink): ChartConfiguration {
  const { columns, blocks, values } = body;
  const sums = columns.map((_, k) => values.reduce((sum, line) => sum + (line[k] ?? 0), 0));
  const all = blocks.reduce((sum, one) => sum + one.rows, 0);
  const names = columns.map((name, k) => `${name} ${percent(all === 0 ? 0 : (sums[k] ?? 0) / all)}`);
  const cells = values.flatMap((line, y) =>
    line.map((missing, x): Cell => {
      const { from = 0, rows = 0 } = blocks[y] ?? {};
      const part = rows === 0 ? 0 : missing / rows;
      return {
        x,
        y,
        fill: missing === 0 ? shade(colours.muted, 0, colours.ground) : shade(red(), part, colours.ground),
        text: '',
        tip: [
          columns[x] ?? '',
          `rows ${count(from + 1)} – ${count(from + rows)}`,
          `${count(missing)} missing (${percent(part)})`,
        ],
      };
    }),
  );
  const marks = blocks.map(({ from }) => count(from + 1));
  return matrix(
    cells,
    { wide: columns.length, high: blocks.length },
    { x: placesAxis(colours, '', names), y: placesAxis(colours, 'Row of the file', marks, true) },
    colours,
    false,
  );
}

type Density = Extract<Of<'scatter'>, { shows: 'density' }>;

const densest = ({ panels }: Density): number =>
  panels.reduce((most, { cells }) => cells.reduce((n, one) => Math.max(n, one.rows), most), 1);

export function densityConfig(
  data: ChartData,
  body: Density,
  facet: number,
  colours: Ink,
): ChartConfiguration {
  const titles = axisTitles(data);
  const { xEdges, yEdges } = body;
  const names = groupTexts(data.colours);
  const styles = groupStyles(data.colours);
  const most = densest(body);
  const middle = (edges: readonly number[], k: number): number => ((edges[k] ?? 0) + (edges[k + 1] ?? 0)) / 2;
  const xText = (value: number): string => axisText(value, data.columns.x);
  const yText = (value: number): string => axisText(value, data.columns.y);
  const cells = (body.panels[facet]?.cells ?? []).map((one): Cell => ({
    x: middle(xEdges, one.x),
    y: middle(yEdges, one.y),
    // Roots: few rows beside a crowd are seen, too.
    fill: shade(styles[one.colour]?.colour ?? blue(), Math.sqrt(one.rows / most), colours.ground),
    text: '',
    tip: [
      `${titles.x}: ${xText(xEdges[one.x] ?? 0)} – ${xText(xEdges[one.x + 1] ?? 0)}`,
      `${titles.y}: ${yText(yEdges[one.y] ?? 0)} – ${yText(yEdges[one.y + 1] ?? 0)}`,
      `${count(one.rows)} rows${data.colours.column ? `, most of them ${names[one.colour] ?? ''}` : ''}`,
    ],
  }));
  const side = (edges: readonly number[], title: string, text: (value: number) => string) =>
    numberAxis(colours, { title, min: edges[0], max: edges.at(-1), text });
  return matrix(
    cells,
    { wide: Math.max(1, xEdges.length - 1), high: Math.max(1, yEdges.length - 1) },
    { x: side(xEdges, titles.x, xText), y: side(yEdges, titles.y, yText) },
    colours,
    false,
  );
}

/** What the shades mean; undefined where there are none. */
export function shadesOf(data: ChartData, colours: Ink): Shades | undefined {
  const { body } = data;
  const faint = (full: string): string => shade(full, 0, colours.ground);
  switch (body.kind) {
    case 'heatmap': {
      const [low, high] = heatEnds(data, body);
      if (high < low) return undefined;
      const { aggregate = 'count', value = '' } = data.chart;
      return {
        title: aggregate === 'count' ? 'Rows' : `${aggregate} of ${value}`,
        from: { text: number(low, 4), colour: faint(blue()) },
        to: { text: number(high, 4), colour: shade(blue(), 1, colours.ground) },
      };
    }
    case 'scatter':
      if (body.shows !== 'density') return undefined;
      return {
        title: 'Rows per bin',
        from: { text: '1', colour: faint(blue()) },
        to: { text: count(densest(body)), colour: shade(blue(), 1, colours.ground) },
      };
    case 'correlation':
      return {
        title: 'Correlation',
        from: { text: '−1', colour: shade(red(), 1, colours.ground) },
        to: { text: '+1', colour: shade(blue(), 1, colours.ground) },
      };
    case 'missing':
      return {
        title: 'Missing',
        from: { text: '0 %', colour: shade(colours.muted, 0, colours.ground) },
        to: { text: '100 %', colour: shade(red(), 1, colours.ground) },
      };
    case 'histogram':
    case 'bar':
    case 'line':
    case 'box':
      return undefined;
  }
}

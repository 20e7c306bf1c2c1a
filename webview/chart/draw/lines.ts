import type { ChartConfiguration } from 'chart.js';
import type { ChartBody, ChartData } from '../../../src/protocol';
import { number } from '../../../src/words';
import { axisText, axisTitles, groupTexts, stepText } from '../../../src/words-chart';
import { decimate, evenly } from '../../shared/series';
import { baseOptions, groupStyles, type Ink, numberAxis, type Tip, tooltipStyle } from './style';

type Of<K extends ChartBody['kind']> = Extract<ChartBody, { kind: K }>;

const MOST_MARKED = 60;
const MARKS = 8;

function ends(values: readonly (number | null)[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** A number for each step of time, one facet. */
export function lineConfig(
  data: ChartData,
  { steps, step, panels }: Of<'line'>,
  facet: number,
  colours: Ink,
): ChartConfiguration {
  const titles = axisTitles(data);
  const names = groupTexts(data.colours);
  const styles = groupStyles(data.colours);
  const lines = panels[facet]?.values ?? [];
  const base = baseOptions();
  const [low, high] = ends(panels.flatMap(({ values }) => values.flat()));
  const counted = (data.chart.aggregate ?? 'count') === 'count' || data.chart.aggregate === 'sum';
  return {
    type: 'line',
    data: {
      datasets: lines.map((line, c) => {
        const style = styles[c];
        const points = decimate({ x: steps, y: line.map((value) => value ?? NaN) });
        return {
          label: names[c] ?? '',
          data: points.x.map((x, k) => ({ x, y: points.y[k] ?? NaN })),
          borderColor: style?.colour ?? colours.text,
          backgroundColor: style?.colour ?? colours.text,
          borderWidth: 2,
          borderDash: [...(style?.dashes ?? [])],
          pointStyle: style?.shape ?? 'circle',
          pointRadius: steps.length <= MOST_MARKED ? 3 : 0,
          pointHoverRadius: 5,
          spanGaps: false,
          clip: 8,
        };
      }),
    },
    options: {
      ...base,
      parsing: false,
      interaction: { mode: 'x', intersect: false },
      scales: {
        x: numberAxis(colours, {
          title: titles.x,
          min: steps[0],
          max: steps.at(-1),
          text: (ms) => stepText(ms, step),
          marks: evenly(steps.length, MARKS).map((k) => steps[k] ?? 0),
        }),
        y: numberAxis(colours, {
          title: titles.y,
          ...(counted && low >= 0 ? { min: 0 } : {}),
          ...(low <= high ? { around: [low, high] as const } : {}),
          text: (n) => number(n, 4),
        }),
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          ...tooltipStyle(colours),
          callbacks: {
            title: ([item]: Tip[]) => stepText(Number(item?.parsed.x), step),
            label: (item: Tip) =>
              `${data.colours.column ? (names[item.datasetIndex] ?? '') : titles.y}: ${number(item.parsed.y ?? NaN, 6)}`,
          },
        },
      },
    },
  };
}

/** Points of rows, one facet. */
export function scatterConfig(
  data: ChartData,
  { panels }: Extract<Of<'scatter'>, { shows: 'all' | 'sample' }>,
  facet: number,
  colours: Ink,
): ChartConfiguration {
  const titles = axisTitles(data);
  const names = groupTexts(data.colours);
  const styles = groupStyles(data.colours);
  const points = panels[facet]?.points ?? [];
  const all = panels.reduce((sum, one) => sum + one.points.reduce((n, { x }) => n + x.length, 0), 0);
  const base = baseOptions();
  const side = (of: 'x' | 'y') => {
    const [low, high] = ends(panels.flatMap((one) => one.points.flatMap((line) => line[of])));
    return {
      title: titles[of],
      ...(low <= high ? { around: [low, high] as const } : {}),
      text: (value: number) => axisText(value, data.columns[of]),
    };
  };
  return {
    type: 'scatter',
    data: {
      datasets: points.map(({ x, y }, c) => {
        const style = styles[c];
        const colour = style?.colour ?? colours.text;
        return {
          label: names[c] ?? '',
          data: x.map((one, k) => ({ x: one, y: y[k] ?? NaN })),
          borderColor: colour,
          // Where points lie on each other, outlines show it.
          backgroundColor: all > 200 ? 'transparent' : colour,
          borderWidth: 1,
          pointStyle: style?.shape ?? 'circle',
          pointRadius: all > 1000 ? 2 : 3,
          pointHoverRadius: 5,
          clip: 8,
        };
      }),
    },
    options: {
      ...base,
      parsing: false,
      interaction: { mode: 'nearest', intersect: true },
      scales: { x: numberAxis(colours, side('x')), y: numberAxis(colours, side('y')) },
      plugins: {
        legend: { display: false },
        tooltip: {
          ...tooltipStyle(colours),
          callbacks: {
            title: ([item]: Tip[]) => (data.colours.column ? (names[item?.datasetIndex ?? -1] ?? '') : ''),
            label: (item: Tip) => [
              `${titles.x}: ${axisText(item.parsed.x ?? NaN, data.columns.x)}`,
              `${titles.y}: ${axisText(item.parsed.y ?? NaN, data.columns.y)}`,
            ],
          },
        },
      },
    },
  };
}

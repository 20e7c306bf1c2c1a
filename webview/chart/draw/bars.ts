import type { ChartConfiguration } from 'chart.js';
import type { ChartBody, ChartData } from '../../../src/protocol';
import { count, number } from '../../../src/words';
import { axisText, axisTitles, groupTexts } from '../../../src/words-chart';
import { baseOptions, groupStyles, type Ink, numberAxis, shortName, type Tip, tooltipStyle } from './style';

type Of<K extends ChartBody['kind']> = Extract<ChartBody, { kind: K }>;

const boxes = (style: { colour: string; filled: boolean }) => ({
  backgroundColor: style.filled ? style.colour : 'transparent',
  borderColor: style.colour,
  borderWidth: style.filled ? 0 : 1.5,
  borderSkipped: false as const,
  minBarLength: 1,
});

/** Rows by bins, one facet. */
export function histogramConfig(
  data: ChartData,
  { edges, panels }: Of<'histogram'>,
  facet: number,
  colours: Ink,
): ChartConfiguration {
  const titles = axisTitles(data);
  const names = groupTexts(data.colours);
  const styles = groupStyles(data.colours);
  const counts = panels[facet]?.counts ?? [];
  const most = Math.max(
    1,
    ...panels.map((one) =>
      Math.max(...edges.slice(1).map((_, k) => one.counts.reduce((sum, line) => sum + (line[k] ?? 0), 0))),
    ),
  );
  const middle = (k: number): number => ((edges[k] ?? 0) + (edges[k + 1] ?? 0)) / 2;
  const text = (value: number): string => axisText(value, data.columns.x);
  const base = baseOptions();
  return {
    type: 'bar',
    data: {
      datasets: counts.map((line, c) => ({
        label: names[c] ?? '',
        data: line.map((y, k) => ({ x: middle(k), y })) as never[],
        ...boxes(styles[c] ?? { colour: colours.text, filled: true }),
        grouped: false,
        barPercentage: 1,
        categoryPercentage: 0.96,
        minBarLength: 0,
      })),
    },
    options: {
      ...base,
      interaction: { mode: 'index', intersect: false },
      scales: {
        x: {
          ...numberAxis(colours, { title: titles.x, min: edges[0], max: edges.at(-1), text, stacked: true }),
        },
        y: numberAxis(colours, {
          title: titles.y,
          min: 0,
          around: [0, most],
          text: (n) => number(n, 4),
          stacked: true,
        }),
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          ...tooltipStyle(colours),
          callbacks: {
            title: ([item]: Tip[]) => {
              const k = item?.dataIndex ?? 0;
              return `${titles.x}: ${text(edges[k] ?? 0)} – ${text(edges[k + 1] ?? 0)}`;
            },
            label: (item: Tip) =>
              `${data.colours.column ? `${names[item.datasetIndex] ?? ''}: ` : ''}${count(item.parsed.y ?? NaN)} rows`,
          },
        },
      },
    },
  };
}

/** Amounts can be put on each other; means and the like cannot. */
export const isStacked = ({ chart }: ChartData): boolean =>
  (chart.aggregate ?? 'count') === 'count' || chart.aggregate === 'sum';

/** Bars run to the right where there are many, or where their names are long. */
export function isSideways({ xs }: Of<'bar'>, width: number): boolean {
  const [first] = xs.groups;
  if (first?.is === 'step') return false;
  const longest = Math.max(...groupTexts(xs).map((name) => name.length));
  return xs.groups.length * Math.min(longest, 24) * 7 > width;
}

/** A number for each category, one facet. */
export function barConfig(
  data: ChartData,
  body: Of<'bar'>,
  facet: number,
  { colours, sideways }: { colours: Ink; sideways: boolean },
): ChartConfiguration {
  const titles = axisTitles(data);
  const names = groupTexts(data.colours);
  const styles = groupStyles(data.colours);
  const places = groupTexts(body.xs);
  const stacked = isStacked(data);
  const panel = body.panels[facet];
  const sums = body.panels.flatMap(({ values }) =>
    stacked
      ? places.map((_, k) => values.reduce((sum, line) => sum + Math.max(0, line[k] ?? 0), 0))
      : values.flatMap((line) => line.map((value) => value ?? 0)),
  );
  const least = Math.min(
    0,
    ...body.panels.flatMap(({ values }) => values.flatMap((line) => line.map((one) => one ?? 0))),
  );
  const base = baseOptions();
  const value = numberAxis(colours, {
    title: titles.y,
    min: least < 0 ? undefined : 0,
    text: (n) => number(n, 4),
    stacked,
    around: [least, Math.max(...sums, 0)],
  });
  const place = {
    type: 'category' as const,
    stacked,
    title: { display: titles.x !== '', text: titles.x, color: colours.muted, font: colours.font },
    grid: { display: false },
    border: { color: colours.line },
    ticks: {
      color: colours.muted,
      font: colours.font,
      autoSkip: !sideways,
      maxRotation: 60,
      callback: (_: string | number, index: number) => shortName(places[index] ?? ''),
    },
  };
  return {
    type: 'bar',
    data: {
      labels: places,
      datasets: (panel?.values ?? []).map((line, c) => ({
        label: names[c] ?? '',
        data: [...line],
        ...boxes(styles[c] ?? { colour: colours.text, filled: true }),
        maxBarThickness: 40,
        minBarLength: stacked && (panel?.values.length ?? 0) > 1 ? 0 : 1,
      })),
    },
    options: {
      ...base,
      indexAxis: sideways ? 'y' : 'x',
      interaction: { mode: 'index', axis: sideways ? 'y' : 'x', intersect: false },
      scales: sideways ? { x: value, y: place } : { x: place, y: value },
      plugins: {
        legend: { display: false },
        tooltip: {
          ...tooltipStyle(colours),
          callbacks: {
            title: ([item]: Tip[]) => `${titles.x}: ${places[item?.dataIndex ?? 0] ?? ''}`,
            label: (item: Tip) => {
              const [one, rows] = [
                panel?.values[item.datasetIndex]?.[item.dataIndex],
                panel?.rows[item.datasetIndex]?.[item.dataIndex] ?? 0,
              ];
              if (one === null || one === undefined) return '';
              const of = titles.y === 'Rows' ? '' : ` (${count(rows)} rows)`;
              return `${data.colours.column ? (names[item.datasetIndex] ?? '') : titles.y}: ${number(one, 6)}${of}`;
            },
          },
        },
      },
    },
  };
}

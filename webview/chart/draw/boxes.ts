import type { ChartConfiguration } from 'chart.js';
import type { Box, ChartBody, ChartData } from '../../../src/protocol';
import { count } from '../../../src/words';
import { axisText, axisTitles, groupTexts } from '../../../src/words-chart';
import {
  baseOptions,
  groupStyles,
  type Ink,
  numberAxis,
  shade,
  shortName,
  type Tip,
  tooltipStyle,
} from './style';

/** Box plots, one facet. */
export function boxConfig(
  data: ChartData,
  { xs, panels }: Extract<ChartBody, { kind: 'box' }>,
  facet: number,
  colours: Ink,
): ChartConfiguration {
  const titles = axisTitles(data);
  const names = groupTexts(data.colours);
  const styles = groupStyles(data.colours);
  const places = xs.column ? groupTexts(xs) : [''];
  const lines = panels[facet]?.boxes ?? [];
  const drawn = panels.flatMap((one) => one.boxes.flat()).flatMap((one) => one ?? []);
  const low = Math.min(...drawn.map((one) => Math.min(one.whiskers[0], ...one.farthest)));
  const high = Math.max(...drawn.map((one) => Math.max(one.whiskers[1], ...one.farthest)));
  const base = baseOptions();
  const text = (value: number): string => axisText(value, data.columns.y);
  return {
    type: 'boxplot',
    data: {
      labels: places,
      datasets: lines.map((line, c) => {
        const colour = styles[c]?.colour ?? colours.text;
        return {
          label: names[c] ?? '',
          data: line.map((box) => (box ? figure(box) : null)) as never[],
          backgroundColor: shade(colour, 0.3, colours.ground),
          borderColor: colour,
          borderWidth: 1.5,
          outlierRadius: 2.5,
          outlierBackgroundColor: 'transparent',
          outlierBorderColor: colour,
          outlierBorderWidth: 1,
          outlierHitRadius: 4,
          meanRadius: 3,
          meanStyle: 'rectRot' as const,
          meanBackgroundColor: colours.text,
          meanBorderColor: colours.text,
          itemRadius: 0,
          maxBarThickness: 60,
        };
      }),
    },
    options: {
      ...base,
      interaction: { mode: 'nearest', axis: 'x', intersect: false },
      scales: {
        x: {
          type: 'category',
          title: { display: titles.x !== '', text: titles.x, color: colours.muted, font: colours.font },
          grid: { display: false },
          border: { color: colours.line },
          ticks: {
            color: colours.muted,
            font: colours.font,
            maxRotation: 60,
            callback: (_: string | number, index: number) => shortName(places[index] ?? ''),
          },
        },
        y: numberAxis(colours, {
          title: titles.y,
          ...(low <= high ? { around: [low, high] as const } : {}),
          text,
        }),
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          ...tooltipStyle(colours),
          callbacks: {
            title: ([item]: Tip[]) =>
              [places[item?.dataIndex ?? 0], data.colours.column ? names[item?.datasetIndex ?? -1] : '']
                .filter((one) => one !== undefined && one !== '')
                .join(', '),
            label: (item: Tip) => {
              const box = lines[item.datasetIndex]?.[item.dataIndex];
              if (!box) return '';
              return [
                `${count(box.rows)} rows, ${count(box.outliers)} of them outliers`,
                `median ${text(box.median)}, mean ${text(box.mean)}`,
                `quartiles ${text(box.q1)} and ${text(box.q3)}`,
                `smallest ${text(box.min)}, largest ${text(box.max)}`,
              ];
            },
          },
        },
      },
    },
  };
}

function figure(box: Box) {
  const { min, q1, median, q3, max, mean, whiskers, farthest } = box;
  const [whiskerMin, whiskerMax] = whiskers;
  return { min, q1, median, q3, max, mean, whiskerMin, whiskerMax, outliers: [...farthest], items: [] };
}

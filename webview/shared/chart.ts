import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  type ChartDataset,
  Legend,
  type LegendItem,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
  type TooltipItem,
} from 'chart.js';
import { html, nothing, render, type TemplateResult } from 'lit';
import { COLOURS, DASHES, SHAPES } from './chart-style';
import { type ChartSeries, type ChartSpec, chartTable } from './chart-table';
import { number } from './format';
import { decimate, evenly, type Points } from './series';
import { onThemeChange, themeColour } from './theme';

export type { ChartSeries, ChartSpec } from './chart-table';

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
);

const MOST_MARKED = 40;
const MOST_SCATTERED = 5000;

interface XY {
  x: number;
  y: number;
}
type Kind = 'line' | 'bar';
type Dataset = ChartDataset<Kind, (XY | number | null)[]>;

function sampled(points: Points): Points {
  const places = evenly(points.x.length, MOST_SCATTERED);
  return { x: places.map((i) => points.x[i] ?? NaN), y: places.map((i) => points.y[i] ?? NaN) };
}

function dashes(series: ChartSeries, index: number): number[] {
  if (series.style === 'reference') return [4, 4];
  return series.style === 'points' ? [] : [...(DASHES[index % DASHES.length] ?? [])];
}

function dataset(series: ChartSeries, index: number, spec: ChartSpec): Dataset {
  const [name, fallback] = COLOURS[index % COLOURS.length] ?? COLOURS[0];
  const colour = themeColour(name, fallback);
  if (spec.kind === 'bar') {
    const values: (number | null)[] = (spec.categories ?? []).map(() => null);
    series.points.x.forEach((place, i) => (values[place] = series.points.y[i] ?? null));
    return {
      label: series.name,
      data: values,
      backgroundColor: series.style === 'outline' ? 'transparent' : colour,
      borderColor: colour,
      borderWidth: series.style === 'outline' ? 2 : 0,
      borderSkipped: false,
      minBarLength: 1,
      maxBarThickness: 28,
    };
  }
  const reference = series.style === 'reference';
  const scattered = series.style === 'points' || (spec.kind === 'scatter' && !reference);
  const points = scattered ? sampled(series.points) : decimate(series.points);
  const marked = scattered || (!reference && points.x.length <= MOST_MARKED);
  const line = reference ? themeColour('descriptionForeground', '#888') : colour;
  return {
    label: series.name,
    data: points.x.map((x, i) => ({ x, y: points.y[i] ?? NaN })),
    showLine: !scattered,
    borderColor: line,
    backgroundColor: scattered && series.points.x.length > 200 ? 'transparent' : line,
    borderWidth: reference ? 1 : scattered ? 1 : 2,
    borderDash: dashes(series, index),
    pointRadius: marked ? 3 : 0,
    pointHoverRadius: reference ? 0 : 5,
    pointStyle: SHAPES[index % SHAPES.length] ?? 'circle',
    pointHitRadius: reference ? 0 : 6,
    spanGaps: false,
    // Points on the edge are drawn whole.
    clip: 8,
    order: reference ? 1 : 0,
  };
}

/** Entries of the legend with the dashes of their lines, which chart.js takes from the points only. */
const lineLabels =
  (spec: ChartSpec) =>
  (drawn: Chart): LegendItem[] =>
    Chart.defaults.plugins.legend.labels.generateLabels(drawn).map((item) => {
      const index = item.datasetIndex ?? 0;
      const series = spec.series[index];
      const isLine = spec.kind === 'line' || series?.style === 'reference';
      return {
        ...item,
        pointStyle: isLine ? ('line' as const) : ('circle' as const),
        lineWidth: isLine ? 2 : 1,
        lineDash: series && isLine ? dashes(series, index) : [],
      };
    });

function configuration(spec: ChartSpec): ChartConfiguration<Kind, (XY | number | null)[]> {
  const text = themeColour('foreground', '#ccc');
  const muted = themeColour('descriptionForeground', '#999');
  const line = themeColour('contrastBorder', themeColour('panel-border', '#8884'));
  const font = { family: themeColour('font-family', 'sans-serif'), size: 11 };
  const xText = spec.xText ?? ((x: number) => number(x, 4));
  const yText = spec.yText ?? ((y: number) => number(y, 4));
  const bars = spec.kind === 'bar';

  const axis = (title: string) => ({
    title: { display: title !== '', text: title, color: muted, font },
    ticks: { color: muted, font, maxRotation: bars ? 45 : 0, autoSkipPadding: 12 },
    grid: { color: line, lineWidth: 0.5 },
    border: { color: line },
  });
  const values = (
    title: string,
    min: number | undefined,
    max: number | undefined,
    toText: (n: number) => string,
  ) => {
    const base = axis(title);
    return {
      ...base,
      type: 'linear' as const,
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
      ticks: {
        ...base.ticks,
        maxTicksLimit: 7,
        callback: (value: string | number) => toText(Number(value)),
      },
    };
  };
  const names = (title: string) => {
    const base = axis(title);
    return {
      ...base,
      type: 'category' as const,
      grid: { display: false },
      ticks: { ...base.ticks, autoSkip: !spec.horizontal },
    };
  };
  const along = values(spec.xTitle, spec.xMin, spec.xMax, xText);
  const stepped = spec.xStep === undefined ? {} : { stepSize: spec.xStep, includeBounds: false };
  const x = bars ? names(spec.xTitle) : { ...along, ticks: { ...along.ticks, ...stepped } };
  const y = values(spec.yTitle, spec.yMin, spec.yMax, yText);
  const point = (item: TooltipItem<Kind>): XY => {
    const { x: atX, y: atY } = item.parsed;
    return spec.horizontal ? { x: atY ?? NaN, y: atX ?? NaN } : { x: atX ?? NaN, y: atY ?? NaN };
  };

  return {
    type: bars ? 'bar' : 'line',
    data: {
      labels: spec.categories ? [...spec.categories] : [],
      datasets: spec.series.map((series, index) => dataset(series, index, spec)),
    },
    options: {
      responsive: true,
      maintainAspectRatio: false,
      animation: false,
      ...(bars ? {} : { parsing: false as const }),
      indexAxis: spec.horizontal ? 'y' : 'x',
      interaction: {
        mode: 'nearest',
        axis: spec.kind === 'line' ? 'x' : 'xy',
        intersect: spec.kind === 'scatter',
      },
      scales: spec.horizontal ? { x: y, y: x } : { x, y },
      plugins: {
        legend: {
          display: spec.series.length > 1,
          position: 'bottom',
          labels: {
            color: text,
            font,
            boxHeight: 8,
            ...(bars
              ? { boxWidth: 12 }
              : {
                  usePointStyle: true,
                  pointStyleWidth: spec.kind === 'line' ? 30 : 11,
                  generateLabels: lineLabels(spec),
                }),
          },
        },
        tooltip: {
          backgroundColor: themeColour('editorHoverWidget-background', '#252526'),
          borderColor: themeColour('editorHoverWidget-border', line),
          borderWidth: 1,
          titleColor: text,
          bodyColor: text,
          titleFont: font,
          bodyFont: font,
          callbacks: {
            title: (items) => {
              const item = items[0];
              if (!item) return '';
              return bars ? item.label : `${spec.xTitle}: ${xText(point(item).x)}`;
            },
            label: (item) => `${item.dataset.label ?? ''}: ${yText(point(item).y)}`,
          },
        },
      },
    },
  };
}

/** A chart with its table; `spec` is drawn when it is another object than before. */
class ChartElement extends HTMLElement {
  #spec: ChartSpec | undefined;
  #chart: Chart<Kind, (XY | number | null)[]> | undefined;
  #kind: ChartSpec['kind'] | undefined;
  #stopTheme: (() => void) | undefined;
  #tableShown = false;

  set spec(spec: ChartSpec) {
    if (spec === this.#spec) return;
    this.#spec = spec;
    if (this.isConnected) this.#draw();
  }

  connectedCallback(): void {
    this.#stopTheme = onThemeChange(() => this.#draw());
    this.#draw();
  }

  disconnectedCallback(): void {
    this.#stopTheme?.();
    this.#chart?.destroy();
    this.#chart = undefined;
  }

  #draw(): void {
    const spec = this.#spec;
    if (!spec) return;
    render(this.#template(spec), this);
    const box = this.querySelector<HTMLElement>('.chart-box');
    const canvas = this.querySelector('canvas');
    if (!box || !canvas) return;
    box.style.height = `${spec.height ?? 220}px`;
    const config = configuration(spec);
    if (this.#chart && this.#kind === spec.kind) {
      this.#chart.data = config.data;
      if (config.options) this.#chart.options = config.options;
      this.#chart.update('none');
    } else {
      this.#chart?.destroy();
      this.#chart = new Chart(canvas, config);
      this.#kind = spec.kind;
    }
  }

  #template(spec: ChartSpec): TemplateResult {
    return html`<div class="chart-box">
        <canvas role="img" aria-label=${spec.label}></canvas>
      </div>
      <details
        class="chart-table"
        @toggle=${(event: Event) => {
          this.#tableShown = event.target instanceof HTMLDetailsElement && event.target.open;
          this.#draw();
        }}
      >
        <summary>Show as table</summary>
        ${this.#tableShown ? tableTemplate(spec) : nothing}
      </details>`;
  }
}

function tableTemplate(spec: ChartSpec): TemplateResult {
  const { head, rows, note } = chartTable(spec);
  return html`<div class="chart-rows" tabindex="0" role="region" aria-label=${`${spec.label} As a table.`}>
      <table class="table">
        <thead>
          <tr>
            ${head.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                ${row.map((cell) => html`<td class="num">${cell}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${note ? html`<p class="muted">${note}</p>` : nothing}`;
}

customElements.define('mll-chart', ChartElement);

/**
 * A chart in the theme's colours, with a table of its numbers beside it. It is drawn again only when `spec` is another
 * object, so a view makes its specs when their data changes and not in each redraw.
 */
export function chart(spec: ChartSpec): TemplateResult {
  return html`<mll-chart .spec=${spec}></mll-chart>`;
}

import { BoxAndWiskers, BoxPlotController } from '@sgratzl/chartjs-chart-boxplot';
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  ScatterController,
  Tooltip,
} from 'chart.js';
import { drawPoint } from 'chart.js/helpers';
import { MatrixController, MatrixElement } from 'chartjs-chart-matrix';
import { html, nothing, render, type TemplateResult } from 'lit';
import type { ChartData, ChartKind } from '../../src/protocol';
import { chartTitle, groupTexts, rowsBadge } from '../../src/words-chart';
import { onThemeChange } from '../shared/theme';
import { isSideways } from './draw/bars';
import { configOf } from './draw/config';
import { shadesOf } from './draw/matrices';
import { type GroupStyle, groupStyles, ink, shortName } from './draw/style';

Chart.register(
  BarController,
  BarElement,
  BoxAndWiskers,
  BoxPlotController,
  CategoryScale,
  LinearScale,
  LineController,
  LineElement,
  MatrixController,
  MatrixElement,
  PointElement,
  ScatterController,
  Tooltip,
);

const HEIGHT = 420;
const FACET_HEIGHT = 240;
const FACET_WIDTH = 280;
/** Of a bar that runs to the right, and of a line of a matrix. */
const BAR_HEIGHT = 22;
const LINE_HEIGHT = 20;

/** Height of one picture in CSS pixels. */
export function pictureHeight({ body, facets }: ChartData, sideways: boolean): number {
  const base = facets.column ? FACET_HEIGHT : HEIGHT;
  if (body.kind === 'bar' && sideways) return Math.max(base, body.xs.groups.length * BAR_HEIGHT + 60);
  if (body.kind === 'heatmap') return Math.max(base, body.ys.groups.length * LINE_HEIGHT + 110);
  if (body.kind === 'correlation') return Math.max(260, body.columns.length * 28 + 120);
  return base;
}

/** What a picture shows, as a sentence. */
export function pictureLabel(data: ChartData, facet: number): string {
  const names = groupTexts(data.facets);
  const of = data.facets.column ? `, ${data.facets.column.name}: ${names[facet] ?? ''}` : '';
  return `${chartTitle(data.chart)}${of}; ${rowsBadge(data)}. The numbers are in the table below.`;
}

/** The pictures of a chart, one for each facet, with a legend; `data` is drawn when it is another object than before. */
export class DataChartElement extends HTMLElement {
  #data: ChartData | undefined;
  #charts: Chart[] = [];
  #stopTheme: (() => void) | undefined;
  #hidden = new Set<number>();

  set data(data: ChartData) {
    if (data === this.#data) return;
    if (JSON.stringify(data.colours) !== JSON.stringify(this.#data?.colours)) this.#hidden = new Set();
    this.#data = data;
    if (this.isConnected) this.#draw();
  }

  connectedCallback(): void {
    this.#stopTheme = onThemeChange(() => this.#draw());
    this.#draw();
  }

  disconnectedCallback(): void {
    this.#stopTheme?.();
    this.#clear();
  }

  /** The pictures as they are drawn now, with the names of their facets. */
  pictures(): readonly { readonly canvas: HTMLCanvasElement; readonly name: string }[] {
    const data = this.#data;
    if (!data) return [];
    const names = groupTexts(data.facets);
    return this.#charts.map((one, k) => ({
      canvas: one.canvas,
      name: data.facets.column ? (names[k] ?? '') : '',
    }));
  }

  #clear(): void {
    for (const one of this.#charts) one.destroy();
    this.#charts = [];
  }

  #draw(): void {
    const data = this.#data;
    if (!data) return;
    this.#clear();
    const panels = data.facets.groups.length;
    const width = data.facets.column ? Math.max(FACET_WIDTH, this.clientWidth / 3) : this.clientWidth || 600;
    const sideways = data.body.kind === 'bar' && isSideways(data.body, width - 60);
    const height = pictureHeight(data, sideways);
    render(this.#template(data, panels), this);
    const colours = ink();
    for (const [facet, box] of [...this.querySelectorAll<HTMLElement>('.picture-box')].entries()) {
      box.style.height = `${height}px`;
      const canvas = box.querySelector('canvas');
      if (!canvas) continue;
      const config = configOf(data, facet, { colours, sideways });
      // The union over all kinds of charts is too large for the compiler: each kind is checked where it is made.
      const chart = new Chart<'bar'>(canvas, config as ChartConfiguration<'bar'>) as Chart;
      for (const k of this.#hidden) chart.hide(k);
      this.#charts.push(chart);
    }
  }

  #template(data: ChartData, panels: number): TemplateResult {
    const names = groupTexts(data.facets);
    return html`${this.#legend(data)}
      <div class=${data.facets.column ? 'pictures pictures-facets' : 'pictures'}>
        ${Array.from(
          { length: panels },
          (_, facet) =>
            html`<figure class="picture">
              ${data.facets.column ? html`<figcaption title=${names[facet] ?? ''}>${names[facet] ?? ''}</figcaption>` : nothing}
              <div class="picture-box">
                <canvas role="img" aria-label=${pictureLabel(data, facet)}></canvas>
              </div>
            </figure>`,
        )}
      </div>`;
  }

  #legend(data: ChartData): TemplateResult | typeof nothing {
    const shades = shadesOf(data, ink());
    const names = groupTexts(data.colours);
    const styles = groupStyles(data.colours);
    const isMatrix = shades !== undefined;
    const keys =
      data.colours.column === null
        ? nothing
        : html`<ul class="legend" aria-label="Colours: ${data.colours.column.name}">
            ${names.map((name, k) => {
              return html`<li>
                <button
                  class="legend-key"
                  aria-pressed=${String(!this.#hidden.has(k))}
                  ?disabled=${isMatrix}
                  title=${isMatrix ? name : `Show or hide ${name}`}
                  @click=${() => {
                    if (!this.#hidden.delete(k)) this.#hidden.add(k);
                    this.#draw();
                  }}
                >
                  <canvas
                    class="legend-sign"
                    width="28"
                    height="12"
                    aria-hidden="true"
                    data-key=${k}
                  ></canvas>
                  ${shortName(name)}
                </button>
              </li>`;
            })}
          </ul>`;
    queueMicrotask(() => {
      for (const [k, canvas] of [...this.querySelectorAll<HTMLCanvasElement>('.legend-sign')].entries()) {
        const context = canvas.getContext('2d');
        const style = styles[k];
        if (!context || !style) continue;
        context.clearRect(0, 0, canvas.width, canvas.height);
        drawSign(context, style, data.body.kind, { x: 0, y: 0, width: 28, height: 12 });
      }
      const bar = this.querySelector<HTMLElement>('.shades-bar');
      if (bar && shades) bar.style.background = `linear-gradient(to right, ${gradient(data)})`;
    });
    return html`${keys}${
      shades
        ? html`<p class="shades">
            <span>${shades.title}</span><span class="num">${shades.from.text}</span
            ><span class="shades-bar" aria-hidden="true"></span><span class="num">${shades.to.text}</span>
          </p>`
        : nothing
    }`;
  }
}

function gradient(data: ChartData): string {
  const colours = ink();
  const shades = shadesOf(data, colours);
  if (!shades) return '';
  const middle = data.body.kind === 'correlation' ? `, ${colours.ground}` : '';
  return `${shades.from.colour}${middle}, ${shades.to.colour}`;
}

/** The sign of a group in the legend: its line, its points, or a filled box. */
export function drawSign(
  context: CanvasRenderingContext2D,
  style: GroupStyle,
  kind: ChartKind,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
): void {
  context.save();
  context.strokeStyle = context.fillStyle = style.colour;
  context.lineWidth = 2;
  const middle = x + width / 2;
  if (kind === 'line') {
    context.setLineDash([...style.dashes]);
    context.beginPath();
    context.moveTo(x, y + height / 2);
    context.lineTo(x + width, y + height / 2);
    context.stroke();
  } else if (kind === 'scatter') {
    drawPoint(context, { pointStyle: style.shape, radius: 4, borderWidth: 1 }, middle, y + height / 2);
  } else if (style.filled) context.fillRect(middle - 6, y, 12, height);
  else context.strokeRect(middle - 5, y + 1, 10, height - 2);
  context.restore();
}

customElements.define('mll-data-chart', DataChartElement);

export function picture(data: ChartData): TemplateResult {
  return html`<mll-data-chart .data=${data}></mll-data-chart>`;
}

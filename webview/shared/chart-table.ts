import { count, number } from './format';
import { evenly, type Points } from './series';

export interface ChartSeries {
  readonly name: string;
  /** Of a bar chart: `x` is the place in `categories`. */
  readonly points: Points;
  /** `reference`: a thin dashed grey line to compare with; it is not in the table. `outline`: bars without filling. */
  readonly style?: 'line' | 'points' | 'reference' | 'outline';
}

export interface ChartSpec {
  readonly kind: 'line' | 'scatter' | 'bar';
  /** What the chart shows, as a sentence: its name for screen readers. */
  readonly label: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly series: readonly ChartSeries[];
  /** Names of a bar chart's places. */
  readonly categories?: readonly string[];
  /** Bars run to the right; for long names. */
  readonly horizontal?: boolean;
  readonly xMin?: number;
  readonly xMax?: number;
  /** Distance of the marks on the x axis. */
  readonly xStep?: number;
  readonly yMin?: number;
  readonly yMax?: number;
  readonly xText?: (x: number) => string;
  readonly yText?: (y: number) => string;
  /** Height of the drawing in CSS pixels. */
  readonly height?: number;
}

export interface ChartTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What was left out; empty when all is there. */
  readonly note: string;
}

const MOST_ROWS = 200;

function sameX(series: readonly ChartSeries[]): boolean {
  const first = series[0]?.points.x ?? [];
  return series.every(
    ({ points }) => points.x.length === first.length && points.x.every((x, i) => x === first[i]),
  );
}

/** The numbers of a chart as a table: one column per series where they share their places, else one row per point. */
export function chartTable(spec: ChartSpec): ChartTable {
  const series = spec.series.filter((one) => one.style !== 'reference');
  const xText = (x: number): string => spec.categories?.[x] ?? spec.xText?.(x) ?? number(x);
  const yText = (y: number | undefined): string =>
    y === undefined ? '' : Number.isNaN(y) ? 'not a number' : (spec.yText?.(y) ?? number(y));

  let all: (readonly [x: number, names: readonly string[], y: readonly (number | undefined)[]])[];
  let head: readonly string[];
  if (sameX(series)) {
    const one = series.length === 1;
    head = [spec.xTitle, ...series.map(({ name }) => (one && spec.yTitle !== '' ? spec.yTitle : name))];
    all = (series[0]?.points.x ?? []).map(
      (x, i) => [x, [], series.map(({ points }) => points.y[i])] as const,
    );
  } else {
    head = ['Series', spec.xTitle, spec.yTitle];
    all = series.flatMap(({ name, points }) => points.x.map((x, i) => [x, [name], [points.y[i]]] as const));
  }
  const places = evenly(all.length, MOST_ROWS);
  const rows = places.flatMap((place) => {
    const row = all[place];
    return row ? [[...row[1], xText(row[0]), ...row[2].map(yText)]] : [];
  });
  const note =
    places.length < all.length
      ? `${count(places.length)} of ${count(all.length)} points, evenly chosen.`
      : '';
  return { head, rows, note };
}

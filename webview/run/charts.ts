import type { Curve, MetricPoint, Report } from '../../src/protocol';
import { algorithmTitle, candidateMetric } from '../../src/words';
import type { ChartSpec } from '../shared/chart';
import { count, number } from '../shared/format';
import { metricInfo, metricText } from '../shared/metrics';
import { growingSeries, type Points, type Series } from '../shared/series';

export interface LiveChart {
  readonly title: string;
  /** The last value; empty where several lines share the chart. */
  readonly last: string;
  /** Of the longest line. */
  readonly points: number;
  readonly spec: ChartSpec;
}

/** Live metrics, in the order in which they first came. */
export interface LiveMetrics {
  append(points: readonly MetricPoint[]): void;
  /** One chart per metric, one for all algorithms of a comparison; the same object as before where nothing was added. */
  charts(): readonly LiveChart[];
}

interface Group {
  readonly metric: string;
  /** The algorithms of a comparison share a chart, so that their scores can be compared. */
  readonly compared: boolean;
  readonly series: Map<string, Series>;
  /** What the run said at its end, which is no step of it. */
  final: number | undefined;
  chart: LiveChart | undefined;
}

export function liveMetrics(): LiveMetrics {
  const groups = new Map<string, Group>();
  return {
    append(points) {
      for (const { name, step, value } of points) {
        const candidate = candidateMetric(name);
        const metric = candidate?.metric ?? name;
        const key = `${candidate ? 'compared' : 'single'} ${metric}`;
        let group = groups.get(key);
        if (!group) {
          group = {
            metric,
            compared: candidate !== undefined,
            series: new Map(),
            final: undefined,
            chart: undefined,
          };
          groups.set(key, group);
        }
        const label = candidate ? algorithmTitle(candidate.algorithm) : metricInfo(name).title;
        const series = group.series.get(label) ?? growingSeries();
        group.series.set(label, series);
        // A metric without a step has step 0; after others it is the value at the end.
        if (step === 0 && series.length > 0) group.final = value;
        else series.append(step, value);
        group.chart = undefined;
      }
    },
    charts: () => [...groups.values()].map((group) => (group.chart ??= liveChart(group))),
  };
}

/** Shares end at 100 %: room above would look as if there were more. */
const topOf = (metric: string, all: readonly Points[]): { yMax?: number } => {
  const highest = all.reduce((most, { y }) => y.reduce((a, b) => (b > a ? b : a), most), -Infinity);
  return metricInfo(metric).share && highest > 0.9 && highest <= 1 ? { yMax: 1 } : {};
};

function liveChart({ metric, compared, series, final }: Group): LiveChart {
  const { title } = metricInfo(metric);
  const all = [...series];
  const points = all.map(([, one]) => one.points());
  const end = metricText(metric, final ?? all[0]?.[1].last ?? NaN);
  const last = all.map(([label, one]) => `${label} ${metricText(metric, one.last ?? NaN)}`).join(', ');
  const length = all.reduce((most, [, one]) => Math.max(most, one.length), 0);
  return {
    title: compared ? `${title} by fold` : title,
    last: compared ? '' : end,
    points: length,
    spec: {
      kind: 'line',
      label: compared
        ? `${title} of each fold of the cross-validation; the last: ${last}.`
        : `${title} by step, ${count(length)} values so far, the last ${end}.`,
      xTitle: compared ? 'Fold' : 'Step',
      yTitle: '',
      xText: (x) => (Number.isInteger(x) ? count(x) : ''),
      yText: (y) => metricText(metric, y),
      ...topOf(metric, points),
      series: all.map(([name], at) => ({ name, points: points[at] ?? { x: [], y: [] } })),
      height: compared ? 220 : 170,
    },
  };
}

const MOST_CURVES = 6;

/** Curves shown: all of a few classes, else those with the smallest areas. */
export function shownCurves(curves: readonly Curve[]): readonly Curve[] {
  return curves.length <= MOST_CURVES
    ? curves
    : [...curves].sort((a, b) => a.area - b.area).slice(0, MOST_CURVES);
}

function curveSpec(
  curves: readonly Curve[],
  name: string,
  axes: [string, string],
  reference: boolean,
): ChartSpec {
  const shown = shownCurves(curves);
  const areas = shown.map((one) => `${one.label} ${number(one.area, 3)}`).join(', ');
  return {
    kind: 'line',
    label: `${name}. Area under the curve: ${areas}.`,
    xTitle: axes[0],
    yTitle: axes[1],
    xMin: 0,
    xMax: 1,
    yMin: 0,
    yMax: 1,
    series: [
      ...shown.map(({ label, area, x, y }) => ({
        name: `${label} (area ${number(area, 3)})`,
        points: { x, y },
      })),
      ...(reference
        ? [{ name: 'Chance', points: { x: [0, 1], y: [0, 1] }, style: 'reference' as const }]
        : []),
    ],
    height: 280,
  };
}

export interface ReportChart {
  readonly title: string;
  readonly spec: ChartSpec;
  readonly note?: string;
}

function curveNote(curves: readonly Curve[]): { note?: string } {
  return curves.length > MOST_CURVES
    ? { note: `The ${MOST_CURVES} classes with the smallest area, of ${count(curves.length)}.` }
    : {};
}

/** The charts of a finished training, as far as the report has their data. */
export function reportCharts(report: Report): readonly ReportChart[] {
  const { roc, pr, residuals } = report;
  const charts: ReportChart[] = [];
  if (roc?.length) {
    const spec = curveSpec(roc, 'ROC curve', ['False positive rate', 'True positive rate'], true);
    charts.push({ title: 'ROC', spec, ...curveNote(roc) });
  }
  if (pr?.length) {
    const spec = curveSpec(pr, 'Precision-recall curve', ['Recall', 'Precision'], false);
    charts.push({ title: 'Precision and recall', spec, ...curveNote(pr) });
  }
  if (residuals && residuals.predicted.length > 0) {
    const { predicted, actual } = residuals;
    const off = actual.map((value, i) => value - (predicted[i] ?? NaN));
    const values = [...predicted, ...actual].filter(Number.isFinite);
    const low = values.reduce((a, b) => Math.min(a, b), Infinity);
    const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
    const [lowX, highX] = [
      predicted.reduce((a, b) => Math.min(a, b), Infinity),
      predicted.reduce((a, b) => Math.max(a, b), -Infinity),
    ];
    charts.push(
      {
        title: 'Predicted and actual',
        spec: {
          kind: 'scatter',
          label: `Predicted against actual ${report.target} for ${count(predicted.length)} test rows. A perfect model's points lie on the diagonal.`,
          xTitle: `Actual ${report.target}`,
          yTitle: 'Predicted',
          series: [
            { name: 'Test rows', points: { x: actual, y: predicted } },
            { name: 'Perfect', points: { x: [low, high], y: [low, high] }, style: 'reference' },
          ],
          height: 280,
        },
      },
      {
        title: 'Residuals',
        spec: {
          kind: 'scatter',
          label: `Actual minus predicted ${report.target}, by predicted value, for ${count(predicted.length)} test rows.`,
          xTitle: `Predicted ${report.target}`,
          yTitle: 'Actual − predicted',
          series: [
            { name: 'Test rows', points: { x: predicted, y: off } },
            { name: 'No error', points: { x: [lowX, highX], y: [0, 0] }, style: 'reference' },
          ],
          height: 280,
        },
      },
    );
  }
  return charts;
}

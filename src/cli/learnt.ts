import type { FoldMetric, Report } from '../core/run';
import { columnsByReason, plural } from '../words';

const short = (value: number): string => String(Number(value.toPrecision(6)));

/** Metrics in a line: `rmse 39.4, r2 0.98`. */
export function metricsText(metrics: Readonly<Record<string, number>>): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${short(value)}`)
    .join(', ');
}

const foldsText = (metrics: Readonly<Record<string, FoldMetric>>): string =>
  Object.entries(metrics)
    .map(([name, { mean, sd }]) => `${name} ${short(mean)} ± ${short(sd)}`)
    .join(', ');

/** What a training tells beside its metrics: what a model without columns reaches, the folds, what was left out, and its notes. */
export function learntLines(report: Report | undefined): string[] {
  if (report === undefined) return [];
  const { algorithm, rows, baseline, crossValidation: crossed, leftOut, notes } = report;
  return [
    `${algorithm}: ${[
      ...(rows.train === 0 ? [] : [`trained on ${plural(rows.train, 'row')}`]),
      ...(rows.test === 0 ? [] : [`tested on ${plural(rows.test, 'row')}`]),
    ].join(', ')}`,
    ...(Object.keys(baseline).length === 0
      ? []
      : [`the baseline, which knows no column: ${metricsText(baseline)}`]),
    ...(crossed === undefined ? [] : [`over ${crossed.folds} folds: ${foldsText(crossed.metrics)}`]),
    ...columnsByReason(leftOut).map(
      ({ columns, reason }) => `left out: ${columns.join(', ')} (${reason.replace(/\.$/u, '')})`,
    ),
    ...notes.map((note) => `note: ${note}`),
  ];
}

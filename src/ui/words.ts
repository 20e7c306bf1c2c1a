import { DateTime } from 'luxon';
import type { EndpointStatus } from '../core/model';
import type { Run } from '../core/run';
import { duration, metricInfo, metricText } from '../words';

/** A metric's name and value: `Accuracy 98.6 %`. */
export function metric(name: string, value: number): string {
  return `${metricInfo(name).title} ${metricText(name, value)}`;
}

/** `F1 (macro) 0.4957`: the metric that says most of a run; undefined while it has none. */
export function mainMetric(run: Run): string | undefined {
  const name = run.mainMetric ?? Object.keys(run.metrics)[0];
  const value = name === undefined ? undefined : run.metrics[name];
  return name === undefined || value === undefined ? undefined : metric(name, value);
}

/** What a run is about: `penguins@2`, the model that it made or used; before there is one, its name. */
export function subject(run: Run): string {
  const model = run.model ?? run.usedModel;
  return model ? `${model.name}@${model.version}` : run.name;
}

/** A manifest's time in the reader's zone. */
export function moment(iso: string): string {
  return DateTime.fromISO(iso).toLocaleString(DateTime.DATETIME_MED_WITH_SECONDS);
}

/** A manifest's time, short: the time of day, or the day when it was before today. */
export function shortMoment(iso: string): string {
  const time = DateTime.fromISO(iso);
  const isToday = time.hasSame(DateTime.now(), 'day');
  return time.toLocaleString(isToday ? DateTime.TIME_SIMPLE : { month: 'short', day: 'numeric' });
}

/** A manifest's time of day to the second: the same tomorrow, as a title must be. */
export function clock(iso: string): string {
  return DateTime.fromISO(iso).toLocaleString(DateTime.TIME_WITH_SECONDS);
}

/** The time between two manifests' times: `3.2 s`, `2 min 5 s`. */
export function seconds(from: string, to: string): string {
  return duration(DateTime.fromISO(to).diff(DateTime.fromISO(from)).toMillis());
}

/** An endpoint's state as lists show it. */
export function endpointStatus(status: EndpointStatus): string {
  return status === 'removed' ? 'deleted elsewhere' : status;
}

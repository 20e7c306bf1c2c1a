import { DateTime } from 'luxon';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `344 rows`, `1 row`. */
export function count(value: number, noun: string): string {
  return `${whole.format(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A metric's name and value to four digits: `accuracy 0.9857`. */
export function metric(name: string, value: number): string {
  const text = Number.isInteger(value) ? whole.format(value) : String(Number(value.toPrecision(4)));
  return `${name.replaceAll('_', ' ')} ${text}`;
}

/** A manifest's time in the reader's zone. */
export function moment(iso: string): string {
  return DateTime.fromISO(iso).toLocaleString(DateTime.DATETIME_MED_WITH_SECONDS);
}

/** The time between two manifests' times: `3.2 s`, `2 min 5 s`. */
export function seconds(from: string, to: string): string {
  const span = DateTime.fromISO(to).diff(DateTime.fromISO(from), ['minutes', 'seconds']);
  return span.minutes > 0
    ? `${span.minutes} min ${Math.round(span.seconds)} s`
    : `${span.seconds.toFixed(1)} s`;
}

import type { TimeStep } from '../../core/time-steps';

const INTERVALS: Readonly<Record<TimeStep, string>> = {
  minute: '1 MINUTE',
  hour: '1 HOUR',
  day: '1 DAY',
  week: '7 DAY',
  month: '1 MONTH',
  quarter: '3 MONTH',
  year: '1 YEAR',
};

const moment = (ms: string): string => `make_timestamp((${ms})::BIGINT * 1000)`;

/** SQL of the beginning of the step that holds a moment, both in ms since 1970 UTC; weeks begin on Monday (ISO 8601). */
export function stepSql(ms: string, step: TimeStep): string {
  return `epoch_ms(date_trunc('${step}', ${moment(ms)}))`;
}

/** SELECT of the beginnings of all steps from the one that holds `low` to the one that holds `high`, in order. */
export function allStepsSql(low: number, high: number, step: TimeStep): string {
  const end = (ms: number): string => `date_trunc('${step}', ${moment(String(Math.floor(ms)))})`;
  return `SELECT epoch_ms(unnest(generate_series(${end(low)}, ${end(high)}, INTERVAL ${INTERVALS[step]})))`;
}

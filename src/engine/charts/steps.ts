import type { TimeStep } from '../../protocol';

/** From the shortest on; `ms` is about how long one is. */
const STEPS: readonly (readonly [TimeStep, number])[] = [
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
  ['week', 604_800_000],
  ['month', 2_629_746_000],
  ['quarter', 7_889_238_000],
  ['year', 31_556_952_000],
];

const INTERVALS: Readonly<Record<TimeStep, string>> = {
  minute: '1 MINUTE',
  hour: '1 HOUR',
  day: '1 DAY',
  week: '7 DAY',
  month: '1 MONTH',
  quarter: '3 MONTH',
  year: '1 YEAR',
};

/** The shortest step of which the span has at most so many. */
export function fittingStep(low: number, high: number, most: number): TimeStep {
  return STEPS.find(([, ms]) => (high - low) / ms <= most)?.[0] ?? 'year';
}

/** About how many steps lie between two moments. */
export function stepsBetween(low: number, high: number, step: TimeStep): number {
  const ms = STEPS.find(([name]) => name === step)?.[1] ?? 1;
  return Math.floor((high - low) / ms) + 1;
}

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

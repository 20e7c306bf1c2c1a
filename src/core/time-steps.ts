export type TimeStep = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

/** From the shortest on; milliseconds of the mean Gregorian month, quarter and year. */
const LENGTHS: readonly (readonly [TimeStep, number])[] = [
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
  ['week', 604_800_000],
  ['month', 2_629_746_000],
  ['quarter', 7_889_238_000],
  ['year', 31_556_952_000],
];

/** Milliseconds; the mean where steps are not all of one length. */
export function stepLength(step: TimeStep): number {
  return LENGTHS.find(([name]) => name === step)?.[1] ?? 1;
}

/** The shortest step of which the span from `low` to `high` (milliseconds) has at most so many. */
export function fittingStep(low: number, high: number, most: number): TimeStep {
  return LENGTHS.find(([, ms]) => (high - low) / ms <= most)?.[0] ?? 'year';
}

/** About how many steps lie between two moments, in milliseconds. */
export function stepsBetween(low: number, high: number, step: TimeStep): number {
  return Math.floor((high - low) / stepLength(step)) + 1;
}

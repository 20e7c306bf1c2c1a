/** Holidays of countries and regions by the rules of `date-holidays`, which needs no network. */
import type Library from 'date-holidays';
import type { HolidaysTypes } from 'date-holidays';

export const HOLIDAY_TYPES = ['public', 'bank', 'school', 'optional', 'observance'] as const;
export type HolidayType = (typeof HOLIDAY_TYPES)[number];

export interface Calendar {
  readonly country: string;
  /** A state, and after a dot a region of it: `BY`, `BY.A`. */
  readonly region: string | undefined;
  readonly types: readonly HolidayType[];
}

/** A day that is a holiday: days since 1970-01-01, and its first name in English. */
export interface Holiday {
  readonly day: number;
  readonly name: string;
}

let library: typeof Library | undefined;

/** Loads the rules, which is too much for those who do not use them. */
export async function loadHolidays(): Promise<void> {
  library ??= (await import('date-holidays')).default;
}

/** True when the rules are there. */
export function holidaysLoaded(): boolean {
  return library !== undefined;
}

/** What is wrong with a calendar's country or region; undefined when it is known. */
export function calendarProblem({
  country,
  region,
}: Calendar): { at: 'country' | 'region'; message: string } | undefined {
  if (library === undefined) return undefined;
  const rules = new library();
  const code = country.toUpperCase();
  if (rules.getCountries('en')[code] === undefined) {
    return {
      at: 'country',
      message: `There is no country "${country}" in the calendar: write its two letters of ISO 3166, such as GB or US.`,
    };
  }
  if (region === undefined) return undefined;
  const [state = '', part] = region.toUpperCase().split('.');
  const states = known(rules.getStates(code, 'en'));
  const parts = known(rules.getRegions(code, state, 'en'));
  if (states.includes(state) && (part === undefined || parts.includes(part))) return undefined;
  const offered = states.includes(state) ? parts.map((one) => `${state}.${one}`) : states;
  const offer = offered.length === 0 ? 'It has none' : `It has ${offered.join(', ')}`;
  return { at: 'region', message: `There is no region "${region}" of ${code} in the calendar. ${offer}.` };
}

/** Names of what may be absent, whatever the library's types say. */
function known(names: Readonly<Record<string, string>> | undefined): string[] {
  return Object.keys(names ?? {});
}

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** The holidays of these years in the order of their days, each day once; a holiday of several days is each of them. */
export function holidays({ country, region, types }: Calendar, from: number, to: number): Holiday[] {
  if (library === undefined) return [];
  const rules = new library();
  const [state, part] = region?.split('.') ?? [];
  if (state === undefined) rules.init(country);
  else if (part === undefined) rules.init(country, state);
  else rules.init(country, state, part);
  const days = new Map<number, string>();
  for (let year = from; year <= to; year += 1) {
    for (const one of rules.getHolidays(year, 'en')) {
      if (!types.includes(one.type)) continue;
      for (const day of daysOf(one)) if (!days.has(day)) days.set(day, one.name);
    }
  }
  return [...days].map(([day, name]) => ({ day, name })).sort((a, b) => a.day - b.day);
}

/** The days that a holiday touches, in the time of its country: "2024-12-31 14:00:00" with its length. */
function daysOf({ date, start, end }: HolidaysTypes.Holiday): number[] {
  const first = Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / DAY;
  const hours = Number(date.slice(11, 13)) + (end.getTime() - start.getTime()) / HOUR;
  // A day of 25 hours, when the clock is set back, is one day.
  const count = Math.max(1, Math.ceil((hours - 2) / 24));
  return Array.from({ length: count }, (_, k) => first + k);
}

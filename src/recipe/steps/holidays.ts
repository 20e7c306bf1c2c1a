import { z } from 'zod';
import { columnsField, DATES, numberField, textField, wordsField } from '../fields';
import {
  calendarProblem,
  type Holiday,
  HOLIDAY_TYPES,
  holidays as holidaysOf,
  holidaysLoaded,
  loadHolidays,
} from '../holidays';
import type { Template } from '../plan';
import { extended, type Schema } from '../schema';
import { identifier, text } from '../sql';
import { columnNames, defineStep, free, project, take } from '../step';

const PARTS = ['is', 'name', 'next', 'last'] as const;
const MADE = {
  is: { suffix: 'holiday', sqlType: 'BIGINT' },
  name: { suffix: 'holiday_name', sqlType: 'VARCHAR' },
  next: { suffix: 'to_holiday', sqlType: 'BIGINT' },
  last: { suffix: 'since_holiday', sqlType: 'BIGINT' },
} as const;

const options = z.strictObject({
  columns: columnNames,
  country: z.string().min(2).max(2).describe('Two letters of ISO 3166: NO, US'),
  region: z.string().min(1).optional().describe('A state, and after a dot a region of it: CA, BY.A'),
  types: z
    .array(z.enum(HOLIDAY_TYPES))
    .min(1, 'name at least one type')
    .default(['public'])
    .describe('Which holidays count'),
  add: z
    .array(z.enum(PARTS))
    .min(1, 'name at least one column')
    .default(['is', 'next', 'last'])
    .describe('is: 0 or 1; name; next: days to the next holiday; last: days since the last'),
  from: z.int().min(1900).max(2100).default(2000).describe('First year of the calendar'),
  to: z.int().min(1900).max(2100).default(2040).describe('Last year of the calendar'),
});

export const holidays = defineStep({
  kind: 'holidays',
  title: 'Holidays',
  summary: 'Says of dates whether they are holidays of a country, and how many days it is to the nearest.',
  help: 'By the rules of the library date-holidays (207 countries), without a network. The dates are written into the plan, so a job, an endpoint and exported code use the same ones, whatever the library learns later. Columns are named COLUMN_holiday, COLUMN_holiday_name, COLUMN_to_holiday and COLUMN_since_holiday; on a holiday both distances are 0. A date outside the years of the calendar has none of them. A moment with a time zone is read in UTC.',
  example: 'holidays: { columns: [day], country: NO, add: [is, name, next, last] }',
  sample: [['day:DATE'], ['2024-05-17'], ['2024-12-24'], [null]],
  group: 'Features',
  unsuggested: 'the country is for a person to say',
  options,
  form: [
    columnsField('columns', 'Columns', DATES),
    textField('country', 'Country', { help: 'Two letters, such as NO' }),
    textField('region', 'Region', { help: 'Such as CA, or BY.A', optional: true }),
    wordsField('types', 'Types', HOLIDAY_TYPES, { default: ['public'] }),
    wordsField('add', 'New columns', PARTS, { default: ['is', 'next', 'last'] }),
    numberField('from', 'First year', { optional: true, default: 2000 }),
    numberField('to', 'Last year', { optional: true, default: 2040 }),
  ],
  load: loadHolidays,
  compile({ columns, country, region, types, add, from, to }, context) {
    const found = take(context, columns, ['columns'], {
      notTarget: 'a request does not carry it',
      only: {
        test: (kind) => kind === 'date' || kind === 'datetime' || kind === 'unknown',
        words: 'dates',
        fix: 'Use cast to date first.',
      },
    });
    if (from > to) {
      context.problem({ message: 'The first year must not be after the last.', path: ['from'] });
      return undefined;
    }
    const calendar = { country: country.toUpperCase(), region, types };
    const wrong = calendarProblem(calendar);
    if (wrong !== undefined) context.problem({ message: wrong.message, path: [wrong.at] });
    if (found === undefined || wrong !== undefined) return undefined;
    const years = yearsOf(holidaysOf(calendar, from - 1, to + 1), from, to);
    let schema: Schema = context.schema;
    const added: [string, Template][] = [];
    const hidden: string[] = [];
    const looked: string[] = [];
    for (const [k, { name, sqlType }] of found.entries()) {
      const zoned = sqlType.includes('ZONE') || sqlType === 'TIMESTAMPTZ';
      const date = zoned
        ? `CAST(make_timestamp(epoch_us(${identifier(name)})) AS DATE)`
        : `CAST(${identifier(name)} AS DATE)`;
      const inside = `isfinite(${date}) AND year(${date}) BETWEEN ${from} AND ${to}`;
      const [day, list, names] = [`__mll_day${k}`, `__mll_days${k}`, `__mll_names${k}`];
      const at = `CASE WHEN ${inside} THEN year(${date}) - ${from - 1} END`;
      looked.push(`CASE WHEN ${inside} THEN date_diff('day', DATE '1970-01-01', ${date}) END AS ${day}`);
      looked.push(`CAST(${years.days} AS BIGINT[][])[${at}] AS ${list}`);
      hidden.push(day, list);
      if (add.includes('name')) {
        looked.push(`CAST(${years.names} AS VARCHAR[][])[${at}] AS ${names}`);
        hidden.push(names);
      }
      const value = {
        is: `CAST(list_contains(${list}, ${day}) AS BIGINT)`,
        name: `${names}[list_position(${list}, ${day})]`,
        next: `CAST(list_min(list_filter(${list}, lambda h: h >= ${day})) - ${day} AS BIGINT)`,
        last: `CAST(${day} - list_max(list_filter(${list}, lambda h: h <= ${day})) AS BIGINT)`,
      };
      for (const part of new Set(add)) {
        const made = `${name}_${MADE[part].suffix}`;
        if (!free({ ...context, schema }, made, ['columns', k])) return undefined;
        added.push([made, [value[part]]]);
        schema = extended(schema, [{ name: made, sqlType: MADE[part].sqlType }]);
      }
    }
    // Only columns and types are asked of a recipe whose calendar is not loaded: what runs has it.
    const from_ = holidaysLoaded()
      ? '{input}'
      : `(SELECT error('The calendar is not loaded.')) AS __mll_none, {input}`;
    return {
      transform: project({
        drop: hidden,
        add: added,
        from: [`(SELECT *, ${looked.join(', ')} FROM ${from_}) AS __mll_dated`],
      }),
      schema,
    };
  },
});

/** For each year the days of its holidays and their names, with the last one before it and the first one after it. */
function yearsOf(all: readonly Holiday[], from: number, to: number): { days: string; names: string } {
  const yearOf = ({ day }: Holiday): number => new Date(day * 86_400_000).getUTCFullYear();
  const lists = Array.from({ length: to - from + 1 }, (_, k) => {
    const year = from + k;
    const before = all.findLast((one) => yearOf(one) < year);
    const after = all.find((one) => yearOf(one) > year);
    const inside = all.filter((one) => yearOf(one) === year);
    return [before, ...inside, after].filter((one) => one !== undefined);
  });
  const nested = (value: (one: Holiday) => string): string =>
    `[${lists.map((list) => `[${list.map(value).join(', ')}]`).join(', ')}]`;
  return { days: nested((one) => String(one.day)), names: nested((one) => text(one.name)) };
}

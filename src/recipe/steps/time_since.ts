import { z } from 'zod';
import { choiceField, columnField, columnsField, DATES, textField } from '../fields';
import type { Template } from '../plan';
import { extended } from '../schema';
import { double, identifier, text } from '../sql';
import { columnNames, defineStep, free, project, take } from '../step';

/** Microseconds; a year is the mean Gregorian one. */
const UNITS = {
  seconds: 1e6,
  minutes: 6e7,
  hours: 3.6e9,
  days: 8.64e10,
  weeks: 6.048e11,
  years: 365.2425 * 8.64e10,
} as const;
const NAMES = ['days', 'seconds', 'minutes', 'hours', 'weeks', 'years'] as const;

const options = z.strictObject({
  columns: columnNames.describe('The earlier dates'),
  until: z.string().optional().describe('Column with the later date'),
  at: z.string().optional().describe('Or a fixed later date, such as 2024-01-31'),
  unit: z.enum(NAMES).default('days').describe('What is counted, with fractions'),
});

const isDate = (kind: string): boolean => kind === 'date' || kind === 'datetime';

export const timeSince = defineStep({
  kind: 'time_since',
  title: 'Time since',
  summary: 'Counts the time from a date to another: age, days since the last order.',
  help: 'Columns are named COLUMN_days and so on; below 0 where the date is later. There is no "now": a model would say something else each day. A moment with a time zone is read in UTC. A year has 365.2425 days.',
  example: 'time_since: { columns: [born], at: 2024-01-01, unit: days }',
  sample: [['born:DATE'], ['2023-12-30'], ['2024-01-02'], [null]],
  group: 'Features',
  unsuggested: 'from which date on time counts is for a person to say',
  options,
  form: [
    columnsField('columns', 'Since', DATES),
    columnField('until', 'Until', { ...DATES, optional: true }),
    textField('at', 'Or a fixed date', { help: 'Such as 2024-01-31', optional: true }),
    choiceField('unit', 'Unit', NAMES),
  ],
  compile({ columns, until, at, unit }, context) {
    const only = { test: isDate, words: 'dates', fix: 'Use cast to date first.' };
    const found = take(context, columns, ['columns'], { notTarget: 'a request does not carry it', only });
    if ((until === undefined) === (at === undefined)) {
      context.problem({ message: 'Give either "until" (a column) or "at" (a date).', path: ['columns'] });
      return undefined;
    }
    if (at !== undefined && (!/^\d{4}-\d\d-\d\d([ T][\d:.]+)?$/u.test(at) || Number.isNaN(Date.parse(at)))) {
      context.problem({ message: `"at" must be a date such as 2024-01-31, not "${at}".`, path: ['at'] });
      return undefined;
    }
    const ends =
      until === undefined
        ? []
        : take({ ...context, problem: (one) => context.problem({ ...one, path: ['until'] }) }, [until], [], {
            only,
          });
    if (found === undefined || ends === undefined) return undefined;
    const later =
      ends[0] === undefined
        ? `epoch_us(CAST(${text(at ?? '')} AS TIMESTAMP))`
        : `epoch_us(${identifier(ends[0].name)})`;
    let schema = context.schema;
    const added: [string, Template][] = [];
    for (const [k, { name }] of found.entries()) {
      const made = `${name}_${unit}`;
      if (!free({ ...context, schema }, made, ['columns', k])) return undefined;
      added.push([
        made,
        [`CAST(${later} - epoch_us(${identifier(name)}) AS DOUBLE) / ${double(UNITS[unit])}`],
      ]);
      schema = extended(schema, [{ name: made, sqlType: 'DOUBLE' }]);
    }
    return { transform: project({ add: added }), schema };
  },
});

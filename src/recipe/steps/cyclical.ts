import { z } from 'zod';
import { choiceField, columnsField, flagField, numberField } from '../fields';
import type { Template } from '../plan';
import { extended, isNumeric, without } from '../schema';
import { double, identifier } from '../sql';
import { columnNames, defineStep, free, names, project, suggestion, take } from '../step';

const PARTS = ['hour', 'weekday', 'day', 'month', 'dayofyear'] as const;
/** Length of each part's circle, and its place on it from 0. */
const CIRCLE = {
  hour: { period: 24, value: (x: string) => `(hour(${x}) + minute(${x}) / 60.0)` },
  weekday: { period: 7, value: (x: string) => `(isodow(${x}) - 1)` },
  day: { period: 31, value: (x: string) => `(day(${x}) - 1)` },
  month: { period: 12, value: (x: string) => `(month(${x}) - 1)` },
  dayofyear: { period: 366, value: (x: string) => `(dayofyear(${x}) - 1)` },
} as const;

const options = z.strictObject({
  columns: columnNames,
  part: z.enum(PARTS).optional().describe('Of dates: what goes round'),
  period: z
    .number()
    .gt(0, 'must be above 0')
    .optional()
    .describe('Of numbers: after how much they are the same again'),
  keep: z.boolean().default(true).describe('The columns themselves stay as well'),
});

/** Numbers that go round, by their names and what they hold. */
const ROUND = [
  {
    name: /^(hour|hr|hour_?of_?day)$/iu,
    least: 0,
    most: 24,
    period: 24,
    says: 'hours, of which 23 is next to 0',
  },
  {
    name: /^(weekday|dow|day_?of_?week)$/iu,
    least: 0,
    most: 7,
    period: 7,
    says: 'days of the week, of which the last is next to the first',
  },
  {
    name: /^(month|mon|month_?of_?year)$/iu,
    least: 1,
    most: 12,
    period: 12,
    says: 'months, of which 12 is next to 1',
  },
] as const;

export const cyclical = defineStep({
  kind: 'cyclical',
  title: 'Cyclical parts',
  summary: 'Makes sine and cosine of what goes round: hours, weekdays, months, angles.',
  help: 'So that 23 o’clock is as near to 0 as 1 is. Columns are named COLUMN_sin and COLUMN_cos (with dates COLUMN_hour_sin). A moment with a time zone is read in UTC.',
  example: 'cyclical: { columns: [hour], period: 24 }',
  sample: [['hour'], [0], [6], [12]],
  group: 'Features',
  options,
  form: [
    columnsField('columns', 'Columns', { columnTypes: ['number', 'integer', 'date', 'datetime'] }),
    choiceField('part', 'Part of dates', PARTS, { default: undefined }),
    numberField('period', 'Period of numbers', { optional: true }),
    flagField('keep', 'Keep the columns', { default: true }),
  ],
  suggest({ columns, target }) {
    return ROUND.flatMap(({ name: test, least, most, period, says }) => {
      const found = columns.filter(
        (one) =>
          one.type === 'integer' &&
          one.name !== target &&
          test.test(one.name) &&
          Number(one.min) >= least &&
          Number(one.max) <= most &&
          one.distinct > 2,
      );
      if (found.length === 0) return [];
      const list = found.map((one) => one.name);
      return [
        suggestion('cyclical', { columns: list, period }, `${names(list)}: ${says}; sine and cosine say so.`),
      ];
    });
  },
  compile({ columns, part, period, keep }, context) {
    if ((part === undefined) === (period === undefined)) {
      context.problem({ message: 'Give either "part" (dates) or "period" (numbers).', path: ['columns'] });
      return undefined;
    }
    const found = take(context, columns, ['columns'], {
      notTarget: 'a request does not carry it',
      only:
        part === undefined
          ? { test: isNumeric, words: 'numbers', fix: 'Use "part" for dates.' }
          : {
              test: (kind) => kind === 'date' || kind === 'datetime',
              words: 'dates',
              fix: 'Use "period" for numbers.',
            },
    });
    if (found === undefined) return undefined;
    let schema = keep
      ? context.schema
      : without(context.schema, columns, `step ${context.step + 1} (cyclical) took it apart`);
    const added: [string, Template][] = [];
    for (const [k, { name, sqlType }] of found.entries()) {
      const zoned = sqlType.includes('ZONE') || sqlType === 'TIMESTAMPTZ';
      const moment = zoned
        ? `make_timestamp(epoch_us(${identifier(name)}))`
        : `CAST(${identifier(name)} AS TIMESTAMP)`;
      const place = part === undefined ? `CAST(${identifier(name)} AS DOUBLE)` : CIRCLE[part].value(moment);
      const around = `(2 * pi() * ${place} / ${double(part === undefined ? (period ?? 1) : CIRCLE[part].period)})`;
      const stem = part === undefined ? name : `${name}_${part}`;
      for (const wave of ['sin', 'cos']) {
        const made = `${stem}_${wave}`;
        if (!free({ ...context, schema }, made, ['columns', k])) return undefined;
        added.push([made, [`CASE WHEN isfinite(${around}) THEN ${wave}(${around}) END`]]);
        schema = extended(schema, [{ name: made, sqlType: 'DOUBLE' }]);
      }
    }
    return { transform: project({ drop: keep ? [] : columns, add: added }), schema };
  },
});

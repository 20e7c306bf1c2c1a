import { z } from 'zod';
import { col, py } from '../code';
import { extended, find, without, type Kind } from '../schema';
import { identifier } from '../sql';
import { columnNames, defineStep, free, names, project, suggestion, take } from '../step';

const PARTS = {
  year: (x: string) => `year(${x})`,
  quarter: (x: string) => `quarter(${x})`,
  month: (x: string) => `month(${x})`,
  week: (x: string) => `week(${x})`,
  day: (x: string) => `day(${x})`,
  dayofyear: (x: string) => `dayofyear(${x})`,
  weekday: (x: string) => `isodow(${x}) - 1`,
  weekend: (x: string) => `isodow(${x}) >= 6`,
  hour: (x: string) => `hour(${x})`,
  minute: (x: string) => `minute(${x})`,
  seconds: (x: string) => `epoch(${x})`,
} as const;

interface PartAsCode {
  pandas(moment: string): string;
  polars(moment: string): string;
}
const named = (pandas: string, polars: string): PartAsCode => ({
  pandas: (moment) => `${moment}.${pandas}`,
  polars: (moment) => `${moment}.${polars}()`,
});
/** Without seconds, which the engine rounds and the libraries cut off, and week, which of a missing date is 0 in pandas. */
const PARTS_AS_CODE: Readonly<Partial<Record<keyof typeof PARTS, PartAsCode>>> = {
  year: named('year', 'year'),
  quarter: named('quarter', 'quarter'),
  month: named('month', 'month'),
  day: named('day', 'day'),
  dayofyear: named('dayofyear', 'ordinal_day'),
  weekday: {
    pandas: (moment) => `${moment}.dayofweek`,
    polars: (moment) => `(${moment}.weekday() - 1)`,
  },
  weekend: {
    pandas: (moment) => `(${moment}.dayofweek >= 5).astype("int64[pyarrow]")`,
    polars: (moment) => `(${moment}.weekday() >= 6)`,
  },
  hour: named('hour', 'hour'),
  minute: named('minute', 'minute'),
};
const PART_NAMES = [
  'year',
  'quarter',
  'month',
  'week',
  'day',
  'dayofyear',
  'weekday',
  'weekend',
  'hour',
  'minute',
  'seconds',
] as const;

const options = z.strictObject({
  columns: columnNames,
  parts: z
    .array(z.enum(PART_NAMES))
    .min(1, 'name at least one part')
    .default(['year', 'month', 'day', 'weekday']),
  keep: z.boolean().default(false).describe('The date itself stays as well'),
});

export const dateParts = defineStep({
  kind: 'date_parts',
  title: 'Dates to parts',
  summary: 'Makes number columns of year, month, day, weekday … of dates.',
  help: 'Columns are named COLUMN_year and so on. weekday: Monday is 0; week is the ISO week; weekend is 0 or 1; seconds counts from 1970 (UTC).',
  example: 'date_parts: { columns: [flight_date], parts: [year, month, weekday] }',
  sample: [['flight_date:DATE'], ['2024-02-29'], [null]],
  group: 'Features',
  options,
  form: [
    {
      name: 'columns',
      label: 'Columns',
      control: 'columns',
      columnTypes: ['date', 'datetime'],
      optional: false,
    },
    {
      name: 'parts',
      label: 'Parts',
      control: 'text',
      choices: PART_NAMES,
      optional: true,
      default: ['year', 'month', 'day', 'weekday'],
    },
    { name: 'keep', label: 'Keep the date', control: 'boolean', optional: true, default: false },
  ],
  code({ columns, parts, keep }, { schema }) {
    const types = columns.map((name) => find(schema, name)?.sqlType ?? '');
    const [pandas, polars]: [string[], string[]] = [[], []];
    if (types.some((type) => type !== 'DATE' && type !== 'TIMESTAMP')) return undefined;
    for (const [k, name] of columns.entries()) {
      const timed = types[k] === 'DATE' && parts.some((part) => part === 'hour' || part === 'minute');
      pandas.push(`moment = df[${py(name)}]${timed ? '.astype("timestamp[us][pyarrow]")' : ''}.dt`);
      for (const part of new Set(parts)) {
        const code = PARTS_AS_CODE[part];
        if (code === undefined) return undefined;
        const column = py(`${name}_${part}`);
        pandas.push(`df[${column}] = ${code.pandas('moment')}`);
        const moment = `${col(name)}${timed ? '.cast(pl.Datetime("us"))' : ''}.dt`;
        polars.push(`    ${code.polars(moment)}.cast(pl.Int64).alias(${column}),`);
      }
    }
    const gone = py(columns);
    return {
      pandas: [...pandas, ...(keep ? [] : [`df = df.drop(columns=${gone})`])],
      polars: ['df = df.with_columns(', ...polars, ')', ...(keep ? [] : [`df = df.drop(${gone})`])],
    };
  },
  compile({ columns, parts, keep }, context) {
    const found = take(context, columns, ['columns'], {
      notTarget: 'it cannot be taken apart',
      only: { test: isDate, words: 'dates', fix: 'Use cast to date first.' },
    });
    if (found === undefined) return undefined;
    const added: [string, string[]][] = [];
    for (const { name, sqlType } of found) {
      for (const part of new Set(parts)) {
        const column = `${name}_${part}`;
        if (!free(context, column, ['columns', columns.indexOf(name)])) return undefined;
        // A moment with a time zone is read in UTC, whatever the session's zone is.
        const zoned = sqlType.includes('ZONE') || sqlType === 'TIMESTAMPTZ';
        const cell = zoned
          ? `make_timestamp(epoch_us(${identifier(name)}))`
          : `CAST(${identifier(name)} AS TIMESTAMP)`;
        added.push([column, [`CAST(${PARTS[part](cell)} AS BIGINT)`]]);
      }
    }
    const rest = keep
      ? context.schema
      : without(context.schema, columns, `step ${context.step + 1} (date_parts) took it apart`);
    return {
      transform: project({ drop: keep ? [] : columns, add: added }),
      schema: extended(
        rest,
        added.map(([name]) => ({ name, sqlType: 'BIGINT' })),
      ),
    };
  },
  suggest({ columns, target }) {
    const groups = (['date', 'datetime'] as const).map((type) =>
      columns.filter((one) => one.type === type && one.name !== target),
    );
    return groups.flatMap((dates, k) => {
      if (dates.length === 0) return [];
      const list = dates.map((column) => column.name);
      const parts = ['year', 'month', 'day', 'weekday', ...(k === 1 ? ['hour'] : [])];
      const range =
        dates.length === 1 && dates[0] !== undefined && dates[0].min !== null
          ? ` (${String(dates[0].min)} to ${String(dates[0].max)})`
          : '';
      return [
        suggestion(
          'date_parts',
          { columns: list, parts },
          `${names(list)}: ${dates.length === 1 ? 'a date' : 'dates'}${range}; a model learns from numbers such as month and weekday.`,
        ),
      ];
    });
  },
});

function isDate(kind: Kind): boolean {
  return kind === 'date' || kind === 'datetime' || kind === 'unknown';
}

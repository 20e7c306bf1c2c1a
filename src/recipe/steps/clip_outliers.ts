import { z } from 'zod';
import { col, py } from '../code';
import type { Template } from '../plan';
import { isNumeric, retyped } from '../schema';
import { deviation, double, finite, finiteValue, identifier } from '../sql';
import { columnNames, defineStep, project, take } from '../step';

const options = z.strictObject({
  columns: columnNames,
  method: z
    .enum(['iqr', 'z', 'quantile'])
    .default('iqr')
    .describe('Distance from the middle half, from the mean, or a share of the rows'),
  limit: z
    .number()
    .optional()
    .describe(
      'iqr: times the interquartile range (1.5); z: standard deviations (3); quantile: share cut at each end (0.01)',
    ),
  outside: z
    .enum(['clip', 'missing'])
    .default('clip')
    .describe('Values outside become the bound, or missing'),
});

const DEFAULTS = { iqr: 1.5, z: 3, quantile: 0.01 } as const;

export const clipOutliers = defineStep({
  kind: 'clip_outliers',
  title: 'Clip outliers',
  summary: 'Pulls extreme numbers back to a bound, or makes them missing.',
  help: 'The bounds are taken from the training part: quartiles (linear interpolation) ± 1.5 interquartile ranges, mean ± 3 standard deviations (of the population), or quantiles.',
  example: 'clip_outliers: { columns: [fare], method: quantile, limit: 0.01 }',
  sample: [['fare'], [1], [2], [3], [100]],
  group: 'Values',
  unsuggested: 'far values may be right: the checks of the data view list them',
  fits: true,
  options,
  form: [
    {
      name: 'columns',
      label: 'Columns',
      control: 'columns',
      columnTypes: ['number', 'integer'],
      optional: false,
    },
    {
      name: 'method',
      label: 'Method',
      control: 'choice',
      choices: ['iqr', 'z', 'quantile'],
      optional: true,
      default: 'iqr',
    },
    { name: 'limit', label: 'Limit', help: 'iqr 1.5, z 3, quantile 0.01', control: 'number', optional: true },
    {
      name: 'outside',
      label: 'Values outside',
      control: 'choice',
      choices: ['clip', 'missing'],
      optional: true,
      default: 'clip',
    },
  ],
  code({ columns, outside }, { values }) {
    const ends = columns.map((name) => [name, values[`${name}.lower`], values[`${name}.upper`]] as const);
    if (!ends.every(([, lower, upper]) => typeof lower === 'number' && typeof upper === 'number'))
      return undefined;
    const within = (cell: string, lower: unknown, upper: unknown): string =>
      `(${cell} >= ${py(lower)}) & (${cell} <= ${py(upper)})`;
    return {
      pandas: ends.flatMap(([name, lower, upper]) => {
        const cell = `df[${py(name)}]`;
        const number = `${cell} = ${cell}.astype("double[pyarrow]")`;
        return outside === 'clip'
          ? [`${number}.clip(${py(lower)}, ${py(upper)})`]
          : [number, `${cell} = ${cell}.where((${within(cell, lower, upper)}).fillna(False))`];
      }),
      polars: [
        'df = df.with_columns(',
        ...ends.map(([name, lower, upper]) => {
          const cell = `${col(name)}.cast(pl.Float64)`;
          // As in the engine, what is not a number counts as more than any.
          return outside === 'clip'
            ? `    ${cell}.fill_nan(${py(upper)}).clip(${py(lower)}, ${py(upper)}),`
            : `    pl.when(${within(cell, lower, upper)}).then(${cell}).alias(${py(name)}),`;
        }),
        ')',
      ],
    };
  },
  compile({ columns, method, limit = DEFAULTS[method], outside }, context) {
    const found = take(context, columns, ['columns'], {
      notTarget: 'its values are what is learnt',
      only: { test: isNumeric, words: 'numbers', fix: 'Use cast first.' },
    });
    if (!(limit > 0) || (method === 'quantile' && limit >= 0.5)) {
      const range = method === 'quantile' ? 'between 0 and 0.5' : 'above 0';
      context.problem({ message: `"limit" must be ${range}.`, path: ['limit'] });
      return undefined;
    }
    if (found === undefined) return undefined;
    const bounds = columns.flatMap((name) => {
      const value = finite(name);
      const quantile = (share: number): string => `quantile_cont(${value}, ${share})`;
      const range = `(${quantile(0.75)} - ${quantile(0.25)})`;
      const spread = deviation(value);
      const [lower, upper] = {
        iqr: [
          `${quantile(0.25)} - ${double(limit)} * ${range}`,
          `${quantile(0.75)} + ${double(limit)} * ${range}`,
        ],
        z: [
          `avg(${value}) - ${double(limit)} * (${spread})`,
          `avg(${value}) + ${double(limit)} * (${spread})`,
        ],
        quantile: [quantile(limit), `quantile_cont(${value}, ${1 - limit})`],
      }[method];
      return [
        `${finiteValue(lower ?? '')} AS ${identifier(`${name}.lower`)}`,
        `${finiteValue(upper ?? '')} AS ${identifier(`${name}.upper`)}`,
      ];
    });
    const replaced = columns.map((name): [string, Template] => {
      const cell = `CAST(${identifier(name)} AS DOUBLE)`;
      const bound = (end: string): Template => ['CAST(', { value: `${name}.${end}` }, ' AS DOUBLE)'];
      const instead = (end: string): Template => (outside === 'clip' ? bound(end) : ['NULL']);
      const below: Template = [`CASE WHEN ${cell} < `, ...bound('lower'), ' THEN ', ...instead('lower')];
      return [
        name,
        [...below, ` WHEN ${cell} > `, ...bound('upper'), ' THEN ', ...instead('upper'), ` ELSE ${cell} END`],
      ];
    });
    return {
      fit: `SELECT ${bounds.join(', ')} FROM {input}`,
      transform: project({ replace: replaced }),
      schema: retyped(context.schema, new Map(columns.map((name) => [name, 'DOUBLE']))),
    };
  },
});

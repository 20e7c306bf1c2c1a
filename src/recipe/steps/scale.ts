import { z } from 'zod';
import type { Template } from '../plan';
import { isNumeric, retyped } from '../schema';
import { deviation, finite, finiteValue, identifier } from '../sql';
import { columnNames, defineStep, project, take } from '../step';

const options = z.strictObject({
  columns: columnNames,
  method: z
    .enum(['standard', 'min_max', 'robust'])
    .default('standard')
    .describe('To mean 0 and deviation 1, to 0 … 1, or to median 0 and interquartile range 1'),
});

/** Middle and width as scikit-learn's StandardScaler (population deviation), MinMaxScaler and RobustScaler take them. */
const STATISTICS = {
  standard: { center: (x: string) => `avg(${x})`, width: deviation },
  min_max: { center: (x: string) => `min(${x})`, width: (x: string) => `max(${x}) - min(${x})` },
  robust: {
    center: (x: string) => `median(${x})`,
    width: (x: string) => `quantile_cont(${x}, 0.75) - quantile_cont(${x}, 0.25)`,
  },
} as const;

export const scale = defineStep({
  kind: 'scale',
  title: 'Scale numbers',
  summary: 'Brings numbers to a common scale.',
  help: 'The numbers are taken from the training part, as scikit-learn does. A column with one and the same value becomes 0. Trees do not need it; linear models, nearest neighbours do (the built-in ones scale by themselves).',
  example: 'scale: { columns: [body_mass_g], method: standard }',
  group: 'Features',
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
      choices: ['standard', 'min_max', 'robust'],
      optional: true,
      default: 'standard',
    },
  ],
  compile({ columns, method }, context) {
    const found = take(context, columns, ['columns'], {
      notTarget: 'predictions would be in another unit than the data',
      only: { test: isNumeric, words: 'numbers', fix: 'Use cast or encode first.' },
    });
    if (found === undefined) return undefined;
    const { center, width } = STATISTICS[method];
    const fits = columns.flatMap((name) => [
      `${finiteValue(center(finite(name)))} AS ${identifier(`${name}.center`)}`,
      `${finiteValue(width(finite(name)))} AS ${identifier(`${name}.width`)}`,
    ]);
    const replaced = columns.map((name): [string, Template] => [
      name,
      [
        `(CAST(${identifier(name)} AS DOUBLE) - CAST(`,
        { value: `${name}.center` },
        ' AS DOUBLE)) / coalesce(nullif(CAST(',
        { value: `${name}.width` },
        ' AS DOUBLE), 0), 1)',
      ],
    ]);
    return {
      fit: `SELECT ${fits.join(', ')} FROM {input}`,
      transform: project({ replace: replaced }),
      schema: retyped(context.schema, new Map(columns.map((name) => [name, 'DOUBLE']))),
    };
  },
});

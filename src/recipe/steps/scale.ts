import { z } from 'zod';
import { col, py } from '../code';
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
  sample: [['body_mass_g'], [3000], [4000], [5000]],
  group: 'Features',
  unsuggested: 'trees do not need it, and the models that are built in scale by themselves, robustly or not',
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
  code({ columns }, { values }) {
    const lines = columns.map((name) => {
      const [center, width] = [values[`${name}.center`], values[`${name}.width`]];
      const by = width === null || width === 0 ? 1 : width;
      return { name, center: center ?? null, by: by ?? 1 };
    });
    if (lines.some((one) => one.center === null)) return undefined;
    return {
      pandas: lines.map(
        ({ name, center, by }) =>
          `df[${py(name)}] = (df[${py(name)}].astype("double[pyarrow]") - ${py(center)}) / ${py(by)}`,
      ),
      polars: [
        'df = df.with_columns(',
        ...lines.map(
          ({ name, center, by }) => `    (${col(name)}.cast(pl.Float64) - ${py(center)}) / ${py(by)},`,
        ),
        ')',
      ],
    };
  },
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

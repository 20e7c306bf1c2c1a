import { z } from 'zod';
import { col, py } from '../code';
import { choiceField, columnsField, flagField, listField, NUMBERS, numberField } from '../fields';
import type { Template } from '../plan';
import { extended, isNumeric, retyped, type Schema } from '../schema';
import { double, finite, identifier } from '../sql';
import { columnNames, defineStep, free, project, take } from '../step';

const options = z.strictObject({
  columns: columnNames,
  method: z
    .enum(['quantile', 'width', 'edges'])
    .default('quantile')
    .describe('Bins of equally many training rows, of equal width, or between given edges'),
  bins: z.int().min(2).max(1000).default(5).describe('How many'),
  edges: z
    .array(z.number())
    .min(1)
    .optional()
    .describe('With "method: edges": where a bin ends and the next begins, ascending'),
  keep: z.boolean().default(false).describe('The number stays, and a column COLUMN_bin is added'),
});

export const bin = defineStep({
  kind: 'bin',
  title: 'Bin numbers',
  summary: 'Turns numbers into the numbers of bins, from 0.',
  help: "Edges are taken from the training part, as scikit-learn's KBinsDiscretizer does (linear quantiles). A number on an edge belongs to the bin above; numbers outside belong to the first or last bin. Missing stays missing. Quantiles that are equal make one bin.",
  example: 'bin: { columns: [age], method: edges, edges: [18, 65] }',
  sample: [['age'], [5], [18], [70], [null]],
  group: 'Values',
  unsuggested: 'trees find better edges by themselves, and linear models lose by it',
  fits: true,
  options,
  form: [
    columnsField('columns', 'Columns', NUMBERS),
    choiceField('method', 'Method', ['quantile', 'width', 'edges']),
    numberField('bins', 'Bins', {
      optional: true,
      default: 5,
      when: { field: 'method', is: ['quantile', 'width'] },
    }),
    listField('edges', 'Edges', {
      help: 'Such as 18, 65',
      optional: true,
      when: { field: 'method', is: ['edges'] },
    }),
    flagField('keep', 'Keep the number'),
  ],
  code({ columns, edges, keep }, { values, constant }) {
    const [pandas, polars]: [string[], string[]] = [[], []];
    for (const name of columns) {
      const ends = edges ?? values[`${name}.edges`];
      if (!Array.isArray(ends) || ends.length === 0 || !ends.every(Number.isFinite)) return undefined;
      const known = constant(`${name}.edges`, ends);
      const cell = `df[${py(name)}]`;
      const made = py(keep ? `${name}_bin` : name);
      // What is not equal to itself is not a number.
      pandas.push(
        `df[${made}] = sum((${cell} >= edge).astype("int64[pyarrow]") for edge in ${known}).where(${cell} == ${cell})`,
      );
      const number = `${col(name)}.cast(pl.Float64)`;
      const counted = `pl.sum_horizontal([(${number} >= edge).cast(pl.Int64) for edge in ${known}])`;
      polars.push(`    pl.when(${number}.is_not_nan()).then(${counted}).alias(${made}),`);
    }
    return { pandas, polars: ['df = df.with_columns(', ...polars, ')'] };
  },
  compile({ columns, method, bins, edges, keep }, context) {
    const found = take(context, columns, ['columns'], {
      notTarget: 'a request does not carry it',
      only: { test: isNumeric, words: 'numbers', fix: 'Use cast first.' },
    });
    if ((method === 'edges') !== (edges !== undefined)) {
      context.problem({
        message:
          edges === undefined ? '"method: edges" needs "edges".' : '"edges" is only for "method: edges".',
        path: [edges === undefined ? 'method' : 'edges'],
      });
      return undefined;
    }
    if (edges?.some((edge, k) => edge <= (edges[k - 1] ?? -Infinity)) === true) {
      context.problem({ message: 'The edges must ascend.', path: ['edges'] });
      return undefined;
    }
    if (found === undefined) return undefined;
    const fits = columns.map((name) => {
      const x = finite(name);
      const inner =
        method === 'width'
          ? `list_transform(range(1, ${bins}), lambda k: min(${x}) + k * ((max(${x}) - min(${x})) / ${bins}))`
          : `list_sort(list_distinct(list_filter(quantile_cont(${x}, [${shares(bins)}]), lambda q: q > min(${x}))))`;
      return `coalesce(${inner}, CAST([] AS DOUBLE[])) AS ${identifier(`${name}.edges`)}`;
    });
    const value = (name: string): Template => {
      const cell = `CAST(${identifier(name)} AS DOUBLE)`;
      const list: Template =
        edges === undefined ? [{ value: `${name}.edges` }] : [`[${edges.map(double).join(', ')}]`];
      const count: Template = ['len(list_filter(CAST(', ...list, ` AS DOUBLE[]), lambda e: e <= ${cell}))`];
      return [`CASE WHEN isfinite(${cell}) OR isinf(${cell}) THEN CAST(`, ...count, ' AS BIGINT) END'];
    };
    let schema: Schema = context.schema;
    if (keep) {
      for (const [k, name] of columns.entries()) {
        if (!free({ ...context, schema }, `${name}_bin`, ['columns', k])) return undefined;
        schema = extended(schema, [{ name: `${name}_bin`, sqlType: 'BIGINT' }]);
      }
    } else schema = retyped(schema, new Map(columns.map((name) => [name, 'BIGINT'])));
    const changed = columns.map((name): [string, Template] => [keep ? `${name}_bin` : name, value(name)]);
    return {
      ...(edges === undefined ? { fit: `SELECT ${fits.join(', ')} FROM {input}` } : {}),
      transform: project(keep ? { add: changed } : { replace: changed }),
      schema,
    };
  },
});

/** The inner quantiles of so many bins. */
function shares(bins: number): string {
  return Array.from({ length: bins - 1 }, (_, k) => double((k + 1) / bins)).join(', ');
}

import { z } from 'zod';
import { choiceField, columnsField, flagField, numberField, textField } from '../fields';
import { keyText, listOf, placeIn, rowPart } from '../lookup';
import type { Template, TemplatePart } from '../plan';
import { commonSql, RARE_FIELDS, rareBy, rareOptions, rareRefused, unseenError } from '../rare';
import { find, isNumeric, kindOf, retyped, extended, type Schema } from '../schema';
import { double, finite, identifier, text } from '../sql';
import { columnNames, defineStep, free, project, take, type StepContext } from '../step';

const options = z.strictObject({
  columns: columnNames,
  positive: z
    .union([z.string(), z.number(), z.boolean()])
    .optional()
    .describe('Of a target of classes: the class whose share is taken'),
  smooth: z
    .number()
    .min(0)
    .max(1e9)
    .default(20)
    .describe('So many rows of the overall mean are added to each category, so that rare ones say little'),
  folds: z.int().min(2).max(20).default(5).describe('A training row takes the mean of the other folds'),
  seed: z.int().optional().describe('Another number gives other folds'),
  unknown: z
    .enum(['overall', 'missing', 'error'])
    .default('overall')
    .describe('A category that training has not seen: takes the overall mean, is missing, or is refused'),
  ...rareOptions('count as unknown'),
  keep: z.boolean().default(false).describe('The category stays, and a column COLUMN_target is added'),
});

export const targetEncode = defineStep({
  kind: 'target_encode',
  title: 'Encode by the target',
  summary: 'Turns categories into the mean of the target of their training rows.',
  help: 'A training row takes the mean of the rows of other folds, so that it never sees its own target; test rows and requests take that of all training rows. Missing is a category of its own; an unseen category takes the overall mean, or what `unknown` says. (sum + smooth × mean) / (count + smooth), as scikit-learn has it in TargetEncoder. Folds go by a hash of what the row holds beside the target.',
  example: 'target_encode: { columns: [city], smooth: 1, folds: 2 }',
  sample: [
    ['city', 'x', 'price'],
    ['Oslo', 1, 10],
    ['Oslo', 2, 20],
    ['Bergen', 3, 30],
    ['Oslo', 4, 60],
  ],
  head: { target: 'price' },
  group: 'Features',
  unsuggested: 'encode by frequency needs no target; which is better only a score tells',
  fits: true,
  options,
  form: [
    columnsField('columns', 'Columns'),
    textField('positive', 'Class', { help: 'Of a target of classes', optional: true }),
    numberField('smooth', 'Smoothing', { optional: true, default: 20 }),
    numberField('folds', 'Folds', { optional: true, default: 5 }),
    numberField('seed', 'Seed', { optional: true }),
    choiceField('unknown', 'Unseen categories', ['overall', 'missing', 'error']),
    ...RARE_FIELDS,
    flagField('keep', 'Keep the category'),
  ],
  compile({ columns, positive, smooth, folds, seed, unknown, keep, ...rare }, context) {
    const found = take(context, columns, ['columns'], { notTarget: 'it gives itself away' });
    const y = targetOf(positive, context);
    if (found === undefined || y === undefined) return undefined;
    const by = rareBy(rare);
    if (by !== undefined && unknown === 'error') {
      context.problem(rareRefused(by, 'overall'));
      return undefined;
    }
    let schema: Schema = context.schema;
    if (keep) {
      for (const [k, name] of columns.entries()) {
        if (!free({ ...context, schema }, `${name}_target`, ['columns', k])) return undefined;
        schema = extended(schema, [{ name: `${name}_target`, sqlType: 'DOUBLE' }]);
      }
    } else schema = retyped(schema, new Map(columns.map((name) => [name, 'DOUBLE'])));
    // The target decides nothing about its own row, its fold neither.
    const features = context.schema.columns.filter((one) => one.name !== context.target);
    const fold = rowPart(features, seed, folds);
    const numbers = Array.from({ length: folds }, (_, k) => k);
    // The hash over a whole row is dear: it is taken once for all columns.
    const keys = columns.map((name, c) => `${keyText([name])} AS __mll_key${c}`);
    const rows = `WITH __mll_rows AS MATERIALIZED (SELECT ${keys.join(', ')}, ${fold} AS __mll_fold, ${y} AS __mll_y FROM {input})`;
    const at = (k: number): string => `FILTER (__mll_fold = ${k})`;
    const lists = columns.map((name, c) => {
      const parts = numbers.map(
        (k) =>
          `coalesce(sum(__mll_y) ${at(k)}, 0) AS s${k}, CAST(count(__mll_y) ${at(k)} AS DOUBLE) AS n${k}`,
      );
      const counted = `SELECT __mll_key${c} AS k, count(*) AS n, ${parts.join(', ')} FROM __mll_rows GROUP BY 1`;
      const grouped =
        by === undefined
          ? counted
          : `SELECT * FROM (SELECT *, (${commonSql(rare)}) AS common FROM (${counted}) AS __mll_c${c}) AS __mll_m${c} WHERE common`;
      const each = numbers.map(
        (k) =>
          `${listOf(`s${k}`, 'DOUBLE')} AS ${identifier(`${name}.sum${k}`)}, ${listOf(`n${k}`, 'DOUBLE')} AS ${identifier(`${name}.count${k}`)}`,
      );
      return `(SELECT ${listOf('k', 'VARCHAR')} AS ${identifier(`${name}.categories`)}, ${each.join(', ')} FROM (${grouped}) AS __mll_g${c}) AS __mll_l${c}`;
    });
    const totals = numbers.map(
      (k) =>
        `coalesce(sum(__mll_y) ${at(k)}, 0) AS "sum${k}", CAST(count(__mll_y) ${at(k)} AS DOUBLE) AS "count${k}"`,
    );
    const changes = (value: (name: string, c: number) => Template): [string, Template][] =>
      columns.map((name, c) => [keep ? `${name}_target` : name, value(name, c)]);
    const from = (more: string): Template => [
      '(SELECT *, ',
      ...columns.flatMap((name, c): TemplatePart[] => [
        ...(c === 0 ? [] : [', ']),
        ...placeIn(`${name}.categories`, keyText([name])),
        ` AS __mll_place${c}`,
      ]),
      `${more} FROM {input}) AS __mll_placed`,
    ];
    const places = columns.map((_, c) => `__mll_place${c}`);
    const made = (drop: string[], values: [string, Template][], source: Template): Template =>
      project(keep ? { drop, add: values, from: source } : { drop, replace: values, from: source });
    const known = (name: string, c: number, value: Template): Template => {
      const [cell, unseen] = [`CAST(${identifier(name)} AS VARCHAR)`, `__mll_place${c} IS NULL`];
      if (unknown === 'overall') return value;
      // A missing cell is no category that could be refused.
      return unknown === 'missing'
        ? [`CASE WHEN ${unseen} THEN NULL ELSE `, ...value, ' END']
        : [
            `CASE WHEN ${unseen} AND ${cell} IS NOT NULL THEN CAST(${unseenError(name, cell)} AS DOUBLE) ELSE `,
            ...value,
            ' END',
          ];
    };
    const all = (name: string, c: number): Template => known(name, c, encoded(name, c, numbers, smooth));
    const apart = (name: string, c: number): Template =>
      known(name, c, [
        `CASE WHEN __mll_part = 'train' THEN CASE __mll_fold `,
        ...numbers.flatMap((k): TemplatePart[] => [
          `WHEN ${k} THEN coalesce(`,
          ...encoded(
            name,
            c,
            numbers.filter((one) => one !== k),
            smooth,
          ),
          ', ',
          ...mean(numbers),
          ') ',
        ]),
        'END ELSE ',
        ...encoded(name, c, numbers, smooth),
        ' END',
      ]);
    return {
      fit: `${rows} SELECT * FROM ${lists.join(', ')}, (SELECT ${totals.join(', ')} FROM __mll_rows) AS __mll_totals`,
      transform: made([...places, '__mll_fold'], changes(apart), from(`, ${fold} AS __mll_fold`)),
      serving: made(places, changes(all), from('')),
      schema,
    };
  },
});

/** The target as a number, NULL where it is missing. */
function targetOf(positive: string | number | boolean | undefined, context: StepContext): string | undefined {
  const { target, schema } = context;
  const column = target === undefined ? undefined : find(schema, target);
  if (column === undefined) {
    context.problem({ message: 'This needs a target: choose the column to predict first.', path: [] });
    return undefined;
  }
  const kind = kindOf(column.sqlType);
  const cell = identifier(column.name);
  if (positive !== undefined) return `CAST(CAST(${cell} AS VARCHAR) = ${text(String(positive))} AS DOUBLE)`;
  if (isNumeric(kind) && kind !== 'unknown') return finite(column.name);
  if (kind === 'boolean') return `CAST(${cell} AS DOUBLE)`;
  context.problem({
    message: `The target "${column.name}" holds classes: name one as "positive", or use encode.`,
    path: ['positive'],
  });
  return undefined;
}

/** A sum over folds of what is fitted as `word0`, `word1` …; of a category where `place` is given. */
function total(word: string, folds: readonly number[], place: string): Template {
  return [
    '(',
    ...folds.flatMap((k, at): TemplatePart[] => [
      at === 0 ? 'CAST(' : ' + CAST(',
      { value: `${word}${k}` },
      place === '' ? ' AS DOUBLE)' : ` AS DOUBLE[])[${place}]`,
    ]),
    ')',
  ];
}

function mean(folds: readonly number[]): Template {
  return [...total('sum', folds, ''), ' / nullif(', ...total('count', folds, ''), ', 0)'];
}

/** (sum + smooth × mean) / (count + smooth) of the category; the mean where it has no row in these folds. */
function encoded(name: string, c: number, folds: readonly number[], smooth: number): Template {
  const place = `__mll_place${c}`;
  return [
    `coalesce((`,
    ...total(`${name}.sum`, folds, place),
    ` + ${double(smooth)} * `,
    ...mean(folds),
    ') / nullif(',
    ...total(`${name}.count`, folds, place),
    ` + ${double(smooth)}, 0), `,
    ...mean(folds),
    ')',
  ];
}

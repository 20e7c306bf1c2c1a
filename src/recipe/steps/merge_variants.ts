import { z } from 'zod';
import { py } from '../code';
import { columnsField, flagField, pairsField, TEXTS } from '../fields';
import { listOf, placeIn } from '../lookup';
import type { Template } from '../plan';
import { find } from '../schema';
import { identifier, text } from '../sql';
import { columnNames, defineStep, project, suggestion, take, type Compiled, type StepContext } from '../step';

const options = z.strictObject({
  columns: columnNames,
  accents: z.boolean().default(false).describe('Spellings that differ in accents are one too'),
  signs: z.boolean().default(false).describe('Signs such as - _ . count as white space'),
  as: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe('spelling: right spelling; then these alone are changed, and nothing is learnt from the data'),
});

/** So much commoner is what a slip of the pen was meant to be. */
const SLIP = 50;

export const mergeVariants = defineStep({
  kind: 'merge_variants',
  title: 'Merge spellings',
  summary: 'Writes spellings of one word that differ in case or white space as the commonest of them.',
  help: 'The commonest spelling is taken from the training part; of equally common ones the first in the alphabet. A word that training has not seen stays. With `as` the pairs written there are changed and no others: the form shows spellings that are near each other (a letter more, less or other, too) with their rows, and writes those that you accept.',
  example: 'merge_variants: { columns: [city] }',
  sample: [['city'], ['Oslo'], ['oslo '], ['Oslo'], ['BERGEN'], [null]],
  group: 'Values',
  fits: true,
  options,
  form: [
    columnsField('columns', 'Columns', TEXTS),
    flagField('accents', 'Ignore accents'),
    flagField('signs', 'Ignore signs'),
    pairsField('as', 'Spelling: right spelling', { optional: true, offers: 'spellings' }),
  ],
  code({ columns, as }, { schema }) {
    if (as === undefined || columns.some((name) => find(schema, name)?.sqlType !== 'VARCHAR'))
      return undefined;
    const pairs = Object.fromEntries(Object.entries(as).map(([from, to]) => [from, String(to)]));
    return {
      pandas: columns.map((name) => `df[${py(name)}] = df[${py(name)}].replace(${py(pairs)})`),
      polars: [`df = df.with_columns(pl.col(${py(columns)}).replace(${py(pairs)}))`],
    };
  },
  suggest({ columns, facts }) {
    return columns.flatMap(({ name }) => {
      const found = facts?.spellings?.[name] ?? [];
      const sure = found.filter((one) => one.why !== 'near');
      // A letter or two make another word, unless the other is so much commoner that it is a slip of the pen.
      const slips = found.filter((one) => one.why === 'near' && one.rows * SLIP <= one.toRows);
      const list = [
        [sure, 'one word each, but for case, white space or signs'],
        [slips, 'a letter or two other than a much commoner word: look at them before you take them'],
      ] as const;
      return list.flatMap(([some, why]) => {
        if (some.length === 0) return [];
        const shown = some
          .slice(0, 4)
          .map(
            (one) =>
              `"${one.value}" (${one.rows} ${one.rows === 1 ? 'row' : 'rows'}) is "${one.to}" (${one.toRows})`,
          );
        const more = some.length > 4 ? ` and ${some.length - 4} more` : '';
        const as = Object.fromEntries(some.map((one) => [one.value, one.to]));
        return [
          suggestion(
            'merge_variants',
            { columns: [name], as },
            `\`${name}\`: ${shown.join(', ')}${more}; ${why}.`,
          ),
        ];
      });
    });
  },
  compile({ columns, accents, signs, as }, context) {
    const found = take(context, columns, ['columns'], {
      only: { test: (kind) => kind === 'text' || kind === 'unknown', words: 'text' },
    });
    if (found === undefined) return undefined;
    if (as !== undefined) return written(columns, as, accents || signs, context);
    const key = (name: string): string => {
      let value = `lower(nfc_normalize(CAST(${identifier(name)} AS VARCHAR)))`;
      if (accents) value = `strip_accents(${value})`;
      const space = signs ? '[\\s\\x{00A0}._-]+' : '[\\s\\x{00A0}]+';
      return `trim(regexp_replace(${value}, '${space}', ' ', 'g'))`;
    };
    const fits = columns.map((name) => {
      const cell = `CAST(${identifier(name)} AS VARCHAR)`;
      const counted = `SELECT ${key(name)} AS k, ${cell} AS v, count(*) AS n FROM {input} WHERE ${cell} IS NOT NULL GROUP BY ALL`;
      const best = `SELECT k, v FROM (${counted}) AS __mll_a QUALIFY row_number() OVER (PARTITION BY k ORDER BY n DESC, v) = 1`;
      const lists = `${listOf('k', 'VARCHAR')} AS ${identifier(`${name}.keys`)}, ${listOf('v', 'VARCHAR')} AS ${identifier(`${name}.spellings`)}`;
      return `(SELECT ${lists} FROM (${best}) AS __mll_b)`;
    });
    const replaced = columns.map((name): [string, Template] => [
      name,
      [
        'coalesce(CAST(',
        { value: `${name}.spellings` },
        ' AS VARCHAR[])[',
        ...placeIn(`${name}.keys`, key(name)),
        `], CAST(${identifier(name)} AS VARCHAR))`,
      ],
    ]);
    return {
      fit: `SELECT * FROM ${fits.map((fit, k) => `${fit} AS __mll_f${k}`).join(', ')}`,
      transform: project({ replace: replaced }),
      schema: context.schema,
    };
  },
});

/** The pairs as they stand in the recipe. */
function written(
  columns: readonly string[],
  as: Readonly<Record<string, string | number | boolean>>,
  ignores: boolean,
  context: StepContext,
): Compiled | undefined {
  const pairs = Object.entries(as);
  if (pairs.length === 0 || ignores) {
    const message = ignores
      ? 'With "as" only the pairs written there are changed: leave out "accents" and "signs".'
      : 'Give at least one pair `spelling: right spelling`.';
    context.problem({ message, path: ['as'] });
    return undefined;
  }
  const cases = pairs.map(([from, to]) => `WHEN ${text(from)} THEN ${text(String(to))}`).join(' ');
  const replaced = columns.map((name): [string, Template] => {
    const cell = `CAST(${identifier(name)} AS VARCHAR)`;
    return [name, [`CASE ${cell} ${cases} ELSE ${cell} END`]];
  });
  return { transform: project({ replace: replaced }), schema: context.schema };
}

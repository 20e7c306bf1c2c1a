import { z } from 'zod';
import { columnsField, flagField, TEXTS } from '../fields';
import { listOf, placeIn } from '../lookup';
import type { Template } from '../plan';
import { identifier } from '../sql';
import { columnNames, defineStep, project, take } from '../step';

const options = z.strictObject({
  columns: columnNames,
  accents: z.boolean().default(false).describe('Spellings that differ in accents are one too'),
  signs: z.boolean().default(false).describe('Signs such as - _ . count as white space'),
});

export const mergeVariants = defineStep({
  kind: 'merge_variants',
  title: 'Merge spellings',
  summary: 'Writes spellings of one word that differ in case or white space as the commonest of them.',
  help: 'The commonest spelling is taken from the training part; of equally common ones the first in the alphabet. A word that training has not seen stays. Other spellings (New York, NYC) are for replace.',
  example: 'merge_variants: { columns: [city] }',
  sample: [['city'], ['Oslo'], ['oslo '], ['Oslo'], ['BERGEN'], [null]],
  group: 'Values',
  fits: true,
  options,
  form: [
    columnsField('columns', 'Columns', TEXTS),
    flagField('accents', 'Ignore accents'),
    flagField('signs', 'Ignore signs'),
  ],
  compile({ columns, accents, signs }, context) {
    const found = take(context, columns, ['columns'], {
      only: { test: (kind) => kind === 'text' || kind === 'unknown', words: 'text' },
    });
    if (found === undefined) return undefined;
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

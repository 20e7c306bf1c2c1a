import { z } from 'zod';
import { among, col, py } from '../code';
import { choiceField, columnsField, TEXTS, textField } from '../fields';
import { listOf, placeIn } from '../lookup';
import type { Template } from '../plan';
import { find } from '../schema';
import { commonSql, RARE_FIELDS, rareOptions, unseenError } from '../rare';
import { identifier, text } from '../sql';
import { columnNames, defineStep, project, take } from '../step';

const options = z.strictObject({
  columns: columnNames,
  ...rareOptions('are rare'),
  into: z.string().min(1).default('other').describe('What rare categories become'),
  unknown: z
    .enum(['other', 'keep', 'missing', 'error'])
    .default('other')
    .describe(
      'A category that training has not seen: becomes what rare ones become, stays, is missing, or is refused',
    ),
});

export const groupRare = defineStep({
  kind: 'group_rare',
  title: 'Group rare categories',
  summary: 'Writes categories of few rows as one: other.',
  help: 'Counted over the training part; of equally common categories the first in the alphabet counts as the commoner. Without min_count, min_share and max_categories those below 1 % are rare. Missing stays missing.',
  example: 'group_rare: { columns: [city], min_count: 2 }',
  sample: [['city'], ['Oslo'], ['Oslo'], ['Bodø'], [null]],
  group: 'Values',
  unsuggested: 'encode groups rare categories itself',
  fits: true,
  options,
  form: [
    columnsField('columns', 'Columns', TEXTS),
    ...RARE_FIELDS,
    textField('into', 'Becomes', { optional: true, default: 'other' }),
    choiceField('unknown', 'Unseen categories', ['other', 'keep', 'missing', 'error']),
  ],
  code({ columns, into, unknown }, { schema, values, constant }) {
    if (unknown !== 'other' && unknown !== 'keep') return undefined;
    const [pandas, polars]: [string[], string[]] = [[], []];
    for (const name of columns) {
      const word = unknown === 'other' ? 'categories' : 'rare';
      const listed = values[`${name}.${word}`];
      if (find(schema, name)?.sqlType !== 'VARCHAR' || !Array.isArray(listed)) return undefined;
      const known = constant(`${name}.${word}`, listed);
      const cell = `df[${py(name)}]`;
      const kept =
        unknown === 'other' ? `${cell}.isin(${known}) | ${cell}.isna()` : `~${cell}.isin(${known})`;
      pandas.push(`${cell} = ${cell}.where(${kept}, ${py(into)})`);
      const isIn = among(name, known);
      const rare = unknown === 'other' ? `~${isIn}` : isIn;
      polars.push(
        `    pl.when(${rare}).then(pl.lit(${py(into)})).otherwise(${col(name)}).alias(${py(name)}),`,
      );
    }
    return { pandas, polars: ['df = df.with_columns(', ...polars, ')'] };
  },
  compile({ columns, min_count, min_share, max_categories, into, unknown }, context) {
    const found = take(context, columns, ['columns'], {
      notTarget: 'predictions would be of other classes than the data',
      only: { test: (kind) => kind === 'text' || kind === 'unknown', words: 'text' },
    });
    if (found === undefined) return undefined;
    const share = min_share ?? (min_count === undefined && max_categories === undefined ? 0.01 : undefined);
    const common = commonSql({ min_count, min_share: share, max_categories });
    // What is seen but rare has to be told from what is not seen only where the two differ.
    const both = unknown !== 'other';
    const fits = columns.map((name, c) => {
      const cell = `CAST(${identifier(name)} AS VARCHAR)`;
      const counted = `SELECT ${cell} AS k, count(*) AS n FROM {input} WHERE ${cell} IS NOT NULL GROUP BY 1`;
      const marked = `SELECT k, (${common}) AS common FROM (${counted}) AS __mll_a`;
      const lists = [
        `${listOf('k', 'VARCHAR', 'common')} AS ${identifier(`${name}.categories`)}`,
        ...(both ? [`${listOf('k', 'VARCHAR', 'NOT common')} AS ${identifier(`${name}.rare`)}`] : []),
      ];
      return `(SELECT ${lists.join(', ')} FROM (${marked}) AS __mll_b) AS __mll_f${c}`;
    });
    const replaced = columns.map((name): [string, Template] => {
      const cell = `CAST(${identifier(name)} AS VARCHAR)`;
      const unseen = {
        other: text(into),
        keep: cell,
        missing: 'NULL',
        error: unseenError(name, cell),
      }[unknown];
      const rare: Template = both
        ? [' WHEN ', ...placeIn(`${name}.rare`, cell), ` IS NOT NULL THEN ${text(into)}`]
        : [];
      return [
        name,
        [
          `CASE WHEN ${cell} IS NULL THEN NULL WHEN `,
          ...placeIn(`${name}.categories`, cell),
          ` IS NOT NULL THEN ${cell}`,
          ...rare,
          ` ELSE CAST(${unseen} AS VARCHAR) END`,
        ],
      ];
    });
    return {
      fit: `SELECT * FROM ${fits.join(', ')}`,
      transform: project({ replace: replaced }),
      schema: context.schema,
    };
  },
});

import { z } from 'zod';
import { choiceField, columnsField, NUMBERS, wordsField } from '../fields';
import { keyText, listOf, placeIn } from '../lookup';
import type { Template } from '../plan';
import { extended, isNumeric } from '../schema';
import { deviation, finite, finiteValue, identifier } from '../sql';
import { columnNames, defineStep, free, project, take } from '../step';

const STATS = ['mean', 'median', 'sd', 'min', 'max', 'count'] as const;
const SQL = {
  mean: (x: string) => finiteValue(`avg(${x})`),
  median: (x: string) => `median(${x})`,
  sd: deviation,
  min: (x: string) => `min(${x})`,
  max: (x: string) => `max(${x})`,
  count: (x: string) => `CAST(count(${x}) AS DOUBLE)`,
} as const;

const options = z.strictObject({
  columns: columnNames,
  group: columnNames.describe('Rows that are equal in these make a group'),
  stats: z.array(z.enum(STATS)).min(1).default(['mean']).describe('What is taken over the group'),
  unseen: z
    .enum(['overall', 'missing'])
    .default('overall')
    .describe('A group that training has not seen: the value over all rows, or missing'),
});

export const groupStats = defineStep({
  kind: 'group_stats',
  title: 'Statistics of groups',
  summary: 'Adds mean, median, deviation … of the group that a row belongs to.',
  help: 'Taken from the training part and remembered, so that one row of a request is enough. Columns are named COLUMN_mean_by_GROUP. sd is the deviation of the population. For the target itself use target_encode.',
  example: 'group_stats: { columns: [delay], group: [carrier], stats: [mean] }',
  sample: [
    ['carrier', 'delay'],
    ['AA', 10],
    ['AA', 20],
    ['UA', 3],
    [null, 7],
  ],
  group: 'Features',
  unsuggested: 'which groups mean something is for a person to say',
  fits: true,
  options,
  form: [
    columnsField('columns', 'Columns', NUMBERS),
    columnsField('group', 'Group by'),
    wordsField('stats', 'What', STATS, { default: ['mean'] }),
    choiceField('unseen', 'Unseen groups', ['overall', 'missing']),
  ],
  compile({ columns, group, stats, unseen }, context) {
    const found = take(context, columns, ['columns'], {
      notTarget: 'it gives itself away; use target_encode',
      only: { test: isNumeric, words: 'numbers', fix: 'Use cast first.' },
    });
    const groups = take(context, group, ['group'], { notTarget: 'a request does not carry it' });
    if (found === undefined || groups === undefined) return undefined;
    const wanted = columns.flatMap((name, k) =>
      [...new Set(stats)].map((stat) => ({
        k,
        made: `${name}_${stat}_by_${group.join('_')}`,
        value: SQL[stat](finite(name)),
      })),
    );
    let schema = context.schema;
    for (const { made, k } of wanted) {
      if (!free({ ...context, schema }, made, ['columns', k])) return undefined;
      schema = extended(schema, [{ name: made, sqlType: 'DOUBLE' }]);
    }
    const values = wanted.map(({ value }, k) => `${value} AS __mll_v${k}`).join(', ');
    const grouped = `SELECT ${keyText(group)} AS k, ${values} FROM {input} GROUP BY 1`;
    const lists = wanted.map(({ made }, k) => `${listOf(`__mll_v${k}`, 'DOUBLE')} AS ${identifier(made)}`);
    const overall = wanted.map(({ made, value }) => `${value} AS ${identifier(`${made}.overall`)}`);
    const added = wanted.map(({ made }): [string, Template] => {
      const own: Template = ['CAST(', { value: made }, ' AS DOUBLE[])[__mll_place]'];
      if (unseen === 'missing') return [made, own];
      const rest: Template = ['CAST(', { value: `${made}.overall` }, ' AS DOUBLE)'];
      return [made, ['CASE WHEN __mll_place IS NULL THEN ', ...rest, ' ELSE ', ...own, ' END']];
    });
    return {
      fit: `SELECT * FROM (SELECT ${listOf('k', 'VARCHAR')} AS "groups", ${lists.join(', ')} FROM (${grouped}) AS __mll_g) AS __mll_lists, (SELECT ${overall.join(', ')} FROM {input}) AS __mll_all`,
      transform: project({
        drop: ['__mll_place'],
        add: added,
        from: [
          '(SELECT *, ',
          ...placeIn('groups', keyText(group)),
          ' AS __mll_place FROM {input}) AS __mll_placed',
        ],
      }),
      schema,
    };
  },
});

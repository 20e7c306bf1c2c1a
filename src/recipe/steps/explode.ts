import { z } from 'zod';
import { columnField, textField } from '../fields';
import { kindOf, remade, retyped } from '../schema';
import { identifier, text } from '../sql';
import { defineStep, take } from '../step';

const options = z.strictObject({
  column: z.string().describe('A column of lists, or of text with parts'),
  by: z.string().min(1).optional().describe('For text: what stands between the parts'),
});

export const explode = defineStep({
  kind: 'explode',
  title: 'Explode lists',
  summary: 'Makes a row for each element of a list.',
  help: 'The other columns are repeated. An empty or missing list leaves one row with a missing value. It makes rows anew, so it serves to prepare a dataset.',
  example: 'explode: { column: tags, by: ";" }',
  sample: [
    ['id', 'tags'],
    [1, 'a;b'],
    [2, null],
    [3, 'c'],
  ],
  group: 'Rows',
  unsuggested: 'it makes rows anew, so that a row is no longer what is predicted',
  rows: 'remake',
  options,
  form: [
    columnField('column', 'Column'),
    textField('by', 'Sign between the parts', { help: 'For text', optional: true }),
  ],
  compile({ column, by }, context) {
    const found = take(context, [column], ['column'], { notTarget: 'it cannot be taken apart' });
    const [one] = found ?? [];
    if (one === undefined) return undefined;
    const isList = one.sqlType.endsWith(']');
    if (!isList && by === undefined && kindOf(one.sqlType) !== 'unknown') {
      context.problem({
        message: `"${column}" holds no lists: give "by", the sign between the parts.`,
        path: ['by'],
      });
      return undefined;
    }
    const cell = identifier(column);
    const cells = by === undefined ? cell : `str_split(CAST(${cell} AS VARCHAR), ${text(by)})`;
    const inner = `SELECT *, CASE WHEN len(${cells}) > 0 THEN ${cells} ELSE [NULL] END AS __mll_list FROM {input}`;
    const rows = `SELECT *, unnest(__mll_list) AS __mll_item, unnest(range(len(__mll_list))) AS __mll_place FROM (${inner}) AS __mll_lists`;
    const replaced = `__mll_item AS ${cell}, row_number() OVER (ORDER BY __mll_row, __mll_place) - 1 AS __mll_row`;
    const item = by === undefined ? one.sqlType.replace(/\[\d*\]$/u, '') : 'VARCHAR';
    return {
      transform: [
        `SELECT * EXCLUDE (__mll_list, __mll_item, __mll_place) REPLACE (${replaced}) FROM (${rows}) AS __mll_rows`,
      ],
      schema: retyped(remade(context.schema, [column]), new Map([[column, item]])),
      whole: true,
    };
  },
});

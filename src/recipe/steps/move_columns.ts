import { z } from 'zod';
import { py } from '../code';
import { choiceField, columnsField } from '../fields';
import { list } from '../sql';
import { columnNames, defineStep, take } from '../step';

const options = z.strictObject({
  columns: columnNames,
  to: z
    .enum(['front', 'end'])
    .default('front')
    .describe('Where they go, in the order in which they are named'),
});

export const moveColumns = defineStep({
  kind: 'move_columns',
  title: 'Move columns',
  summary: 'Puts columns to the front or to the end.',
  help: 'The other columns keep their order.',
  example: 'move_columns: { columns: [fare], to: front }',
  sample: [
    ['age', 'fare'],
    [22, 7.25],
  ],
  group: 'Columns',
  unsuggested: 'the order of columns changes nothing that is learnt',
  options,
  form: [columnsField('columns', 'Columns'), choiceField('to', 'To', ['front', 'end'])],
  code({ columns, to }) {
    const moved = py(columns);
    const others = `*(name for name in df.columns if name not in ${moved})`;
    const order = to === 'front' ? `[*${moved}, ${others}]` : `[${others}, *${moved}]`;
    return { pandas: [`df = df[${order}]`], polars: [`df = df.select(${order})`] };
  },
  compile({ columns, to }, context) {
    const found = take(context, columns, ['columns']);
    if (found === undefined) return undefined;
    const rest = context.schema.columns.filter((one) => !columns.includes(one.name));
    const named = list(columns);
    const others = `* EXCLUDE (${named}, __mll_row, __mll_part)`;
    // A SELECT needs a column beside those that are moved.
    const middle = rest.length + context.schema.prefixes.length === 0 ? [] : [others];
    const order = to === 'front' ? [named, ...middle] : [...middle, named];
    return {
      transform: [`SELECT ${[...order, '__mll_row', '__mll_part'].join(', ')} FROM {input}`],
      schema: {
        ...context.schema,
        columns: to === 'front' ? [...found, ...rest] : [...rest, ...found],
      },
    };
  },
});

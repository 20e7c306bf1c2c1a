import { z } from 'zod';
import { columnsField, flagField, textField } from '../fields';
import { extended, without } from '../schema';
import { identifier, text } from '../sql';
import { columnNames, defineStep, free, project, take } from '../step';

const options = z.strictObject({
  columns: columnNames,
  into: z.string().describe('Name of the new column'),
  by: z.string().default(' ').describe('What is put between the values'),
  keep: z.boolean().default(false).describe('The columns themselves stay as well'),
});

export const mergeColumns = defineStep({
  kind: 'merge_columns',
  title: 'Merge columns',
  summary: 'Writes several columns into one text.',
  help: 'Missing values are left out; where all are missing the text is missing.',
  example: 'merge_columns: { columns: [street, city], into: address, by: ", " }',
  sample: [
    ['street', 'city'],
    ['High St 1', 'Oxford'],
    [null, 'Leeds'],
    [null, null],
  ],
  group: 'Columns',
  unsuggested: 'two columns say more to a model than one text of both',
  options,
  form: [
    columnsField('columns', 'Columns'),
    textField('into', 'New column'),
    textField('by', 'Between the values', { optional: true, default: ' ' }),
    flagField('keep', 'Keep the columns'),
  ],
  compile({ columns, into, by, keep }, context) {
    const found = take(context, columns, ['columns'], { notTarget: 'it cannot be merged' });
    if (found === undefined) return undefined;
    const rest = keep
      ? context.schema
      : without(context.schema, columns, `step ${context.step + 1} (merge_columns) merged it`);
    if (!free({ ...context, schema: rest }, into, ['into'])) return undefined;
    const cells = columns.map((name) => `CAST(${identifier(name)} AS VARCHAR)`);
    const value = `CASE WHEN coalesce(${cells.join(', ')}) IS NOT NULL THEN concat_ws(${text(by)}, ${cells.join(', ')}) END`;
    return {
      transform: project({ drop: keep ? [] : columns, add: [[into, [value]]] }),
      schema: extended(rest, [{ name: into, sqlType: 'VARCHAR' }]),
    };
  },
});

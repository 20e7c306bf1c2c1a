import { z } from 'zod';
import { HIDDEN, py } from '../code';
import { columnsField } from '../fields';
import { PART, ROW } from '../plan';
import { without } from '../schema';
import { list } from '../sql';
import { columnNames, defineStep, take } from '../step';

const options = z.strictObject({ columns: columnNames });

export const selectColumns = defineStep({
  kind: 'select_columns',
  title: 'Select columns',
  summary: 'Keeps the named columns, in this order, and leaves out all others.',
  help: 'The target stays, at the end, when it is not named. A column that comes into the data later is left out too.',
  example: 'select_columns: { columns: [fare, age] }',
  sample: [
    ['age', 'fare', 'ticket'],
    [22, 7.25, 'A1'],
    [38, 71.5, 'B2'],
  ],
  group: 'Columns',
  unsuggested: 'which columns matter is for a person to say; what surely says nothing is dropped',
  options,
  form: [columnsField('columns', 'Columns')],
  code({ columns }, { target }) {
    const kept = keptColumns(columns, target);
    return {
      pandas: [`df = df[[*${py(kept)}, *${HIDDEN}]]`],
      polars: [`df = df.select([*${py(kept)}, *${HIDDEN}])`],
    };
  },
  compile({ columns }, context) {
    const found = take(context, columns, ['columns']);
    if (found === undefined) return undefined;
    const { schema, target } = context;
    const kept = keptColumns(columns, target);
    const gone = schema.columns.map((one) => one.name).filter((name) => !kept.includes(name));
    const rest = without(schema, gone, `step ${context.step + 1} (select_columns) left it out`);
    const ordered = kept.flatMap(
      (name) => rest.columns.find((one) => one.name === name) ?? found.find((one) => one.name === name) ?? [],
    );
    return {
      transform: [`SELECT ${list([...kept, ROW, PART])} FROM {input}`],
      schema: { ...rest, columns: ordered, prefixes: [] },
    };
  },
});

/** The target stays, at the end, when it is not named. */
function keptColumns(columns: readonly string[], target: string | undefined): readonly string[] {
  return target !== undefined && !columns.includes(target) ? [...columns, target] : columns;
}

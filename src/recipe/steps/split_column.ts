import { z } from 'zod';
import { columnField, flagField, listField, textField } from '../fields';
import type { Template } from '../plan';
import { extended, without } from '../schema';
import { identifier, text } from '../sql';
import { defineStep, free, project, take } from '../step';

const options = z.strictObject({
  column: z.string().describe('The column of text'),
  into: z.array(z.string()).min(1, 'name at least one new column').describe('Names of the new columns'),
  by: z.string().min(1).optional().describe('What stands between the parts'),
  pattern: z.string().min(1).optional().describe('Regular expression with a group for each new column'),
  keep: z.boolean().default(false).describe('The column itself stays as well'),
});

export const splitColumn = defineStep({
  kind: 'split_column',
  title: 'Split a column',
  summary: 'Makes several columns of the parts of a text.',
  help: 'With `by` the text is cut at each such sign; what is more than there are columns is left out. With `pattern` each group of the regular expression (RE2) makes a column. White space around a part goes; a part that is not there is missing.',
  example: 'split_column: { column: name, by: ",", into: [last, first] }',
  sample: [
    ['name', 'n'],
    ['Curie, Marie', 1],
    ['Plato', 2],
    [null, 3],
  ],
  group: 'Columns',
  unsuggested: 'where a text falls apart into parts is found by example',
  options,
  form: [
    columnField('column', 'Column'),
    listField('into', 'New columns', { help: 'Comma-separated' }),
    textField('by', 'Sign between the parts', { optional: true }),
    textField('pattern', 'Or a pattern', { help: 'Such as (\\d+)-(\\d+)', optional: true }),
    flagField('keep', 'Keep the column'),
  ],
  compile({ column, into, by, pattern, keep }, context) {
    const found = take(context, [column], ['column'], { notTarget: 'it cannot be taken apart' });
    if ((by === undefined) === (pattern === undefined)) {
      context.problem({ message: 'Give either "by" or "pattern".', path: ['by'] });
      return undefined;
    }
    if (found === undefined) return undefined;
    const cell = `CAST(${identifier(column)} AS VARCHAR)`;
    let schema = keep
      ? context.schema
      : without(context.schema, [column], `step ${context.step + 1} (split_column) took it apart`);
    const added: [string, Template][] = [];
    for (const [k, name] of into.entries()) {
      if (!free({ ...context, schema }, name, ['into', k])) return undefined;
      const part =
        by === undefined
          ? `CASE WHEN regexp_matches(${cell}, ${text(pattern ?? '')}) THEN regexp_extract(${cell}, ${text(pattern ?? '')}, ${k + 1}) END`
          : `str_split(${cell}, ${text(by)})[${k + 1}]`;
      added.push([name, [`nullif(trim(${part}), '')`]]);
      schema = extended(schema, [{ name, sqlType: 'VARCHAR' }]);
    }
    return { transform: project({ drop: keep ? [] : [column], add: added }), schema };
  },
});

import { z } from 'zod';
import { columnField, numberField, textField } from '../fields';
import { extended } from '../schema';
import { identifier, text } from '../sql';
import { defineStep, free, project, take } from '../step';

const options = z.strictObject({
  column: z.string().describe('The column of text'),
  pattern: z.string().min(1).describe('Regular expression (RE2)'),
  into: z.string().describe('Name of the new column'),
  group: z.int().min(0).max(9).default(0).describe('Which group of the expression; 0: all that it matches'),
});

export const extract = defineStep({
  kind: 'extract',
  title: 'Extract by pattern',
  summary: 'Makes a column of what a regular expression finds in a text.',
  help: 'The first match counts; where there is none the value is missing. RE2 takes time in proportion to the text, whatever the expression.',
  example: "extract: { column: ticket, pattern: '(\\d+)$', group: 1, into: number }",
  sample: [['ticket'], ['A/5 21171'], ['LINE'], [null]],
  group: 'Columns',
  unsuggested: 'what of a text matters is found by example',
  options,
  form: [
    columnField('column', 'Column'),
    textField('pattern', 'Pattern', { help: 'Regular expression, such as (\\d+)' }),
    textField('into', 'New column'),
    numberField('group', 'Group', { optional: true, default: 0 }),
  ],
  compile({ column, pattern, into, group }, context) {
    const found = take(context, [column], ['column'], { notTarget: 'a request does not carry it' });
    if (found === undefined || !free(context, into, ['into'])) return undefined;
    const cell = `CAST(${identifier(column)} AS VARCHAR)`;
    const value = `CASE WHEN regexp_matches(${cell}, ${text(pattern)}) THEN regexp_extract(${cell}, ${text(pattern)}, ${group}) END`;
    return {
      transform: project({ add: [[into, [value]]] }),
      schema: extended(context.schema, [{ name: into, sqlType: 'VARCHAR' }]),
    };
  },
});

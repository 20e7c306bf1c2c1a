import { z } from 'zod';
import { expressionProblem } from '../expression';
import { columnField, expressionField, textField } from '../fields';
import { kindOf, retyped } from '../schema';
import { constant, identifier } from '../sql';
import { defineStep, project, take } from '../step';

const options = z.strictObject({
  column: z.string().describe('The column that is changed'),
  where: z.string().describe('Condition on the columns'),
  value: z
    .union([z.string(), z.number(), z.boolean()])
    .optional()
    .describe('The new value; without it the cells become missing'),
});

export const setWhere = defineStep({
  kind: 'set_where',
  title: 'Set where',
  summary: 'Writes a value, or missing, into the rows for which a condition is true.',
  help: 'The condition is an SQL expression such as `age < 0 OR age > 120`. Where it is neither true nor false the cell stays.',
  example: 'set_where: { column: age, where: age < 0 }',
  sample: [['age'], [31], [-1], [null]],
  group: 'Columns',
  unsuggested: 'only a person knows which values are wrong',
  options,
  form: [
    columnField('column', 'Column'),
    expressionField('where', 'Where'),
    textField('value', 'New value', { help: 'Empty: missing', optional: true }),
  ],
  compile({ column, where, value }, context) {
    const found = take(context, [column], ['column'], { notTarget: 'what is learnt is never invented' });
    const problem = expressionProblem(where);
    if (problem !== undefined) {
      context.problem({ message: problem, path: ['where'] });
      return undefined;
    }
    const [one] = found ?? [];
    if (one === undefined) return undefined;
    const kind = kindOf(one.sqlType);
    const number = Number(value);
    const numeric = kind === 'number' || kind === 'integer';
    if (value !== undefined && numeric && !(String(value).trim() !== '' && Number.isFinite(number))) {
      context.problem({
        message: `"${String(value)}" does not fit column "${column}" (${kind}).`,
        path: ['value'],
      });
      return undefined;
    }
    const type =
      kind === 'unknown'
        ? 'VARCHAR'
        : kind === 'integer' && !Number.isInteger(number)
          ? 'DOUBLE'
          : one.sqlType;
    const kept = value === undefined ? one.sqlType : type;
    const cell = kept === one.sqlType ? identifier(column) : `CAST(${identifier(column)} AS ${kept})`;
    const set = value === undefined ? 'NULL' : constant(value, type);
    return {
      transform: project({ replace: [[column, [`CASE WHEN (\n${where}\n) THEN ${set} ELSE ${cell} END`]]] }),
      schema: retyped(context.schema, new Map([[column, kept]])),
      expressions: [where],
    };
  },
});

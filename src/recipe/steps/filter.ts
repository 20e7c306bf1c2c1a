import { z } from 'zod';
import { defineStep } from '../step';
import { expressionProblem } from '../expression';

const options = z.strictObject({
  keep: z.string().describe('Condition on the columns; rows where it is true stay'),
});

export const filter = defineStep({
  kind: 'filter',
  title: 'Filter rows',
  summary: 'Keeps the rows for which a condition is true.',
  help: "The condition is an SQL expression over the columns, such as `year >= 2000 AND size IN ('Small', 'Large')`. A row for which it is neither true nor false (a missing value) is left out. Used when preparing and training only.",
  example: 'filter: { keep: "body_mass > 0" }',
  sample: [['body_mass'], [3750], [0], [null]],
  group: 'Rows',
  unsuggested: 'which rows count is for a person to say',
  rows: 'drop',
  options,
  form: [{ name: 'keep', label: 'Keep rows where', control: 'expression', optional: false }],
  compile({ keep }, context) {
    const problem = expressionProblem(keep);
    if (problem !== undefined) {
      context.problem({ message: problem, path: ['keep'] });
      return undefined;
    }
    return {
      transform: [`SELECT * FROM {input} WHERE (\n${keep}\n)`],
      schema: context.schema,
      expressions: [keep],
    };
  },
});

import { z } from 'zod';
import { expressionProblem } from '../expression';
import type { Template } from '../plan';
import { extended, find, remade } from '../schema';
import { identifier } from '../sql';
import { defineStep, free, project } from '../step';

const options = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
  .describe('column: expression');

export const compute = defineStep({
  kind: 'compute',
  title: 'Compute columns',
  summary: 'Makes columns from an expression over the others.',
  help: 'Each pair is `column: expression`, an SQL expression such as `a / b`, `lower(city)` or `CASE WHEN age < 18 THEN 1 ELSE 0 END`. All expressions see the columns as they were before the step. A division by zero gives a missing value.',
  example: 'compute: { bill_ratio: bill_length_mm / bill_depth_mm }',
  sample: [
    ['bill_length_mm', 'bill_depth_mm'],
    [40, 20],
    [39, 0],
  ],
  group: 'Columns',
  unsuggested: 'only a person knows which formula means something',
  options,
  form: [{ name: '', label: 'Column: expression', control: 'pairs', optional: false }],
  compile(pairs, context) {
    const entries = Object.entries(pairs).map(([name, expression]) => [name, String(expression)] as const);
    if (entries.length === 0) {
      context.problem({ message: 'Give at least one pair `column: expression`.', path: [] });
      return undefined;
    }
    let bad = false;
    const seen = new Set<string>();
    for (const [name, expression] of entries) {
      const problem = expressionProblem(expression);
      if (problem !== undefined) {
        context.problem({ message: problem, path: [name] });
        bad = true;
      }
      if (name === context.target) {
        context.problem({ message: `"${name}" is the target and is not computed.`, path: [name], key: true });
        bad = true;
      } else if (seen.has(name.toLowerCase())) {
        context.problem({ message: `Two columns would be named "${name}".`, path: [name], key: true });
        bad = true;
      } else if (find(context.schema, name) === undefined && !free(context, name, [name])) bad = true;
      seen.add(name.toLowerCase());
    }
    if (bad) return undefined;
    const raw = entries.map(([, expression], k) => `(\n${expression}\n) AS __mll_c${k}`).join(', ');
    const replaced: [string, Template][] = [];
    const added: [string, Template][] = [];
    entries.forEach(([name], k) => {
      const value = `__mll_c${k}`;
      const number = `typeof(${value}) IN ('DOUBLE', 'FLOAT') AND NOT isfinite(TRY_CAST(${value} AS DOUBLE))`;
      const sql: [string, Template] = [name, [`CASE WHEN ${number} THEN NULL ELSE ${value} END`]];
      (find(context.schema, name) === undefined ? added : replaced).push(sql);
    });
    return {
      transform: project({
        drop: entries.map((_, k) => `__mll_c${k}`),
        replace: replaced,
        add: added,
        from: [`(SELECT *, ${raw} FROM {input}) AS ${identifier('__mll_computed')}`],
      }),
      schema: extended(
        remade(
          context.schema,
          replaced.map(([name]) => name),
        ),
        added.map(([name]) => ({ name, sqlType: '' })),
      ),
      expressions: entries.map(([, expression]) => expression),
    };
  },
});

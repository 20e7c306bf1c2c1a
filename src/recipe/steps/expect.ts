import { z } from 'zod';
import { BROKEN_OF_ROWS, rowCheck } from '../check';
import { expressionProblem } from '../expression';
import { choiceField, columnsField, expressionField, listField, numberField, textField } from '../fields';
import { ROW, type PlanCheck } from '../plan';
import type { Compiled, StepContext } from '../step';
import { columnNames, defineStep, names as namesText, take } from '../step';
import { double, identifier, list, text } from '../sql';

const options = z.strictObject({
  rule: z
    .enum(['not_missing', 'unique', 'range', 'in_set', 'pattern', 'condition', 'rows'])
    .describe('What must hold'),
  columns: columnNames.optional().describe('The columns it is about'),
  min: z.number().optional().describe('range: least value; rows: least number of rows'),
  max: z.number().optional().describe('range: largest value; rows: largest number of rows'),
  values: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .min(1)
    .optional()
    .describe('in_set: the values that may be'),
  pattern: z
    .string()
    .min(1)
    .optional()
    .describe('pattern: regular expression that the whole text must match'),
  condition: z.string().optional().describe('condition: SQL expression that must be true or missing'),
  allow: z.number().min(0).lt(1).default(0).describe('Share of rows that may break it, 0 to 1'),
  severity: z
    .enum(['stop', 'warn'])
    .default('stop')
    .describe('Breaking it stops the run, or is only told in its report'),
});

type Options = z.output<typeof options>;

export const expect = defineStep({
  kind: 'expect',
  title: 'Expect',
  summary: 'Checks that a rule holds; stops the run, or warns, with the rows that break it.',
  help: 'Missing values break not_missing only; of rows with the same key, unique takes the first as right. The report of a run has the number of rows that break the rule, in both parts of the split, and the first of them; rows are numbered as in the data, from 1. A training says in its notes what is broken. A request to an endpoint is never stopped by it.',
  example: 'expect: { rule: range, columns: [age], min: 0, max: 120 }',
  sample: [['age'], [31], [null], [120]],
  group: 'Safeguards',
  unsuggested: 'what must hold is for a person to say; the checks of the data view list what stands out',
  options,
  form: [
    choiceField(
      'rule',
      'Rule',
      ['not_missing', 'unique', 'range', 'in_set', 'pattern', 'condition', 'rows'],
      { optional: false },
    ),
    columnsField('columns', 'Columns', {
      optional: true,
      when: { field: 'rule', is: ['not_missing', 'unique', 'range', 'in_set', 'pattern'] },
    }),
    numberField('min', 'Least', {
      optional: true,
      when: { field: 'rule', is: ['range', 'rows'] },
    }),
    numberField('max', 'Largest', {
      optional: true,
      when: { field: 'rule', is: ['range', 'rows'] },
    }),
    listField('values', 'Values', {
      help: 'Comma-separated',
      optional: true,
      when: { field: 'rule', is: ['in_set'] },
    }),
    textField('pattern', 'Pattern', { optional: true, when: { field: 'rule', is: ['pattern'] } }),
    expressionField('condition', 'Condition', { optional: true, when: { field: 'rule', is: ['condition'] } }),
    numberField('allow', 'Share that may break it', { optional: true, default: 0 }),
    choiceField('severity', 'When it is broken', ['stop', 'warn']),
  ],
  compile(chosen, context): Compiled | undefined {
    const names = columnsOf(chosen, context);
    if (names === undefined) return undefined;
    const bad = brokenBy(chosen, names, context);
    if (bad === undefined) return undefined;
    const { rule, severity, allow, condition } = chosen;
    const check: PlanCheck = {
      rule,
      columns: names,
      severity,
      allow,
      sql: checkSql(chosen, names, bad),
    };
    const stop = `CASE WHEN broken > ${double(allow)} * "rows" THEN CAST(error(message) AS BOOLEAN) ELSE TRUE END`;
    return {
      check,
      transform: [
        severity === 'warn'
          ? 'SELECT * FROM {input}'
          : `SELECT * FROM {input} WHERE (SELECT ${stop} FROM (${check.sql}) AS __mll_check)`,
      ],
      schema: context.schema,
      whole: true,
      serving: ['SELECT * FROM {input}'],
      ...(condition === undefined ? {} : { expressions: [condition] }),
    };
  },
});

const NEEDS_COLUMNS = new Set(['not_missing', 'unique', 'range', 'in_set', 'pattern']);

function columnsOf({ rule, columns }: Options, context: StepContext): readonly string[] | undefined {
  if (columns !== undefined) return take(context, columns, ['columns']) === undefined ? undefined : columns;
  if (!NEEDS_COLUMNS.has(rule)) return [];
  context.problem({ message: `"${rule}" needs "columns".`, path: ['rule'] });
  return undefined;
}

/** SQL that is true for a row of {input} that breaks the rule; undefined when a part of it is not given. */
function brokenBy(chosen: Options, names: readonly string[], context: StepContext): string | undefined {
  const { rule, min, max, values, pattern, condition } = chosen;
  const missing = (word: string): string | undefined => {
    context.problem({ message: `"${rule}" needs "${word}".`, path: ['rule'] });
    return undefined;
  };
  const any = (test: (cell: string) => string): string =>
    names.map((name) => `coalesce(${test(identifier(name))}, FALSE)`).join(' OR ');
  switch (rule) {
    case 'not_missing':
      return names.map((name) => `${identifier(name)} IS NULL`).join(' OR ');
    case 'unique': {
      const whole = names.map((name) => `${identifier(name)} IS NOT NULL`).join(' AND ');
      return `${whole} AND row_number() OVER (PARTITION BY ${list(names)} ORDER BY ${ROW}) > 1`;
    }
    case 'range': {
      if (min === undefined && max === undefined) return missing('min" or "max');
      const parts = [
        ...(min === undefined ? [] : [(cell: string) => `CAST(${cell} AS DOUBLE) < ${double(min)}`]),
        ...(max === undefined ? [] : [(cell: string) => `CAST(${cell} AS DOUBLE) > ${double(max)}`]),
      ];
      return any((cell) => `(${parts.map((part) => part(cell)).join(' OR ')})`);
    }
    case 'in_set':
      if (values === undefined) return missing('values');
      return any(
        (cell) => `CAST(${cell} AS VARCHAR) NOT IN (${values.map((one) => text(String(one))).join(', ')})`,
      );
    case 'pattern':
      if (pattern === undefined) return missing('pattern');
      return any((cell) => `NOT regexp_full_match(CAST(${cell} AS VARCHAR), ${text(pattern)})`);
    case 'condition': {
      if (condition === undefined) return missing('condition');
      const problem = expressionProblem(condition);
      if (problem === undefined) return `NOT coalesce((\n${condition}\n), TRUE)`;
      context.problem({ message: problem, path: ['condition'] });
      return undefined;
    }
    case 'rows':
      if (min === undefined && max === undefined) return missing('min" or "max');
      return 'TRUE';
  }
}

/** The query of a {@link PlanCheck}; `bad` is true for a row that breaks the rule. */
function checkSql(chosen: Options, names: readonly string[], bad: string): string {
  const rule = `The rule ${chosen.rule} (${meaning(chosen, names)})`;
  if (chosen.rule === 'rows') {
    const { min, max } = chosen;
    const outside = [
      ...(min === undefined ? [] : [`count(*) < ${double(min)}`]),
      ...(max === undefined ? [] : [`count(*) > ${double(max)}`]),
    ].join(' OR ');
    // There is no row to show, and the table as a whole breaks it, an empty one too.
    const whole = `SELECT count(*) AS "rows", CASE WHEN ${outside} THEN greatest(count(*), 1) ELSE 0 END AS broken FROM {input}`;
    return `SELECT *, CAST([] AS VARCHAR[]) AS examples, ${text(`${rule} is broken: there are `)} || "rows" || ' rows.' AS message FROM (${whole}) AS __mll_counted`;
  }
  return rowCheck(bad, names, `${text(`${rule} is broken in `)} || ${BROKEN_OF_ROWS} || ' rows: '`);
}

/** What a rule demands, for a person. */
function meaning(
  { rule, min, max, values = [], pattern, condition }: Options,
  names: readonly string[],
): string {
  const between =
    min === undefined
      ? `at most ${String(max)}`
      : max === undefined
        ? `at least ${String(min)}`
        : `from ${min} to ${max}`;
  const columns = namesText(names).replaceAll('`', '');
  switch (rule) {
    case 'not_missing':
      return `${columns} not missing`;
    case 'unique':
      return `${columns} different in each row`;
    case 'range':
      return `${columns} ${between}`;
    case 'in_set':
      return `${columns} one of ${values.slice(0, 10).map(String).join(', ')}${values.length > 10 ? ', …' : ''}`;
    case 'pattern':
      return `${columns} like ${pattern ?? ''}`;
    case 'condition':
      return (condition ?? '').trim();
    case 'rows':
      return `${between} rows`;
  }
}

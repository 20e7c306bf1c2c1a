import { z } from 'zod';
import { extended, isNumeric, kindOf, retyped, type Kind } from '../schema';
import { constant, finite, finiteValue, identifier } from '../sql';
import { columnNames, defineStep, free, percent, project, suggestion, take, type StepContext } from '../step';
import type { Suggestion } from '../model';
import type { PlanColumn, Template } from '../plan';

const options = z.strictObject({
  columns: columnNames,
  with: z
    .enum(['mean', 'median', 'mode', 'constant', 'previous'])
    .describe('What is put in: a statistic of the training part, a constant, or the last value above'),
  value: z.union([z.string(), z.number(), z.boolean()]).optional().describe('The constant'),
  indicator: z.boolean().default(false).describe('Adds a column COLUMN_was_missing of 0 and 1'),
});

export const fillMissing = defineStep({
  kind: 'fill_missing',
  title: 'Fill missing values',
  summary:
    'Puts mean, median, the commonest value, a constant or the previous value where cells are missing.',
  help: 'Mean, median and mode are taken from the training part. With equal counts the smallest value is the mode. `previous` needs the rows above, so it serves to prepare data, not at an endpoint.',
  example: 'fill_missing: { columns: [bill_length_mm], with: median }',
  group: 'Values',
  fits: true,
  options,
  form: [
    { name: 'columns', label: 'Columns', control: 'columns', optional: false },
    {
      name: 'with',
      label: 'With',
      control: 'choice',
      choices: ['mean', 'median', 'mode', 'constant', 'previous'],
      optional: false,
      default: 'median',
    },
    { name: 'value', label: 'Constant', control: 'text', optional: true },
    {
      name: 'indicator',
      label: 'Add a was-missing column',
      control: 'boolean',
      optional: true,
      default: false,
    },
  ],
  compile(chosen, context) {
    const method = chosen.with;
    const found = take(context, chosen.columns, ['columns'], {
      notTarget: 'rows without it are dropped (drop_missing), never invented',
      ...(method === 'mean'
        ? { only: { test: isNumeric, words: 'numbers', fix: 'Use mode or constant.' } }
        : {}),
      ...(method === 'median'
        ? { only: { test: ordered, words: 'numbers or dates', fix: 'Use mode or constant.' } }
        : {}),
    });
    const { value } = chosen;
    if (method === 'constant' && value === undefined) {
      context.problem({ message: '"constant" needs a "value".', path: ['with'] });
      return undefined;
    }
    if (method !== 'constant' && value !== undefined) {
      context.problem({ message: `"value" is only for "with: constant".`, path: ['value'], key: true });
      return undefined;
    }
    if (found === undefined) return undefined;
    const fits: string[] = [];
    const replaced: [string, Template][] = [];
    const added: [string, Template][] = [];
    const types = new Map<string, string>();
    for (const column of found) {
      const { name } = column;
      const cell = identifier(name);
      const filled = fill(column, method, value, context);
      if (filled === undefined) return undefined;
      if (filled.fit !== undefined) fits.push(`${filled.fit} AS ${identifier(`${name}.${method}`)}`);
      const kept =
        filled.type === column.sqlType || filled.type === '' ? cell : `CAST(${cell} AS ${filled.type})`;
      replaced.push([name, [`CASE WHEN ${isMissing(column)} THEN `, ...filled.value, ` ELSE ${kept} END`]]);
      types.set(name, filled.type);
      if (chosen.indicator) {
        const flag = `${name}_was_missing`;
        if (!free(context, flag, ['indicator'])) return undefined;
        added.push([flag, [`CAST(${isMissing(column)} AS BIGINT)`]]);
      }
    }
    const fills = found.flatMap(({ raw }) => raw ?? []);
    return {
      ...(fills.length === 0 ? {} : { fills }),
      ...(fits.length === 0 ? {} : { fit: `SELECT ${fits.join(', ')} FROM {input}` }),
      transform: project({ replace: replaced, add: added }),
      schema: extended(
        retyped(context.schema, types),
        added.map(([name]) => ({ name, sqlType: 'BIGINT' })),
      ),
      ...(method === 'previous' ? { history: true as const } : {}),
    };
  },
  suggest({ columns, target, profile }) {
    const open = columns.filter(
      (column) => column.name !== target && column.missing > 0 && column.missing < profile.rows,
    );
    const describe = (list: typeof open): string =>
      list
        .slice(0, 4)
        .map(
          (column) =>
            `${column.missing} of \`${column.name}\` are missing (${percent(column.missing, profile.rows)})`,
        )
        .join(', ') + (list.length > 4 ? ` and ${list.length - 4} more columns` : '');
    const result: Suggestion[] = [];
    const numbers = open.filter((column) => column.type === 'number' || column.type === 'integer');
    const often = numbers.filter((column) => column.missing > profile.rows * 0.05);
    const seldom = numbers.filter((column) => !often.includes(column));
    const categories = open.filter(
      (column) => column.type === 'boolean' || (column.type === 'text' && isCategory(column, profile.rows)),
    );
    const mode = categories.filter(
      (column) => column.missing <= profile.rows * 0.05 || column.type === 'boolean',
    );
    const word = categories.filter((column) => !mode.includes(column));
    const add = (list: typeof open, rest: Record<string, unknown>, why: string): void => {
      if (list.length === 0) return;
      const options = { columns: list.map((column) => column.name), ...rest };
      result.push(suggestion('fill_missing', options, `${profile.rows} rows: ${describe(list)}${why}.`));
    };
    add(seldom, { with: 'median' }, '');
    add(
      often,
      { with: 'median', indicator: true },
      '; that a value is missing may itself say something, so a column keeps it',
    );
    add(mode, { with: 'mode' }, '');
    add(word, { with: 'constant', value: 'missing' }, '; so many that they become a category of their own');
    return result;
  },
});

/** Text that repeats: what encode is suggested for. */
export function isCategory(
  column: {
    readonly distinct: number;
    readonly missing: number;
    readonly top: readonly { readonly value: unknown }[];
  },
  rows: number,
): boolean {
  const present = rows - column.missing;
  const long = column.top.some(({ value }) => typeof value === 'string' && value.length > 100);
  return present > 0 && !long && column.distinct <= Math.max(20, present * 0.5);
}

function ordered(kind: Kind): boolean {
  return isNumeric(kind) || kind === 'date' || kind === 'datetime';
}

/** SQL that is true where the cell is missing; NaN counts as missing. */
export function isMissing({ name, sqlType }: PlanColumn): string {
  const cell = identifier(name);
  const float = sqlType === 'DOUBLE' || sqlType === 'FLOAT';
  return float ? `(${cell} IS NULL OR isnan(${cell}))` : `(${cell} IS NULL)`;
}

interface Filled {
  readonly fit?: string;
  readonly value: Template;
  readonly type: string;
}

function fill(
  column: PlanColumn,
  method: z.output<typeof options>['with'],
  value: string | number | boolean | undefined,
  context: StepContext,
): Filled | undefined {
  const { name, sqlType } = column;
  const kind = kindOf(sqlType);
  const cell = identifier(name);
  const fitted = (type: string): Template => ['CAST(', { value: `${name}.${method}` }, ` AS ${type})`];
  if (method === 'previous') {
    const present = `CASE WHEN NOT ${isMissing(column)} THEN ${cell} END`;
    // Within its own part, so that what is fitted later on the training part never depends on test rows.
    const above = `PARTITION BY __mll_part ORDER BY __mll_row ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW`;
    return { value: [`last_value(${present} IGNORE NULLS) OVER (${above})`], type: sqlType };
  }
  if (method === 'mean') {
    return { fit: finiteValue(`avg(${finite(name)})`), value: fitted('DOUBLE'), type: 'DOUBLE' };
  }
  if (method === 'median') {
    if (isNumeric(kind)) return { fit: `median(${finite(name)})`, value: fitted('DOUBLE'), type: 'DOUBLE' };
    return { fit: `CAST(quantile_disc(${cell}, 0.5) AS VARCHAR)`, value: fitted(sqlType), type: sqlType };
  }
  if (method === 'mode') {
    const rows = `(SELECT ${cell} FROM {input} WHERE NOT ${isMissing(column)} GROUP BY ${cell} ORDER BY count(*) DESC, ${cell} LIMIT 1)`;
    const exact =
      kind === 'number' && !sqlType.startsWith('DECIMAL')
        ? `CAST(${rows} AS DOUBLE)`
        : `CAST(${rows} AS VARCHAR)`;
    const type = kind === 'unknown' ? 'VARCHAR' : sqlType;
    return { fit: `any_value(${exact})`, value: fitted(type), type };
  }
  if (value === undefined) return undefined;
  const number = Number(value);
  const numeric = typeof value !== 'boolean' && String(value).trim() !== '' && Number.isFinite(number);
  const bad =
    (isNumeric(kind) && kind !== 'unknown' && !numeric) ||
    (kind === 'boolean' && !/^(true|false)$/u.test(String(value))) ||
    ((kind === 'date' || kind === 'datetime') && !/^\d{4}-\d\d-\d\d/u.test(String(value)));
  if (bad) {
    context.problem({
      message: `"${String(value)}" does not fit column "${name}" (${kind}).`,
      path: ['value'],
    });
    return undefined;
  }
  const type = kind === 'integer' && !Number.isInteger(number) ? 'DOUBLE' : sqlType;
  return { value: [constant(value, type === '' ? 'VARCHAR' : type)], type: type === '' ? 'VARCHAR' : type };
}

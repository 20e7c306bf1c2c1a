import { z } from 'zod';
import { col, py, pythonType } from '../code';
import { extended, find, isNumeric, kindOf, retyped, type Kind } from '../schema';
import { constant, finite, finiteValue, identifier } from '../sql';
import { columnNames, defineStep, free, percent, project, suggestion, take, type StepContext } from '../step';
import { orderFound, type Order } from '../earlier';
import { keyText, listOf, placeIn } from '../lookup';
import type { Suggestion } from '../model';
import type { PlanColumn, Template } from '../plan';

const options = z.strictObject({
  columns: columnNames,
  with: z
    .enum(['mean', 'median', 'mode', 'constant', 'previous', 'next'])
    .describe(
      'What is put in: a statistic of the training part, a constant, or the last value before or the first after',
    ),
  value: z.union([z.string(), z.number(), z.boolean()]).optional().describe('The constant'),
  group: columnNames
    .optional()
    .describe('mean, median, mode: of the rows that are equal in these; previous, next: among them'),
  order: z.string().optional().describe('previous, next: column of the time; default: as in the file'),
  indicator: z.boolean().default(false).describe('Adds a column COLUMN_was_missing of 0 and 1'),
});

export const fillMissing = defineStep({
  kind: 'fill_missing',
  title: 'Fill missing values',
  summary:
    'Puts mean, median, the commonest value, a constant or the previous value where cells are missing.',
  help: 'Mean, median and mode are taken from the training part. With equal counts the smallest value is the mode. With `group` each group has its own; a group that training has not seen, or that has no value, takes that of all rows. `previous` and `next` need other rows, so they serve to prepare data, not at an endpoint.',
  example: 'fill_missing: { columns: [bill_length_mm], with: median }',
  sample: [['bill_length_mm'], [39], [41], [null], [46]],
  group: 'Values',
  needs: 'rows',
  fits: true,
  options,
  form: [
    { name: 'columns', label: 'Columns', control: 'columns', optional: false },
    {
      name: 'with',
      label: 'With',
      control: 'choice',
      choices: ['mean', 'median', 'mode', 'constant', 'previous', 'next'],
      optional: false,
      default: 'median',
    },
    {
      name: 'value',
      label: 'Constant',
      control: 'text',
      optional: true,
      when: { field: 'with', is: ['constant'] },
    },
    {
      name: 'group',
      label: 'Group by',
      control: 'columns',
      optional: true,
      when: { field: 'with', is: ['mean', 'median', 'mode', 'previous', 'next'] },
    },
    {
      name: 'order',
      label: 'Time',

      control: 'column',
      optional: true,
      when: { field: 'with', is: ['previous', 'next'] },
    },
    {
      name: 'indicator',
      label: 'Add a was-missing column',
      control: 'boolean',
      optional: true,
      default: false,
    },
  ],
  code(chosen, { schema, values }) {
    const method = chosen.with;
    if (method === 'previous' || method === 'next') return undefined;
    if (chosen.indicator || chosen.group !== undefined) return undefined;
    if (method === 'constant') {
      const text = py(String(chosen.value));
      const isText = chosen.columns.every((name) => find(schema, name)?.sqlType === 'VARCHAR');
      return isText
        ? {
            pandas: chosen.columns.map((name) => `df[${py(name)}] = df[${py(name)}].fillna(${text})`),
            polars: [`df = df.with_columns(pl.col(${py(chosen.columns)}).fill_null(${text}))`],
          }
        : undefined;
    }
    const pandas: string[] = [];
    const polars: string[] = [];
    for (const name of chosen.columns) {
      const sqlType = find(schema, name)?.sqlType ?? '';
      const filled = method === 'mode' ? sqlType : 'DOUBLE';
      const type = pythonType(filled);
      const value = values[`${name}.${method}`];
      const written = method === 'mode' && filled === 'BIGINT' ? Number(value) : value;
      if (type === undefined || (!isNumeric(kindOf(sqlType)) && filled === 'DOUBLE')) return undefined;
      if (value === null || value === undefined || filled === 'BOOLEAN') return undefined;
      if (typeof written === 'number' && !Number.isFinite(written)) return undefined;
      if (filled === 'BIGINT' && !Number.isSafeInteger(written)) return undefined;
      const cell = `df[${py(name)}]`;
      const cast = filled === sqlType ? '' : `.astype(${type.pandas})`;
      // What is not equal to itself is missing, or not a number.
      pandas.push(
        filled === 'DOUBLE'
          ? `${cell} = ${cell}${cast}.where(${cell} == ${cell}, ${py(written)})`
          : `${cell} = ${cell}.fillna(${py(written)})`,
      );
      const nan = filled === 'DOUBLE' ? `.cast(pl.Float64).fill_nan(None)` : '';
      polars.push(`    ${col(name)}${nan}.fill_null(${py(written)}),`);
    }
    return { pandas, polars: ['df = df.with_columns(', ...polars, ')'] };
  },
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
    const looks = method === 'previous' || method === 'next';
    const { group, order } = chosen;
    if (order !== undefined && !looks) {
      context.problem({ message: '"order" is only for previous and next.', path: ['order'], key: true });
      return undefined;
    }
    if (group !== undefined && method === 'constant') {
      context.problem({
        message: '"group" is not for a constant.',
        path: ['group'],
        key: true,
      });
      return undefined;
    }
    if (!orderFound(context, { group, order }) || found === undefined) return undefined;
    const fits: string[] = [];
    const replaced: [string, Template][] = [];
    const added: [string, Template][] = [];
    const types = new Map<string, string>();
    for (const column of found) {
      const { name } = column;
      const cell = identifier(name);
      const filled =
        method === 'previous' || method === 'next' || method === 'constant' || group === undefined
          ? fill(column, method, value, context, { group, order })
          : fillByGroup(column, method, group, context);
      if (filled === undefined) return undefined;
      if (filled.fit !== undefined)
        fits.push(filled.named === true ? filled.fit : `${filled.fit} AS ${identifier(`${name}.${method}`)}`);
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
      ...(looks ? { history: true as const } : {}),
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
  /** `fit` holds its columns' names already. */
  readonly named?: true;
  readonly value: Template;
  readonly type: string;
}

function fill(
  column: PlanColumn,
  method: z.output<typeof options>['with'],
  value: string | number | boolean | undefined,
  context: StepContext,
  { group = [], order }: Order,
): Filled | undefined {
  const { name, sqlType } = column;
  const kind = kindOf(sqlType);
  const cell = identifier(name);
  const fitted = (type: string): Template => ['CAST(', { value: `${name}.${method}` }, ` AS ${type})`];
  if (method === 'previous' || method === 'next') {
    const present = `CASE WHEN NOT ${isMissing(column)} THEN ${cell} END`;
    // Within its own part, so that what is fitted later on the training part never depends on test rows.
    const keys = [...group.map(identifier), '__mll_part'].join(', ');
    const sorted = `PARTITION BY ${keys} ORDER BY ${order === undefined ? '' : `${identifier(order)}, `}__mll_row`;
    const sql =
      method === 'previous'
        ? `last_value(${present} IGNORE NULLS) OVER (${sorted} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`
        : `first_value(${present} IGNORE NULLS) OVER (${sorted} ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)`;
    return { value: [sql], type: sqlType };
  }
  if (method === 'mean') {
    return { fit: finiteValue(`avg(${finite(name)})`), value: fitted('DOUBLE'), type: 'DOUBLE' };
  }
  if (method === 'median') {
    if (isNumeric(kind)) return { fit: `median(${finite(name)})`, value: fitted('DOUBLE'), type: 'DOUBLE' };
    return { fit: `CAST(quantile_disc(${cell}, 0.5) AS VARCHAR)`, value: fitted(sqlType), type: sqlType };
  }
  if (method === 'mode') {
    const rows = `(SELECT ${oneZero(column)} FROM {input} WHERE NOT ${isMissing(column)} GROUP BY ${cell} ORDER BY count(*) DESC, ${cell} LIMIT 1)`;
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

/** A cell as the key that it is grouped by: which of 0 and -0 stands for both is left to chance otherwise. */
function oneZero({ name, sqlType }: PlanColumn): string {
  return sqlType === 'DOUBLE' ? `${identifier(name)} + CAST(0 AS DOUBLE)` : identifier(name);
}

/** The commonest value of each group, as a text that reads as the column's type; of all rows where a group has none. */
function modeByGroup(
  column: PlanColumn,
  group: readonly string[],
  overall: Filled | undefined,
): Filled | undefined {
  if (overall?.fit === undefined) return undefined;
  const cell = identifier(column.name);
  const [groups, modes] = [`${column.name}.groups`, `${column.name}.modes`];
  const counted = `SELECT ${keyText(group)} AS k, ${cell} AS c, count(*) AS n FROM {input} WHERE NOT ${isMissing(column)} GROUP BY 1, 2`;
  const best = `SELECT k, CAST(${oneZero({ ...column, name: 'c' })} AS VARCHAR) AS v FROM (${counted}) AS __mll_c QUALIFY row_number() OVER (PARTITION BY k ORDER BY n DESC, c) = 1`;
  const lists = (value: string): string =>
    `coalesce(any_value((SELECT ${listOf(value, 'VARCHAR')} FROM (${best}) AS __mll_g)), CAST([] AS VARCHAR[]))`;
  return {
    named: true,
    fit: [
      `${lists('k')} AS ${identifier(groups)}`,
      `${lists('v')} AS ${identifier(modes)}`,
      `${overall.fit} AS ${identifier(`${column.name}.mode`)}`,
    ].join(', '),
    value: [
      'coalesce(CAST(CAST(',
      { value: modes },
      ' AS VARCHAR[])[',
      ...placeIn(groups, keyText(group)),
      `] AS ${overall.type}), `,
      ...overall.value,
      ')',
    ],
    type: overall.type,
  };
}

/** Mean or median of each group, and of all rows for the others. */
function fillByGroup(
  column: PlanColumn,
  method: 'mean' | 'median' | 'mode',
  group: readonly string[],
  context: StepContext,
): Filled | undefined {
  const { name, sqlType } = column;
  if (method !== 'mode' && !isNumeric(kindOf(sqlType))) {
    context.problem({
      message: `By group only numbers have a ${method}; "${name}" holds none. Use mode.`,
      path: ['group'],
    });
    return undefined;
  }
  if (group.includes(name)) {
    context.problem({ message: `"${name}" cannot be filled by its own groups.`, path: ['group'] });
    return undefined;
  }
  if (method === 'mode') return modeByGroup(column, group, fill(column, method, undefined, context, {}));
  const statistic = method === 'mean' ? finiteValue(`avg(${finite(name)})`) : `median(${finite(name)})`;
  const grouped = `SELECT ${keyText(group)} AS k, ${statistic} AS v FROM {input} GROUP BY 1`;
  const lists = (value: string, type: string): string =>
    // Over no row any_value is NULL, whatever it is of.
    `coalesce(any_value((SELECT ${listOf(value, type)} FROM (${grouped}) AS __mll_g WHERE v IS NOT NULL)), CAST([] AS ${type}[]))`;
  return {
    named: true,
    fit: [
      `${lists('k', 'VARCHAR')} AS ${identifier(`${name}.groups`)}`,
      `${lists('v', 'DOUBLE')} AS ${identifier(`${name}.values`)}`,
      `${statistic} AS ${identifier(`${name}.overall`)}`,
    ].join(', '),
    value: [
      'coalesce(CAST(',
      { value: `${name}.values` },
      ' AS DOUBLE[])[',
      ...placeIn(`${name}.groups`, keyText(group)),
      '], CAST(',
      { value: `${name}.overall` },
      ' AS DOUBLE))',
    ],
    type: 'DOUBLE',
  };
}

import { z } from 'zod';
import { among, col, py, type Code, type CodeContext } from '../code';
import type { PlanColumn, Template } from '../plan';
import { find, freePrefix, retyped, without } from '../schema';
import { commonSql, RARE_FIELDS, rareBy, rareOptions, rareRefused, unseenError } from '../rare';
import { identifier } from '../sql';
import { columnNames, defineStep, project, suggestion, take } from '../step';
import { isCategory } from './fill_missing';

const options = z.strictObject({
  columns: columnNames,
  method: z
    .enum(['one_hot', 'ordinal', 'frequency'])
    .default('one_hot')
    .describe('A 0/1 column per category, a number per category, or the share of rows'),
  unknown: z
    .enum(['other', 'missing', 'error'])
    .default('other')
    .describe('A category that training has not seen: counts as "other", as missing, or is refused'),
  ...rareOptions('count as unknown'),
});

export const encode = defineStep({
  kind: 'encode',
  title: 'Encode categories',
  summary: 'Turns categories into numbers.',
  help: "one_hot: a column COLUMN_category of 0 and 1 for each category of the training part (missing: 0 in all), and COLUMN_other for unseen ones. ordinal: the category's place in ascending order from 0 (other: the number after the last). frequency: the share of training rows with that category (other: 0).",
  example: 'encode: { columns: [island, sex], method: one_hot, unknown: other }',
  sample: [
    ['island', 'sex'],
    ['Dream', 'male'],
    ['Biscoe', null],
    ['Dream', 'female'],
  ],
  group: 'Features',
  fits: true,
  options,
  form: [
    { name: 'columns', label: 'Columns', control: 'columns', optional: false },
    {
      name: 'method',
      label: 'Method',
      control: 'choice',
      choices: ['one_hot', 'ordinal', 'frequency'],
      optional: true,
      default: 'one_hot',
    },
    {
      name: 'unknown',
      label: 'Unseen categories',
      control: 'choice',
      choices: ['other', 'missing', 'error'],
      optional: true,
      default: 'other',
    },
    ...RARE_FIELDS,
  ],
  code(chosen, context) {
    const { schema, values, constant } = context;
    if (chosen.unknown === 'error') return undefined;
    if (chosen.method !== 'one_hot') return numberCode(chosen, context);
    const pandas: string[] = [];
    const polars: string[] = [];
    let rest = without(schema, chosen.columns, '');
    for (const name of chosen.columns) {
      const [categories, names] = [values[`${name}.categories`], values[`${name}.names`]];
      if (find(schema, name)?.sqlType !== 'VARCHAR' || !Array.isArray(categories) || !Array.isArray(names))
        return undefined;
      const prefix = freePrefix(rest, name);
      rest = { ...rest, prefixes: [...rest.prefixes, prefix] };
      const pairs = categories.map(
        (category, k) => [unquoted(`${prefix}${String(names[k])}`), String(category)] as const,
      );
      const columns = constant(`${name}.columns`, Object.fromEntries(pairs));
      pandas.push(
        `for name, category in ${columns}.items():`,
        `    df[name] = (df[${py(name)}] == category).fillna(False).astype("int64[pyarrow]")`,
      );
      polars.push(
        `df = df.with_columns(`,
        `    ((${col(name)} == category).fill_null(False)).cast(pl.Int64).alias(name)`,
        `    for name, category in ${columns}.items()`,
        `)`,
      );
      if (chosen.unknown === 'other') {
        const other = py(`${prefix}other`);
        const known = constant(`${name}.categories`, categories);
        pandas.push(
          `df[${other}] = (df[${py(name)}].notna() & ~df[${py(name)}].isin(${known})).astype("int64[pyarrow]")`,
        );
        polars.push(
          `df = df.with_columns((${col(name)}.is_not_null() & ~${among(name, known)}).fill_null(False).cast(pl.Int64).alias(${other}))`,
        );
      }
    }
    const gone = py(chosen.columns);
    return {
      pandas: [...pandas, `df = df.drop(columns=${gone})`],
      polars: [...polars, `df = df.drop(${gone})`],
    };
  },
  compile(chosen, context) {
    const found = take(context, chosen.columns, ['columns'], { notTarget: 'training encodes it by itself' });
    if (found === undefined) return undefined;
    const rare = rareBy(chosen);
    if (rare !== undefined && chosen.unknown === 'error') {
      context.problem(rareRefused(rare, 'other'));
      return undefined;
    }
    const fit = `SELECT * FROM ${found.map((column, k) => `(${fitColumn(column, chosen)}) AS __mll_f${k}`).join(', ')}`;
    const from: Template = [
      '(SELECT *, ',
      ...found.flatMap(({ name }, k) => [k === 0 ? '' : ', ', ...place(name, chosen), ` AS __mll_code${k}`]),
      ' FROM {input}) AS __mll_coded',
    ];
    const hidden = found.map((_, k) => `__mll_code${k}`);
    if (chosen.method !== 'one_hot') {
      const type = chosen.method === 'ordinal' ? 'BIGINT' : 'DOUBLE';
      const replaced = found.map(({ name }, k): [string, Template] => [
        name,
        number(name, `__mll_code${k}`, chosen),
      ]);
      return {
        fit,
        transform: project({ drop: hidden, replace: replaced, from }),
        schema: retyped(context.schema, new Map(chosen.columns.map((name) => [name, type]))),
      };
    }
    let schema = without(
      context.schema,
      chosen.columns,
      `step ${context.step + 1} (encode) made 0/1 columns of it`,
    );
    const transform = project({ drop: [...hidden, ...chosen.columns], from: [] });
    transform.pop(); // the FROM, which goes below the 0/1 columns
    found.forEach(({ name }, k) => {
      const prefix = freePrefix(schema, name);
      schema = { ...schema, prefixes: [...schema.prefixes, prefix] };
      transform.push({
        each: `${name}.names`,
        body: [
          `, CAST(coalesce(__mll_code${k} = `,
          { position: true },
          ' + 1, FALSE) AS BIGINT) AS ',
          { identifier: { prefix, suffix: '' } },
        ],
        join: '',
        empty: '',
      });
      if (chosen.unknown === 'other') {
        const unseen = `${identifier(name)} IS NOT NULL AND __mll_code${k} IS NULL`;
        transform.push(`, CAST((${unseen}) AS BIGINT) AS ${identifier(`${prefix}other`)}`);
      }
    });
    transform.push(' FROM ', ...from);
    return { fit, transform, schema };
  },
  suggest({ columns, target, profile }) {
    const text = columns.filter(
      (column) => column.type === 'text' && column.name !== target && isCategory(column, profile.rows),
    );
    const few = text.filter((column) => column.distinct <= 20);
    const many = text.filter((column) => !few.includes(column));
    const describe = (list: typeof text): string =>
      list
        .slice(0, 5)
        .map((column) => `\`${column.name}\` ${column.distinct}`)
        .join(', ') + (list.length > 5 ? ` and ${list.length - 5} more columns` : '');
    const result = [];
    if (few.length > 0) {
      const reason = `Few different texts (${describe(few)}): a 0/1 column for each.`;
      result.push(
        suggestion(
          'encode',
          { columns: few.map((one) => one.name), method: 'one_hot', unknown: 'other' },
          reason,
        ),
      );
    }
    if (many.length > 0) {
      const reason = `Many different texts (${describe(many)}): how common each is, as one number.`;
      result.push(
        suggestion(
          'encode',
          { columns: many.map((one) => one.name), method: 'frequency', unknown: 'other' },
          reason,
        ),
      );
    }
    return result;
  },
});

/** Ordinal and frequency: a number for each category, looked up in a dictionary. */
function numberCode({ columns, method, unknown }: Options, context: CodeContext): Code | undefined {
  const lookups = columns.flatMap((name) => {
    const [categories, shares] = [context.values[`${name}.categories`], context.values[`${name}.shares`]];
    if (find(context.schema, name)?.sqlType !== 'VARCHAR' || !Array.isArray(categories)) return [];
    const numbers = method === 'ordinal' ? categories.map((_, k) => k) : shares;
    if (!Array.isArray(numbers) || numbers.length === 0 || numbers.includes(null)) return [];
    const pairs = Object.fromEntries(categories.map((one, k) => [String(one), numbers[k]]));
    const lookup = context.constant(`${name}.${method === 'ordinal' ? 'codes' : 'shares'}`, pairs);
    return [{ name, lookup, other: method === 'ordinal' ? categories.length : 0 }];
  });
  if (lookups.length < columns.length) return undefined;
  const [arrow, dtype] = method === 'ordinal' ? ['int64', 'pl.Int64'] : ['double', 'pl.Float64'];
  const isOther = unknown === 'other';
  return {
    pandas: lookups.map(({ name, lookup, other }) => {
      const cell = `df[${py(name)}]`;
      const unseen = isOther ? `.fillna(${other}).where(${cell}.notna())` : '';
      return `${cell} = ${cell}.map(${lookup}).astype("${arrow}[pyarrow]")${unseen}`;
    }),
    polars: [
      'df = df.with_columns(',
      ...lookups.map(({ name, lookup, other }) => {
        const found = `${col(name)}.replace_strict(${lookup}, default=${isOther ? other : 'None'}, return_dtype=${dtype})`;
        return `    pl.when(${col(name)}.is_not_null()).then(${found}).alias(${py(name)}),`;
      }),
      ')',
    ],
  };
}

/** The name of a column as an identifier of a plan spells it. */
function unquoted(name: string): string {
  return identifier(name).slice(1, -1).replaceAll('""', '"');
}

type Options = z.output<typeof options>;

/** Lists of categories in ascending order of value, of names that differ without regard to case, and of shares. */
function fitColumn({ name }: PlanColumn, { method, unknown, ...rare }: Options): string {
  const cell = identifier(name);
  const most = rareBy(rare) === undefined ? '' : ` QUALIFY ${commonSql(rare)}`;
  const counted = `SELECT CAST(${cell} AS VARCHAR) AS t, min(${cell}) AS k, count(*) AS n FROM {input} WHERE ${cell} IS NOT NULL GROUP BY 1`;
  const whole = `SELECT *, CAST(n AS DOUBLE) / nullif(sum(n) OVER (), 0) AS share FROM (${counted}) AS __mll_a${most}`;
  const ranked = `SELECT *, row_number() OVER (ORDER BY k, t) AS r FROM (${whole}) AS __mll_b`;
  const reserved = unknown === 'other' ? ` + CAST(lower(t) = 'other' AS BIGINT)` : '';
  const again = `SELECT *, row_number() OVER (PARTITION BY lower(t) ORDER BY r)${reserved} AS again FROM (${ranked}) AS __mll_c`;
  const asList = (value: string, type: string, word: string): string =>
    `coalesce(list(${value} ORDER BY r), CAST([] AS ${type}[])) AS ${identifier(`${name}.${word}`)}`;
  const lists = [asList('t', 'VARCHAR', 'categories')];
  if (method === 'one_hot')
    lists.push(asList(`CASE WHEN again = 1 THEN t ELSE t || ' (' || again || ')' END`, 'VARCHAR', 'names'));
  if (method === 'frequency') lists.push(asList('share', 'DOUBLE', 'shares'));
  return `SELECT ${lists.join(', ')} FROM (${again}) AS __mll_d`;
}

/**
 * Place of the category from 1, NULL when it is missing or unseen. The categories make an ENUM, because DuckDB looks a text
 * up there by hash; lists and maps are searched from the beginning.
 */
function place(name: string, { unknown }: Options): Template {
  const cell = `CAST(${identifier(name)} AS VARCHAR)`;
  const each = `${name}.categories`;
  const found: Template = [
    'CASE WHEN ',
    // There is no ENUM without values.
    { each, body: [], join: '', empty: 'FALSE AND ' },
    `${cell} IS NOT NULL THEN CAST(enum_code(TRY_CAST(${cell} AS ENUM(`,
    { each, body: [{ item: true }], join: ', ', empty: `''` },
    '))) AS INTEGER) + 1 END',
  ];
  if (unknown !== 'error') return found;
  return [
    `CASE WHEN ${cell} IS NOT NULL THEN coalesce(`,
    ...found,
    `, CAST(${unseenError(name, cell)} AS INTEGER)) END`,
  ];
}

function number(name: string, place: string, { method, unknown }: Options): Template {
  const unseen = `WHEN ${place} IS NULL THEN `;
  const head = `CASE WHEN ${identifier(name)} IS NULL THEN NULL `;
  if (method === 'ordinal') {
    const other: Template =
      unknown === 'other'
        ? ['CAST(len(CAST(', { value: `${name}.categories` }, ' AS VARCHAR[])) AS BIGINT)']
        : ['NULL'];
    return [head, unseen, ...other, ` ELSE CAST(${place} - 1 AS BIGINT) END`];
  }
  return [
    head,
    unseen,
    unknown === 'other' ? 'CAST(0 AS DOUBLE)' : 'NULL',
    ' ELSE CAST(',
    { value: `${name}.shares` },
    ` AS DOUBLE[])[${place}] END`,
  ];
}

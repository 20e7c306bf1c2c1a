import { z } from 'zod';
import { col, py, type Code } from '../code';
import { tableField } from '../fields';
import type { PlanColumn, Template } from '../plan';
import { extended, find, kindOf, missing, type Kind } from '../schema';
import { identifier, text } from '../sql';
import { defineStep, free, take, type OtherTable, type StepContext } from '../step';

const options = z.strictObject({
  with: z.string().min(1, 'name a table').describe("The other table: a dataset's name, or a path"),
  on: z
    .union([z.array(z.string()).min(1), z.record(z.string(), z.union([z.string(), z.number()]))])
    .describe('Columns that must be equal; `here: there` where their names differ'),
  kind: z
    .enum(['left', 'inner', 'semi', 'anti'])
    .default('left')
    .describe(
      'left: every row stays; inner: rows with a match stay; semi, anti: rows with or without a match stay, no column is added',
    ),
  columns: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Columns of the other table that are added; default: all but its keys'),
  prefix: z.string().optional().describe('Put before the names of the added columns'),
  matches: z
    .enum(['one', 'first', 'many'])
    .default('one')
    .describe('Several matching rows there: an error, the first of them, or a row for each'),
  limit: z
    .number()
    .gt(0, 'must be above 0')
    .default(10)
    .describe('With "matches: many": stops when more than so many times the rows would come out'),
});

export const join = defineStep({
  code(chosen, context) {
    const pairs = pairsOf(chosen.on);
    // The library's equality is the engine's for equal types only; what is there besides must be named here.
    const added = chosen.columns;
    if (added === undefined || chosen.matches === 'many') return undefined;
    if (chosen.kind === 'semi' || chosen.kind === 'anti') return undefined;
    if (pairs.some(({ here }) => !joinable(find(context.schema, here)?.sqlType ?? ''))) return undefined;
    const there = pairs.map((one) => one.there);
    const names = Object.fromEntries([
      ...added.map((name) => [name, `${chosen.prefix ?? ''}${name}`]),
      ...pairs.map(({ here, there: name }) => [name, here]),
    ]) as Record<string, string>;
    const other = context.variable(chosen.with);
    const picked = [...there, ...added];
    if (new Set(picked).size < picked.length) return undefined;
    const on = py(pairs.map(({ here }) => here));
    const first = chosen.matches === 'first';
    return {
      pandas: [
        `other = ${other}.dropna(subset=${py(there)})${first ? `.drop_duplicates(${py(there)})` : ''}`,
        `other = other[${py(picked)}].rename(columns=${py(names)})`,
        `df = df.merge(other, on=${on}, how=${py(chosen.kind)})`,
      ],
      polars: [
        `other = ${other}.sort("__mll_row")${first ? `.unique(${py(there)}, keep="first", maintain_order=True)` : ''}`,
        `other = other.select(${picked.map((name) => `${col(name)}.alias(${py(names[name])})`).join(', ')})`,
        `df = df.join(other, on=${on}, how=${py(chosen.kind)}, maintain_order="left")`,
      ],
    } satisfies Code;
  },
  kind: 'join',
  title: 'Join another table',
  summary: 'Adds the columns of another table where keys are equal.',
  help: 'A missing key matches nothing. With "matches: one" the step stops when a key stands in more than one row of the other table. The other table goes into the model package as it was when the model was trained, so an endpoint answers from that. "many" makes rows anew and serves to prepare data only.',
  example: 'join: { with: airports.csv, on: { dest: faa }, columns: [lat, lon], prefix: dest_ }',
  sample: [
    ['dest', 'delay'],
    ['LAX', 5],
    ['XXX', 7],
  ],
  others: {
    'airports.csv': [
      ['faa', 'name', 'lat', 'lon'],
      ['LAX', 'Los Angeles', 33.94, -118.41],
      ['JFK', 'New York', 40.64, -73.78],
    ],
  },
  group: 'Tables',
  unsuggested: 'which table belongs to this one is for a person to say; its form counts what fits',
  needs: 'table',
  options,
  matching: ({ with: table, on }) => ({ table, pairs: pairsOf(on) }),
  tables: ({ with: name }) => (typeof name === 'string' && name !== '' ? [name] : []),
  form: [
    tableField('with', 'Table', { help: 'A dataset, or a file beside the recipe' }),
    { name: 'on', label: 'Column here: Column there', control: 'pairs', optional: false },
    {
      name: 'kind',
      label: 'Kind',
      control: 'choice',
      choices: ['left', 'inner', 'semi', 'anti'],
      optional: true,
      default: 'left',
    },
    {
      name: 'columns',
      label: 'Columns to add',
      help: 'Comma-separated; none: all',
      control: 'list',
      optional: true,
      when: { field: 'kind', is: ['left', 'inner'] },
    },
    {
      name: 'prefix',
      label: 'Prefix of their names',
      control: 'text',
      optional: true,
      when: { field: 'kind', is: ['left', 'inner'] },
    },
    {
      name: 'matches',
      label: 'Several matches',
      control: 'choice',
      choices: ['one', 'first', 'many'],
      optional: true,
      default: 'one',
      when: { field: 'kind', is: ['left', 'inner'] },
    },
    {
      name: 'limit',
      label: 'Most rows out per row',
      control: 'number',
      optional: true,
      default: 10,
      when: { field: 'matches', is: ['many'] },
    },
  ],
  compile(chosen, context) {
    const { kind, matches, limit } = chosen;
    const other = context.table(chosen.with, ['with']);
    if (other === undefined) return undefined;
    const keys = keysOf(chosen.on, other, context, chosen.with);
    if (keys === undefined) return undefined;
    const there = keys.map(({ there: name }) => identifier(name));
    const equal = keys
      .map(({ here, there: name }) => `__mll_l.${identifier(here)} = __mll_r.${identifier(name)}`)
      .join(' AND ');
    const present = there.map((name) => `${name} IS NOT NULL`).join(' AND ');
    if (kind === 'semi' || kind === 'anti') {
      const exists = `EXISTS (SELECT 1 FROM ${other.relation} AS __mll_r WHERE ${equal})`;
      return {
        transform: [`SELECT * FROM {input} AS __mll_l WHERE ${kind === 'semi' ? '' : 'NOT '}${exists}`],
        schema: context.schema,
        rows: 'drop',
        whole: true,
      };
    }
    const added = addedOf(
      chosen.columns,
      chosen.prefix ?? '',
      keys.map((one) => one.there),
      other,
      context,
    );
    if (added === undefined) return undefined;
    const schema = extended(
      context.schema,
      added.map(({ name, sqlType }) => ({ name, sqlType })),
    );
    const picked = added
      .map(({ from, name }) => `, __mll_r.${identifier(from)} AS ${identifier(name)}`)
      .join('');
    const joined = (how: string, relation: string): string =>
      `SELECT __mll_l.*${picked} FROM {input} AS __mll_l ${how} JOIN ${relation} AS __mll_r ON ${equal}`;
    const counted = `SELECT ${there.join(', ')}, count(*) AS __mll_n FROM ${other.relation} WHERE ${present} GROUP BY ALL`;
    const most = 'CAST(coalesce(max(__mll_n), 0) AS BIGINT)';
    const said = `${keys.map((one) => one.there).join(', ')} of ${chosen.with}`;
    if (matches === 'many') {
      const coming = `SELECT sum(coalesce(__mll_n, ${kind === 'left' ? 1 : 0})) FROM {input} AS __mll_l LEFT JOIN (${counted}) AS __mll_r ON ${equal}`;
      const refused = `error('The join gives ' || came || ' rows for ' || were || ' rows, more than ${limit} for each. Join on more columns, or raise "limit".')`;
      const guard = `SELECT CASE WHEN came > ${limit} * were THEN CAST(${refused} AS BOOLEAN) ELSE TRUE END FROM (SELECT (${coming}) AS came, (SELECT count(*) FROM {input}) AS were) AS __mll_counts`;
      const rows = `SELECT __mll_l.*${picked}, __mll_r.__mll_row AS __mll_other FROM {input} AS __mll_l ${kind === 'left' ? 'LEFT' : 'INNER'} JOIN ${other.relation} AS __mll_r ON ${equal} WHERE (${guard})`;
      return {
        fit: `SELECT ${most} AS "most" FROM (${counted}) AS __mll_keys`,
        transform: [
          `SELECT * EXCLUDE (__mll_other) REPLACE (row_number() OVER (ORDER BY __mll_row, __mll_other NULLS FIRST) - 1 AS __mll_row) FROM (${rows}) AS __mll_j`,
        ],
        schema: remadeRaw(schema),
        rows: 'remake',
        whole: true,
      };
    }
    const twice = text(`The key ${said} is not unique: up to `);
    const checked = `CASE WHEN max(__mll_n) > 1 THEN error(${twice} || max(__mll_n) || ' rows have the same. Write "matches: first" or "matches: many".') END`;
    const one =
      matches === 'one'
        ? other.relation
        : `(SELECT * FROM ${other.relation} WHERE __mll_row IN (SELECT min(__mll_row) FROM ${other.relation} WHERE ${present} GROUP BY ${there.join(', ')}))`;
    const left: Template = [joined('LEFT', one)];
    return {
      fit: `SELECT ${most} AS "most"${matches === 'one' ? `, ${checked} AS "checked"` : ''} FROM (${counted}) AS __mll_keys`,
      transform: kind === 'left' ? left : [joined('INNER', one)],
      schema,
      whole: true,
      ...(kind === 'left' ? {} : { rows: 'drop' as const, serving: left }),
    };
  },
});

function joinable(sqlType: string): boolean {
  return sqlType === 'VARCHAR' || sqlType === 'BIGINT' || sqlType === 'INTEGER' || sqlType === 'BOOLEAN';
}

/** The keys in pairs as their options have them. */
function pairsOf(
  on: readonly string[] | Readonly<Record<string, string | number>>,
): { here: string; there: string }[] {
  return isNames(on)
    ? on.map((one) => ({ here: one, there: one }))
    : Object.entries(on).map(([here, there]) => ({ here, there: String(there) }));
}

/** After rows were multiplied no column is the raw column any more, row for row; their names and types stay. */
function remadeRaw(schema: ReturnType<typeof extended>): ReturnType<typeof extended> {
  return { ...schema, columns: schema.columns.map(({ name, sqlType }) => ({ name, sqlType })) };
}

function familyOf(kind: Kind): string {
  if (kind === 'integer' || kind === 'number') return 'numbers';
  if (kind === 'date' || kind === 'datetime') return 'dates';
  return kind === 'boolean' ? 'true/false' : kind === 'text' ? 'text' : 'other';
}

function keysOf(
  on: readonly string[] | Readonly<Record<string, string | number>>,
  other: OtherTable,
  context: StepContext,
  name: string,
): { here: string; there: string }[] | undefined {
  const pairs = pairsOf(on);
  if (pairs.length === 0) {
    context.problem({ message: 'Name at least one column to join on.', path: ['on'] });
    return undefined;
  }
  let bad = false;
  for (const [k, { here, there }] of pairs.entries()) {
    const path = ['on', isNames(on) ? k : here];
    const report = (one: Parameters<StepContext['problem']>[0]): void => context.problem({ ...one, path });
    // In `here: there` the column of this table is the key.
    const own = (one: Parameters<StepContext['problem']>[0]): void => report({ ...one, key: !isNames(on) });
    const [mine] = take({ ...context, problem: own }, [here], []) ?? [];
    const theirs = other.columns.find((one) => one.name === there);
    if (theirs === undefined) {
      const { message, replacement } = missing(schemaOf(other), there);
      report({ message: `${name}: ${message}`, path, ...(replacement === undefined ? {} : { replacement }) });
    }
    if (mine === undefined || theirs === undefined) {
      bad = true;
      continue;
    }
    const [a, b] = [familyOf(kindOf(mine.sqlType)), familyOf(kindOf(theirs.sqlType))];
    if (a === b || kindOf(mine.sqlType) === 'unknown') continue;
    report({
      message: `"${here}" holds ${a}, "${there}" of ${name} holds ${b}: they are never equal. Use cast first.`,
      path,
    });
    bad = true;
  }
  return bad ? undefined : pairs;
}

function isNames(on: readonly string[] | Readonly<Record<string, string | number>>): on is readonly string[] {
  return Array.isArray(on);
}

function schemaOf(other: OtherTable): Parameters<typeof missing>[0] {
  return { columns: other.columns, prefixes: [], gone: new Map() };
}

interface Added extends PlanColumn {
  readonly from: string;
}

function addedOf(
  wanted: readonly string[] | undefined,
  prefix: string,
  keys: readonly string[],
  other: OtherTable,
  context: StepContext,
): Added[] | undefined {
  const added: Added[] = [];
  let bad = false;
  const from = wanted ?? other.columns.map((column) => column.name).filter((name) => !keys.includes(name));
  for (const [k, name] of from.entries()) {
    const path = wanted === undefined ? ['with'] : ['columns', k];
    const column = other.columns.find((one) => one.name === name);
    const made = `${prefix}${name}`;
    if (column === undefined) {
      const { message, replacement } = missing(schemaOf(other), name);
      context.problem({ message, path, ...(replacement === undefined ? {} : { replacement }) });
      bad = true;
    } else if (find(context.schema, made) !== undefined && prefix === '') {
      context.problem({
        message: `Both tables have a column "${made}": name the columns to add, or give a "prefix".`,
        path,
      });
      bad = true;
    } else if (!free({ ...context, schema: extended(context.schema, added) }, made, path)) bad = true;
    else added.push({ from: name, name: made, sqlType: column.sqlType });
  }
  return bad ? undefined : added;
}

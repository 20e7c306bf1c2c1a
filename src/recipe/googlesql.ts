import {
  columnsAfter,
  grouped,
  isCondition,
  isSign,
  nameOf,
  type Node,
  split,
  Unsayable,
  wordOf,
} from './googlesql-tokens';
import { PART, type Plan, type PlanColumn, type PlanStep, ROW } from './plan';

const DUCK_TYPES: Readonly<Record<string, string>> = {
  INT64: 'BIGINT',
  FLOAT64: 'DOUBLE',
  STRING: 'VARCHAR',
  BOOL: 'BOOLEAN',
  DATE: 'DATE',
  DATETIME: 'TIMESTAMP',
  TIMESTAMP: 'TIMESTAMP WITH TIME ZONE',
  NUMERIC: 'DECIMAL(38,9)',
};

/** Of a column that steps can only hand on. */
export const OPAQUE = 'BLOB';

/** The type by which a recipe knows a column of GoogleSQL; {@link OPAQUE} where there is none. */
export const duckType = (googleType: string): string => DUCK_TYPES[googleType] ?? OPAQUE;

const TYPES: Readonly<Record<string, string>> = {
  BIGINT: 'INT64',
  DOUBLE: 'FLOAT64',
  VARCHAR: 'STRING',
  BOOLEAN: 'BOOL',
  DATE: 'DATE',
  TIMESTAMP: 'DATETIME',
};

export const name = (text: string): string => `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
const literal = (text: string): string => JSON.stringify(text);

const WORDS = new Set(
  'SELECT FROM WHERE AS AND OR NOT IS NULL TRUE FALSE CASE WHEN THEN ELSE END IN BETWEEN GROUP BY DISTINCT EXCEPT REPLACE LIKE'.split(
    ' ',
  ),
);
/**
 * Functions that are called alike, or by another name, and do the same to the same types. Not here: greatest and least, which leave
 * missing values out here and give a missing value there.
 */
const SAME: Readonly<Record<string, string>> = {
  nullif: 'NULLIF',
  coalesce: 'COALESCE',
  lower: 'LOWER',
  upper: 'UPPER',
  abs: 'ABS',
  round: 'ROUND',
  floor: 'FLOOR',
  ceil: 'CEIL',
  min: 'MIN',
  max: 'MAX',
  avg: 'AVG',
  count: 'COUNT',
  stddev_pop: 'STDDEV_POP',
  isnan: 'IS_NAN',
  length: 'CHAR_LENGTH',
  replace: 'REPLACE',
  sqrt: 'SQRT',
  any_value: 'ANY_VALUE',
};

/** How the step `compute` asks whether a number is one; here one word for it. */
const NOT_FINITE = '__mll_not_finite';
const ASKED = /typeof\((\w+)\) IN \('DOUBLE', 'FLOAT'\) AND NOT isfinite\(TRY_CAST\(\1 AS DOUBLE\)\)/g;

function call(word: string, items: readonly Node[]): string {
  const args = split(items);
  const all = (): string[] => args.map(said);
  switch (word) {
    case 'cast':
    case 'try_cast':
      return cast(word === 'cast' ? 'CAST' : 'SAFE_CAST', items);
    case 'isfinite': {
      const [x = ''] = all();
      return `NOT (IS_NAN(${x}) OR IS_INF(${x}))`;
    }
    case 'regexp_replace': {
      const [value = '', pattern = '', to = '', options] = all();
      if (options !== literal('g')) throw new Unsayable('replaces the first match only');
      return `REGEXP_REPLACE(${value}, ${pattern}, ${to})`;
    }
    case 'nfc_normalize':
      return `NORMALIZE(${all().join(', ')}, NFC)`;
    case NOT_FINITE: {
      // Of any type: as a literal, only a FLOAT64 without digits is written as a cast.
      const said = ['nan', 'inf', '-inf'].map((one) => literal(`CAST("${one}" AS FLOAT64)`));
      return `(FORMAT("%T", ${all()[0] ?? ''}) IN (${said.join(', ')}))`;
    }
    case 'contains': {
      const [value = '', part = ''] = all();
      return `(STRPOS(${value}, ${part}) > 0)`;
    }
    default: {
      const known = SAME[word];
      if (known === undefined)
        throw new Unsayable(`uses ${word}(), which BigQuery has not, or has otherwise`);
      return `${known}(${all().join(', ')})`;
    }
  }
}

function typeOf(nodes: readonly Node[]): string {
  const [first, ...more] = nodes;
  const known = more.length === 0 ? TYPES[wordOf(first) ?? ''] : undefined;
  if (known !== undefined) return known;
  throw new Unsayable(
    `needs the type ${nodes.map((one) => (one.is === 'group' ? '(…)' : one.text)).join(' ')}`,
  );
}

function cast(word: string, items: readonly Node[]): string {
  const at = items.findLastIndex((one) => wordOf(one) === 'AS');
  const value = items.slice(0, at);
  const [first] = value;
  const type = typeOf(items.slice(at + 1));
  // Halves are rounded, and numbers and times are written, in other ways there; of a text or number as it stands, and of true and
  // false, there is no doubt.
  const isLiteral = value.length === 1 && (first?.is === 'text' || first?.is === 'number');
  const isSame = isLiteral || type === 'FLOAT64' || (type === 'INT64' && isCondition(value));
  if (!isSame) throw new Unsayable(`casts to ${type}, for which BigQuery has other rules`);
  return `${word}(${said(value)} AS ${type})`;
}

/** A number with a point is a decimal here, which counts exactly; GoogleSQL would take it for a FLOAT64. */
function numberSql(text: string): string {
  const [, whole = '', fraction = ''] = /^(\d*)\.(\d*)$/.exec(text) ?? [];
  if (whole === '' && fraction === '') return text;
  if (whole.length > 29 || fraction.length > 9)
    throw new Unsayable(`uses ${text}, a decimal that is too long`);
  return `NUMERIC ${literal(`${whole === '' ? '0' : whole}.${fraction === '' ? '0' : fraction}`)}`;
}

/** A text of a plan, piece by piece. */
function said(nodes: readonly Node[]): string {
  const out: string[] = [];
  for (let at = 0; at < nodes.length; at++) {
    const [node, next] = [nodes[at], nodes[at + 1]];
    if (!node) continue;
    if (node.is === 'group') {
      out.push(`(${split(node.items).map(said).join(', ')})`);
    } else if (node.is === 'word') {
      const word = node.text.toUpperCase();
      if (word === 'EXCLUDE') out.push('EXCEPT');
      else if (next?.is === 'group' && !(WORDS.has(word) && word !== 'REPLACE')) {
        // `* REPLACE (…)` of a SELECT is no function.
        if (word === 'REPLACE' && isSign(nodes[at - 1], '*')) {
          out.push('REPLACE');
          continue;
        }
        if (word === 'REPLACE' && nodes[at - 1]?.is === 'group') {
          out.push('REPLACE');
          continue;
        }
        out.push(call(node.text.toLowerCase(), next.items));
        at += 1;
      } else if (WORDS.has(word)) out.push(word);
      else if (next?.is === 'text') {
        if (word !== 'DATE')
          throw new Unsayable(`uses ${node.text} '…', which BigQuery has not, or has otherwise`);
        // Beside a column of either type a text becomes what that is; elsewhere it is a DATE.
        out.push(...(isCompared(nodes, at) ? [] : [word]));
      } else out.push(name(node.text));
    } else if (node.is === 'name') out.push(name(nameOf(node) ?? ''));
    else if (node.is === 'text') out.push(literal(node.text.slice(1, -1).replaceAll("''", "'")));
    else if (node.is === 'number') out.push(numberSql(node.text));
    else if (isSign(node, '::')) {
      const before = nodes.slice(at - 1, at);
      out.splice(
        -1,
        1,
        cast('CAST', [...before, { is: 'word', text: 'AS' }, ...nodes.slice(at + 1, at + 2)]),
      );
      at += 1;
    } else if (isSign(node, '/')) {
      // A division by zero gives a missing value there and a failure here.
      throw new Unsayable('divides, which fails in BigQuery where it gives a missing value here');
    } else if (isSign(node, '--')) throw new Unsayable('holds a comment');
    else if (isSign(node, '%')) throw new Unsayable('uses %, which BigQuery has not');
    else if (isSign(node, '==')) out.push('=');
    else if (/^[[\].]$/.test(node.text)) throw new Unsayable('uses a list, or a part of a column');
    else out.push(node.text);
  }
  return out.join(' ');
}

const COMPARED = new Set(['=', '==', '<>', '!=', '<', '>', '<=', '>=']);
/** True for `DATE '…'` at this place when it is one side of a comparison. */
function isCompared(nodes: readonly Node[], at: number): boolean {
  const [before, after] = [nodes[at - 1], nodes[at + 2]];
  return (
    [before, after].some((one) => one?.is === 'sign' && COMPARED.has(one.text)) ||
    ['BETWEEN', 'AND'].includes(wordOf(before) ?? '')
  );
}

/** SQL of a plan in GoogleSQL; {@link Unsayable} says what stands in the way. */
export function googleSql(sql: string): string {
  return said(grouped(sql));
}

/** Steps that a test holds against the engine; any other may mean something else there although it can be written. */
const TESTED: ReadonlySet<string> = new Set([
  'drop_columns',
  'select_columns',
  'rename',
  'move_columns',
  'drop_missing',
  'fill_missing',
  'trim',
  'round',
  'replace',
  'filter',
  'set_where',
  'compute',
  'comment',
]);

export interface UnsayableStep {
  /** Its place in the recipe's list, from 0. */
  readonly step: number;
  readonly kind: string;
  /** "uses …", as the rest of a sentence about the step. */
  readonly why: string;
}

export interface GoogleRecipe {
  /** One SELECT over {@link table}; undefined while something cannot be said. */
  readonly sql: string | undefined;
  readonly unsayable: readonly UnsayableStep[];
}

/** A plan over a table of BigQuery as one SELECT. What steps learn is taken from all rows, so a split stands in the way of those. */
export function googleRecipe(plan: Plan, table: string): GoogleRecipe {
  const unsayable: UnsayableStep[] = [];
  const parts = [
    `${relation(0)} AS (SELECT ${plan.input.map(column).join(', ')}, 0 AS ${name(ROW)}, 'train' AS ${name(PART)} FROM ${table})`,
  ];
  let columns: readonly string[] = [...plan.input.map((one) => one.name), ROW, PART];
  plan.steps.forEach((step, k) => {
    try {
      const { sql, after } = stepSql(step, plan, relation(k), columns);
      parts.push(`${relation(k + 1)} AS (${sql})`);
      columns = after;
    } catch (error) {
      if (!(error instanceof Unsayable)) throw error;
      unsayable.push({ step: step.index, kind: step.kind, why: error.message });
    }
  });
  const sql = `WITH ${parts.join(',\n')}\nSELECT * EXCEPT (${name(ROW)}, ${name(PART)}) FROM ${relation(plan.steps.length)}`;
  return { sql: unsayable.length === 0 ? sql : undefined, unsayable };
}

/** No column of a person's is called so: one that is would stand before the relation's name. */
const relation = (k: number): string => `__mll_s${k}`;

const column = (one: PlanColumn): string => name(one.name);

function stepSql(
  step: PlanStep,
  plan: Plan,
  before: string,
  columns: readonly string[],
): { sql: string; after: readonly string[] } {
  if (!TESTED.has(step.kind)) throw new Unsayable('is not among those that were compared with BigQuery');
  if (step.check?.severity === 'stop') throw new Unsayable('stops a run when its rule is broken');
  if (step.fit !== undefined && plan.split !== undefined)
    throw new Unsayable('learns from the training part, and the split is by a hash of its own');
  if (step.transform.some((part) => typeof part !== 'string' && 'each' in part))
    throw new Unsayable('makes columns that only the data decides');
  const fitted = step.fit === undefined ? new Map<string, string>() : fits(step.fit, before);
  const text = step.transform
    .map((part) => {
      if (typeof part === 'string') return part;
      if ('value' in part) return `"__mll_fit:${part.value}"`;
      return '';
    })
    .join('');
  const nodes = grouped(text.replaceAll(ASKED, `${NOT_FINITE}($1)`));
  const written = said(withoutRename(nodes, columns)).replaceAll('{input}', before);
  const sql = written.replace(/`__mll_fit:((?:[^`\\]|\\.)*)`/g, (_, key: string) => {
    const value = fitted.get(key.replaceAll('\\`', '`').replaceAll('\\\\', '\\'));
    if (value === undefined) throw new Unsayable('learns something that is not known here');
    return value;
  });
  return { sql, after: columnsAfter(nodes, columns) };
}

/** `SELECT * RENAME (…)`, which GoogleSQL has not, with its columns named one by one. */
function withoutRename(nodes: readonly Node[], columns: readonly string[]): readonly Node[] {
  const at = nodes.findIndex((one) => wordOf(one) === 'RENAME');
  const group = nodes[at + 1];
  if (at < 0 || group?.is !== 'group') return nodes;
  const quoted = (text: string): Node => ({ is: 'name', text: `"${text.replaceAll('"', '""')}"` });
  const renamed = columnsAfter(nodes, columns);
  const listed = columns.flatMap((one, k): Node[] => [
    ...(k === 0 ? [] : [{ is: 'sign', text: ',' } as const]),
    quoted(one),
    ...(renamed[k] === one ? [] : [{ is: 'word', text: 'AS' } as const, quoted(renamed[k] ?? one)]),
  ]);
  return [...nodes.slice(0, at - 1), ...listed, ...nodes.slice(at + 2)];
}

/** What a step learns, each as a subquery over the rows before it. */
function fits(fit: string, before: string): Map<string, string> {
  const nodes = grouped(fit);
  const from = nodes.findLastIndex((one) => wordOf(one) === 'FROM');
  if (wordOf(nodes[0]) !== 'SELECT' || from < 0 || nodes.length !== from + 2)
    throw new Unsayable('learns from more than one look at the rows');
  const found = new Map<string, string>();
  for (const part of split(nodes.slice(1, from))) {
    const as = part.findLastIndex((one) => wordOf(one) === 'AS');
    const key = part[as + 1];
    if (as < 0 || key?.is !== 'name') throw new Unsayable('learns something without a name');
    found.set(nameOf(key) ?? '', learnt(part.slice(0, as), before));
  }
  return found;
}

/** Of the statistics, the median has no aggregate in BigQuery that is exact. */
function learnt(nodes: readonly Node[], before: string): string {
  const [first, group, ...more] = nodes;
  if (wordOf(first) === 'MEDIAN' && group?.is === 'group' && more.length === 0) {
    const middle = `PERCENTILE_CONT(${said(group.items)}, 0.5) OVER ()`;
    return `(SELECT ANY_VALUE(m) FROM (SELECT ${middle} AS m FROM ${before}))`;
  }
  return `(SELECT ${said(nodes)} FROM ${before})`;
}

import { PART, type Plan, type PlanColumn, type PlanStep, ROW } from './plan';

/** Why a part of a plan cannot be said in GoogleSQL, as the rest of a sentence about a step. */
export class Unsayable extends Error {}

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

/** The type by which a recipe knows a column of GoogleSQL; one that steps can only hand on where there is none. */
export const duckType = (googleType: string): string => DUCK_TYPES[googleType] ?? 'BLOB';

const TYPES: Readonly<Record<string, string>> = {
  BIGINT: 'INT64',
  DOUBLE: 'FLOAT64',
  VARCHAR: 'STRING',
  BOOLEAN: 'BOOL',
  DATE: 'DATE',
  TIMESTAMP: 'DATETIME',
};

interface Token {
  readonly is: 'word' | 'name' | 'text' | 'number' | 'sign';
  readonly text: string;
}
type Node = Token | { readonly is: 'group'; readonly items: readonly Node[] };

const TOKEN =
  /\s+|(?<name>"(?:[^"]|"")*")|(?<text>'(?:[^']|'')*')|(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(?<word>[A-Za-z_]\w*)|(?<sign>::|\|\||<>|!=|<=|>=|\{input\}|[-+*/%(),.=<>&[\]])/gy;

function tokens(sql: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < sql.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(sql);
    if (!match) throw new Unsayable(`holds the sign ${sql.charAt(at)}`);
    for (const is of ['name', 'text', 'number', 'word', 'sign'] as const) {
      const text = match.groups?.[is];
      if (text !== undefined) found.push({ is, text });
    }
  }
  return found;
}

function grouped(all: readonly Token[]): readonly Node[] {
  let at = 0;
  const items = (): Node[] => {
    const found: Node[] = [];
    for (; at < all.length; at++) {
      const token = all[at];
      if (!token) break;
      if (token.is === 'sign' && token.text === ')') return found;
      if (token.is === 'sign' && token.text === '(') {
        at += 1;
        found.push({ is: 'group', items: items() });
      } else found.push(token);
    }
    return found;
  };
  return items();
}

const isSign = (node: Node | undefined, text: string): boolean => node?.is === 'sign' && node.text === text;
const wordOf = (node: Node | undefined): string | undefined =>
  node?.is === 'word' ? node.text.toUpperCase() : undefined;

/** Parts between commas. */
function split(items: readonly Node[]): Node[][] {
  const parts: Node[][] = [[]];
  for (const one of items) {
    if (isSign(one, ',')) parts.push([]);
    else parts.at(-1)?.push(one);
  }
  return items.length === 0 ? [] : parts;
}

export const name = (text: string): string => `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
const literal = (text: string): string => JSON.stringify(text);

const WORDS = new Set(
  'SELECT FROM WHERE AS AND OR NOT IS NULL TRUE FALSE CASE WHEN THEN ELSE END IN BETWEEN GROUP BY DISTINCT EXCEPT REPLACE LIKE'.split(
    ' ',
  ),
);
/** Functions that are called alike, or by another name, and do the same to the same types. */
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
  least: 'LEAST',
  greatest: 'GREATEST',
  sqrt: 'SQRT',
  any_value: 'ANY_VALUE',
};

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
  return `${word}(${said(items.slice(0, at))} AS ${typeOf(items.slice(at + 1))})`;
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
      else if (node.text.startsWith('__mll_')) out.push(name(node.text));
      else throw new Unsayable(`uses ${node.text}, which BigQuery has not, or has otherwise`);
    } else if (node.is === 'name') out.push(name(node.text.slice(1, -1).replaceAll('""', '"')));
    else if (node.is === 'text') out.push(literal(node.text.slice(1, -1).replaceAll("''", "'")));
    else if (isSign(node, '::')) {
      const before = out.pop() ?? '';
      out.push(`CAST(${before} AS ${typeOf(nodes.slice(at + 1, at + 2))})`);
      at += 1;
    } else if (isSign(node, '/')) {
      // A division by zero gives a missing value there and a failure here.
      throw new Unsayable('divides, which fails in BigQuery where it gives a missing value here');
    } else if (/^[[\]]$/.test(node.text)) throw new Unsayable('uses a list');
    else out.push(node.text);
  }
  return out.join(' ');
}

/** SQL of a plan in GoogleSQL; {@link Unsayable} says what stands in the way. */
export function googleSql(sql: string): string {
  return said(grouped(tokens(sql)));
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
    `s0 AS (SELECT ${plan.input.map(column).join(', ')}, 0 AS ${name(ROW)}, 'train' AS ${name(PART)} FROM ${table})`,
  ];
  plan.steps.forEach((step, k) => {
    try {
      parts.push(`s${k + 1} AS (${stepSql(step, plan, `s${k}`)})`);
    } catch (error) {
      if (!(error instanceof Unsayable)) throw error;
      unsayable.push({ step: step.index, kind: step.kind, why: error.message });
    }
  });
  const sql = `WITH ${parts.join(',\n')}\nSELECT * EXCEPT (${name(ROW)}, ${name(PART)}) FROM s${plan.steps.length}`;
  return { sql: unsayable.length === 0 ? sql : undefined, unsayable };
}

const column = (one: PlanColumn): string => name(one.name);

function stepSql(step: PlanStep, plan: Plan, before: string): string {
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
  const written = googleSql(text).replaceAll('{input}', before);
  return written.replace(/`__mll_fit:((?:[^`\\]|\\.)*)`/g, (_, key: string) => {
    const value = fitted.get(key.replaceAll('\\`', '`').replaceAll('\\\\', '\\'));
    if (value === undefined) throw new Unsayable('learns something that is not known here');
    return value;
  });
}

/** What a step learns, each as a subquery over the rows before it. */
function fits(fit: string, before: string): Map<string, string> {
  const nodes = grouped(tokens(fit));
  const from = nodes.findLastIndex((one) => wordOf(one) === 'FROM');
  if (wordOf(nodes[0]) !== 'SELECT' || from < 0 || nodes.length !== from + 2)
    throw new Unsayable('learns from more than one look at the rows');
  const found = new Map<string, string>();
  for (const part of split(nodes.slice(1, from))) {
    const as = part.findLastIndex((one) => wordOf(one) === 'AS');
    const key = part[as + 1];
    if (as < 0 || key?.is !== 'name') throw new Unsayable('learns something without a name');
    found.set(key.text.slice(1, -1).replaceAll('""', '"'), learnt(part.slice(0, as), before));
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

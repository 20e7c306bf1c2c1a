import { UserError } from '../core/errors';
import type { Column } from '../core/table';
import { expressionProblem } from '../recipe/expression';
import { nearest } from '../recipe/nearest';
import type { Plan } from '../recipe/plan';
import type { Session } from './duckdb';
import { callGrowth, nestedGrowth } from './expression-growth';
import { quoteIdentifier, quoteLiteral } from './sql';

/** Functions of one row's values: they read no file, no setting and no other row, and give the same answer each time. */
const FUNCTIONS = new Set(
  (
    '+ - * / // % ** ^ & | << >> ~ || @ ! ~~ !~~ ~~* !~~* ~~~ ^@ ' +
    'abs add subtract multiply divide mod power pow sqrt cbrt exp ln log log2 log10 sin cos tan asin acos atan atan2 cot sinh cosh tanh ' +
    'degrees radians pi sign floor ceil ceiling round round_even trunc even gamma lgamma factorial gcd lcm greatest least ' +
    'isnan isinf isfinite ifnull coalesce nullif if xor bit_count ' +
    'lower lcase upper ucase length len char_length character_length strlen substr substring left right trim ltrim rtrim replace reverse ' +
    'concat concat_ws contains starts_with prefix ends_with suffix strpos instr position split_part string_split split str_split regexp_matches ' +
    'regexp_full_match regexp_replace regexp_extract regexp_extract_all regexp_split_to_array like_escape ilike_escape not_like_escape not_ilike_escape ' +
    'lpad rpad translate ascii unicode chr strip_accents nfc_normalize levenshtein damerau_levenshtein jaccard jaro_similarity jaro_winkler_similarity ' +
    'md5 hash sha256 format printf to_base bin hex ' +
    'year month day hour minute second millisecond microsecond quarter week weekday weekofyear dayofweek isodow dayofyear yearweek era decade century ' +
    'date_part datepart date_trunc datetrunc date_diff datediff date_sub datesub date_add age epoch epoch_ms epoch_us last_day dayname monthname ' +
    'make_date make_time make_timestamp strftime strptime try_strptime to_timestamp time_bucket ' +
    'to_years to_months to_weeks to_days to_hours to_minutes to_seconds to_milliseconds to_microseconds ' +
    'list_value array_length list_contains list_has list_position list_extract array_extract list_sum list_avg list_min list_max list_sort list_distinct ' +
    'list_transform list_filter list_count list_slice array_slice list_concat array_to_string struct_extract struct_pack row map_extract element_at typeof'
  ).split(' '),
);
const CLASSES = new Set([
  'CONSTANT',
  'COLUMN_REF',
  'FUNCTION',
  'OPERATOR',
  'COMPARISON',
  'CONJUNCTION',
  'CASE',
  'CAST',
  'BETWEEN',
  'LAMBDA',
  // DuckDB 2.0 writes a cast's type as a node.
  'TYPE',
]);
const REFUSED: Readonly<Record<string, string>> = {
  SUBQUERY: 'a query inside an expression is not allowed',
  WINDOW: 'functions over other rows (OVER …) are not allowed',
  STAR: '* and COLUMNS(…) are not allowed; name the column',
  PARAMETER: 'there is nothing to put in for a parameter',
};

/** Words that the engine's clock answers; a column of such a name needs another one first. */
const CLOCK = new Set(['current_date', 'current_time', 'current_timestamp', 'localtime', 'localtimestamp']);

/** Types by name; a version of the parser may leave every type to be looked up later. */
const TYPES = new Set(
  (
    'boolean bool tinyint smallint integer int bigint hugeint utinyint usmallint uinteger ubigint uhugeint float real double decimal numeric ' +
    'varchar text string date time timestamp datetime timestamptz interval list struct map'
  ).split(' '),
);

/** Texts that passed; their answer never changes. */
const safe = new Set<string>();

/** Why this is no expression over one row's values, or null. The engine's own parser decides, by an allow-list on its tree. */
export async function expressionError(
  session: Session,
  expression: string,
  signal?: AbortSignal,
): Promise<string | null> {
  const early = expressionProblem(expression);
  if (early !== undefined) return early;
  if (safe.has(expression)) return null;
  // The very text that the plan holds is parsed, so nothing can end the brackets early or comment them out.
  const sql = `SELECT (\n${expression}\n) FROM t`;
  const { rows } = await session.all(
    `SELECT CAST(json_serialize_sql(${quoteLiteral(sql)}) AS VARCHAR)`,
    signal,
  );
  const tree = readTree(String(rows[0]?.[0]));
  const reason = tree === undefined ? 'A number in it is too large.' : treeError(tree);
  if (reason === null) safe.add(expression);
  return reason;
}

/** The parser's tree; undefined where it has the word Infinity, which is what DuckDB writes of a number such as 1e400. */
function readTree(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

type Node = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function treeError(tree: unknown): string | null {
  if (!isNode(tree)) return 'This is no expression.';
  if (tree.error === true) {
    const message = typeof tree.error_message === 'string' ? tree.error_message : '';
    if (/expression depth|memory exhausted/u.test(message)) return 'This is nested too deeply.';
    return `This cannot be read as an expression: ${message.split('\n')[0] ?? ''}`;
  }
  const statements = tree.statements;
  const first: unknown = Array.isArray(statements) && statements.length === 1 ? statements[0] : undefined;
  const select = isNode(first) ? first.node : undefined;
  if (!isNode(select) || select.type !== 'SELECT_NODE') return 'Write one expression, not a statement.';
  const list = select.select_list;
  const from = select.from_table;
  const plain =
    Array.isArray(list) &&
    list.length === 1 &&
    isNode(from) &&
    from.type === 'BASE_TABLE' &&
    from.table_name === 't' &&
    select.where_clause === null &&
    select.having === null &&
    select.qualify === null &&
    select.sample === null &&
    empty(select.modifiers) &&
    empty(select.group_expressions);
  return plain
    ? (refusal(list[0]) ?? nestedGrowth(list[0]) ?? null)
    : 'Write one expression, not a statement.';
}

function empty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function refusal(value: unknown): string | null {
  if (Array.isArray(value)) {
    for (const item of value) {
      const reason = refusal(item);
      if (reason !== null) return reason;
    }
    return null;
  }
  if (!isNode(value)) return null;
  if (
    value.id === 'UNBOUND' &&
    isNode(value.type_info) &&
    !TYPES.has(String(value.type_info.name).toLowerCase())
  ) {
    return `There is no type "${String(value.type_info.name)}".`;
  }
  if (typeof value.class === 'string') {
    const reason = nodeRefusal(value, value.class);
    if (reason !== null) return reason;
    // A constant's value is data, not SQL.
    if (value.class === 'CONSTANT') return null;
  } else if ('node' in value || 'from_table' in value) return sentence(REFUSED.SUBQUERY ?? '');
  return refusal(Object.values(value));
}

function nodeRefusal(node: Node, kind: string): string | null {
  if (!CLASSES.has(kind)) return sentence(REFUSED[kind] ?? `"${kind.toLowerCase()}" is not allowed here`);
  const none = (value: unknown): boolean => value === undefined || value === '';
  const plain = (none(node.schema) || node.schema === 'main') && none(node.catalog);
  if (kind === 'TYPE') {
    const type = String(node.type_name);
    return plain && TYPES.has(type.toLowerCase()) ? null : `There is no type "${type}".`;
  }
  if (kind === 'COLUMN_REF' && Array.isArray(node.column_names)) {
    const word = String(node.column_names[0]).toLowerCase();
    return node.column_names.length === 1 && CLOCK.has(word)
      ? `"${word}" is the clock, which gives another answer each time: write a date. If it is a column, rename it first.`
      : null;
  }
  if (kind !== 'FUNCTION') return null;
  const name = String(node.function_name).toLowerCase();
  if (!plain || !FUNCTIONS.has(name)) {
    const near = nearest(
      name,
      [...FUNCTIONS].filter((one) => /^[a-z]/u.test(one)),
    );
    const offer = near === undefined ? '' : ` Did you mean "${near}"?`;
    return `The function "${name}" is not available here: expressions may use functions of one row's values only.${offer}`;
  }
  if (node.filter !== null || node.distinct !== false) return 'FILTER and DISTINCT are not allowed.';
  return callGrowth(name, node.children) ?? null;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** One message per expression, null where it is fine: safe, and (with columns) of columns and types that are there. */
export async function checkExpressions(
  session: Session,
  columns: readonly Column[],
  expressions: readonly string[],
  signal?: AbortSignal,
): Promise<(string | null)[]> {
  const row = columns
    .map(({ name, sqlType }) => `CAST(NULL AS ${sqlType}) AS ${quoteIdentifier(name)}`)
    .join(', ');
  const answers: (string | null)[] = [];
  for (const expression of expressions) {
    let answer = await expressionError(session, expression, signal);
    if (answer === null && row !== '') {
      try {
        await session.all(`SELECT (\n${expression}\n) FROM (SELECT ${row}) LIMIT 0`, signal);
      } catch (error) {
        if (signal?.aborted === true) throw error;
        answer = plainMessage(error);
      }
    }
    answers.push(answer);
  }
  return answers;
}

/** DuckDB's complaint about a query as one line in plain words. */
export function plainMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const column = /Referenced column "(.+?)" not found/u.exec(text);
  if (column !== null) {
    const candidates = (/Candidate bindings: (.+)/u.exec(text)?.[1] ?? '')
      .replaceAll(/"?__mll_\w+"?\./gu, '')
      .split(/, (?=")/u)
      .filter((one) => !/^\s*("?__mll_|$)/u.test(one));
    const near =
      candidates.length === 0 ? '' : ` Columns with a similar name: ${candidates.join(', ').trim()}.`;
    return `There is no column "${column[1] ?? ''}".${near}`;
  }
  return (text.split('\n')[0] ?? text).replace(
    /^(Invalid Input|Conversion|Binder|Parser|Out of Range|Catalog) Error: /u,
    '',
  );
}

/** Refuses a plan with an expression that could do more than compute: a recipe from elsewhere must be safe to open. */
export async function assertSafe(session: Session, plan: Plan, signal?: AbortSignal): Promise<void> {
  for (const step of plan.steps) {
    for (const expression of step.expressions ?? []) {
      const reason = await expressionError(session, expression, signal);
      if (reason === null) continue;
      throw new UserError('invalid', `Step ${step.index + 1} (${step.kind}): ${reason}`, {
        fix: 'Change the expression; it may use columns, constants and functions of one row only.',
      });
    }
  }
}

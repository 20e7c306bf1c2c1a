import type { ColumnUse } from '../protocol';
import type { Session } from './duckdb';
import { quoteLiteral } from './sql';

type Node = Readonly<Record<string, unknown>>;

const BEFORE = 'SELECT (\n';
/** Whatever is no ASCII is a letter to the parser. */
const WORD = /^[A-Za-z_\u{80}-\u{10FFFF}][\w$\u{80}-\u{10FFFF}]*/u;
const QUOTED = /^"(?:[^"]|"")*"/u;

/** Where expressions name columns, by the tree of the engine's own parser; none of a text that is no expression. */
export async function expressionColumns(
  session: Session,
  expressions: readonly string[],
  signal?: AbortSignal,
): Promise<(readonly ColumnUse[])[]> {
  const found: (readonly ColumnUse[])[] = [];
  for (const expression of expressions) {
    const sql = `${BEFORE}${expression}\n) FROM t`;
    const { rows } = await session.all(
      `SELECT CAST(json_serialize_sql(${quoteLiteral(sql)}) AS VARCHAR)`,
      signal,
    );
    found.push(usesOf(expression, String(rows[0]?.[0])));
  }
  return found;
}

function usesOf(expression: string, json: string): readonly ColumnUse[] {
  const references: { readonly name: string; readonly at: number }[] = [];
  const bound = new Set<string>();
  let tree: unknown;
  try {
    tree = JSON.parse(json);
  } catch {
    // DuckDB writes a number such as 1e400 as the word Infinity, which is no JSON.
    return [];
  }
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    if (!isNode(value)) return;
    if (value.class === 'LAMBDA') names(value.lhs).forEach((one) => bound.add(one.toLowerCase()));
    const [name] = value.class === 'COLUMN_REF' ? names(value) : [];
    if (name !== undefined) references.push({ name, at: Number(value.query_location) });
    Object.values(value).forEach(walk);
  };
  walk(tree);
  // The parser counts bytes.
  const bytes = Buffer.from(expression);
  return references
    .filter(({ name }) => !bound.has(name.toLowerCase()))
    .flatMap(({ name, at }) => {
      const start = bytes.subarray(0, at - BEFORE.length).toString().length;
      const rest = expression.slice(start);
      const [token] = QUOTED.exec(rest) ?? WORD.exec(rest) ?? [];
      return token === undefined ? [] : [{ name, start, end: start + token.length }];
    })
    .sort((a, b) => a.start - b.start);
}

/** The name of a column reference, or those of a lambda's parameters. */
function names(value: unknown): string[] {
  if (!isNode(value)) return [];
  if (value.class === 'COLUMN_REF' && Array.isArray(value.column_names))
    return value.column_names.slice(0, 1).map(String);
  return Array.isArray(value.children) && value.class === 'FUNCTION' && value.function_name === 'row'
    ? value.children.flatMap(names)
    : [];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

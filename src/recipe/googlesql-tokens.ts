/** Why a part of a plan cannot be said in GoogleSQL, as the rest of a sentence about a step. */
export class Unsayable extends Error {}

export interface Token {
  readonly is: 'word' | 'name' | 'text' | 'number' | 'sign';
  readonly text: string;
}
export type Node = Token | { readonly is: 'group'; readonly items: readonly Node[] };

const TOKEN =
  /\s+|(?<name>"(?:[^"]|"")*")|(?<text>'(?:[^']|'')*')|(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(?<word>[A-Za-z_]\w*)|(?<sign>::|--|\|\||<>|!=|==|<=|>=|\{input\}|[-+*/%(),.=<>&[\]])/gy;

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

/** SQL of a plan, with what stands in parentheses as one. */
export function grouped(sql: string): readonly Node[] {
  const all = tokens(sql);
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

export const isSign = (node: Node | undefined, text: string): boolean =>
  node?.is === 'sign' && node.text === text;
/** In capitals. */
export const wordOf = (node: Node | undefined): string | undefined =>
  node?.is === 'word' ? node.text.toUpperCase() : undefined;

/** Parts between commas. */
export function split(items: readonly Node[]): Node[][] {
  const parts: Node[][] = [[]];
  for (const one of items) {
    if (isSign(one, ',')) parts.push([]);
    else parts.at(-1)?.push(one);
  }
  return items.length === 0 ? [] : parts;
}

/** What a column is called, whether it stands in quotes or not. */
export function nameOf(node: Node | undefined): string | undefined {
  if (node?.is === 'word') return node.text;
  return node?.is === 'name' ? node.text.slice(1, -1).replaceAll('""', '"') : undefined;
}

const COMPARES = new Set(['IS', 'AND', 'OR', 'NOT', 'IN', 'LIKE', 'BETWEEN']);
const COMPARISONS = new Set(['=', '==', '<>', '!=', '<', '>', '<=', '>=']);

/** True for what is surely a condition. */
export function isCondition(nodes: readonly Node[]): boolean {
  const [first] = nodes;
  if (nodes.length === 1 && first?.is === 'group') return isCondition(first.items);
  if (nodes.some((one) => wordOf(one) === 'CASE')) return false;
  return nodes.some(
    (one) => COMPARES.has(wordOf(one) ?? '') || (one.is === 'sign' && COMPARISONS.has(one.text)),
  );
}

/** The columns that a SELECT of a plan has, of those of the relation that it reads; its own words say them all. */
export function columnsAfter(nodes: readonly Node[], before: readonly string[]): readonly string[] {
  const from = nodes.findIndex((one) => wordOf(one) === 'FROM');
  const source = nodes[from + 1];
  const read = source?.is === 'group' ? columnsAfter(source.items, before) : before;
  return split(nodes.slice(1, from)).flatMap((part) => {
    if (!isSign(part[0], '*')) {
      const last = nameOf(part.at(-1));
      if (last === undefined) throw new Unsayable('makes a column without a name');
      return [last];
    }
    const listed = (word: string): readonly Node[][] => {
      const group = part[part.findIndex((one) => wordOf(one) === word) + 1];
      return group?.is === 'group' && part.some((one) => wordOf(one) === word) ? split(group.items) : [];
    };
    const gone = new Set(listed('EXCLUDE').map(([one]) => nameOf(one)?.toLowerCase()));
    const renamed = new Map(
      listed('RENAME').map((one) => [nameOf(one[0])?.toLowerCase(), nameOf(one.at(-1))]),
    );
    return read
      .filter((one) => !gone.has(one.toLowerCase()))
      .map((one) => renamed.get(one.toLowerCase()) ?? one);
  });
}

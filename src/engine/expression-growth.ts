type Node = Readonly<Record<string, unknown>>;

/** A padded text is at most so long: the engine fills a chunk of 2,048 rows at a time, whatever its memory limit says. */
const MOST_PADDED = 10_000;
/** Calls that may make a text many times longer, one inside the other. */
const MOST_NESTED = 3;
const GROWING = new Set(['replace', 'regexp_replace', 'list_transform', 'list_concat', 'array_to_string']);

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The constant that a node is, through casts; undefined where it is none. */
function constantOf(node: unknown): unknown {
  if (!isNode(node)) return undefined;
  if (node.class === 'CAST') return constantOf(node.child);
  return node.class === 'CONSTANT' && isNode(node.value) ? node.value.value : undefined;
}

/** Why a call could fill the memory from a small table; undefined where it cannot. */
export function callGrowth(name: string, children: unknown): string | undefined {
  const given: readonly unknown[] = Array.isArray(children) ? children : [];
  if (name === 'lpad' || name === 'rpad') {
    const length = constantOf(given[1]);
    return typeof length === 'number' && length <= MOST_PADDED
      ? undefined
      : `${name} pads to a number of at most ${MOST_PADDED.toLocaleString('en-US')} characters, written as a number.`;
  }
  if (name !== 'format' && name !== 'printf') return undefined;
  const pattern = constantOf(given[0]);
  const wide = typeof pattern !== 'string' || /\d{5,}|\*|\{[^}]*\{/u.test(pattern);
  return wide
    ? `${name} takes a pattern that is written in the expression, with widths of at most four digits.`
    : undefined;
}

/** Why an expression could make texts or lists too large by what stands inside of what; undefined where it cannot. */
export function nestedGrowth(value: unknown, depth = 0): string | undefined {
  if (Array.isArray(value)) {
    for (const item of value) {
      const reason = nestedGrowth(item, depth);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }
  if (!isNode(value)) return undefined;
  const grows = value.class === 'FUNCTION' && GROWING.has(String(value.function_name).toLowerCase());
  const inside = grows ? depth + 1 : depth;
  if (inside > MOST_NESTED) {
    return `At most ${MOST_NESTED} of ${[...GROWING].join(', ')} stand inside each other: make steps of them.`;
  }
  return nestedGrowth(Object.values(value), inside);
}

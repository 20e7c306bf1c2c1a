import { kindOf } from './schema';
import { identifier, text } from './sql';

/** A column that a wanted value may be made of. */
export interface ExampleColumn {
  readonly name: string;
  readonly sqlType: string;
}

/** One building block: an SQL expression of type text over one row's columns, the cheaper the more likely. */
export interface Atom {
  readonly sql: string;
  readonly cost: number;
}

const DELIMITERS = [' ', ', ', ',', ';', '-', '_', '/', '.', ':', '@', '|', '=', '#'];
/** Places from the beginning and from the end; the last piece is likelier meant than the third that happens to be the last. */
const PLACES: readonly (readonly [number, number])[] = [
  [1, 0.05],
  [2, 0.1],
  [-1, 0.17],
  [3, 0.3],
  [-2, 0.35],
  [4, 0.4],
];
/** What is often wanted out of a text, as RE2 patterns (DuckDB's) whose n-th match is taken. */
const PATTERNS: readonly (readonly [string, number])[] = [
  ['[0-9]+', 1.9],
  ['[0-9]+[.,][0-9]+', 1.95],
  ['[A-Za-z]+', 2.4],
  ['[A-Z]+', 2.8],
];
/** Between marks: the group of the pattern. */
const ENCLOSED = [String.raw`\(([^)]*)\)`, String.raw`\[([^\]]*)\]`, '"([^"]*)"', "'([^']*)'", '<([^>]*)>'];
const LENGTHS = [1, 2, 3, 4, 5, 6];
/** How dates are written, in the words of `strptime`; the first that reads all the examples is taken. */
const DATE_FORMATS = [
  '%Y-%m-%d',
  '%Y-%m-%d %H:%M:%S',
  '%Y/%m/%d',
  '%d.%m.%Y',
  '%d/%m/%Y',
  '%m/%d/%Y',
  '%d-%m-%Y',
  '%b %d, %Y',
  '%d %b %Y',
  '%B %d, %Y',
  '%Y%m%d',
];
/** Parts of a date, and whole dates, in the words of `strftime`. */
const DATE_PARTS: readonly (readonly [string, number])[] = [
  ...DATE_FORMATS.map((format) => [format, 2] as const),
  ...['%Y', '%m', '%d', '%B', '%b', '%A', '%a', '%y', '%-d', '%-m', '%H', '%M', '%j'].map(
    (part) => [part, 2.2] as const,
  ),
];

/** A text's written forms: as it is, and by its case. */
function cased({ sql, cost }: Atom): Atom[] {
  return [
    { sql, cost },
    { sql: `lower(${sql})`, cost: cost + 0.6 },
    { sql: `upper(${sql})`, cost: cost + 0.6 },
    { sql: `(upper(left(${sql}, 1)) || lower(substr(${sql}, 2)))`, cost: cost + 0.8 },
  ];
}

function textAtoms(value: string): Atom[] {
  const whole: Atom[] = [
    { sql: value, cost: 1 },
    { sql: `trim(${value})`, cost: 1.3 },
  ];
  const pieces: Atom[] = DELIMITERS.flatMap((mark, rank) =>
    PLACES.map(([place, more]) => ({
      sql: `trim(split_part(${value}, ${text(mark)}, ${place}))`,
      cost: 2 + rank * 0.01 + more,
    })),
  );
  const found: Atom[] = PATTERNS.flatMap(([pattern, cost]) =>
    PLACES.map(([place, more]) => ({
      sql: `list_extract(regexp_extract_all(${value}, ${text(pattern)}), ${place})`,
      cost: cost + more,
    })),
  );
  const enclosed: Atom[] = ENCLOSED.map((pattern) => ({
    sql: `nullif(regexp_extract(${value}, ${text(pattern)}, 1), '')`,
    cost: 2.1,
  }));
  const ends: Atom[] = LENGTHS.flatMap((length) => [
    { sql: `left(${value}, ${length})`, cost: 2.6 + length * 0.05 },
    { sql: `right(${value}, ${length})`, cost: 2.8 + length * 0.05 },
  ]);
  return [...whole, ...pieces, ...found, ...enclosed, ...ends].flatMap(cased);
}

function dateAtoms(moment: string, extra: number): Atom[] {
  return DATE_PARTS.map(([format, cost]) => ({
    sql: `strftime(${moment}, ${text(format)})`,
    cost: cost + extra,
  }));
}

/** The building blocks over these columns. */
export function atoms(columns: readonly ExampleColumn[]): Atom[] {
  return columns.flatMap(({ name, sqlType }) => {
    const column = identifier(name);
    const kind = kindOf(sqlType);
    if (kind === 'date' || kind === 'datetime') {
      return [{ sql: `CAST(${column} AS VARCHAR)`, cost: 1 }, ...dateAtoms(column, 0)];
    }
    if (kind !== 'text') return textAtoms(`CAST(${column} AS VARCHAR)`);
    const dates = DATE_FORMATS.flatMap((format, rank) =>
      dateAtoms(`try_strptime(${column}, ${text(format)})`, 0.5 + rank * 0.01),
    );
    return [...textAtoms(column), ...dates];
  });
}

type Piece = { readonly atom: number } | { readonly constant: string };

interface State {
  readonly at: readonly number[];
  readonly cost: number;
  readonly pieces: readonly Piece[];
}

/** Fixed text costs by its beginning and each letter, so that it is never cheaper than what the row holds. */
const CONSTANT = 1.2;
const LETTER = 5;
/** Separators are what fixed text is for. */
const SEPARATOR = 0.25;
const MOST_STATES = 5_000;
const LONGEST_CONSTANT = 24;

const isSeparator = (letter: string): boolean => !/[\p{L}\p{N}]/u.test(letter);

/**
 * The cheapest row of building blocks and fixed texts that gives every wanted value: a shortest path over the places reached in all
 * of them at once, after Gulwani, "Automating string processing in spreadsheets using input-output examples" (POPL 2011), without
 * its loops and conditions. `values[k][e]`: what block k gives for example e. Undefined when there is none.
 */
export function combine(
  blocks: readonly Atom[],
  values: readonly (readonly (string | null)[])[],
  wanted: readonly string[],
): string | undefined {
  const cheapest = new Map<string, { atom: number; cost: number; texts: readonly string[] }>();
  for (const [atom, { cost }] of blocks.entries()) {
    const texts = wanted.map((_, example) => values[atom]?.[example] ?? '');
    if (!texts.every((one, example) => one !== '' && (wanted[example] ?? '').includes(one))) continue;
    const key = JSON.stringify(texts);
    if (cost < (cheapest.get(key)?.cost ?? Infinity)) cheapest.set(key, { atom, cost, texts });
  }
  const usable = [...cheapest.values()];
  const best = new Map<string, number>();
  const open: State[] = [{ at: wanted.map(() => 0), cost: 0, pieces: [] }];
  for (let seen = 0; open.length > 0 && seen < MOST_STATES; seen++) {
    const state = takeCheapest(open);
    if (!state) return undefined;
    const ended = state.at.every((place, example) => place === wanted[example]?.length);
    if (ended && hasAtom(state))
      return credible(state, wanted) ? expression(blocks, state.pieces) : undefined;
    if ((best.get(keyOf(state)) ?? Infinity) < state.cost) continue;
    for (const next of following(state, usable, wanted)) {
      const place = keyOf(next);
      if ((best.get(place) ?? Infinity) <= next.cost) continue;
      best.set(place, next.cost);
      open.push(next);
    }
  }
  return undefined;
}

/** Fixed text alone is no program: it says the same of every row. */
const hasAtom = ({ pieces }: State): boolean => pieces.some((piece) => 'atom' in piece);

const letters = (one: string): number => one.match(/[\p{L}\p{N}]/gu)?.length ?? 0;

/** One example whose letters are mostly fixed was not understood; a second that has them too makes them credible. */
function credible({ pieces }: State, wanted: readonly string[]): boolean {
  if (wanted.length > 1) return true;
  const fixed = letters(pieces.map((piece) => ('constant' in piece ? piece.constant : '')).join(''));
  const all = letters(wanted[0] ?? '');
  return fixed * 2 <= all;
}

/** What may follow depends on these alone. */
function keyOf(state: State): string {
  const last = state.pieces.at(-1);
  return `${state.at.join(' ')} ${last && 'constant' in last ? 'c' : 'a'} ${hasAtom(state)}`;
}

function takeCheapest(open: State[]): State | undefined {
  let at = 0;
  for (const [index, one] of open.entries()) if (one.cost < (open[at]?.cost ?? Infinity)) at = index;
  return open.splice(at, 1)[0];
}

function* following(
  { at, cost, pieces }: State,
  usable: readonly { readonly atom: number; readonly cost: number; readonly texts: readonly string[] }[],
  wanted: readonly string[],
): Generator<State> {
  for (const { atom, cost: more, texts } of usable) {
    if (texts.every((one, example) => (wanted[example] ?? '').startsWith(one, at[example]))) {
      yield {
        at: at.map((place, example) => place + (texts[example]?.length ?? 0)),
        cost: cost + more,
        pieces: [...pieces, { atom }],
      };
    }
  }
  const last = pieces.at(-1);
  if (last && 'constant' in last) return;
  const [first = ''] = wanted;
  const [start = 0] = at;
  let price = CONSTANT;
  for (let length = 1; length <= LONGEST_CONSTANT && start + length <= first.length; length++) {
    const constant = first.slice(start, start + length);
    if (!wanted.every((one, example) => one.startsWith(constant, at[example]))) return;
    price += isSeparator(constant.slice(-1)) ? SEPARATOR : LETTER;
    yield {
      at: at.map((place) => place + length),
      cost: cost + price,
      pieces: [...pieces, { constant }],
    };
  }
}

function expression(blocks: readonly Atom[], pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => ('constant' in piece ? text(piece.constant) : (blocks[piece.atom]?.sql ?? '')))
    .join(' || ');
}

/** SELECT of what each block gives for each example (one row each, in their order), for an engine to run. */
export function atomsSql(
  blocks: readonly Atom[],
  columns: readonly ExampleColumn[],
  rows: readonly (readonly (string | null)[])[],
): string {
  const cells = rows.map(
    (row, place) =>
      `(${place}, ${columns
        .map(({ sqlType }, k) => {
          const cell = row[k] ?? null;
          return cell === null ? `CAST(NULL AS ${sqlType})` : `CAST(${text(cell)} AS ${sqlType})`;
        })
        .join(', ')})`,
  );
  const names = ['__mll_place', ...columns.map(({ name }) => name)].map(identifier).join(', ');
  const made = blocks.map(({ sql }, k) => `CAST(${sql} AS VARCHAR) AS b${k}`).join(', ');
  return `SELECT ${made} FROM (VALUES ${cells.join(', ')}) AS examples(${names}) ORDER BY __mll_place`;
}

/** As numbers where all that is wanted is one, written as DuckDB writes it; undefined where it is text. */
export function asNumber(sql: string, wanted: readonly string[]): string | undefined {
  if (wanted.every((one) => /^(0|-?[1-9]\d{0,17})$/.test(one))) return `TRY_CAST(${sql} AS BIGINT)`;
  if (wanted.every((one) => /^-?(0|[1-9]\d{0,14})(\.\d{1,6})?$/.test(one)))
    return `TRY_CAST(${sql} AS DOUBLE)`;
  return undefined;
}

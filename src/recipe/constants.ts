/** Constants of exported Python code: what steps remember, where it is too long for a line of the function. */
import { py } from './code';

/** Values whose text is longer than this stand below the function, by name. */
const LONGEST_INLINE = 100;
const LINE = 96;

export interface Constants {
  /** An expression of the value: its own text, or the name of a constant. `name`: what it is, such as `country.shares`. */
  readonly value: (name: string, value: unknown) => string;
  /** The name of a constant that holds this text of SQL; undefined where it is short. */
  sql(name: string, sql: string): string | undefined;
  /** Their assignments. */
  lines(): readonly string[];
}

/** `taken`: names that the module has already. */
export function createConstants(taken: readonly string[]): Constants {
  const names = new Set(taken);
  const lines: string[] = [];
  /** `country.shares` is COUNTRY_SHARES; of two that would be called alike the second gets a number. */
  const named = (name: string): string => {
    const word = name.replaceAll(/[^A-Za-z0-9]+/gu, '_').replaceAll(/^_|_$/gu, '');
    const base = (/^[A-Za-z]/u.test(word) ? word : `VALUES_${word}`).toUpperCase();
    let free = base;
    for (let again = 2; names.has(free); again += 1) free = `${base}_${again}`;
    names.add(free);
    return free;
  };
  const keep = (name: string, [open, close]: readonly [string, string], items: readonly string[]): string => {
    const constant = named(name);
    lines.push(`${constant} = ${open}`, ...wrapped(items).map((line) => `    ${line}`), close);
    return constant;
  };
  return {
    value(name, value) {
      const short = py(value);
      if (short.length <= LONGEST_INLINE || typeof value !== 'object' || value === null) return short;
      if (Array.isArray(value))
        return keep(
          name,
          ['[', ']'],
          value.map((one) => `${py(one)},`),
        );
      const pairs = Object.entries(value).map(([key, one]) => `${py(key)}: ${py(one)},`);
      return keep(name, ['{', '}'], pairs);
    },
    sql(name, sql) {
      if (sql.length <= LONGEST_INLINE) return undefined;
      // A pair of surrogates is one character.
      const pieces = (sql.match(new RegExp(`.{1,${LINE}}`, 'gsu')) ?? []).map(py);
      const constant = named(name);
      lines.push(`${constant} = (`, ...pieces.map((piece) => `    ${piece}`), ')');
      return constant;
    },
    lines: () => lines,
  };
}

/** As many of the items on a line as it holds. */
function wrapped(items: readonly string[]): string[] {
  const lines: string[] = [];
  let line = '';
  for (const item of items) {
    if (line !== '' && line.length + item.length + 1 > LINE) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? item : `${line} ${item}`;
  }
  return line === '' ? lines : [...lines, line];
}

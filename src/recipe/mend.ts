import { stepOf } from './catalogue';
import type { CompileProblem } from './compile';
import type { Mend, Recipe, Step } from './model';
import type { Schema } from './schema';
import { identifier } from './sql';
import type { Path } from './step';

/** A place in an expression where a column is named, as the engine's parser finds it. */
interface Use {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value with what stands at a path changed; undefined where there is nothing at it. `change` gives the new place, or none. */
function changed(
  value: unknown,
  path: Path,
  change: (parent: unknown, last: string | number) => unknown,
): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return undefined;
  if (rest.length === 0) return change(value, first);
  if (Array.isArray(value) && typeof first === 'number') {
    const inner = changed(value[first], rest, change);
    return inner === undefined ? undefined : value.with(first, inner);
  }
  if (!isRecord(value)) return undefined;
  const inner = changed(value[String(first)], rest, change);
  return inner === undefined ? undefined : { ...value, [String(first)]: inner };
}

function renamed(value: unknown, path: Path, to: string, key: boolean): unknown {
  return changed(value, path, (parent, last) => {
    if (Array.isArray(parent) && typeof last === 'number')
      return last < parent.length ? parent.with(last, to) : undefined;
    if (!isRecord(parent)) return undefined;
    if (!key) return { ...parent, [String(last)]: to };
    if (!(String(last) in parent) || to in parent) return undefined;
    return Object.fromEntries(
      Object.entries(parent).map(([name, one]) => [name === String(last) ? to : name, one]),
    );
  });
}

/** The value without what stands at the path, where something is left beside it. */
function leftOut(value: unknown, path: Path): unknown {
  return changed(value, path, (parent, last) => {
    if (Array.isArray(parent) && typeof last === 'number')
      return parent.length > 1 ? parent.toSpliced(last, 1) : undefined;
    if (!isRecord(parent) || Object.keys(parent).length < 2) return undefined;
    return Object.fromEntries(Object.entries(parent).filter(([name]) => name !== String(last)));
  });
}

/** The step that took a column away, changed so that it leaves it; undefined where it cannot. */
function keeping(step: Step, column: string): Step | 'remove' | undefined {
  const { kind, options } = step;
  const columns: readonly unknown[] = Array.isArray(options.columns) ? options.columns : [];
  if (kind === 'drop_columns') {
    const rest = columns.filter((one) => one !== column);
    return rest.length === 0 ? 'remove' : { ...step, options: { ...options, columns: rest } };
  }
  if (kind === 'select_columns') return { ...step, options: { ...options, columns: [...columns, column] } };
  const mayKeep = stepOf(kind)?.info.form.some(
    (field) => field.name === 'keep' && field.control === 'boolean',
  );
  return mayKeep === true ? { ...step, options: { ...options, keep: true } } : undefined;
}

/** Ways out of a problem of a step, the likeliest first. */
export function mendsOf(recipe: Recipe, problem: CompileProblem): readonly Mend[] {
  const { step: index, path, replacement, lost, cause, key = false } = problem;
  const step = index === undefined ? undefined : recipe.steps[index];
  if (index === undefined || step === undefined) return [];
  const mends: Mend[] = [];
  const write = (title: string, options: unknown): void => {
    if (isRecord(options))
      mends.push({ title, edit: { edit: 'replace', index, step: { ...step, options } } });
  };
  if (stepOf(step.kind) === undefined) {
    if (replacement !== undefined)
      mends.push({
        title: `Change to "${replacement}"`,
        edit: { edit: 'replace', index, step: { ...step, kind: replacement } },
      });
  } else if (replacement !== undefined) {
    write(`Change to "${replacement}"`, renamed(step.options, path, replacement, key));
  }
  const before = cause === undefined ? undefined : recipe.steps[cause];
  if (lost !== undefined && cause !== undefined && before !== undefined) {
    const now = before.kind === 'rename' ? before.options[lost] : undefined;
    if (typeof now === 'string') write(`Use "${now}" Here`, renamed(step.options, path, now, key));
    const kept = keeping(before, lost);
    const title = `Keep "${lost}" in Step ${cause + 1}`;
    if (kept === 'remove')
      mends.push({ title: `Remove Step ${cause + 1}`, edit: { edit: 'remove', index: cause } });
    else if (kept !== undefined) mends.push({ title, edit: { edit: 'replace', index: cause, step: kept } });
  }
  if (lost !== undefined) write(`Leave Out "${lost}"`, leftOut(step.options, path));
  mends.push({ title: 'Switch Off', edit: { edit: 'toggle', index, disabled: true } });
  mends.push({ title: 'Remove', edit: { edit: 'remove', index } });
  return mends;
}

/** What an earlier step now calls a column that is not among those before the step; undefined where none renamed it. */
function nowCalled(recipe: Recipe, index: number, before: Schema, column: string): string | undefined {
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  const isThere = (name: string): boolean =>
    before.columns.some((one) => same(one.name, name)) ||
    before.prefixes.some((prefix) => name.toLowerCase().startsWith(prefix.toLowerCase()));
  if (isThere(column)) return undefined;
  let name = column;
  for (const { kind, options, disabled } of recipe.steps.slice(0, index)) {
    if (kind !== 'rename' || disabled === true) continue;
    const found = Object.entries(options).find(([old]) => same(old, name));
    if (found !== undefined) name = String(found[1]);
  }
  return isThere(name) ? name : undefined;
}

/** The expression with columns under other names, in all places where it names them; undefined where it names none of them. */
function rewritten(
  expression: string,
  uses: readonly Use[],
  nameOf: (column: string) => string | undefined,
  plain: boolean,
): string | undefined {
  let text = expression;
  for (const { name, start, end } of uses.toReversed()) {
    const now = nameOf(name);
    if (now === undefined) continue;
    const word = plain && /^[a-z_]\w*$/iu.test(now) && expression[start] !== '"' ? now : identifier(now);
    text = text.slice(0, start) + word + text.slice(end);
  }
  return text === expression ? undefined : text;
}

function everywhere(value: unknown, texts: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return texts.get(value) ?? value;
  if (Array.isArray(value)) return value.map((one) => everywhere(one, texts));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, everywhere(one, texts)]));
}

/**
 * The way out for a step whose expressions name columns that an earlier step renamed: their new names, written where the parser
 * finds the old ones. `usesOf`: the engine's answer for expressions, in their order.
 */
export async function renamedInside(
  recipe: Recipe,
  index: number,
  before: Schema,
  expressions: readonly string[],
  usesOf: (expressions: readonly string[]) => Promise<readonly (readonly Use[])[]>,
): Promise<readonly Mend[]> {
  const step = recipe.steps[index];
  if (step === undefined || expressions.length === 0) return [];
  const uses = await usesOf(expressions);
  const nameOf = (column: string): string | undefined => nowCalled(recipe, index, before, column);
  const names = [...new Set(uses.flat().map((one) => nameOf(one.name) ?? ''))].filter((name) => name !== '');
  if (names.length === 0) return [];
  const texts = new Map<string, string>();
  for (const [k, expression] of expressions.entries()) {
    const found = uses[k] ?? [];
    const plain = rewritten(expression, found, nameOf, true);
    if (plain === undefined) continue;
    const wanted = found.map(({ name }) => (nameOf(name) ?? name).toLowerCase()).join('\0');
    const [read = []] = await usesOf([plain]);
    // A word of SQL's own is a column in quotes only.
    const isRead = read.map(({ name }) => name.toLowerCase()).join('\0') === wanted;
    texts.set(expression, isRead ? plain : (rewritten(expression, found, nameOf, false) ?? plain));
  }
  const options = everywhere(step.options, texts);
  if (!isRecord(options)) return [];
  const title = `Use ${names.map((name) => `"${name}"`).join(', ')} Here`;
  return [{ title, edit: { edit: 'replace', index, step: { ...step, options } } }];
}

import { stepOf } from './catalogue';
import type { CompileProblem } from './compile';
import type { Mend, Recipe, Step } from './model';
import type { Path } from './step';

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

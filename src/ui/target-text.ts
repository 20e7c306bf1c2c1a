import type { Cell, Column } from '../core/table';
import { plural } from '../words';

/** A whole-number target with at most so many values is taken as classes, as the runtime does. */
const FEW_WHOLE_NUMBERS = 20;

/** What can be learnt from a target with these values, most frequent first; `distinct` counts the missing one too. */
export function describeTarget(
  type: Column['type'],
  rows: readonly (readonly Cell[])[],
  distinct: number,
): { task: 'classification' | 'regression'; text: string; warning?: string } {
  const values = rows.filter(([value]) => value !== null);
  const missing = Number(rows.find(([value]) => value === null)?.[1] ?? 0);
  const several = distinct > rows.length;
  const whole = values.every(([value]) => Number.isInteger(Number(value)));
  const numeric = type === 'integer' || type === 'number';
  const task =
    numeric && (several || values.length > FEW_WHOLE_NUMBERS || !whole) ? 'regression' : 'classification';
  const gone = missing > 0 ? ` ${plural(missing, 'row')} without a value are left out.` : '';
  if (task === 'regression') {
    const numbers = values.map(([value]) => Number(value));
    const range = several ? '' : ` from ${Math.min(...numbers)} to ${Math.max(...numbers)}`;
    return { task, text: `A number${range}.${gone}` };
  }
  const shown = values.slice(0, 6).map(([value, n]) => `${String(value)}: ${plural(Number(n), 'row')}`);
  const more = values.length > 6 ? ` and ${several ? 'many' : values.length - 6} more` : '';
  const text = `${values.length}${several ? '+' : ''} classes. ${shown.join(', ')}${more}.${gone}`;
  const rare = values.filter(([, n]) => Number(n) < 2).length;
  const warning =
    type === 'date' || type === 'datetime'
      ? 'A date cannot be predicted; compute a number from it in the recipe.'
      : values.length < 2
        ? 'There is only one value, so there is nothing to learn.'
        : rare > values.length / 2
          ? 'Most values occur once: this looks like an identifier.'
          : undefined;
  return { task, text, ...(warning === undefined ? {} : { warning }) };
}

import { identifier } from './sql';
import { take, type StepContext } from './step';

export interface Order {
  /** Rows of one group are looked at by themselves. */
  readonly group?: readonly string[] | undefined;
  /** Column by which rows follow each other; without it as they stand in the data. */
  readonly order?: string | undefined;
}

/** True when the columns of an order are there; else a problem is reported. */
export function orderFound(context: StepContext, { group, order }: Order): boolean {
  const groups = group === undefined ? [] : take(context, group, ['group']);
  const orders =
    order === undefined
      ? []
      : take({ ...context, problem: (one) => context.problem({ ...one, path: ['order'] }) }, [order], []);
  return groups !== undefined && orders !== undefined;
}

/**
 * A value over a row's earlier rows as SQL; `value` is given what stands in `OVER (…)` before the frame. A training row sees
 * training rows only, so that what is learnt never depends on test rows; a test row sees all that came before it. A row
 * without a place in the order has no earlier rows, and is none.
 */
export function overEarlier({ group = [], order }: Order, value: (over: string) => string): string {
  const by = [...group.map(identifier), ...(order === undefined ? [] : [`${identifier(order)} IS NULL`])];
  const sorted = `ORDER BY ${order === undefined ? '' : `${identifier(order)}, `}__mll_row`;
  const over = (keys: readonly string[]): string =>
    `${keys.length === 0 ? '' : `PARTITION BY ${keys.join(', ')} `}${sorted}`;
  const chosen = `CASE WHEN __mll_part = 'train' THEN ${value(over([...by, '__mll_part']))} ELSE ${value(over(by))} END`;
  return order === undefined ? chosen : `CASE WHEN ${identifier(order)} IS NOT NULL THEN ${chosen} END`;
}

import type { Column, Condition, Page, RowChoice, Sort } from '../../src/protocol';
import type { Grid, GridRow } from '../shared/grid';
import { viewState } from '../shared/host';
import { edgeText, valueText } from '../shared/format';

/** What the person chose to see of the table; VS Code keeps it with the editor. */
export interface Saved {
  top: number;
  left: number;
  sort: Sort[];
  filter: Condition[];
  /** Names of columns in their chosen order; [] as in the file. Columns that are not among them come last. */
  order: string[];
  hidden: string[];
  pinned: string[];
  /** What the panel at the side shows. */
  panel: '' | 'column' | 'columns' | 'cell' | 'checks';
  /** The column that it is about. */
  details: string;
}

export const saved = viewState<Saved>({
  top: 0,
  left: 0,
  sort: [],
  filter: [],
  order: [],
  hidden: [],
  pinned: [],
  panel: '',
  details: '',
});

/** The chosen rows, as far as the table has the columns. */
export function rowChoice(columns: readonly Column[]): Required<RowChoice> {
  const names = new Set(columns.map(({ name }) => name));
  const { sort, filter } = saved.get();
  return {
    sort: sort.filter(({ column }) => names.has(column)),
    filter: filter.filter(({ is, column }) => is === 'duplicate' || names.has(column)),
  };
}

export const isPlain = ({ sort, filter }: Required<RowChoice>): boolean =>
  sort.length === 0 && filter.length === 0;

/** All columns in the chosen order: pinned ones first. */
export function orderedColumns(columns: readonly Column[]): readonly Column[] {
  const { order, pinned } = saved.get();
  const place = new Map(order.map((name, k) => [name, k]));
  const rank = ({ name }: Column): number => (pinned.includes(name) ? -1e9 : 0) + (place.get(name) ?? 1e6);
  return columns.toSorted((a, b) => rank(a) - rank(b));
}

/** The columns that are shown, and how many of them are pinned. */
export function shownColumns(columns: readonly Column[]): { shown: readonly Column[]; pinned: number } {
  const { hidden, pinned } = saved.get();
  const shown = orderedColumns(columns).filter(({ name }) => !hidden.includes(name));
  return { shown, pinned: shown.filter(({ name }) => pinned.includes(name)).length };
}

/** Names of the shown columns, where they are not simply all of them. */
export function shownNames(columns: readonly Column[]): readonly string[] | undefined {
  const { shown } = shownColumns(columns);
  const isAll = shown.length === columns.length && shown.every((one, k) => one === columns[k]);
  return isAll ? undefined : shown.map(({ name }) => name);
}

/** Rows of a page with their numbers in the file. */
export function gridRows({ rows, places }: Page): GridRow[] {
  return rows.map((cells, k) => {
    const place = places?.[k];
    return place === undefined ? { cells } : { cells, number: place + 1 };
  });
}

/** Moves a column before or behind its neighbour in the chosen order. */
export function moved(columns: readonly Column[], name: string, by: 1 | -1): string[] {
  const names = orderedColumns(columns).map((one) => one.name);
  const from = names.indexOf(name);
  const to = from + by;
  if (from < 0 || to < 0 || to >= names.length) return names;
  names.splice(from, 1);
  names.splice(to, 0, name);
  return names;
}

/** The conditions without those of that kind on that column, and with the new one. */
export function withCondition(
  filter: readonly Condition[],
  column: string,
  is: Condition['is'],
  next: Condition | undefined,
): Condition[] {
  const others = filter.filter((one) => one.column !== column || one.is !== is);
  return next ? [...others, next] : others;
}

/** A condition in words: `size: 10 to 20`. */
export function conditionText(condition: Condition): string {
  const not = condition.not ? 'not ' : '';
  switch (condition.is) {
    case 'duplicate':
      return condition.not ? 'first of equal rows' : 'repeats an earlier row';
    case 'missing':
      return `${condition.column}: ${not}missing`;
    case 'matching': {
      const { text, pattern } = condition;
      const how = pattern?.regex ? 'matching' : 'containing';
      return `${condition.column}: ${not}${how} “${text}”${pattern?.matchCase ? ', in this case' : ''}`;
    }
    case 'oneOf': {
      const shown = condition.values.slice(0, 3).map(valueText).join(', ');
      const more = condition.values.length - 3;
      return `${condition.column}: ${not}${shown === '' ? 'none' : shown}${more > 0 ? ` and ${more} more` : ''}`;
    }
    case 'between': {
      const { min, max, open } = condition;
      const end = max === undefined ? '' : `${open ? 'below ' : 'to '}${boundText(max)}`;
      const range =
        min === undefined
          ? open
            ? end
            : `up to ${max === undefined ? '' : boundText(max)}`
          : max === undefined
            ? `from ${boundText(min)}`
            : `${boundText(min)} ${end}`;
      return `${condition.column}: ${not}${range}`;
    }
  }
}

const boundText = (bound: string | number): string =>
  typeof bound === 'number' ? edgeText(bound, 'number') : bound;

/** Shows the chosen columns in a grid, with their marks. */
export function showColumns(grid: Grid, columns: readonly Column[]): void {
  const { sort, filter } = rowChoice(columns);
  const { shown, pinned } = shownColumns(columns);
  grid.setColumns(shown, pinned);
  grid.setSort(sort, new Set(filter.map(({ column }) => column)));
}

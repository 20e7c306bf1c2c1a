import type { Cell, Column, Condition, EditedPage, PageRequest, RowChoice, Sort } from '../../src/protocol';
import type { Grid, GridRow } from '../shared/grid';
import { viewState } from '../shared/host';

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
  /** The column that is to be predicted, for the checks. */
  target: string;
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
  target: '',
});

/** The chosen rows, as far as the table has the columns. */
export function rowChoice(columns: readonly Column[]): Required<RowChoice> {
  const names = new Set(columns.map(({ name }) => name));
  const { sort, filter } = saved.get();
  return {
    sort: sort.filter(({ column }) => names.has(column)),
    filter: filter.filter(({ is, column }) => is === 'duplicate' || is === 'rows' || names.has(column)),
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

/** Of a longer cell only so much comes with a page: the cell's panel fetches all of it. */
const CELL_LENGTH = 4000;

/** What is asked for to show these of the chosen rows. */
export function pageOf(
  columns: readonly Column[],
  offset: number,
  limit: number,
): Omit<PageRequest, 'table'> {
  const choice = rowChoice(columns);
  const names = shownNames(columns);
  return {
    offset,
    limit,
    cellLength: CELL_LENGTH,
    ...(isPlain(choice) ? { early: true } : choice),
    ...(names ? { columns: names } : {}),
  };
}

/** Rows of a page with their numbers in the file, and what edited cells hold there. */
export function gridRows({ rows, places, files, changed = [], cut = [] }: EditedPage): GridRow[] {
  const edited = new Map<number, Map<number, Cell>>();
  const lengths = new Map<number, Map<number, number>>();
  for (const { row, column, length } of cut) {
    lengths.set(row, (lengths.get(row) ?? new Map<number, number>()).set(column, length));
  }
  for (const { row, column, before } of changed) {
    edited.set(row, (edited.get(row) ?? new Map<number, Cell>()).set(column, before));
  }
  return rows.map((cells, k) => {
    const [place, before, file, long] = [places?.[k], edited.get(k), files?.[k], lengths.get(k)];
    return {
      cells,
      ...(place === undefined ? {} : { number: place + 1 }),
      ...(before ? { before } : {}),
      ...(file === undefined ? {} : { file }),
      ...(long ? { cut: long } : {}),
    };
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

/** Shows the chosen columns in a grid, with their marks. */
export function showColumns(grid: Grid, columns: readonly Column[]): void {
  const { sort, filter } = rowChoice(columns);
  const { shown, pinned } = shownColumns(columns);
  grid.setColumns(shown, pinned);
  grid.setSort(sort, new Set(filter.map(({ column }) => column)));
}

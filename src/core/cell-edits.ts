import type { CellEdit, CellPlace, EditedPage } from '../protocol';
import type { Page } from './table';

/** Edits of a table's cells that are not saved: each cell once, with its last text. */
export interface CellEdits {
  readonly count: number;
  list(): readonly CellEdit[];
  get(place: CellPlace): CellEdit | undefined;
  /** The cell held `from` and holds `to` from now on; back at what the file holds it is no edit any more. */
  set(place: CellPlace, from: string, to: string): void;
  /** These are in the file now; a cell that was changed since stays edited. */
  saved(edits: readonly CellEdit[]): void;
  clear(): void;
  /** A page of the saved file as it is with the edits. */
  over(page: Page): EditedPage;
}

export function createCellEdits(initial: readonly CellEdit[] = []): CellEdits {
  const rows = new Map<number, Map<string, CellEdit>>();
  const put = (edit: CellEdit): void => {
    const row = rows.get(edit.row) ?? new Map<string, CellEdit>();
    row.set(edit.column, edit);
    rows.set(edit.row, row);
  };
  const drop = ({ row, column }: CellPlace): void => {
    rows.get(row)?.delete(column);
    if (rows.get(row)?.size === 0) rows.delete(row);
  };
  for (const edit of initial) put(edit);
  const get = ({ row, column }: CellPlace): CellEdit | undefined => rows.get(row)?.get(column);
  return {
    get count() {
      return [...rows.values()].reduce((sum, row) => sum + row.size, 0);
    },
    list: () => [...rows.values()].flatMap((row) => [...row.values()]),
    get,
    set({ row, column }, from, to) {
      const before = get({ row, column })?.before ?? from;
      if (to === before) drop({ row, column });
      else put({ row, column, value: to, before });
    },
    saved(edits) {
      for (const one of edits) {
        const now = get(one);
        if (now?.value === one.value) drop(one);
        else put({ ...one, value: now?.value ?? one.before, before: one.value });
      }
    },
    clear() {
      rows.clear();
    },
    over(page) {
      if (rows.size === 0) return page;
      const columns = new Map(page.columns.map(({ name }, place) => [name, place]));
      const changed: NonNullable<EditedPage['changed']>[number][] = [];
      const cells = page.rows.map((row, k) => {
        const mine = rows.get(page.places?.[k] ?? page.offset + k);
        if (!mine) return row;
        const edited = [...row];
        for (const { column, value } of mine.values()) {
          const place = columns.get(column);
          if (place === undefined) continue;
          changed.push({ row: k, column: place, before: row[place] ?? null });
          edited[place] = value === '' ? null : value;
        }
        return edited;
      });
      const { cut, ...rest } = page;
      // What was typed is here as a whole.
      const still = cut?.filter(
        (one) => !changed.some(({ row, column }) => row === one.row && column === one.column),
      );
      return { ...rest, rows: cells, changed, ...(still?.length ? { cut: still } : {}) };
    },
  };
}

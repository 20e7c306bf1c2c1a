import type { EditEngineApi, TableId } from '../protocol';
import type { Handlers } from '../rpc';
import type { Opened } from './opened';
import type * as Saving from './save-edits';

/** What the engine answers about edits of cells; loaded when a cell is edited first. */
export function createEditHandlers(table: (id: TableId) => Opened): Handlers<EditEngineApi> {
  const load = (): Promise<typeof Saving> => import('./save-edits');
  return {
    cellText: async ({ table: id, ...place }, { signal }) =>
      (await load()).cellText(table(id), place, signal),
    checkEdit: async ({ table: id, ...edit }, { signal }) =>
      (await load()).checkEdit(table(id), edit, signal),
    saveEdits: async ({ table: id, ...request }, { signal, progress }) =>
      (await load()).saveEdits(table(id), request, signal, progress),
  };
}

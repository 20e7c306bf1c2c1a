import { UserError } from '../core/errors';
import { remoteFolder } from '../core/remote-datasets';
import type { TableSource } from '../core/table';
import type { Ui } from './project';

/** The beginning of a text table in a store, or of a table in a source, of which no more is here. */
export interface RecipeSample {
  readonly uri: string;
  /** Of the whole table. */
  readonly bytes: number;
  readonly source: TableSource;
  /** In a source: the recipe can be run where the table is. */
  readonly inSource?: true;
  /** Rows of the whole table, of one in a store estimated, when its beginning holds so many. */
  total(rows: number): number;
  close(): Promise<void>;
}

/** What a recipe can be made on before its table is fetched; undefined where the table is here, or is read as a whole. */
export async function openRecipeSample(
  ui: Ui,
  root: string,
  nameOrUri: string,
  signal?: AbortSignal,
): Promise<RecipeSample | undefined> {
  const { datasets, stores, recipes } = await ui.lifecycle(root);
  const found = await recipes.sample(nameOrUri, signal ? { signal } : {});
  if (found) {
    return {
      uri: found.uri,
      bytes: found.bytes ?? 0,
      source: found.source,
      inSource: true,
      total: (rows) => found.rows ?? rows,
      close: () => Promise.resolve(),
    };
  }
  const there = await datasets.inStore(nameOrUri, signal);
  if (!there || there.path !== undefined) return undefined;
  const { FETCH_COMMAND, openRemote } = await import('../core/remote');
  const table = await openRemote(await stores.at(there.uri), remoteFolder(), {}, signal).catch(
    (error: unknown) => {
      // What can be read as a whole only is fetched.
      if (error instanceof UserError && error.actions.some(({ command }) => command === FETCH_COMMAND))
        return undefined;
      throw error;
    },
  );
  if (!table) return undefined;
  if (table.part !== 'beginning') {
    await table.close();
    return undefined;
  }
  return {
    uri: there.uri,
    bytes: there.bytes,
    source: table.source,
    total: (rows) => table.total(rows),
    close: () => table.close(),
  };
}

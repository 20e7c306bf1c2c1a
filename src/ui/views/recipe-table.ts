import path from 'node:path';
import type { Column, TableSource } from '../../core/table';
import { keyName } from '../../core/store-uri';
import type { RecipeViewState, TableId } from '../../protocol';
import type { Ui } from '../project';
import { recipeTable } from '../recipe-text';

/** The table of a recipe's view, open in the engine. */
export interface RecipeTable {
  readonly id: TableId;
  readonly columns: readonly Column[];
  readonly source: TableSource;
  /** As the view calls it. */
  readonly name: string;
  /** Set where no more of it is here than its beginning. */
  readonly sample?: NonNullable<RecipeViewState['sample']>;
  close(): Promise<void>;
}

export async function openRecipeTable(
  ui: Ui,
  root: string,
  file: string,
  text: string,
): Promise<RecipeTable> {
  const { source, sample } = await recipeTable(ui, root, file, text);
  const engine = await ui.engine();
  const close = async (id: TableId | undefined): Promise<void> => {
    if (id !== undefined) await engine.call('close', { table: id }).catch(() => undefined);
    await sample?.close();
  };
  let id: TableId | undefined;
  try {
    const { table, columns } = await engine.call('open', { source });
    id = table;
    // A scan settles the columns' exact types, which the plan is compiled against.
    const scanned = await engine.call('scan', { table });
    return {
      id: table,
      columns: scanned.columns.length > 0 ? scanned.columns : columns,
      source,
      name: sample ? keyName(sample.uri) : path.basename(source.path),
      ...(sample
        ? {
            sample: {
              uri: sample.uri,
              bytes: sample.bytes,
              rows: sample.total(scanned.rows),
              ...(sample.inSource ? { inSource: true as const } : {}),
            },
          }
        : {}),
      close: () => close(table),
    };
  } catch (error) {
    await close(id);
    throw error;
  }
}

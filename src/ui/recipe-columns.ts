import path from 'node:path';
import type * as vscode from 'vscode';
import type { Column } from '../core/table';
import type { Recipe } from '../recipe/model';
import { mayRead } from './outside';
import type { Ui } from './project';

/** What a recipe's text can be held against while it is typed. */
export interface RecipeColumns {
  /** The columns of the recipe's data; undefined when they are not to be had. */
  data(document: vscode.TextDocument): Promise<readonly Column[] | undefined>;
  /** Those of the other tables that its steps read, by the names in it. */
  tables(document: vscode.TextDocument, recipe: Recipe): Promise<ReadonlyMap<string, readonly Column[]>>;
  forget(document: vscode.TextDocument): void;
}

/** Columns from the beginnings of files alone, and from the datasets' manifests. What a recipe may not read is not looked at. */
export function createRecipeColumns(ui: Ui): RecipeColumns {
  const known = new Map<string, Map<string, Promise<readonly Column[] | undefined>>>();

  async function look(root: string, place: string): Promise<readonly Column[] | undefined> {
    if (!path.isAbsolute(place)) {
      const lifecycle = await ui.lifecycle(root);
      if (!(await lifecycle.exists())) return undefined;
      return (await lifecycle.datasets.list()).find((one) => one.name === place)?.columns;
    }
    const { isOutside } = await import('../core/outside');
    if ((await isOutside([root], place)) && !(await mayRead(ui, root, place))) return undefined;
    const { firstPage } = await import('../formats/first-page');
    const { page } = await firstPage(place, { limit: 1 });
    return page.columns.length > 0 ? page.columns : undefined;
  }

  /** Looked at once while the document is open. */
  function columnsAt(document: vscode.TextDocument, place: string): Promise<readonly Column[] | undefined> {
    const key = document.uri.toString();
    const places = known.get(key) ?? new Map<string, Promise<readonly Column[] | undefined>>();
    known.set(key, places);
    const root = ui.root(document.uri) ?? path.dirname(document.uri.fsPath);
    const found = places.get(place) ?? look(root, place).catch(() => undefined);
    places.set(place, found);
    // What may not be read now, or is not there, may be later.
    void found.then((columns) => columns ?? places.delete(place));
    return found;
  }

  return {
    async data(document) {
      const { recipeInput } = await import('./recipe-text');
      const input = await recipeInput(document.uri.fsPath, document.getText()).catch(() => undefined);
      return input === undefined || !path.isAbsolute(input) ? undefined : columnsAt(document, input);
    },
    async tables(document, recipe) {
      const [{ tableNames }, { besideRecipe }] = await Promise.all([
        import('../recipe/compile'),
        import('../core/recipe-tables'),
      ]);
      const found = new Map<string, readonly Column[]>();
      for (const name of tableNames(recipe)) {
        const columns = await columnsAt(document, await besideRecipe(document.uri.fsPath, name));
        if (columns) found.set(name, columns);
      }
      return found;
    },
    forget(document) {
      known.delete(document.uri.toString());
    },
  };
}

import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from './errors';
import { isSourceUri } from './source-uri';
import { isStoreUri } from './store-uri';

/** The path as the file system resolves it, links followed; of what is not there its nearest folder counts. */
async function real(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    const folder = path.dirname(file);
    return folder === file ? file : path.join(await real(folder), path.basename(file));
  }
}

/** Whether a place that a recipe names lies elsewhere than in these folders: an address in a store does, and so does what a link leads to. */
export async function isOutside(folders: readonly string[], place: string): Promise<boolean> {
  if (isStoreUri(place) || isSourceUri(place)) return true;
  const file = await real(place.replace(/[\\/]?[^\\/]*[*?[\]].*$/u, ''));
  for (const folder of folders) {
    const way = path.relative(await real(folder), file);
    if (way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way)) return false;
  }
  return true;
}

/** A recipe may come from anyone, so it does not decide alone what of this machine is read. */
export function outsideError(recipe: string, place: string): UserError {
  const what =
    isStoreUri(place) || isSourceUri(place) ? 'which is not in this folder' : 'a file outside of this folder';
  return new UserError('permission', `${path.basename(recipe)} wants to read ${place}, ${what}.`, {
    fix: 'Agree only if you know this recipe and want it to read that.',
    actions: [{ title: 'Read It', command: 'mll.recipe.allow', args: [place] }],
  });
}

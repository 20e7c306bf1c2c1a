import { stat } from 'node:fs/promises';
import type { FileState } from '../core/table';
import { cannotRead } from './first-page';
import { isMany, partFiles, stateOfParts } from './part-files';

/** The state of a file now, or of all that a folder or glob names; a UserError when it is not there. */
export async function fileState(path: string): Promise<FileState> {
  if (await isMany(path)) return stateOfParts(await partFiles(path));
  try {
    const { size, mtimeNs } = await stat(path, { bigint: true });
    return { bytes: Number(size), modified: String(mtimeNs) };
  } catch (error) {
    throw cannotRead(error, path);
  }
}

export const sameState = (a: FileState, b: FileState): boolean =>
  a.bytes === b.bytes && a.modified === b.modified;

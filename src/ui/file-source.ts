import { access } from 'node:fs/promises';
import path from 'node:path';
import type { TableSource } from '../core/table';

/** A file as the person chose that it is read; it needs no project to be looked at. */
export async function fileSource(root: string | undefined, file: string): Promise<TableSource> {
  if (root === undefined) return { path: file };
  // Before anything is loaded: in most folders nothing was chosen.
  const chosen = await access(path.join(root, '.ml', 'dialects')).then(
    () => true,
    () => false,
  );
  if (!chosen) return { path: file };
  const { rememberedChoice } = await import('../core/dialects');
  return { path: file, ...(await rememberedChoice(root, file)) };
}

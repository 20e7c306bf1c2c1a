import { copyFile, link, symlink } from 'node:fs/promises';
import { extname } from 'node:path';

/** DuckDB takes a path with these for a pattern, and reads other files that it names. */
const PATTERN = /[*?[\]]/;

/**
 * A path by which DuckDB reads that very file: a link in the temporary folder, where its own name could be a pattern
 * (`report[1].csv`). What is not allowed to make links (Windows) makes a second name, or a copy on another disk.
 */
export async function plainName(file: string, tempFile: (suffix: string) => string): Promise<string> {
  if (!PATTERN.test(file)) return file;
  const other = tempFile(extname(file).replaceAll(/[^.\w]/g, ''));
  await symlink(file, other)
    .catch(() => link(file, other))
    .catch(() => copyFile(file, other));
  return other;
}

import type { Column, Dialect, FormatId, Page, TableSource } from '../core/table';
import { UserError } from '../core/errors';
import { PLAIN, readCell } from './infer';
import type { PartFile, PartFiles } from './part-files';
import { groupParts } from './part-group';
import { partitionText, partitionValues, type Partition } from './partitions';
import { column } from './types';

/** Files that are tried for the first rows. */
const TRIED = 5;

interface Looked {
  readonly page: Page;
  readonly format: FormatId;
  readonly dialect: Dialect | null;
}

/** The columns of partitions behind those of the files; one that the files have themselves is theirs. */
export function withPartitions(
  columns: readonly Column[],
  partitions: readonly Partition[],
): { columns: Column[]; added: Partition[] } {
  const own = new Set(columns.map(({ name }) => name.toLowerCase()));
  const added = partitions.filter(({ name }) => !own.has(name.toLowerCase()));
  return { columns: [...columns, ...added.map(({ name, sqlType }) => column(name, sqlType))], added };
}

/** The first rows of a folder of files: those of its first file that has any. */
export async function manyPage<T extends Looked>(
  parts: PartFiles,
  source: Partial<TableSource>,
  look: (file: PartFile) => Promise<T>,
): Promise<T & { readonly bytes: number; readonly files: number }> {
  const { files, partitions } = groupParts(parts, source.format);
  const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  const some = { bytes, files: parts.files.length };
  let empty: T | undefined;
  for (const file of files.slice(0, TRIED)) {
    const first = await look(file).catch((error: unknown) => {
      if (error instanceof UserError) return undefined;
      throw error;
    });
    if (!first) continue;
    empty ??= first;
    const { page } = first;
    if (page.rows.length === 0) continue;
    const { columns, added } = withPartitions(page.columns, partitions);
    const values = partitionValues(file.name);
    const more = added.map((one) => readCell(partitionText(values.get(one.name), one), one.sqlType, PLAIN));
    return {
      ...first,
      ...some,
      page: {
        ...page,
        columns,
        rows: page.rows.map((row) => [...row, ...more]),
        total: files.length === 1 ? page.total : Math.round((page.total * bytes) / Math.max(1, file.bytes)),
        exact: files.length === 1 && page.exact,
        files: page.rows.map(() => file.name),
      },
    };
  }
  if (empty) return { ...empty, ...some };
  throw new UserError('invalid', `None of the first files of ${parts.name} can be read.`, {
    fix: 'Open one of them by itself: it says what is wrong with it.',
  });
}

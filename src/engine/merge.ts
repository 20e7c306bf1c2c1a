import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../core/errors';
import type { TableSource } from '../core/table';
import { readPrefix } from '../formats/first-page';
import { formatById } from '../formats/formats';
import { type PartFile, partFiles } from '../formats/part-files';
import { groupParts, leftOutNotes } from '../formats/part-group';
import { mergeParquet } from './merge-parquet';
import type { MergeContext, MergedTable } from './merge-parts';
import { mergeCsv, mergeLines } from './merge-text';
import { unpack, type Unpacked, type UnpackOptions } from './unpack';

/**
 * The rows of all files of a folder or glob that have the same columns, as one copy. What does not fit is named in the notes;
 * of text, each record is a row or in the list of those that could not be read, with its file and line.
 * Progress: {@link import('../protocol').ScanProgress} without rows.
 */
export async function mergeFiles(
  source: TableSource,
  options: UnpackOptions,
  signal?: AbortSignal,
  progress?: (value: unknown) => void,
): Promise<Unpacked> {
  const parts = await partFiles(source.path, signal, source.files);
  const group = groupParts(parts, source.format);
  const totalBytes = parts.files.reduce((sum, one) => sum + one.bytes, 0);
  await requireSpace(parts.name, totalBytes, options.tempFile('.size'));
  let done = 0;
  const context: MergeContext = {
    source,
    group,
    root: parts.root,
    options,
    leftOut: [...group.leftOut],
    tell(bytes) {
      done += bytes;
      // That all was read is told by the rows.
      progress?.({ rows: 0, bytes: Math.min(done, totalBytes - 1), totalBytes });
    },
    signal,
  };
  const table = await merge(context);
  return {
    file: table.file,
    prefix: { ...(await readPrefix(table.file)), name: parts.name },
    read: formatById(table.read),
    format: group.format,
    bytes: totalBytes,
    tables: [],
    notes: [...leftOutNotes(parts, context.leftOut), ...table.notes],
    merged: table.merged,
  };
}

async function merge(context: MergeContext): Promise<MergedTable> {
  const { source, group, options, signal } = context;
  const { format } = group;
  const table = source.table === undefined ? {} : { table: source.table };
  const one = ({ path }: PartFile): Promise<Unpacked> => unpack({ path, format, ...table }, options, signal);
  if (format === 'csv') return mergeCsv(context);
  if (format === 'jsonl') return mergeLines(context);
  return format === 'json' ? mergeLines(context, one) : mergeParquet(context, one);
}

async function requireSpace(name: string, bytes: number, beside: string): Promise<void> {
  const disk = await statfs(dirname(beside));
  if (disk.bavail * disk.bsize > bytes) return;
  throw new UserError('quota', `There is not enough disk space to read the files of ${name} as one table.`, {
    fix: 'Free some space on the disk that holds the temporary folder, then try again.',
  });
}

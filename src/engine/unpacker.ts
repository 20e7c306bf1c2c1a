import { rm } from 'node:fs/promises';
import type { TableSource } from '../core/table';
import { share } from '../core/share';
import { isMany } from '../formats/part-files';
import { mergeFiles } from './merge';
import { unpack, type Unpacked, type UnpackOptions } from './unpack';

type Copy = ReturnType<typeof share<Unpacked>>;

export type Unpacker = (
  source: TableSource,
  signal?: AbortSignal,
  progress?: (value: unknown) => void,
) => Promise<Unpacked>;

/** Unpacks each file, or merges those of a folder, once for as long as it stays as it is (`stateOf`), whoever asks and however often. */
export function createUnpacker(
  stateOf: (source: TableSource) => Promise<string>,
  options: UnpackOptions,
): Unpacker {
  const copies = new Map<string, Copy>();
  return async ({ path, format, table, dialect, files }, signal, progress) => {
    const many = await isMany(path);
    const source: TableSource = {
      path,
      // Of one file the copy is the same, however it is read.
      ...(many && dialect ? { dialect } : {}),
      ...(format ? { format } : {}),
      ...(table === undefined ? {} : { table }),
      ...(many && files ? { files } : {}),
    };
    const state = await stateOf(source);
    const copy = copies.get(state) ?? share((abort, tell) => once(source, many, abort, tell));
    copies.set(state, copy);
    try {
      const unpacked = await copy(signal, progress);
      // Nothing was copied: the file is asked again the next time.
      if (unpacked.file === path) copies.delete(state);
      return unpacked;
    } catch (error) {
      if (!signal?.aborted) copies.delete(state);
      throw error;
    }
  };

  /** What was begun and not ended is deleted. */
  async function once(
    source: TableSource,
    many: boolean,
    signal: AbortSignal,
    progress: (value: unknown) => void,
  ): Promise<Unpacked> {
    const made: string[] = [];
    const tempFile = (suffix: string): string => {
      const file = options.tempFile(suffix);
      made.push(file);
      return file;
    };
    try {
      const unpacked = await (many ? mergeFiles : unpack)(source, { ...options, tempFile }, signal, progress);
      await remove(made.filter((file) => file !== unpacked.file));
      return unpacked;
    } catch (error) {
      await remove(made);
      throw error;
    }
  }
}

async function remove(files: readonly string[]): Promise<void> {
  await Promise.all(files.map((file) => rm(file, { force: true }).catch(() => undefined)));
}

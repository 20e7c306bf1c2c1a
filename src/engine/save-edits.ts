import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isAbort, systemCode, UserError } from '../core/errors';
import type { FileState } from '../core/table';
import { editRecord, noRow, recordCells } from '../formats/edit-record';
import { fileState, sameState } from '../formats/file-state';
import type { CellEdit, SaveEditsRequest } from '../protocol';
import { findRecords, recordShape } from './cell-records';
import type { Opened } from './opened';
import { writeRefused } from './write-refused';

const CHUNK_BYTES = 4 * 2 ** 20;

/** Bytes of a file that others take the place of. */
interface Splice {
  readonly from: number;
  readonly to: number;
  readonly bytes: Buffer;
}

/** The text of a cell as the file says it, without quotes; a UserError where it cannot be edited. */
export async function cellText(
  opened: Opened,
  { row, column }: { readonly row: number; readonly column: string },
  signal?: AbortSignal,
): Promise<{ text: string; state: FileState }> {
  const shape = recordShape(opened);
  const place = placeOf(opened, column);
  const record = (await findRecords(opened, [row], signal)).get(row);
  const cells = record && recordCells(record.raw, shape);
  if (!cells) throw noRow();
  await requireState(opened, opened.state);
  return { text: cells[place] ?? '', state: opened.state };
}

/** Fails when that text cannot stand in the cell; else gives what the file holds there. */
export async function checkEdit(
  opened: Opened,
  edit: { readonly row: number; readonly column: string; readonly value: string },
  signal?: AbortSignal,
): Promise<{ before: string; state: FileState }> {
  const shape = recordShape(opened);
  const place = placeOf(opened, edit.column);
  const record = (await findRecords(opened, [edit.row], signal)).get(edit.row);
  const cells = record && recordCells(record.raw, shape);
  if (!record || !cells) throw noRow();
  await requireState(opened, opened.state);
  requireText(edit.value);
  editRecord(record.raw, shape, new Map([[place, edit.value]]));
  return { before: cells[place] ?? '', state: opened.state };
}

/**
 * Writes the table's file with these cells to a file beside it, which then takes its place: all other bytes stay as they are, and
 * the file is the old one or the new one at any time. Nothing is written when the file is another than the one that was read.
 */
export async function saveEdits(
  opened: Opened,
  { edits, state, output }: SaveEditsRequest,
  signal: AbortSignal,
  progress: (value: { bytes: number; totalBytes: number }) => void,
): Promise<FileState> {
  await requireState(opened, state);
  const splices = await splicesOf(opened, edits, signal);
  const target = output ?? opened.source.path;
  const real = await realpath(target).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return target;
    throw error;
  });
  const temporary = join(dirname(real), `.${basename(real).slice(0, 100)}.${randomUUID().slice(0, 8)}.part`);
  try {
    await writeSpliced(opened.source.path, temporary, splices, signal, progress);
    await requireState(opened, state);
    signal.throwIfAborted();
    await rename(temporary, real);
    return await fileState(target);
  } catch (error) {
    throw isAbort(error) ? error : (saveRefused(error, real) ?? error);
  } finally {
    await rm(temporary, { force: true });
  }
}

function placeOf({ columns }: Opened, column: string): number {
  const place = columns.findIndex(({ name }) => name === column);
  if (place >= 0) return place;
  throw new UserError('notFound', `There is no column "${column}".`, {
    fix: `The columns are: ${columns.map(({ name }) => name).join(', ')}.`,
  });
}

function requireText(value: string): void {
  if (!value.includes('\0')) return;
  throw new UserError('invalid', 'A cell cannot hold a zero byte.', { fix: 'Leave it out.' });
}

async function requireState(opened: Opened, state: FileState): Promise<void> {
  const now = await fileState(opened.source.path);
  if (sameState(now, state) && sameState(state, opened.state)) return;
  const name = basename(opened.source.path);
  throw new UserError(
    'conflict',
    `${name} was changed by another program since it was opened. Nothing was written over it.`,
    { fix: 'Load the file as it is now (Revert File), then make the edits again.' },
  );
}

async function splicesOf(
  opened: Opened,
  edits: readonly CellEdit[],
  signal: AbortSignal,
): Promise<readonly Splice[]> {
  const shape = recordShape(opened);
  const byRow = new Map<number, CellEdit[]>();
  for (const edit of edits) byRow.set(edit.row, [...(byRow.get(edit.row) ?? []), edit]);
  const records = await findRecords(opened, [...byRow.keys()], signal);
  const splices = [...byRow].map(([row, mine]) => {
    const record = records.get(row);
    const cells = record && recordCells(record.raw, shape);
    if (!record || !cells) throw noRow();
    const changes = new Map<number, string>();
    for (const { column, value, before } of mine) {
      const place = placeOf(opened, column);
      if ((cells[place] ?? '') !== before) {
        throw new UserError('conflict', `Row ${row + 1} holds another ${column} than when it was edited.`, {
          fix: 'Nothing was written. Load the file as it is now (Revert File), then make the edits again.',
        });
      }
      requireText(value);
      changes.set(place, value);
    }
    const bytes = editRecord(record.raw, shape, changes);
    return { from: record.byte, to: record.byte + record.raw.length, bytes };
  });
  return splices.sort((a, b) => a.from - b.from);
}

async function writeSpliced(
  source: string,
  target: string,
  splices: readonly Splice[],
  signal: AbortSignal,
  progress: (value: { bytes: number; totalBytes: number }) => void,
): Promise<void> {
  const from = await open(source, 'r');
  try {
    const { size, mode, uid, gid } = await from.stat();
    const to = await open(target, 'wx', mode & 0o777);
    try {
      // The umask may have taken some of it; another owner's file stays theirs where that is permitted.
      await to.chmod(mode & 0o7777);
      await to.chown(uid, gid).catch(() => undefined);
      let at = 0;
      for (const { from: start, to: end, bytes } of [
        ...splices,
        { from: size, to: size, bytes: Buffer.alloc(0) },
      ]) {
        await copyRange(from, to, { at, end: start, size }, signal, progress);
        await writeAll(to, bytes);
        at = end;
      }
      await to.sync();
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

async function copyRange(
  from: FileHandle,
  to: FileHandle,
  { at: first, end, size }: { readonly at: number; readonly end: number; readonly size: number },
  signal: AbortSignal,
  progress: (value: { bytes: number; totalBytes: number }) => void,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(0, end - first)));
  for (let at = first; at < end;) {
    signal.throwIfAborted();
    const { bytesRead } = await from.read(buffer, 0, Math.min(buffer.length, end - at), at);
    if (bytesRead === 0) throw new Error('The file ended before its size.');
    await writeAll(to, buffer.subarray(0, bytesRead));
    at += bytesRead;
    progress({ bytes: at, totalBytes: size });
  }
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at);
    at += bytesWritten;
  }
}

function saveRefused(error: unknown, file: string): UserError | undefined {
  const code = systemCode(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return writeRefused(error, file);
  return new UserError('quota', `${basename(file)} was not saved: the disk is full.`, {
    fix: 'The file is as it was. Free as much space as it takes, then save again.',
    cause: error,
  });
}

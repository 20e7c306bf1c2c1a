import * as fs from 'node:fs';
import * as files from 'node:fs/promises';
import path from 'node:path';
import type { Chunk } from '../../core/provider';

/*
 * A job's log is one stream of bytes, numbered from 0. Its beginning is `log.txt`; what comes after HEAD_BYTES lies in
 * pieces `log.<first byte>.txt`, of which only the newest two are kept. So a script that prints without end fills no disk,
 * its beginning and its end can always be read, and a cursor (a byte number) stays true while the middle is dropped.
 */
const HEAD_BYTES = 8 * 1024 * 1024;
const PIECE_BYTES = 4 * 1024 * 1024;
/** Most that one answer holds. */
const ANSWER_BYTES = 1024 * 1024;

interface Piece {
  readonly file: string;
  readonly start: number;
  readonly size: number;
}

export interface LogWriter {
  /** Whole lines (or the rest before the end). Never throws: a log that cannot be written is no reason to end the job. */
  write(bytes: Buffer): void;
  close(): void;
  /** The reason why nothing is written any more. */
  readonly failure: unknown;
}

export function writeLog(folder: string): LogWriter {
  let fd: number | undefined;
  let start = 0;
  let size = 0;
  let failure: unknown;
  const pieces: string[] = [];

  const open = (file: string): void => {
    if (fd !== undefined) fs.closeSync(fd);
    fd = fs.openSync(file, 'a');
  };

  const roll = (): void => {
    start += size;
    size = 0;
    const file = path.join(folder, `log.${start}.txt`);
    open(file);
    pieces.push(file);
    const old = pieces.length > 2 ? pieces.shift() : undefined;
    if (old !== undefined) fs.rmSync(old, { force: true });
  };

  return {
    get failure() {
      return failure;
    },
    write(bytes) {
      if (failure !== undefined) return;
      try {
        if (fd === undefined) open(path.join(folder, 'log.txt'));
        if (size > 0 && size + bytes.length > (start === 0 ? HEAD_BYTES : PIECE_BYTES)) roll();
        fs.writeSync(fd ?? 0, bytes);
        size += bytes.length;
      } catch (error) {
        failure = error;
      }
    },
    close() {
      if (fd !== undefined) fs.closeSync(fd);
      fd = undefined;
    },
  };
}

async function piecesOf(folder: string): Promise<readonly Piece[]> {
  const names = await files.readdir(folder).catch(() => []);
  const found = await Promise.all(
    names.map(async (name): Promise<Piece | undefined> => {
      const match = /^log(?:\.(\d+))?\.txt$/.exec(name);
      if (!match) return undefined;
      const file = path.join(folder, name);
      const stat = await files.stat(file).catch(() => undefined);
      return stat && { file, start: Number(match[1] ?? 0), size: stat.size };
    }),
  );
  return found.filter((one) => one !== undefined).sort((a, b) => a.start - b.start);
}

/** Lines from the cursor on; where the middle was dropped, one line says how much. A last line without its end waits for it unless `ended`. */
export async function readLog(
  folder: string,
  cursor: string | undefined,
  ended: boolean,
): Promise<Chunk<string>> {
  let at = parseCursor(cursor);
  const items: string[] = [];
  let left = ANSWER_BYTES;
  const pieces = await piecesOf(folder);
  for (const [index, piece] of pieces.entries()) {
    const end = piece.start + piece.size;
    if (at >= end) continue;
    if (at < piece.start) {
      items.push(`[… ${(piece.start - at).toLocaleString('en-US')} bytes of log were left out here …]`);
      at = piece.start;
    }
    const bytes = await readBytes(piece.file, at - piece.start, Math.min(left, end - at));
    if (bytes === undefined) continue;
    const last = index === pieces.length - 1 && at + bytes.length === end;
    // Pieces end with whole lines, except where a line is longer than a piece.
    const whole = last && !ended ? bytes.lastIndexOf(10) + 1 : cutAtLine(bytes, at + bytes.length === end);
    if (whole > 0) items.push(...toLines(bytes.subarray(0, whole)));
    at += whole;
    left -= whole;
    if (left <= 0 || at < end) break;
  }
  return { items, cursor: String(at) };
}

function cutAtLine(bytes: Buffer, complete: boolean): number {
  if (complete) return bytes.length;
  const end = bytes.lastIndexOf(10) + 1;
  return end === 0 ? bytes.length : end;
}

function toLines(bytes: Buffer): string[] {
  const text = bytes.toString('utf8');
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

export function parseCursor(cursor: string | undefined): number {
  const at = Number(cursor ?? 0);
  return Number.isSafeInteger(at) && at >= 0 ? at : 0;
}

/** Undefined when the file was dropped meanwhile. */
export async function readBytes(file: string, from: number, length: number): Promise<Buffer | undefined> {
  const handle = await files.open(file, 'r').catch(() => undefined);
  if (!handle) return undefined;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The last lines of the log, for a message. */
export async function lastLines(folder: string, count: number): Promise<readonly string[]> {
  const piece = (await piecesOf(folder)).at(-1);
  if (!piece) return [];
  const from = Math.max(0, piece.size - 16 * 1024);
  const bytes = await readBytes(piece.file, from, piece.size - from);
  return bytes === undefined ? [] : toLines(bytes).slice(-count);
}

import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pRetry from 'p-retry';
import lockfile from 'proper-lockfile';
import { systemCode, UserError } from '../core/errors';
import { fileError, readText } from '../core/files';
import { PART_ENDING } from '../core/local-names';
import { inParallel } from '../core/parallel';
import type { ByteRange, StoreObject, TransferProgress } from '../core/store';

/** Bytes of a part; an object up to this size comes in one request. */
const PART_BYTES = 8 * 2 ** 20;
const PARTS_AT_ONCE = 8;
const TRIES = 3;
/** An object that is another at each of so many starts is given up. */
const STARTS = 3;

/** The whole object is meant, whose checksum can be compared. */
export function isWhole(range: ByteRange | undefined): boolean {
  return !range || (range.start === 0 && range.end === Infinity);
}

/** As a header of HTTP; none for the whole object. */
export function rangeHeader(range: ByteRange | undefined): { Range?: string } {
  if (!range || isWhole(range)) return {};
  return { Range: `bytes=${range.start}-${range.end === Infinity ? '' : range.end - 1}` };
}

/** What a store lends to {@link download}. */
export interface DownloadSource {
  /** For messages: `s3://bucket/key`. */
  readonly uri: string;
  stat(): Promise<StoreObject>;
  /** Refuses with `conflict` when the object's etag is another. The stream of a whole object (0 to Infinity) verifies it itself. */
  read(range: ByteRange): Promise<Readable>;
  /** Checks a file that was put together from ranges; a UserError when it is not what the store holds. */
  verify(file: string, object: StoreObject): Promise<void>;
}

/**
 * Brings an object into a file: its parts side by side into a sibling, verified, then renamed. What an interrupted download
 * of the same object left beside the file is used; an object that changes meanwhile is begun anew.
 */
export async function download(
  source: DownloadSource,
  known: StoreObject | undefined,
  file: string,
  progress: TransferProgress = () => undefined,
  signal?: AbortSignal,
): Promise<void> {
  await makeFolder(file);
  for (let start = 1; ; start += 1) {
    const object = known ?? (await source.stat());
    try {
      if (object.bytes <= PART_BYTES) await whole(source, object, file, progress, signal);
      else await inParts(source, object, file, progress, signal);
      return;
    } catch (error) {
      if (!(error instanceof UserError) || error.kind !== 'conflict' || start === STARTS) throw error;
      if (error.cause instanceof Busy) throw error;
      known = undefined;
    }
  }
}

class Busy extends Error {}

async function makeFolder(file: string): Promise<void> {
  try {
    await fs.mkdir(path.dirname(file), { recursive: true });
  } catch (error) {
    throw fileError(error, `make the folder ${path.dirname(file)}`);
  }
}

async function whole(
  source: DownloadSource,
  object: StoreObject,
  file: string,
  progress: TransferProgress,
  signal?: AbortSignal,
): Promise<void> {
  const half = `${file}.${randomBytes(4).toString('hex')}${PART_ENDING}`;
  try {
    await retried(async () => {
      const range = { start: 0, end: Infinity, ...(object.etag === undefined ? {} : { etag: object.etag }) };
      await write(await source.read(range), half, 'w', 0, signal);
    }, signal);
    const { size } = await fs.stat(half);
    if (size !== object.bytes) throw cutShort(source.uri, size, object.bytes);
    await fs.rename(half, file);
    progress(object.bytes, object.bytes);
  } catch (error) {
    await fs.rm(half, { force: true });
    throw fileError(error, `download ${source.uri} to ${file}`);
  }
}

function cutShort(uri: string, got: number, expected: number): UserError {
  return new UserError('unavailable', `${uri} was cut short: ${got} of ${expected} bytes came.`, {
    fix: 'Try again.',
  });
}

/** Again when the connection broke in the middle of the content: what the store's own client cannot repeat. */
async function retried<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return pRetry(work, {
    retries: TRIES - 1,
    minTimeout: 200,
    randomize: true,
    ...(signal ? { signal } : {}),
    shouldRetry: ({ error }) => error instanceof UserError && error.kind === 'unavailable',
  });
}

async function write(
  content: Readable,
  file: string,
  flags: 'w' | 'r+',
  start: number,
  signal?: AbortSignal,
): Promise<void> {
  await pipeline(content, createWriteStream(file, { flags, start, highWaterMark: 2 ** 20 }), {
    ...(signal ? { signal } : {}),
  });
}

async function inParts(
  source: DownloadSource,
  object: StoreObject,
  file: string,
  progress: TransferProgress,
  signal?: AbortSignal,
): Promise<void> {
  const half = `${file}${PART_ENDING}`;
  const release = await lock(half, file);
  try {
    const parts = await openParts(half, object, file);
    let done = parts.done;
    progress(done, object.bytes);
    await inParallel(
      parts.missing,
      PARTS_AT_ONCE,
      async (number, either) => {
        const start = number * PART_BYTES;
        const end = Math.min(object.bytes, start + PART_BYTES);
        await retried(async () => {
          const range = { start, end, ...(object.etag === undefined ? {} : { etag: object.etag }) };
          await write(await source.read(range), half, 'r+', start, either);
        }, either);
        await parts.finish(number);
        done += end - start;
        progress(done, object.bytes);
      },
      signal,
    );
    await source.verify(half, object);
    await fs.rename(half, file);
    await fs.rm(stateFile(half), { force: true });
  } catch (error) {
    const changed = error instanceof UserError && error.kind === 'conflict';
    const damaged = error instanceof UserError && error.cause instanceof Damaged;
    if (changed || damaged) await forget(half);
    throw fileError(error, `download ${source.uri} to ${file}`);
  } finally {
    await release();
  }
}

/** The cause of a UserError for content that is not what the store says it is: no part of it is of use. */
class Damaged extends Error {}

/** Content whose checksum is not the one that the store keeps. */
export function damaged(doing: string, cause?: unknown): UserError {
  return new UserError(
    'unavailable',
    `Could not ${doing}: the content was damaged on its way (its checksum is another).`,
    {
      fix: 'Try again. If it happens again, the object itself is damaged.',
      cause: new Damaged('checksum', { cause }),
    },
  );
}

/** Content that ended before all of it came. */
export function cutOff(uri: string, bytes: number): UserError {
  return new UserError('unavailable', `The connection broke off after ${bytes} bytes of ${uri}.`, {
    fix: 'Try again.',
  });
}

/** Two downloads to one file would write into each other. */
async function lock(half: string, file: string): Promise<() => Promise<void>> {
  try {
    return await lockfile.lock(half, { realpath: false, stale: 10_000, update: 2_000 });
  } catch (error) {
    if (systemCode(error) !== 'ELOCKED') throw fileError(error, `write ${half}`);
    throw new UserError(
      'conflict',
      `${path.basename(file)} is being downloaded already, by another window or terminal.`,
      {
        fix: 'Wait for that to end.',
        cause: new Busy(),
      },
    );
  }
}

const stateFile = (half: string): string => `${half}.parts`;

async function forget(half: string): Promise<void> {
  await fs.rm(half, { force: true });
  await fs.rm(stateFile(half), { force: true });
}

interface Parts {
  /** Bytes that are there already. */
  readonly done: number;
  /** Numbers of the parts that are not, from 0. */
  readonly missing: readonly number[];
  finish(number: number): Promise<void>;
}

/** The file for the parts at its full length, and a list beside it of which are in it: its first line says of what object. */
async function openParts(half: string, object: StoreObject, file: string): Promise<Parts> {
  const head = JSON.stringify({ etag: object.etag ?? null, bytes: object.bytes, part: PART_BYTES });
  const count = Math.ceil(object.bytes / PART_BYTES);
  const [first, ...lines] = ((await readText(stateFile(half))) ?? '').split('\n');
  const there = await fs.stat(half).then(
    ({ size }) => size === object.bytes,
    () => false,
  );
  const finished = new Set<number>();
  if (object.etag !== undefined && first === head && there) {
    // The last line may have been cut in two; a number counts with its line end only.
    for (const line of lines.slice(0, -1)) finished.add(Number(line));
  } else {
    await checkSpace(path.dirname(file), object.bytes);
    await fs.writeFile(half, '');
    await fs.truncate(half, object.bytes);
    await fs.writeFile(stateFile(half), `${head}\n`);
  }
  const numbers = Array.from({ length: count }, (_, number) => number);
  const missing = numbers.filter((number) => !finished.has(number));
  const rest = missing.reduce(
    (sum, number) => sum + Math.min(PART_BYTES, object.bytes - number * PART_BYTES),
    0,
  );
  return {
    done: object.bytes - rest,
    missing,
    finish: (number) => fs.appendFile(stateFile(half), `${number}\n`),
  };
}

/** A file made at its full length takes no room until it is filled, so a full disk would show only then. */
async function checkSpace(folder: string, bytes: number): Promise<void> {
  const disk = await fs.statfs(folder, { bigint: true }).catch(() => undefined);
  if (!disk) return;
  const free = disk.bavail * disk.bsize;
  if (free >= BigInt(bytes)) return;
  const megabytes = (value: bigint): string => `${(Number(value) / 1e6).toFixed(0)} MB`;
  throw new UserError(
    'quota',
    `There is not enough room in ${folder}: ${megabytes(BigInt(bytes))} are needed, ${megabytes(free)} are free.`,
    {
      fix: 'Free some space on this disk, or choose a folder on another one.',
    },
  );
}

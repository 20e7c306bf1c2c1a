import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../core/errors';
import type { ContainerFormat } from './container';
import { decode, detectEncoding } from './encoding';
import type { Description, Prefix } from './format';
import { splitRecords, type JsonTable } from './json-records';
import { parseLine } from './jsonl';

const NOTHING: Description = { dialect: null, columns: null, padded: false, undecided: new Set() };

const beginning = (prefix: Prefix): string => decode(prefix, detectEncoding(prefix).label).trimStart();

/** JSON that is an array of records, or objects that hold some. Its records are copied to lines, and those are read. */
export const json: ContainerFormat = {
  id: 'json',
  endings: ['.json'],
  recognises(prefix) {
    try {
      return /^(\[\s*[{\]]|\{\s*")/.test(beginning(prefix));
    } catch {
      return false;
    }
  },
  describe(prefix) {
    if (!/^[[{]/.test(beginning(prefix))) throw noTable(prefix.name, 'it begins neither with [ nor with {');
    return NOTHING;
  },
  first: () => null,
  whole: () => null,
  select: () => 'SELECT * FROM read_parquet({path})',
};

/** A file that is named .json and has one object on each line, or is one record. */
export function areLines(prefix: Prefix): boolean {
  let text: string;
  try {
    text = beginning(prefix);
  } catch {
    return false;
  }
  const end = text.indexOf('\n');
  const first = parseLine(end < 0 ? text : text.slice(0, end));
  if (!first) return false;
  if (end >= 0 && text.slice(end).trimStart().startsWith('{')) return true;
  // One line: a record, unless it holds records.
  return !holdsRecords(first);
}

function holdsRecords(value: unknown): boolean {
  if (Array.isArray(value))
    return typeof value[0] === 'object' && value[0] !== null && !Array.isArray(value[0]);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsRecords);
}

export interface JsonFile {
  readonly path: string;
  readonly name: string;
}

/** Copies the records of one array to lines. `key`: which; absent: the first. A UserError for a file that is cut off or holds none. */
export async function jsonToLines(
  { path, name }: JsonFile,
  key: string | undefined,
  copy: string,
  signal?: AbortSignal,
  progress?: (read: number) => void,
): Promise<{ readonly tables: readonly string[]; readonly table: string }> {
  const splitter = splitRecords(key);
  try {
    await pipeline(
      createReadStream(path, { highWaterMark: 2 ** 20 }),
      lines(splitter.push, splitter.end, progress),
      createWriteStream(copy, { highWaterMark: 2 ** 20 }),
      signal ? { signal } : {},
    );
  } catch (error) {
    throw explained(error, name, signal);
  }
  return chosenOf(name, splitter.tables, splitter.chosen(), key);
}

const lines = (push: (piece: Buffer) => Buffer, end: () => void, progress?: (read: number) => void) =>
  async function* split(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let read = 0;
    for await (const chunk of chunks) {
      const out = push(chunk);
      read += chunk.length;
      progress?.(read);
      if (out.length > 0) yield out;
    }
    end();
  };

/** The keys of the arrays that {@link jsonToLines} takes; empty for an array that is the whole file. */
export async function jsonTables({ path, name }: JsonFile, signal?: AbortSignal): Promise<readonly string[]> {
  const splitter = splitRecords();
  try {
    for await (const chunk of createReadStream(path, {
      highWaterMark: 2 ** 20,
      ...(signal ? { signal } : {}),
    })) {
      splitter.push(chunk as Buffer);
      // The only array begins at once.
      if (splitter.chosen() === '') return [];
    }
    splitter.end();
  } catch (error) {
    throw explained(error, name, signal);
  }
  return namesOf(splitter.tables);
}

const namesOf = (tables: readonly JsonTable[]): string[] => [
  ...new Set(tables.map(({ key }) => key).filter((key) => key !== '')),
];

function chosenOf(
  name: string,
  tables: readonly JsonTable[],
  chosen: string | undefined,
  wanted: string | undefined,
): { tables: readonly string[]; table: string } {
  const names = namesOf(tables);
  if (chosen !== undefined) return { tables: names, table: chosen };
  if (tables.length === 0) throw noTable(name, 'it holds no array of objects');
  throw new UserError('notFound', `${name} has no table "${wanted ?? ''}".`, {
    fix:
      names.length === 0
        ? 'It is one array, without a name.'
        : `It has: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ' …' : ''}.`,
  });
}

/** What the splitter says is an Error without a code; what the disk says has one. */
function explained(error: unknown, name: string, signal?: AbortSignal): unknown {
  if (error instanceof UserError || signal?.aborted || !(error instanceof Error) || 'code' in error)
    return error;
  return noTable(name, error.message, error);
}

function noTable(name: string, why: string, cause?: unknown): UserError {
  return new UserError('invalid', `${name} is no JSON table: ${why}.`, {
    fix: 'A JSON table is an array of objects [{…}, {…}], or an object that holds such an array. Check that the file is whole.',
    ...(cause === undefined ? {} : { cause }),
  });
}

import { isUtf8 } from 'node:buffer';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../core/errors';
import type { Dialect, Reject } from '../core/table';
import { decompress } from '../formats/compressed';
import { csv } from '../formats/csv';
import { readPrefix } from '../formats/first-page';
import type { Description, Prefix } from '../formats/format';
import { detectFormat } from '../formats/formats';
import { jsonl, keyOf, parseLine } from '../formats/jsonl';
import { withPartitions } from '../formats/many-page';
import type { PartFile } from '../formats/part-files';
import { mostFrequent } from '../formats/part-group';
import { partitionText, partitionValues, type Partition } from '../formats/partitions';
import { cleanDialect, cleanLines, quoted, type Found } from './clean-copy';
import {
  eachPart,
  noneFits,
  otherColumns,
  type MergeContext,
  type MergedTable,
  type UnpackPart,
} from './merge-parts';
import { LISTED_REJECTS } from './opened';
import { lineNumbersAt } from './places';
import { blocksOf, readBlock } from './row-blocks';
import { indexRows, type RowIndex } from './row-index';
import { transcode } from './transcode';
import { withLines, type RawReject } from './types';

interface TextPart {
  readonly part: PartFile;
  readonly prefix: Prefix;
  readonly description: Description;
  readonly dialect: Dialect;
}

interface Kept {
  rejected: number;
  readonly rejects: Reject[];
  readonly parts: { name: string; from: number }[];
  rows: number;
}

const namesOf = ({ description }: TextPart): string[] => (description.columns ?? []).map(({ name }) => name);
const NOT_TEXT = 'It holds bytes that are no text in the encoding of the file.';

async function looked(part: PartFile, format: 'csv' | 'jsonl', given: Partial<Dialect>): Promise<TextPart> {
  const prefix = await readPrefix(part.path);
  const found = detectFormat(prefix);
  if (found.id !== format && found.id !== 'csv' && found.id !== 'jsonl') {
    throw new UserError('invalid', `by its content it is a ${found.id} file`);
  }
  if (prefix.size === 0) throw new UserError('invalid', 'it is empty');
  const description = (format === 'csv' ? csv : jsonl).describe(prefix, given);
  if (!description.dialect) throw new Error('Text has a dialect.');
  return { part, prefix, description, dialect: description.dialect };
}

/** The same with the dialect of another file, when its columns are those then: a file of few rows says little of its own. */
function likeOthers(one: TextPart, dialect: Dialect, names: readonly string[]): TextPart {
  if (otherColumns(namesOf(one), names) === undefined) return one;
  const { delimiter, cuts, gaps, quote, header, decimal, thousands = '' } = dialect;
  const given = {
    encoding: one.dialect.encoding,
    delimiter,
    ...(cuts ? { cuts } : {}),
    ...(gaps ? { gaps } : {}),
    quote,
    header,
    decimal,
    thousands,
  };
  const described = csv.describe(one.prefix, given);
  // Of few records one that is too long passes for the shape of the table: it is a problem instead.
  const columns = (described.columns ?? []).filter(
    ({ name }, place) => place < names.length || name !== `column${place}`,
  );
  const again = { ...one, description: { ...described, columns }, dialect: described.dialect ?? one.dialect };
  return otherColumns(namesOf(again), names) === undefined ? again : one;
}

/** Delimited text: the rows of all files as plain RFC 4180 with a header, columns in one order. */
export async function mergeCsv(context: MergeContext): Promise<MergedTable> {
  const { source, group, leftOut, options, signal } = context;
  const all = await eachPart(group.files, context, (part) => looked(part, 'csv', source.dialect ?? {}));
  const shape = (one: TextPart): string => JSON.stringify(namesOf(one).toSorted());
  const usual = mostFrequent(all.map(shape));
  const alike = all.filter((one) => shape(one) === usual);
  const [first] = alike;
  const largest = alike.toSorted((a, b) => b.part.bytes - a.part.bytes)[0];
  if (!first || !largest) throw noneFits(context);
  const names = namesOf(first);
  const { dialect } = largest;
  const parts = all
    .map((one) => likeOthers(one, dialect, names))
    .filter((one) => {
      const other = otherColumns(namesOf(one), names);
      if (other !== undefined) leftOut.push({ name: one.part.name, reason: other });
      return other === undefined;
    });
  const { added } = withPartitions(first.description.columns ?? [], group.partitions);
  const copied: Dialect = { ...cleanDialect(dialect), header: true };
  const kept: Kept = { rejected: 0, rejects: [], parts: [], rows: 0 };

  async function* lines(): AsyncGenerator<string> {
    yield `${[...names, ...added.map(({ name }) => name)].map(quoted).join(',')}\n`;
    for (const one of parts) {
      const places = new Map(namesOf(one).map((name, place) => [name, place]));
      const more = partitionTexts(one.part, added);
      const table = {
        dialect: { ...one.dialect, encoding: 'utf-8' },
        width: names.length,
        padded: one.description.padded,
        order: names.map((name) => places.get(name) ?? 0),
        more,
      };
      yield* ofPart(one, context, kept, {
        blankIsRecord: names.length === 1,
        read: (file, index, found) => cleanLines(file, index, table, found),
      });
    }
  }

  const file = options.tempFile('.csv');
  await pipeline(Readable.from(lines()), createWriteStream(file), signal ? { signal } : {});
  return {
    file,
    read: 'csv',
    notes: ownNotes(group.partitions, added),
    merged: { dialect, copied, ...kept },
  };
}

/** JSON objects on lines: those of all files, each with what the folders say. `unpack`: makes the lines of a file first. */
export async function mergeLines(context: MergeContext, unpack?: UnpackPart): Promise<MergedTable> {
  const { group, leftOut, options, signal } = context;
  const all = await eachPart(group.files, context, async (part) => {
    const path = unpack ? (await unpack(part)).file : part.path;
    return looked({ ...part, path }, 'jsonl', {});
  });
  const keysOf = (one: TextPart): string[] => (one.description.columns ?? []).map(keyOf);
  const usual = mostFrequent(all.map((one) => JSON.stringify(keysOf(one).toSorted())));
  if (usual === undefined) throw noneFits(context);
  const keys = new Set(JSON.parse(usual) as string[]);
  // Any object may lack a key; one that shares none with the others is of another table.
  const parts = all.filter((one) => {
    const fits = keys.size === 0 || keysOf(one).some((key) => keys.has(key));
    if (!fits) leftOut.push({ name: one.part.name, reason: otherColumns(keysOf(one), [...keys]) ?? '' });
    return fits;
  });
  const { added } = withPartitions(
    parts.flatMap(({ description }) => description.columns ?? []),
    group.partitions,
  );
  const kept: Kept = { rejected: 0, rejects: [], parts: [], rows: 0 };

  async function* lines(): AsyncGenerator<string> {
    for (const one of parts) {
      const values = partitionValues(one.part.name);
      const members = added.map((partition) => {
        const text = partitionText(values.get(partition.name), partition);
        const value = text === '' ? 'null' : partition.sqlType === 'BIGINT' ? text : JSON.stringify(text);
        return `${JSON.stringify(partition.name)}:${value}`;
      });
      yield* ofPart(one, context, kept, {
        blankIsRecord: false,
        read: (file, index, found) => objectLines(file, index, members.join(','), found),
      });
      if (unpack) await rm(one.part.path, { force: true });
    }
  }

  const file = options.tempFile('.jsonl');
  await pipeline(Readable.from(lines()), createWriteStream(file), signal ? { signal } : {});
  const dialect = parts[0]?.dialect ?? null;
  return { file, read: 'jsonl', notes: ownNotes(group.partitions, added), merged: { dialect, ...kept } };
}

const partitionTexts = (part: PartFile, added: readonly Partition[]): string[] => {
  const values = partitionValues(part.name);
  return added.map((one) => partitionText(values.get(one.name), one));
};

/** What is said of partitions whose names are those of columns. */
export function ownNotes(partitions: readonly Partition[], added: readonly Partition[]): string[] {
  const own = partitions.filter((one) => !added.includes(one)).map(({ name }) => name);
  if (own.length === 0) return [];
  return [
    `${own.join(', ')}: the files have a column of this name, so that of the folders’ names is not shown.`,
  ];
}

interface Reading {
  readonly blankIsRecord: boolean;
  readonly read: (file: string, index: RowIndex, found: Found) => AsyncGenerator<string>;
}

/** The lines of one file, which is unpacked and brought to UTF-8 first; what it is made of is deleted behind it. */
async function* ofPart(
  { part, prefix, description, dialect }: TextPart,
  { options, signal, tell }: MergeContext,
  kept: Kept,
  { blankIsRecord, read }: Reading,
): AsyncGenerator<string> {
  const made: string[] = [];
  const fresh = (): string => {
    const file = options.tempFile('.part');
    made.push(file);
    return file;
  };
  let file = part.path;
  try {
    if (prefix.packed) {
      const copy = fresh();
      await decompress(file, prefix.packed.size, prefix.packed.kind, copy, signal);
      file = copy;
    }
    if (!/^utf-?8$/i.test(dialect.encoding)) {
      const copy = fresh();
      await transcode(file, dialect.encoding, copy, signal);
      file = copy;
    }
    const { headerText } = description;
    const index = await indexRows(
      file,
      { ...dialect, blankIsRecord, ...(headerText === undefined ? {} : { headerText }) },
      signal,
    );
    const found: Found = { rejected: [], places: [] };
    yield* read(file, index, found);
    kept.parts.push({ name: part.name, from: kept.rows });
    kept.rows += index.records - found.rejected.length;
    kept.rejected += found.rejected.length;
    const listed = found.rejected.slice(0, LISTED_REJECTS - kept.rejects.length);
    const lines = await lineNumbersAt(
      file,
      index,
      listed.map(({ byte }) => byte),
      signal,
    );
    kept.rejects.push(...withLines(listed, lines).map((one) => ({ ...one, file: part.name })));
    tell(part.bytes);
  } finally {
    await Promise.all(made.map((one) => rm(one, { force: true })));
  }
}

/** The lines that are JSON objects, with these members at their end; the others go to `found`. */
async function* objectLines(
  file: string,
  index: RowIndex,
  members: string,
  found: Found,
): AsyncGenerator<string> {
  for (const block of blocksOf(index, 0, index.records)) {
    const { bytes } = await readBlock(file, block);
    const { from } = block;
    let out = '';
    let at = 0;
    while (at < bytes.length) {
      const next = bytes.indexOf(10, at);
      const end = next < 0 ? bytes.length : next;
      const raw = bytes.subarray(at, end);
      const line = raw.toString('utf8').trim();
      if (line !== '') {
        const reason = !isUtf8(raw) ? NOT_TEXT : parseLine(line) ? undefined : 'The line is no JSON object.';
        if (reason === undefined) out += `${withMembers(line, members)}\n`;
        else found.rejected.push(rejectOf(from + at, line, reason));
      }
      at = end + 1;
    }
    yield out;
  }
}

const rejectOf = (byte: number, line: string, reason: string): RawReject => ({
  byte,
  column: null,
  raw: line.slice(0, 10_000),
  reason,
});

function withMembers(line: string, members: string): string {
  if (members === '') return line;
  const inside = line.slice(0, -1).trimEnd();
  return `${inside}${inside === '{' ? '' : ','}${members}}`;
}

import { extname } from 'node:path';
import { UserError } from '../core/errors';
import type { FormatId } from '../core/table';
import { innerName } from './compressed';
import { FORMATS } from './formats';
import type { PartFile, PartFiles } from './part-files';
import { partitionTypes, partitionValues, type Partition } from './partitions';

/** A file whose rows are not in the table, and why: `it is empty`. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

/** The files of a folder that can be one table, as far as their names tell. */
export interface PartGroup {
  readonly format: FormatId;
  readonly files: readonly PartFile[];
  readonly leftOut: readonly LeftOut[];
  readonly partitions: readonly Partition[];
}

/** Names of files that are listed for one reason, and reasons. */
const MOST_NAMES = 20;
const MOST_REASONS = 40;

/** What the ending of a name says, behind that of a compression. */
export function formatOfName(name: string): FormatId | undefined {
  const ending = extname(innerName(name)).toLowerCase();
  return FORMATS.find(({ endings }) => endings.includes(ending))?.id;
}

/** The entry that most have; of equally frequent ones the first. */
export function mostFrequent<T>(all: Iterable<T>): T | undefined {
  const counts = new Map<T, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].reduce<[T, number] | undefined>(
    (best, one) => (best && best[1] >= one[1] ? best : one),
    undefined,
  )?.[0];
}

const keysOf = ({ name }: PartFile): string => JSON.stringify([...partitionValues(name).keys()]);
const keysIn = (text: string): string[] => JSON.parse(text) as string[];
const foldersText = (keys: string): string =>
  keys === '[]' ? 'no such folder' : `folders of ${keysIn(keys).join(', ')}`;

/** The format and the partitions that most of the files have; the others are left out. `wanted`: what was chosen for all. */
export function groupParts({ name, files }: PartFiles, wanted?: FormatId): PartGroup {
  const formats = new Map(files.map((file) => [file, formatOfName(file.name)]));
  const named = [...formats.values()].filter((one) => one !== undefined);
  const format = wanted ?? mostFrequent(named);
  if (format === undefined) {
    throw new UserError('notFound', `${name} holds no table file.`, {
      fix: 'Table files end in .csv, .tsv, .jsonl, .json, .parquet, .xlsx, .arrow, .sqlite or .duckdb.',
    });
  }
  const own = files.filter((file) => formats.get(file) === format || (wanted && !formats.get(file)));
  const keys = mostFrequent(own.map(keysOf)) ?? '[]';
  const fitting = own.filter((file) => keysOf(file) === keys);
  const leftOut = files.flatMap((file): LeftOut[] => {
    if (!own.includes(file)) return [{ name: file.name, reason: `by its name it is no ${format} file` }];
    if (fitting.includes(file)) return [];
    const reason = `in ${foldersText(keysOf(file))}, the others in ${foldersText(keys)}`;
    return [{ name: file.name, reason }];
  });
  return {
    format,
    files: fitting,
    leftOut,
    partitions: partitionTypes(
      keysIn(keys),
      fitting.map((file) => partitionValues(file.name)),
    ),
  };
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function listing(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}

/** What of a folder is not in its table, one line for each reason. */
export function leftOutNotes(
  { files, notData }: Pick<PartFiles, 'files' | 'notData'>,
  leftOut: readonly LeftOut[],
): string[] {
  const reasons = new Map<string, string[]>();
  for (const { name, reason } of leftOut) {
    const names = reasons.get(reason) ?? [];
    names.push(name);
    reasons.set(reason, names);
  }
  const line = (names: readonly string[], reason: string): string =>
    `${names.length} of ${counted(files.length, 'file')} not in the table (${reason}): ${listing(names)}.`;
  const kinds = [...reasons];
  const notes = kinds.slice(0, MOST_REASONS).map(([reason, names]) => line(names, reason));
  const others = kinds.slice(MOST_REASONS).flatMap(([, names]) => names);
  if (others.length > 0) notes.push(line(others, 'for other reasons'));
  if (notData.length > 0) {
    notes.push(
      `${counted(notData.length, 'file')} not looked at (names that begin with "." or "_" are no data): ${listing(notData)}.`,
    );
  }
  if (notData.some((one) => /(^|\/)_delta_log\//.test(one))) {
    notes.push(
      'This is a folder of Delta Lake, whose log is not read: rows that were deleted or replaced there are in this table, too.',
    );
  }
  return notes;
}

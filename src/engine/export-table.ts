import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { isAbort, UserError } from '../core/errors';
import { isSameFile } from '../formats/paths';
import type { ExportRequest, RowChoice } from '../protocol';
import { plural } from '../words';
import { standInsText } from '../words-table';
import { numbered, orderSql } from './chosen-rows';
import { conditionError, conditionsSql, noColumn, withCopies } from './conditions';
import type { EngineContext } from './context';
import type { Opened, Scan } from './opened';
import { quoteIdentifier, quoteLiteral } from './sql';
import { unfitSql } from './unfit-sql';
import { writeRefused } from './write-refused';

const FORMATS: Readonly<Record<string, string>> = {
  '.csv': 'FORMAT csv, HEADER true',
  '.tsv': "FORMAT csv, HEADER true, DELIMITER '\t'",
  '.parquet': 'FORMAT parquet, COMPRESSION zstd',
  '.jsonl': 'FORMAT json, ARRAY false',
};

/** The file is written by Excel's own writer, not by COPY. */
export const isWorkbook = (output: string): boolean => path.extname(output).toLowerCase() === '.xlsx';

/** COPY's options for a file of that name; a UserError when its ending is none of ours and no workbook's. */
export function copyFormat(output: string): string {
  const format = FORMATS[path.extname(output).toLowerCase()];
  if (format !== undefined) return format;
  throw new UserError('unsupported', `Rows cannot be written as "${path.basename(output)}".`, {
    fix: `Choose a name that ends in ${[...Object.keys(FORMATS), '.xlsx'].join(', ')}.`,
  });
}

/** The chosen rows and columns, in their order, as a file that appears at once when it is complete. */
export async function exportTable(
  engine: EngineContext,
  opened: Opened,
  { output, columns: names, ...choice }: Omit<ExportRequest, 'table'>,
  signal: AbortSignal,
): Promise<{ rows: number; notes: readonly string[] }> {
  const format = isWorkbook(output) ? undefined : copyFormat(output);
  if (await isSameFile(opened.source.path, output)) {
    throw new UserError('conflict', 'The new file would replace the one that is shown.', {
      fix: 'Choose another name.',
    });
  }
  const scan = await opened.scan(signal);
  const known = new Set(scan.columns.map(({ name }) => name));
  const wanted = names ?? [...known];
  const missing = [...wanted, ...(choice.sort ?? []).map(({ column }) => column)].find(
    (one) => !known.has(one),
  );
  if (missing !== undefined) throw noColumn(missing, scan.columns);
  const where = conditionsSql(scan.columns, choice.filter ?? []);
  const notes = await unfitNotes(opened, scan, { wanted, where, choice }, signal);
  const temporary = `${output}.${randomUUID().slice(0, 8)}.part`;
  const session = await engine.session([scan.file, temporary]);
  try {
    const select = `SELECT ${wanted.map(quoteIdentifier).join(', ')} FROM (${withCopies(numbered(opened, scan), scan.columns, choice.filter ?? [])}) WHERE ${where} ORDER BY ${orderSql(choice)}`;
    if (format === undefined) {
      const { writeXlsx } = await import('./export-xlsx');
      const written = await writeXlsx(session, select, temporary, signal);
      await rename(temporary, output);
      return { ...written, notes: [...notes, ...written.notes] };
    }
    const done = await session.all(`COPY (${select}) TO ${quoteLiteral(temporary)} (${format})`, signal);
    await rename(temporary, output);
    return { rows: Number(done.rows[0]?.[0] ?? 0), notes };
  } catch (error) {
    throw isAbort(error) ? error : (writeRefused(error, output) ?? conditionError(error));
  } finally {
    session.close();
    await rm(temporary, { force: true });
  }
}

/** Of the chosen cells those that are no value of their column's type: the file has a type, so they are missing in it. */
async function unfitNotes(
  opened: Opened,
  scan: Scan,
  {
    wanted,
    where,
    choice,
  }: { readonly wanted: readonly string[]; readonly where: string; readonly choice: RowChoice },
  signal: AbortSignal,
): Promise<string[]> {
  const columns = scan.columns.filter(({ name }) => scan.unfit.has(name) && wanted.includes(name));
  if (columns.length === 0) return [];
  const shown = numbered(opened, { ...scan, select: scan.shown });
  const chosen =
    where === 'true'
      ? ''
      : ` WHERE __row IN (SELECT __row FROM (${withCopies(numbered(opened, scan), scan.columns, choice.filter ?? [])}) WHERE ${where})`;
  const session = await opened.session('background');
  const { rows } = await session
    .all(`SELECT ${columns.map(unfitSql).join(', ')} FROM (${shown})${chosen}`, signal)
    .catch((error: unknown) => {
      throw isAbort(error) ? error : conditionError(error);
    });
  return columns.flatMap(({ name }, at) => {
    const [count, texts] = rows[0]?.slice(2 * at, 2 * at + 2) ?? [];
    if (Number(count) === 0) return [];
    const held = standInsText((JSON.parse(String(texts)) as string[]).toSorted());
    return [`${plural(Number(count), 'cell')} of ${name} with ${held} written as missing.`];
  });
}

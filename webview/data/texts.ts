import type {
  DataViewState,
  Dialect,
  FormatId,
  ScanProgress,
  SourceState,
  TextShape,
} from '../../src/protocol';
import { standInsText } from '../../src/words-table';
import { bytes, count, number, percent, plural } from '../shared/format';

const FORMAT: Readonly<Record<FormatId, string>> = {
  csv: 'CSV',
  jsonl: 'JSON Lines',
  parquet: 'Parquet',
  json: 'JSON',
  xlsx: 'Excel',
  xls: 'Excel 97–2003',
  ods: 'OpenDocument',
  arrow: 'Arrow',
  avro: 'Avro',
  sqlite: 'SQLite',
  duckdb: 'DuckDB',
};
const TEXTS: readonly FormatId[] = ['csv', 'jsonl', 'json'];
/** A text editor shows something of it. */
export function isText({ format, name, files }: Pick<DataViewState, 'format' | 'name' | 'files'>): boolean {
  return (
    files === undefined &&
    format !== 'bigquery' &&
    TEXTS.includes(format) &&
    !/\.(gz|gzip|zst|zstd)$/i.test(name)
  );
}

export const DELIMITER: Readonly<Record<string, string>> = {
  ',': 'comma',
  ';': 'semicolon',
  '\t': 'tab',
  '|': 'pipe',
  ' ': 'space',
};

const THOUSANDS: Readonly<Record<string, string>> = {
  ',': 'comma',
  '.': 'point',
  "'": 'apostrophe',
  '’': 'apostrophe',
};

/** How a text table is read, in one line: `comma, UTF-8, header`. */
export function dialectText(dialect: Dialect): string {
  const parts = [
    dialect.cuts?.length
      ? 'fixed columns'
      : `${DELIMITER[dialect.delimiter] ?? `“${dialect.delimiter}”`}-separated`,
    dialect.encoding.toUpperCase(),
    dialect.header ? 'header' : 'no header',
  ];
  if (dialect.decimal === ',') parts.push('decimal comma');
  const { thousands = '' } = dialect;
  if (thousands !== '') parts.push(`thousands ${THOUSANDS[thousands] ?? 'space'}`);
  if (dialect.skip > 0) parts.push(`first ${plural(dialect.skip, 'line')} left out`);
  if (dialect.quote !== '"' && dialect.quote !== '') parts.push(`quote ${dialect.quote}`);
  for (const [column, texts] of Object.entries(dialect.missing ?? {}))
    parts.push(`${standInsText(texts)} in ${column} is missing`);
  return parts.join(', ');
}

/** What the file is: `CSV · comma-separated, UTF-8, header · 15.2 kB`, or `Parquet · 12 files · 3 MB`. */
export function fileText(
  state: Pick<DataViewState, 'format' | 'dialect' | 'bytes' | 'files' | 'source'>,
): string {
  if (state.format === 'bigquery') return state.source?.facts ?? '';
  return [
    FORMAT[state.format],
    ...(state.dialect ? [dialectText(state.dialect)] : []),
    ...(state.files === undefined ? [] : [plural(state.files, 'file')]),
    bytes(state.bytes),
  ].join(' · ');
}

/** How much of the table is shown. `rows` is null until the whole file was read. */
export function badgeText(firstRows: number, rows: number | null): string {
  if (rows === null) return `first ${plural(firstRows, 'row')}`;
  if (rows === 0) return 'no rows';
  return rows === 1 ? 'its 1 row' : `all ${count(rows)} rows`;
}

/** `12 of 344 rows`; `chosen` is null until they are counted. */
export function chosenText(chosen: number | null, rows: number | null, ofSample: boolean): string {
  const all = rows === null ? 'rows' : `${plural(rows, 'row')}${ofSample ? ' of the sample' : ''}`;
  return chosen === null
    ? `choosing of ${all}…`
    : rows === null
      ? plural(chosen, 'row')
      : `${count(chosen)} of ${all}`;
}

/** How much of a table in a store is seen. `rows`: those that are here, `total`: of all, estimated from those. */
export function remoteText(
  part: 'beginning' | 'chunks' | 'none',
  rows: number | null,
  total: number | undefined,
): string {
  if (part === 'none') return 'in the store';
  if (part === 'chunks') return rows === null ? 'in the store' : `all ${count(rows)} rows, in the store`;
  const of = total === undefined ? '' : ` of ≈ ${count(total)}`;
  return rows === null ? 'sample' : `sample: first ${count(rows)}${of} rows`;
}

/** `Reading: 3,400,000 rows, 33 % of 1.3 GB`. */
export function progressText(progress: ScanProgress | undefined): string {
  if (!progress) return 'Reading the file…';
  const share = progress.totalBytes > 0 ? progress.bytes / progress.totalBytes : 0;
  const part = `${percent(Math.min(1, share))} of ${bytes(progress.totalBytes)}`;
  // While it is unpacked no row was read yet.
  if (progress.rows === 0) return `Reading: ${part}`;
  return `Reading: ${plural(progress.rows, 'row')}, ${part}`;
}

/** While the columns are summed up; `sampleRows`: what is shown of them so far comes of so many rows. */
export function summingText(sampleRows: number | undefined): string {
  if (sampleRows === undefined) return 'Summing up the columns…';
  return `Summing up the columns, shown so far from a sample of ${plural(sampleRows, 'row')}…`;
}

/** Why there is no row to see; undefined when there are some, or when it is not known yet. */
export function emptyText(of: {
  readonly chosen: number | null;
  readonly rows: number | null;
  readonly columns: number;
  readonly isRead: boolean;
  readonly part?: 'all' | 'beginning' | 'chunks' | 'none' | undefined;
  readonly source?: SourceState | undefined;
}): string | undefined {
  if (of.source && !of.source.free && !of.source.asked) return 'The rows of this view were not asked for.';
  if (of.part === 'none') return 'Fetch this table to see it.';
  if (of.chosen === 0) return 'No row meets the filter.';
  if (!of.isRead || of.rows === null) return undefined;
  if (of.columns === 0) return 'This file is empty: it has no header and no rows.';
  return of.rows === 0 ? 'This file has a header and no rows.' : undefined;
}

/** What is seen of a table in a source; undefined: all of it. */
export function sourceBadge({ sample, free, asked, rows }: SourceState): string | undefined {
  if (sample !== undefined)
    return `sample of about ${sample} %${rows === undefined ? '' : ` of ${rows} rows`}`;
  return free || asked ? undefined : 'no rows read';
}

/** The sheets or tables of the file with the parts of a sheet that are tables of their own; empty where there is but one. */
export function tableNames(
  { tables, table }: Pick<DataViewState, 'tables' | 'table'>,
  parts: readonly string[],
): readonly string[] {
  const sheetOf = (part: string): string => part.slice(0, part.lastIndexOf('!'));
  const sheets = tables ?? [...new Set(parts.map(sheetOf))];
  const names = sheets.flatMap((one) => [one, ...parts.filter((part) => sheetOf(part) === one)]);
  return table === undefined || names.includes(table) ? names : [...names, table];
}

/** `3 to 48 characters, 12.4 on average`. */
export function lengthText({ length }: TextShape): string {
  if (length === null) return 'Every cell is missing.';
  const { min, max, mean } = length;
  return min === max
    ? `All have ${plural(min, 'character')}.`
    : `${count(min)} to ${plural(max, 'character')}, ${number(mean, 3)} on average.`;
}

import { describe, expect, it } from 'vitest';
import type { DataViewState, Dialect, SourceState } from '../../src/protocol';
import {
  badgeText,
  dialectText,
  fileText,
  lengthText,
  progressText,
  sourceBadge,
  tableNames,
} from '../../webview/data/texts';

const csv: Dialect = { encoding: 'utf-8', delimiter: ',', quote: '"', header: true, skip: 0, decimal: '.' };

describe('the data view’s lines', () => {
  it('tell how long the texts of a column are', () => {
    const of = (length: { min: number; max: number; mean: number } | null): string =>
      lengthText({ cells: 4, length, distinct: 1, patterns: [] });
    expect(of({ min: 1, max: 12_000, mean: 8.456 })).toBe('1 to 12,000 characters, 8.46 on average.');
    expect(of({ min: 1, max: 1, mean: 1 })).toBe('All have 1 character.');
    expect(of(null)).toBe('Every cell is missing.');
  });

  it('tell how the text is read', () => {
    expect(dialectText(csv)).toBe('comma-separated, UTF-8, header');
    expect(dialectText({ ...csv, delimiter: ' ', quote: '', cuts: [1, 9] })).toBe(
      'fixed columns, UTF-8, header',
    );
    expect(dialectText({ ...csv, delimiter: ' ', cuts: [] })).toBe('space-separated, UTF-8, header');
    expect(
      dialectText({
        encoding: 'windows-1252',
        delimiter: ';',
        quote: "'",
        header: false,
        skip: 2,
        decimal: ',',
      }),
    ).toBe("semicolon-separated, WINDOWS-1252, no header, decimal comma, first 2 lines left out, quote '");
    expect(dialectText({ ...csv, delimiter: '\t' })).toBe('tab-separated, UTF-8, header');
    expect(dialectText({ ...csv, delimiter: '~' })).toBe('“~”-separated, UTF-8, header');
  });

  it('tell what the file is', () => {
    const state: Pick<DataViewState, 'format' | 'bytes' | 'dialect'> = {
      format: 'parquet',
      bytes: 1_250_000,
      dialect: null,
    };
    expect(fileText(state)).toBe('Parquet · 1.3 MB');
    expect(fileText({ format: 'csv', bytes: 15_241, dialect: csv })).toBe(
      'CSV · comma-separated, UTF-8, header · 15.2 kB',
    );
  });

  it('tell what a table in a source is, and how much of it is looked at', () => {
    const source: SourceState = { facts: 'BigQuery view · EU', free: false, asked: false, profiled: false };
    expect(fileText({ format: 'bigquery', bytes: 0, dialect: null, source })).toBe('BigQuery view · EU');
    expect(sourceBadge(source)).toBe('no rows read');
    expect(sourceBadge({ ...source, asked: true })).toBeUndefined();
    expect(sourceBadge({ ...source, free: true, sample: 5, rows: '12,345' })).toBe(
      'sample of about 5 % of 12,345 rows',
    );
  });

  it('tell how much is shown', () => {
    expect(badgeText(100, null)).toBe('first 100 rows');
    expect(badgeText(100, 344)).toBe('all 344 rows');
    expect(badgeText(1, 1)).toBe('its 1 row');
    expect(badgeText(0, 0)).toBe('no rows');
  });

  it('tell how far the reading is', () => {
    expect(progressText(undefined)).toBe('Reading the file…');
    expect(progressText({ rows: 3_400_000, bytes: 410_000_000, totalBytes: 1_250_000_000 })).toBe(
      'Reading: 3,400,000 rows, 33 % of 1.3 GB',
    );
  });

  it('name the sheets, and under each the tables that stand on it', () => {
    const parts = ['B!C!A1:B3', 'B!C!A6:B7'];
    expect(tableNames({}, [])).toEqual([]);
    expect(tableNames({}, parts)).toEqual(['B!C', ...parts]);
    expect(tableNames({ tables: ['A', 'B!C', 'D'], table: 'A' }, parts)).toEqual(['A', 'B!C', ...parts, 'D']);
    // A range that a person typed.
    expect(tableNames({ tables: ['A'], table: 'A!B2:C9' }, [])).toEqual(['A', 'A!B2:C9']);
  });
});

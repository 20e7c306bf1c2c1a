import { describe, expect, it } from 'vitest';
import type { DataViewState, Dialect } from '../../src/protocol';
import { badgeText, dialectText, fileText, progressText } from '../../webview/data/texts';

const csv: Dialect = { encoding: 'utf-8', delimiter: ',', quote: '"', header: true, skip: 0, decimal: '.' };

describe('the data view’s lines', () => {
  it('tell how the text is read', () => {
    expect(dialectText(csv)).toBe('comma-separated, UTF-8, header');
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
});

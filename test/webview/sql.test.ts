import { describe, expect, it } from 'vitest';
import { markedRange } from '../../webview/sql/editor';
import { briefSql, type Past, resultText, timeText, withPast } from '../../webview/sql/texts';

describe('the place of an error', () => {
  it.each([
    ['SELECT id,\n  nothing FROM a', 2, 3, 'nothing'],
    ['SELECT * FROM "b c" x', 1, 15, '"b c"'],
    ['SELECT größe + 1', 1, 8, 'größe'],
    ['SELECT a ?? b', 1, 10, '?'],
    // Behind the end the last character that is no space is marked.
    ['SELECT * FROM (\n', 2, 1, '('],
    ['', 1, 1, ''],
  ])('%j %i:%i', (text, line, column, marked) => {
    const { from, to } = markedRange(text, { line, column });
    expect(text.slice(from, to)).toBe(marked);
  });
});

describe('what is said', () => {
  it('of a result', () => {
    const result = { query: 'q', columns: [], rows: 1234567, ms: 1234, rejected: 0 };
    expect(resultText(result)).toBe('1,234,567 rows, 0 columns · 1.2 s');
    expect(resultText({ ...result, rows: 1, rejected: 2 })).toContain('1 row,');
    expect(resultText({ ...result, rejected: 2 })).toContain('2 records of the files could not be read');
    expect([0.2, 45.4, 999.6, 61_000].map(timeText)).toEqual(['1 ms', '45 ms', '1000 ms', '61 s']);
  });

  it('of the queries of the session: the newest first, each once, 50 of them', () => {
    let past: Past[] = [];
    for (let k = 0; k < 60; k++) past = withPast(past, { sql: `SELECT ${k}`, rows: k });
    past = withPast(past, { sql: ' SELECT 40\n', rows: 9 });
    expect(past.length).toBe(50);
    expect(past[0]).toEqual({ sql: ' SELECT 40\n', rows: 9 });
    expect(past.filter(({ sql }) => sql.includes('40')).length).toBe(1);
    expect(briefSql('-- about\nSELECT 1,\n   2\nFROM a')).toBe('SELECT 1, 2 FROM a');
  });
});

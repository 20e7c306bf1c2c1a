import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { columnNames } from '../../src/formats/csv';
import { firstPage } from '../../src/formats/first-page';
import { inferType, PLAIN, readCell } from '../../src/formats/infer';
import { records } from '../../src/formats/records';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'first page é '));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('the first rows of a file larger than the prefix, with an estimate of all', async () => {
  const path = file(
    'long.csv',
    `id,name\n${Array.from({ length: 100_000 }, (_, i) => `${i + 100_000},abc`).join('\n')}`,
  );
  const { page, dialect, format } = await firstPage(path, { limit: 3 });
  expect(format).toBe('csv');
  expect(dialect).toEqual({
    encoding: 'utf-8',
    delimiter: ',',
    quote: '"',
    header: true,
    skip: 0,
    decimal: '.',
  });
  expect(page.rows).toEqual([
    [100_000, 'abc'],
    [100_001, 'abc'],
    [100_002, 'abc'],
  ]);
  expect(page).toMatchObject({ exact: false, total: 100_000 });
});

test('a small file is exact', async () => {
  const { page } = await firstPage(file('small.csv', 'a\n1\n2\n'), { limit: 10 });
  expect(page).toMatchObject({ exact: true, total: 2, rows: [[1], [2]] });
});

test('what the person chose is taken as it is', async () => {
  const path = file('chosen.csv', '1;2\n3;4\n');
  const { page } = await firstPage(path, { source: { dialect: { header: false, delimiter: ',' } } });
  expect(page.rows).toEqual([['1;2'], ['3;4']]);
  expect((await firstPage(path)).page.columns.map(({ name }) => name)).toEqual(['column0', 'column1']);
});

test('a header is told from data', async () => {
  const header = async (text: string): Promise<boolean | undefined> =>
    (await firstPage(file('h.csv', text))).dialect?.header;
  expect(await header('a,b\n1,2\n')).toBe(true);
  expect(await header('1,2\n3,4\n')).toBe(false);
  expect(await header('name,city\nAnn,Rome\nBob,Oslo\n')).toBe(true);
  expect(await header('Ann,Rome\nBob,Oslo\nAnn,Oslo\n')).toBe(false);
  expect(await header(',x,y\n0,1,2\n1,3,4\n')).toBe(true);
});

test('binary, missing and empty folder are said in words', async () => {
  await expect(firstPage(file('a.csv', Buffer.from('504b030414000000', 'hex')))).rejects.toMatchObject({
    kind: 'invalid',
    message: 'a.csv is not a text table. It starts like a zip archive (an Excel workbook is one too).',
  });
  await expect(firstPage(join(folder, 'none.csv'))).rejects.toMatchObject({ kind: 'notFound' });
  const empty = mkdtempSync(join(folder, 'empty '));
  await expect(firstPage(empty)).rejects.toMatchObject({ kind: 'notFound' });
  await expect(firstPage(file('x.parquet', 'a,b\n'))).rejects.toMatchObject({ kind: 'invalid' });
});

test('types hold every text without loss', () => {
  expect(inferType(['1', '-2', ''], PLAIN)).toBe('BIGINT');
  expect(inferType(['1', '2.5', 'nan'], PLAIN)).toBe('DOUBLE');
  expect(inferType(['1,5'], { decimal: ',' })).toBe('DOUBLE');
  expect(inferType(['007'], PLAIN)).toBe('VARCHAR');
  expect(inferType(['1234567890123456789'], PLAIN)).toBe('VARCHAR');
  expect(inferType(['2024-02-29', '2023-02-29'], PLAIN)).toBe('VARCHAR');
  expect(inferType(['2024-02-29', '2024-02-29 10:00'], PLAIN)).toBe('TIMESTAMP');
  expect(inferType(['03/04/2020'], PLAIN)).toBe('VARCHAR');
  expect(inferType(['', ''], PLAIN)).toBeNull();
});

test('cells as the engine gives them', () => {
  expect(readCell('9007199254740993', 'BIGINT', PLAIN)).toBe('9007199254740993');
  expect(readCell('0,5', 'DOUBLE', { decimal: ',' })).toBe(0.5);
  expect(readCell('-inf', 'DOUBLE', PLAIN)).toBe('-Infinity');
  expect(readCell('2024-01-02 03:04', 'TIMESTAMP', PLAIN)).toBe('2024-01-02T03:04:00');
  expect(readCell('2024-01-02T03:04:05.120+02:00', 'TIMESTAMP WITH TIME ZONE', PLAIN)).toBe(
    '2024-01-02T01:04:05.12Z',
  );
});

test('records as RFC 4180 says', () => {
  const cells = [...records('a,"b ""c""\n",\r\n"",5" pipe\rlast', ',', '"')].map((record) => record.cells);
  expect(cells).toEqual([['a', 'b "c"\n', ''], ['', '5" pipe'], ['last']]);
});

test('column names are unique whatever their case', () => {
  expect(columnNames(['a', 'A', 'a_2', '', 'a'], 6)).toEqual([
    'a',
    'A_3',
    'a_2',
    'column3',
    'a_4',
    'column5',
  ]);
});

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cell, Page, Profile, TableSource } from '../../src/core/table';
import { firstPage } from '../../src/formats/first-page';
import { startEngine, type TestEngine } from '../engine/build';
import { COLUMNS, filesIn, flowers, rowOf, type Files } from './rig';

let rig: TestEngine;
let files: Files;
beforeAll(async () => {
  rig = await startEngine();
  files = filesIn(rig.folder);
});
afterAll(() => rig.remove());

/** Files below a folder of the test; the answer is the folder. */
function folder(name: string, content: Readonly<Record<string, string | Buffer>>): string {
  for (const [file, text] of Object.entries(content)) {
    const place = path.join(rig.folder, name, file);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    fs.writeFileSync(place, text);
  }
  return path.join(rig.folder, name);
}

interface Seen {
  readonly types: readonly (readonly string[])[];
  readonly page: Page;
  readonly profile: Profile;
}

async function seen(at: string, more: Omit<TableSource, 'path'> = {}): Promise<Seen> {
  const { engine } = rig;
  const { table } = await engine.call('open', { source: { path: at, ...more } });
  const { columns } = await engine.call('scan', { table });
  const page = await engine.call('page', { table, offset: 0, limit: 5000 });
  const profile = await engine.call('profile', { table });
  await engine.call('close', { table });
  return { types: columns.map((one) => [one.name, one.sqlType]), page, profile };
}

const refusal = (at: string): Promise<unknown> => seen(at).catch((error: unknown) => error);

/** The flowers as CSV, with these columns in this order. */
function text(from: number, to: number, columns: readonly string[] = COLUMNS, delimiter = ','): string {
  const cell = (value: Cell): string => (value === null ? '' : `"${String(value).replaceAll('"', '""')}"`);
  const lines = flowers.slice(from, to).map((one) => {
    const row = rowOf(one);
    return columns.map((name) => cell(row[COLUMNS.indexOf(name)] ?? null)).join(delimiter);
  });
  return `${[columns.join(delimiter), ...lines].join('\n')}\n`;
}

it('reads CSV files of one folder as one table, whatever the order of their columns and the names of their folders', async () => {
  const at = folder('ünï text', {
    'part-10.csv': text(2000, 3000),
    'part-2.csv': text(1000, 2000, COLUMNS.toReversed(), ';'),
    'part-1.csv': text(0, 1000),
  });
  const { types, page, profile } = await seen(at);
  expect(types.map(([name]) => name)).toEqual(COLUMNS);
  expect(page.rows).toEqual(flowers.map(rowOf));
  expect(page.files?.filter((_, row) => row % 999 === 0)).toEqual([
    'part-1.csv',
    'part-1.csv',
    'part-2.csv',
    'part-10.csv',
  ]);
  expect(profile.notes).toBeUndefined();
  const first = await firstPage(at, { limit: 3 });
  expect(first).toMatchObject({ format: 'csv', files: 3, page: { rows: flowers.slice(0, 3).map(rowOf) } });
});

it('takes partitions of Hive as columns with types, from a folder and from a glob', async () => {
  files.make('hive', 'hive');
  const at = path.join(rig.folder, 'hive');
  const ordered = Array.from({ length: 12 }, (_, month) =>
    flowers.filter((one) => Number(one.day.slice(5, 7)) === month + 1),
  ).flat();
  const withMonth = ordered.map((one) => [...rowOf(one), Number(one.day.slice(5, 7))]);
  const all = await seen(at);
  expect(all.types.at(-1)).toEqual(['month', 'BIGINT']);
  expect(all.page.rows).toEqual(withMonth);
  expect(all.profile.notes).toEqual([
    '1 file not looked at (names that begin with "." or "_" are no data): _SUCCESS.',
  ]);
  const some = await seen(path.join(at, 'month=0[2-4]', '*.parquet'));
  expect(some.page.rows).toEqual(
    withMonth.filter(([, , , , , , month]) => [2, 3, 4].includes(Number(month))),
  );
  expect(some.page.files?.[0]).toBe('month=02/part-0.parquet');
  const first = await firstPage(at);
  expect(first.files).toBe(12);
});

it('gives partitions of text the type that all their values have', async () => {
  const at = folder('shops', {
    'country=de/day=2024-01-02/zip=01067/a.csv': 'x\n1\n2\n',
    'country=fr/day=2024-02-29/zip=75001/a.csv': 'x\n3\n',
    'country=New%20Zealand/day=__HIVE_DEFAULT_PARTITION__/zip=0110/a.csv.gz': fs.readFileSync(
      files.make('csv.gz', 'one.csv.gz', [{ x: 4 }]),
    ),
  });
  const { types, page } = await seen(at);
  expect(types).toEqual([
    ['x', 'BIGINT'],
    ['country', 'VARCHAR'],
    ['day', 'DATE'],
    ['zip', 'VARCHAR'],
  ]);
  expect(page.rows).toEqual([
    [1, 'de', '2024-01-02', '01067'],
    [2, 'de', '2024-01-02', '01067'],
    [3, 'fr', '2024-02-29', '75001'],
    [4, 'New Zealand', null, '0110'],
  ]);
});

it('names what does not fit, with the difference, and adds up', async () => {
  const at = folder('mixed', {
    'a.csv': 'id,size\n1,2.5\n2,\n',
    'b.csv': 'id,size\n3,x\n"4,5\n',
    'c.csv': 'id,weight\n5,6\n',
    'd.csv': 'id,weight\n7,8\n',
    'e.csv': '',
    'f.csv': 'size;id\r\n1,5;9\r\n',
    'notes.md': '# no table',
    'g.csv': 'id,size\n007,1\n8,9,10\n',
  });
  const { types, page, profile } = await seen(at);
  // One cell that is no number, and one number with leading zeros: their columns are text, with all as it was written.
  expect(types).toEqual([
    ['id', 'VARCHAR'],
    ['size', 'VARCHAR'],
  ]);
  expect(page.rows).toEqual([
    ['1', '2.5'],
    ['2', null],
    ['3', 'x'],
    ['9', '1,5'],
    ['007', '1'],
  ]);
  expect(page).toMatchObject({ total: 5, rejected: 2, files: ['a.csv', 'a.csv', 'b.csv', 'f.csv', 'g.csv'] });
  expect(profile.rejects).toMatchObject([
    {
      file: 'b.csv',
      line: 3,
      raw: '"4,5',
      reason: 'A quote is not closed, or text follows a closing quote.',
    },
    { file: 'g.csv', line: 3, raw: '8,9,10' },
  ]);
  expect(profile.notes).toEqual([
    '1 of 8 files not in the table (by its name it is no csv file): notes.md.',
    '1 of 8 files not in the table (it is empty): e.csv.',
    '2 of 8 files not in the table (no column "size"; a column "weight", which the others have not): c.csv, d.csv.',
  ]);
});

it('reads JSON lines and arrays of records, each object with what its folder says', async () => {
  const at = folder('lines', {
    'k=1/a.jsonl': '{"id": 9007199254740993, "t": {"b": [1, 2]}}\n\n{}\n',
    'k=2/b.jsonl': '[1]\n{"id": 2, "more": "x"}\r\n{"id": 3',
    'k=2/other.jsonl': '{"quite": "another"}\n',
  });
  const { types, page, profile } = await seen(at);
  expect(types).toEqual([
    ['id', 'BIGINT'],
    ['t', 'JSON'],
    ['k', 'BIGINT'],
    ['more', 'VARCHAR'],
  ]);
  expect(page.rows).toEqual([
    ['9007199254740993', '{"b":[1,2]}', 1, null],
    [null, null, 1, null],
    [2, null, 2, 'x'],
  ]);
  expect(page.rejected).toBe(2);
  expect(profile.rejects).toMatchObject([
    { file: 'k=2/b.jsonl', line: 1, raw: '[1]' },
    { file: 'k=2/b.jsonl', line: 3, raw: '{"id": 3' },
  ]);
  expect(profile.notes?.[0]).toContain('k=2/other.jsonl');
  const arrays = folder('arrays', { '1.json': '[{"a": 1}, {"a": 2}]', '2.json': '{"rows": [{"a": 3}]}' });
  expect((await seen(arrays)).page.rows).toEqual([[1], [2], [3]]);
});

it('reads workbooks and Arrow files, and refuses damaged ones by name', async () => {
  const kinds = { xlsx: 'xlsx', feather: 'feather zstd', parquet: 'parquet' };
  const some = flowers.slice(0, 100);
  const inYear = (ending: string, name: string): string => `of ${ending}/year=2001/${name}.${ending}`;
  for (const ending of Object.keys(kinds)) folder(path.dirname(inYear(ending, '')), { '.keep': '' });
  const parts = Object.entries(kinds).flatMap(([ending, kind]) =>
    ['a', 'b'].map((name) => [kind, inYear(ending, name)] as const),
  );
  files.makeAll(parts, some);
  for (const ending of Object.keys(kinds)) {
    const whole = fs.readFileSync(files.path(inYear(ending, 'b')));
    files.write(inYear(ending, 'c'), whole.subarray(0, whole.length - 300));
    const { page, profile } = await seen(files.path(`of ${ending}`));
    expect(page.rows, ending).toEqual([...some, ...some].map((one) => [...rowOf(one), 2001]));
    expect(profile.notes?.join('\n'), ending).toMatch(/1 of 3 files not in the table \(.+\): year=2001\/c\./);
  }
});

it('is another table when a file comes, goes or changes', async () => {
  const at = folder('changing', { 'a.csv': 'x\n1\n', 'b.csv': 'x\n2\n' });
  const rows = async (): Promise<unknown> => (await seen(at)).page.rows;
  const read = async (): Promise<string> => (await rig.engine.call('read', { source: { path: at } })).hash;
  const first = await read();
  expect(await rows()).toEqual([[1], [2]]);
  fs.writeFileSync(path.join(at, 'b.csv'), 'x\n3\n4\n');
  expect(await rows()).toEqual([[1], [3], [4]]);
  expect(await read()).not.toBe(first);
  fs.rmSync(path.join(at, 'a.csv'));
  expect(await rows()).toEqual([[3], [4]]);
});

it('says what an empty folder and a pattern without files lack', async () => {
  const at = path.join(rig.folder, 'nothing here');
  fs.mkdirSync(at);
  expect(await refusal(at)).toMatchObject({ message: 'The folder nothing here holds no file.' });
  const pattern = path.join(at, '*', 'zz.csv');
  expect(await refusal(pattern)).toMatchObject({ message: `No file is named by ${pattern}.` });
  expect(await refusal(folder('pictures', { 'a.png': 'x' }))).toMatchObject({
    message: 'pictures holds no table file.',
  });
  // Brackets of a name are no pattern.
  const brackets = folder('data [1]', { 'x [2].csv': 'a\n1\n', 'y [2].csv': 'a\n2\n' });
  expect((await seen(brackets)).page.rows).toEqual([[1], [2]]);
  expect((await seen(path.join(brackets, 'x [2].csv'))).page.rows).toEqual([[1]]);
});

it('reads 10,000 small files', async () => {
  const at = path.join(rig.folder, 'many');
  for (let part = 0; part < 10_000; part += 1) {
    if (part % 100 === 0) fs.mkdirSync(path.join(at, `h=${part / 100}`), { recursive: true });
    fs.writeFileSync(
      path.join(at, `h=${Math.floor(part / 100)}`, `${part}.csv`),
      `id,name\n${part},n${part}\n`,
    );
  }
  const { table } = await rig.engine.call('open', { source: { path: at } });
  expect(await rig.engine.call('scan', { table })).toMatchObject({ rows: 10_000, rejected: 0 });
  const { rows, files: names } = await rig.engine.call('page', { table, offset: 9_998, limit: 2 });
  expect(rows).toEqual([
    [9998, 'n9998', 99],
    [9999, 'n9999', 99],
  ]);
  expect(names).toEqual(['h=99/9998.csv', 'h=99/9999.csv']);
  await rig.engine.call('close', { table });
});

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cell, Dialect, UnfitCells } from '../../src/core/table';
import type { RowChoice } from '../../src/protocol';
import { firstPage } from '../../src/formats/first-page';
import { startEngine, type TestEngine } from './build';

/** Stand-ins for missing values that come late in a column: it keeps its type, and they are told. */
let rig: TestEngine;
beforeAll(async () => {
  rig = await startEngine();
});
afterAll(() => rig.remove());

interface Seen {
  readonly types: readonly string[];
  readonly unfit: readonly UnfitCells[];
  readonly missing: readonly number[];
  readonly means: readonly (number | null)[];
  readonly sql: readonly (readonly Cell[])[];
  page(from: number, to: number, choice?: RowChoice): Promise<readonly (readonly Cell[])[]>;
  find(text: string): Promise<readonly [number, number] | undefined>;
}

async function seen(file: string, content?: string | Buffer, dialect?: Partial<Dialect>): Promise<Seen> {
  const made = path.join(rig.folder, file);
  if (content !== undefined) fs.writeFileSync(made, content);
  const source = { path: made, ...(dialect ? { dialect } : {}) };
  const { table } = await rig.engine.call('open', { source });
  const scan = await rig.engine.call('scan', { table });
  const profile = await rig.engine.call('profile', { table });
  const asked = scan.columns.map(({ name }) => `count("${name}"), sum(TRY_CAST("${name}" AS DOUBLE))`);
  const sql = await rig.engine.call('sql', {
    sql: `SELECT count(*), ${asked.join(', ')} FROM t`,
    tables: { t: source },
    limit: 1,
  });
  return {
    types: scan.columns.map(({ sqlType }) => sqlType),
    unfit: await rig.engine.call('unfit', { table }),
    missing: profile.columns.map((one) => one.missing),
    means: profile.columns.map((one) => one.mean),
    sql: sql.rows,
    async page(from, to, choice = {}) {
      const page = await rig.engine.call('page', { table, offset: from, limit: to - from, ...choice });
      return page.rows;
    },
    async find(text) {
      const { match } = await rig.engine.call('find', { table, text, from: { row: 0, column: 0 } });
      return match && [match.row, match.column];
    },
  };
}

const ROWS = 60_000;
const line = (k: number, n: string, v: string): string => `${k},${n},${v},"a, b"\n`;
/** N/A first at row 50,000 of a column of whole numbers, and thrice in one of decimals. */
const late = (): string =>
  `id,n,v,note\n${Array.from({ length: ROWS }, (_, k) =>
    line(k, k === 50_000 ? 'N/A' : String(k % 7), k % 20_000 === 19_999 ? ' - ' : `${k % 5}.5`),
  ).join('')}`;

it('keeps the type of a column, shows the text of the cell, and says where it is', async () => {
  const content = late();
  const table = await seen('late.csv', content);
  expect(table.types).toEqual(['BIGINT', 'BIGINT', 'DOUBLE', 'VARCHAR']);
  expect(table.missing).toEqual([0, 1, 3, 0]);
  expect(await table.page(49_999, 50_002)).toEqual([
    [49_999, 5, 4.5, 'a, b'],
    [50_000, 'N/A', 0.5, 'a, b'],
    [50_001, 0, 1.5, 'a, b'],
  ]);
  const at = (k: number): number => content.indexOf(`\n${k},`) + 1;
  expect(table.unfit).toEqual([
    {
      column: 'n',
      type: 'integer',
      count: 1,
      texts: ['N/A'],
      first: [{ row: 50_000, raw: 'N/A', byte: at(50_000), line: 50_002 }],
    },
    {
      column: 'v',
      type: 'number',
      count: 3,
      texts: ['-'],
      first: [19_999, 39_999, 59_999].map((row) => ({ row, raw: ' - ', byte: at(row), line: row + 2 })),
    },
  ]);
  const n = Array.from({ length: ROWS }, (_, k) => k)
    .filter((k) => k !== 50_000)
    .reduce((sum, k) => sum + (k % 7), 0);
  const v = Array.from({ length: ROWS }, (_, k) => k)
    .filter((k) => k % 20_000 !== 19_999)
    .reduce((sum, k) => sum + (k % 5) + 0.5, 0);
  expect(table.sql[0]?.slice(0, 7)).toEqual([ROWS, ROWS, (ROWS * (ROWS - 1)) / 2, ROWS - 1, n, ROWS - 3, v]);
  expect(table.means[1]).toBeCloseTo(n / (ROWS - 1), 9);
  expect(await table.find('N/A')).toEqual([50_000, 1]);
  const largest = { sort: [{ column: 'n', descending: true }] };
  expect((await table.page(ROWS - 1, ROWS, largest))[0]?.[1]).toBe('N/A');
  const none = await table.page(0, 9, { filter: [{ is: 'missing', column: 'v' }] });
  expect(none.map(([id]) => id)).toEqual([19_999, 39_999, 59_999]);
});

it('takes what was chosen as missing, wherever it stands, and only in that column', async () => {
  const missing = { n: ['N/A'], note: ['a, b'] };
  const table = await seen('late.csv', undefined, { missing });
  expect(table.types).toEqual(['BIGINT', 'BIGINT', 'DOUBLE', 'VARCHAR']);
  expect(table.unfit.map(({ column }) => column)).toEqual(['v']);
  expect(table.missing).toEqual([0, 1, 3, ROWS]);
  expect((await table.page(50_000, 50_001))[0]).toEqual([50_000, null, 0.5, null]);

  const text = `a,b\n${Array.from({ length: 3000 }, (_, k) => `${k % 3 === 0 ? ' unknown ' : k},${k % 2 === 0 ? 'unknown' : 'x'}\n`).join('')}`;
  const before = await seen('early.csv', text);
  expect([before.types, before.unfit]).toEqual([['VARCHAR', 'VARCHAR'], []]);
  const after = await seen('early.csv', undefined, { missing: { a: ['unknown'] } });
  expect([after.types, after.missing, after.unfit]).toEqual([['BIGINT', 'VARCHAR'], [1000, 0], []]);
  expect(await after.page(0, 2)).toEqual([
    [null, 'unknown'],
    [1, 'x'],
  ]);
});

it('gives a column to text that holds more than stand-ins', async () => {
  const some = Array.from({ length: ROWS }, (_, k) =>
    k === 50_000 ? 'N/A' : k === 50_001 ? 'A12' : String(k),
  );
  const table = await seen('codes.csv', `n\n${some.join('\n')}\n`);
  expect([table.types, table.unfit]).toEqual([['VARCHAR'], []]);
  expect(await table.page(49_999, 50_002)).toEqual([['49999'], ['N/A'], ['A12']]);
});

it('reads dates, decimal commas and encodings alike, beside records that are no rows', async () => {
  const rows = Array.from({ length: 30_000 }, (_, k) =>
    k === 29_000 ? 'NA;?;é' : k === 100 ? 'bad' : `2024-0${(k % 9) + 1}-15;${k % 10},25;é`,
  );
  const content = `day;v;name\r\n${rows.join('\r\n')}\r\n`;
  const table = await seen('wide.csv', Buffer.from(`\uFEFF${content}`, 'utf16le'));
  expect(table.types).toEqual(['DATE', 'DOUBLE', 'VARCHAR']);
  expect(
    table.unfit.map(({ column, count, first }) => [
      column,
      count,
      first.map((one) => [one.row, one.line, one.raw]),
    ]),
  ).toEqual([
    ['day', 1, [[28_999, 29_002, 'NA']]],
    ['v', 1, [[28_999, 29_002, '?']]],
  ]);
  expect(await table.page(28_998, 29_000)).toEqual([
    ['2024-02-15', 9.25, 'é'],
    ['NA', '?', 'é'],
  ]);
});

it('says of a folder which file such a cell is in', async () => {
  const folder = path.join(rig.folder, 'many');
  fs.mkdirSync(folder);
  const some = Array.from({ length: 30_000 }, (_, k) => k);
  fs.writeFileSync(path.join(folder, 'a.csv'), `n\n${some.join('\n')}\n`);
  fs.writeFileSync(
    path.join(folder, 'b.csv'),
    `n\n${some.map((k) => (k === 29_999 ? 'null' : k)).join('\n')}\n`,
  );
  const table = await seen('many');
  expect(table.types).toEqual(['BIGINT']);
  expect(table.unfit[0]?.first).toEqual([{ row: 59_999, raw: 'null', file: 'b.csv' }]);
});

/** N/A from the first rows on, in a tenth of the cells: as when it comes late. */
it('keeps the type of a column that holds stand-ins from the beginning', async () => {
  const rows = 3000;
  const content = `id,n,v,day,ok,kind,few,old\n${Array.from({ length: rows }, (_, k) => {
    const missing = k % 10 === 1;
    return [
      k,
      missing ? 'NA' : k % 7,
      missing ? ' - ' : `${k % 5}.5`,
      missing ? 'null' : '2024-02-29',
      missing ? '?' : k % 2 === 0,
      missing ? 'NA' : k % 3 === 0 ? 'a' : k,
      k % 3 === 0 ? k : 'N/A',
      k === 1500 ? 'unknown' : missing ? 'NA' : k,
    ].join(',');
  }).join('\n')}\n`;
  const table = await seen('early.csv', content);
  // Where most cells stand for nothing, or one is another text, the column stays text.
  expect(table.types).toEqual([
    'BIGINT',
    'BIGINT',
    'DOUBLE',
    'DATE',
    'BOOLEAN',
    'VARCHAR',
    'VARCHAR',
    'VARCHAR',
  ]);
  expect(table.missing).toEqual([0, 300, 300, 300, 300, 0, 0, 0]);
  expect(table.unfit.map(({ column, count, texts }) => [column, count, texts])).toEqual([
    ['n', 300, ['NA']],
    ['v', 300, ['-']],
    ['day', 300, ['null']],
    ['ok', 300, ['?']],
  ]);
  // The other text in `old` comes too late for it to be known yet.
  const first = await firstPage(path.join(rig.folder, 'early.csv'), { limit: 2 });
  expect(first.page.columns.map(({ type }) => type)).toEqual([
    'integer',
    'integer',
    'number',
    'date',
    'boolean',
    'text',
    'text',
    'integer',
  ]);
  expect(first.page.rows[1]).toEqual([1, 'NA', ' - ', 'null', '?', 'NA', 'N/A', 'NA']);
  expect(await table.page(1, 2)).toEqual(first.page.rows.slice(1));
  const chosen = await table.page(0, 2, { sort: [{ column: 'v', descending: true }] });
  expect(chosen.map((row) => row[2])).toEqual([4.5, 4.5]);
  const n = Array.from({ length: rows }, (_, k) => (k % 10 === 1 ? 0 : k % 7)).reduce((a, b) => a + b, 0);
  expect(table.sql[0]?.slice(0, 5)).toEqual([rows, rows, (rows * (rows - 1)) / 2, rows - 300, n]);
  // One click: they are missing, and no problem any more.
  const dialect = { missing: { n: ['NA'], v: ['-'], day: ['null'], ok: ['?'] } };
  const treated = await seen('early.csv', undefined, dialect);
  expect(treated.unfit).toEqual([]);
  expect(treated.types.slice(0, 5)).toEqual(['BIGINT', 'BIGINT', 'DOUBLE', 'DATE', 'BOOLEAN']);
  expect((await treated.page(1, 2))[0]?.slice(0, 5)).toEqual([1, null, null, null, null]);
});

it('says of an export which cells it writes as missing', async () => {
  const file = path.join(rig.folder, 'export.csv');
  fs.writeFileSync(
    file,
    `id,n,v,note\n${Array.from({ length: 400 }, (_, k) => line(k, k % 100 === 7 ? 'N/A' : String(k), k === 8 ? '-' : '1.5')).join('')}`,
  );
  const { table } = await rig.engine.call('open', { source: { path: file } });
  const written = async (choice: RowChoice & { columns?: string[] }, ending = 'csv') => {
    const output = path.join(rig.folder, `out.${ending}`);
    const done = await rig.engine.call('exportTable', { table, output, ...choice });
    return { ...done, text: ending === 'csv' ? fs.readFileSync(output, 'utf8') : '' };
  };
  const all = await written({});
  expect(all.notes).toEqual([
    '4 cells of n with “N/A” written as missing.',
    '1 cell of v with “-” written as missing.',
  ]);
  expect(all.text.split('\n').slice(7, 10)).toEqual(['6,6,1.5,"a, b"', '7,,1.5,"a, b"', '8,8,,"a, b"']);
  const filter = [{ is: 'between', column: 'id', min: 100, max: 250 }] as const;
  expect((await written({ filter }, 'parquet')).notes).toEqual([
    '2 cells of n with “N/A” written as missing.',
  ]);
  expect((await written({ filter, columns: ['id', 'v'] }, 'xlsx')).notes).toEqual([]);
  await rig.engine.call('close', { table });
});

it('shows a blank in a column of numbers as it is, not as 0', async () => {
  const table = await seen('blank.csv', 'id,v,w\n1,0.5,1\n2," ",\t\n3,1.5,2\n4,\u00a0,3\n');
  expect(table.types).toEqual(['BIGINT', 'DOUBLE', 'BIGINT']);
  expect(table.missing).toEqual([0, 2, 1]);
  expect(await table.page(1, 4)).toEqual([
    [2, ' ', '\t'],
    [3, 1.5, 2],
    [4, '\u00a0', 3],
  ]);
  expect(table.means[1]).toBe(1);
});

it('sees what stands for missing in a record of which another cell does not fit either', async () => {
  const lines = Array.from({ length: 30_000 }, (_, k) =>
    k === 25_000 ? 'N/A,N/A,N/A,N/A' : `${k},${k / 2 + 0.25},2024-01-${10 + (k % 20)},x`,
  );
  const table = await seen('whole row.csv', `n,v,day,w\n${lines.join('\n')}\n`);
  expect(table.types).toEqual(['BIGINT', 'DOUBLE', 'DATE', 'VARCHAR']);
  expect(table.missing).toEqual([1, 1, 1, 0]);
  expect(table.unfit.map(({ column, count }) => [column, count])).toEqual([
    ['n', 1],
    ['v', 1],
    ['day', 1],
  ]);
  expect(await table.page(25_000, 25_001)).toEqual([['N/A', 'N/A', 'N/A', 'N/A']]);
  expect(table.sql[0]?.[0]).toBe(30_000);
});

it('counts all records of a small table with spaces before its values', async () => {
  const dialect = { header: false, skip: 1, quote: '' };
  const table = await seen('spaces.csv', 'a title\n0,,z,z\n\r\n , true,z,z', dialect);
  expect(table.types).toEqual(['BIGINT', 'VARCHAR', 'VARCHAR', 'VARCHAR']);
  expect(await table.page(0, 9)).toEqual([
    [0, null, 'z', 'z'],
    [' ', ' true', 'z', 'z'],
  ]);
});

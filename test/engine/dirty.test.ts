import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cell, Dialect } from '../../src/core/table';
import { startEngine, type TestEngine } from './build';
import { lookAt, type Looked } from './look';

let run: TestEngine;
beforeAll(async () => {
  run = await startEngine();
});
afterAll(() => {
  run.remove();
});

const look = async (name: string, content: string | Buffer, dialect?: Partial<Dialect>): Promise<Looked> =>
  lookAt(run, name, content, dialect);

const plain = [
  [1, 'x', 0.5],
  [2, 'y', 1.5],
];

describe('files of one shape read alike', () => {
  const text = 'id,name,v\n1,x,0.5\n2,y,1.5\n';
  test.each<[string, string | Buffer]>([
    ['lf.csv', text],
    ['crlf.csv', text.replaceAll('\n', '\r\n')],
    ['cr.csv', text.replaceAll('\n', '\r')],
    ['no-final-newline.csv', text.trimEnd()],
    ['mixed-ends.csv', 'id,name,v\r\n1,x,0.5\n2,y,1.5\r\n'],
    ['bom.csv', `\uFEFF${text}`],
    ['utf16le.csv', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['utf16le-no-bom.csv', Buffer.from(text, 'utf16le')],
    ['utf16be.csv', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
    ['semicolon.csv', text.replaceAll(',', ';')],
    ['tab.tsv', text.replaceAll(',', '\t')],
    ['pipe.txt', text.replaceAll(',', '|')],
    ['decimal-comma.csv', 'id;name;v\n1;x;0,5\n2;y;1,5\n'],
    ['title.csv', `Report of 2024\n\n# made by hand\n${text}`],
    ['blank-lines.csv', 'id,name,v\n\n1,x,0.5\n\n\n2,y,1.5\n\n'],
    ['quoted.csv', '"id","name","v"\n"1","x","0.5"\n"2","y","1.5"\n'],
  ])('%s', async (name, content) => {
    const table = await look(name, content);
    expect(table.names).toEqual(['id', 'name', 'v']);
    expect(table.types).toEqual(['BIGINT', 'VARCHAR', 'DOUBLE']);
    expect(table.rows).toEqual(plain);
    expect(table.rejected).toBe(0);
  });
});

test('Windows-1252 is told from UTF-8', async () => {
  const table = await look('cp1252.csv', Buffer.from([0x61, 0x0a, 0x80, 0xe9, 0x0a, 0x93, 0x0a]));
  expect(table.dialect?.encoding).toBe('windows-1252');
  expect(table.rows).toEqual([['€é'], ['“']]);
});

test('short and long records are listed with line, byte and text; rows and rejected add up', async () => {
  const lines = Array.from({ length: 3000 }, (_, i) => `${i},"a ""b""\nc",${i / 2}`);
  lines[1000] = '1000,short';
  lines[2000] = '2000,too,many,cells';
  const content = `id,text,v\n${lines.join('\n')}\n`;
  const table = await look('ragged.csv', content);
  expect(table.rows.length + table.rejected).toBe(3000);
  expect(table.rejects).toEqual([
    { line: 2 + 2 * 1000, byte: content.indexOf('1000,short'), raw: '1000,short' },
    { line: 2 + 2 * 1000 + 1 + 2 * 999, byte: content.indexOf('2000,too'), raw: '2000,too,many,cells' },
  ]);
  expect(table.rows[999]).toEqual([999, 'a "b"\nc', 499.5]);
  expect(table.rows[1000]).toEqual([1001, 'a "b"\nc', 500.5]);
  expect(table.rows[1999]).toEqual([2001, 'a "b"\nc', 1000.5]);
});

test('the same with CRLF', async () => {
  const table = await look('ragged-crlf.csv', `a,b\r\n${'1,2\r\n'.repeat(500)}bad\r\n3,4\r\n`);
  expect(table.rows).toHaveLength(501);
  expect(table.rejects).toEqual([{ line: 502, byte: 5 + 2500, raw: 'bad' }]);
});

test('text far down an integer column makes the column text and loses nothing', async () => {
  const lines = Array.from({ length: 9000 }, (_, i) => `${i},${i === 8000 ? 'lot 7' : i}`);
  const path = join(run.folder, 'late.csv');
  writeFileSync(path, `pad,n\n${lines.join('\n')}\n`.padEnd(400_000, '\n'));
  const { table } = await run.engine.call('open', { source: { path } });
  const scan = await run.engine.call('scan', { table });
  expect(scan.columns.map(({ sqlType }) => sqlType)).toEqual(['BIGINT', 'VARCHAR']);
  expect(scan).toMatchObject({ rows: 9000, rejected: 0 });
  const { rows } = await run.engine.call('page', { table, offset: 7999, limit: 3 });
  expect(rows).toEqual([
    [7999, '7999'],
    [8000, 'lot 7'],
    [8001, '8001'],
  ]);
});

describe('types that only the whole file shows', () => {
  const many = '5\n'.repeat(200_000);
  test.each<[string, string, string, Cell]>([
    ['leading zeros', '007', 'VARCHAR', '007'],
    ['a decimal', '1.25', 'DOUBLE', 1.25],
    ['beyond 64 bits', '99999999999999999999', 'VARCHAR', '99999999999999999999'],
    ['beyond 2^53', '9007199254740993', 'BIGINT', '9007199254740993'],
    ['a word', 'x', 'VARCHAR', 'x'],
  ])('%s', async (name, cell, type, value) => {
    const path = join(run.folder, `${name}.csv`);
    writeFileSync(path, `n\n${many}${cell}\n`);
    const { table } = await run.engine.call('open', { source: { path } });
    const scan = await run.engine.call('scan', { table });
    expect(scan.columns.map(({ sqlType }) => sqlType)).toEqual([type]);
    const { rows } = await run.engine.call('page', { table, offset: 200_000, limit: 5 });
    expect(rows).toEqual([[value]]);
  });

  test('a date column with a wrong date becomes text', async () => {
    const path = join(run.folder, 'dates.csv');
    writeFileSync(path, `d,n\n${'2024-02-29,1\n'.repeat(40_000)}2024-13-01,2\n`);
    const read = await run.engine.call('read', { source: { path } });
    expect(read.columns.map(({ sqlType }) => sqlType)).toEqual(['VARCHAR', 'BIGINT']);
    expect(read).toMatchObject({ rows: 40_001, rejected: 0 });
  });
});

test('the first quote after the prefix', async () => {
  const path = join(run.folder, 'late-quote.csv');
  writeFileSync(path, `a,b\n${'1,plain\n'.repeat(50_000)}2,"two\nlines, and ""quotes"""\n3,end\n`);
  const { table } = await run.engine.call('open', { source: { path } });
  expect(await run.engine.call('scan', { table })).toMatchObject({ rows: 50_002, rejected: 0 });
  const { rows } = await run.engine.call('page', { table, offset: 50_000, limit: 9 });
  expect(rows).toEqual([
    [2, 'two\nlines, and "quotes"'],
    [3, 'end'],
  ]);
});

test('an unclosed quote takes the rest of the file as one rejected record', async () => {
  const table = await look('unclosed.csv', 'a,b\n1,2\n3,"4\n5,6\n');
  expect(table.rows).toEqual([[1, 2]]);
  expect(table.rejected).toBe(1);
  expect(table.rejects[0]).toMatchObject({ line: 3, byte: 8 });
});

test.each([5, 300])('an unclosed quote within %i lines is a problem, not a short row', async (lines) => {
  const rows = Array.from({ length: lines }, (_, i) => `${i},name ${i},${i / 2}`);
  rows[4] = '4,"open,2';
  const table = await look(`unclosed-${lines}.csv`, `id,name,v\n${rows.join('\n')}\n`);
  expect(table.rows.map(([id]) => id)).toEqual([0, 1, 2, 3]);
  expect(table.rejects).toHaveLength(1);
  expect(table.rejects[0]).toMatchObject({ line: 6, raw: rows.slice(4).join('\n') });
});

test('an unclosed quote after short rows is a problem too', async () => {
  const table = await look('unclosed-padded.csv', 'a,b,c\n1,2,3\n4,5\n6,7,8\n9,"x\n1,2,3\n');
  expect(table.rows).toEqual([
    [1, 2, 3],
    [4, 5, null],
    [6, 7, 8],
  ]);
  expect(table.rejects).toEqual([{ line: 5, byte: 22, raw: '9,"x\n1,2,3' }]);
});

test('text behind a closing quote rejects its record only, in SQL as in pages', async () => {
  const lines = Array.from({ length: 2000 }, (_, i) => `${i},ok ${i},${i / 2}`);
  lines[70] = '"a"b,text,1';
  lines[1500] = '1500,"a"b,1';
  const table = await look('behind-quote.csv', `id,text,v\n${lines.join('\n')}\n`);
  expect(table.rows.map(([id]) => id)).toEqual(
    Array.from({ length: 2000 }, (_, i) => i).filter((i) => i !== 70 && i !== 1500),
  );
  expect(table.rejects.map(({ line, raw }) => [line, raw])).toEqual([
    [72, lines[70]],
    [1502, lines[1500]],
  ]);
});

test('quotes that two readers would divide otherwise: every record is a row or a problem', async () => {
  const lines = Array.from({ length: 400 }, (_, i) => `${i},ok ${i},end`);
  lines[100] = '100,"broken "here" and\n there",end';
  lines[200] = '200,"say ""yes""\nplease",end';
  lines[300] = '300,"open" then,"x",end';
  const table = await look('quotes.csv', `id,text,last\r\n${lines.join('\n')}\n`);
  expect(table.rows.filter(([id]) => id === 200)).toEqual([[200, 'say "yes"\nplease', 'end']]);
  expect(table.copied).toBe(true);
  const ids = table.rows.map(([id]) => id);
  for (let i = 0; i < 400; i += 1) if (![100, 300].includes(i)) expect(ids).toContain(i);
  expect(table.rejects.some(({ raw }) => raw.startsWith('100,'))).toBe(true);
  expect(table.rejects.some(({ raw }) => raw.startsWith('300,'))).toBe(true);
});

test('a cell of 10 MB', async () => {
  const table = await look('long-cell.csv', `a,b\n1,${'z'.repeat(10_000_000)}\n2,y\n`);
  expect(table.rows.map(([a, b]) => [a, String(b).length])).toEqual([
    [1, 10_000_000],
    [2, 1],
  ]);
});

test('header shorter than the data, empty and equal names', async () => {
  expect((await look('short-header.csv', 'a,b\n1,2,x\n3,4,y\n')).names).toEqual(['a', 'b', 'column2']);
  const table = await look('names.csv', 'a,,A,a\n1,2,3,4\n');
  expect(table.names).toEqual(['a', 'column1', 'A_2', 'a_3']);
  expect(table.rows).toEqual([[1, 2, 3, 4]]);
});

test('a zero byte in a name is none of its letters; in a cell it stays', async () => {
  const table = await look('zero.csv', `id,na\0me\n1,x\0y\n${'2,z\n'.repeat(100)}`);
  expect(table.names).toEqual(['id', 'name']);
  expect(table.rows[0]).toEqual([1, 'x\0y']);
});

test('names and texts that look like the place of a path', async () => {
  const table = await look('{path}.csv', `{path},q\\{path}'\n${'{path},2\n'.repeat(30)}`);
  expect(table.names).toEqual(['{path }', "q\\{path }'"]);
  expect(table.rows[29]).toEqual(['{path}', 2]);
  const lines = await look('path.jsonl', '{"{path}":"{path}","b\\\\{path}":2}\n');
  expect(lines.names).toEqual(['{path }', 'b\\{path }']);
  expect(lines.rows).toEqual([['{path}', 2]]);
});

test('JSONL: keys that are no names of columns', async () => {
  const line = { '': 1, a: 2, A: 3, 'b\0c': 4, '*': 5, 'd.e': 6, 'f/g~': 7, '"': 8, __proto: 9 };
  const late = { k: 1, K: 2, ...line };
  const table = await look('keys.jsonl', `${JSON.stringify(line)}\n${JSON.stringify(late)}\n`);
  expect(table.names).toEqual(['column0', 'a', 'A_2', 'bc', '*', 'd.e', 'f/g~', '"', '__proto', 'k', 'K_2']);
  expect(table.rows).toEqual([
    [1, 2, 3, 4, 5, 6, 7, 8, 9, null, null],
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2],
  ]);
});

test('JSONL: such keys beyond the beginning of the file', async () => {
  const path = join(run.folder, 'late-keys.jsonl');
  writeFileSync(path, `${'{"a":1}\n'.repeat(60_000)}{"A":2,"":3,"a":4}\n`);
  const read = await run.engine.call('read', { source: { path } });
  expect(read.columns.map(({ name }) => name)).toEqual(['a', 'column1', 'A_2']);
  const { rows } = await run.engine.call('sql', {
    sql: 'SELECT * FROM t WHERE A_2 IS NOT NULL',
    tables: { t: { path } },
    limit: 5,
  });
  expect(rows).toEqual([[4, '3', '2']]);
});

test.each([
  ['as DuckDB reads it', '\n'],
  ['from a clean copy', '\r\n'],
])('empty cells beyond the last column are no cells, others are a problem: %s', async (_, end) => {
  const head = `a,b\n${'3,4\n'.repeat(50)}`;
  const table = await look(`beyond-${end.length}.csv`, `${head}5,6,${end}7,8,,,\n9,"x",""\n9,9,,1\n`);
  expect(table.rows.slice(-3)).toEqual([
    [5, '6'],
    [7, '8'],
    [9, 'x'],
  ]);
  expect(table.rejects.map(({ raw }) => raw)).toEqual(['9,9,,1']);
});

test('short records in the beginning are filled up', async () => {
  const table = await look('padded.csv', 'a,b,c\n1,2,3\n4,5\n6,7,8\n');
  expect(table.rows).toEqual([
    [1, 2, 3],
    [4, 5, null],
    [6, 7, 8],
  ]);
});

describe('nothing to show', () => {
  test('an empty file', async () => {
    expect(await look('empty.csv', '')).toMatchObject({ names: [], rows: [], rejected: 0 });
  });
  test('a header only', async () => {
    expect(await look('header.csv', 'a,b\n')).toMatchObject({ names: ['a', 'b'], rows: [], rejected: 0 });
  });
  test('a header whose quote is never closed', async () => {
    const table = await look('open-header.csv', `\uFEFF';\n1\r\n`, {
      delimiter: ';',
      quote: `'`,
      header: true,
    });
    expect(table).toMatchObject({ names: [';\n1'], rows: [], rejected: 0 });
  });
  test('a header with text behind its quote ends where its line does', async () => {
    const table = await look('odd-header.csv', `"a\r"x\r"~"1"~2\r3~4~5\r6~7~8\r`, {
      delimiter: '~',
      quote: '"',
      header: true,
      skip: 0,
    });
    expect(table.names).toEqual(['a\rx', 'column1', 'column2']);
    expect(table.rows).toEqual([
      [3, 4, 5],
      [6, 7, 8],
    ]);
    expect(table.rejects.map(({ raw }) => raw)).toEqual(['"~"1"~2']);
  });
  test('a file that is no text', async () => {
    const path = join(run.folder, 'picture.csv');
    writeFileSync(path, Buffer.from('89504e470d0a1a0a0000', 'hex'));
    await expect(run.engine.call('open', { source: { path } })).rejects.toMatchObject({
      kind: 'invalid',
      message: 'picture.csv is not a text table. It starts like a PNG picture.',
    });
  });
  test('UTF-32', async () => {
    const path = join(run.folder, 'utf32.csv');
    const units = new Uint32Array(Array.from('\uFEFFa,b\n1,2\n', (letter) => letter.charCodeAt(0)));
    writeFileSync(path, Buffer.from(units.buffer));
    await expect(run.engine.call('open', { source: { path } })).rejects.toMatchObject({
      kind: 'invalid',
      message: 'utf32.csv is not a text table. It starts like text in UTF-32, which is not read.',
    });
  });
  test('a file that is not there', async () => {
    await expect(
      run.engine.call('open', { source: { path: join(run.folder, 'gone.csv') } }),
    ).rejects.toMatchObject({ kind: 'notFound' });
  });
});

test('JSONL: keys that come late, mixed types, whole numbers beyond 2^53, lines that are no object', async () => {
  const table = await look(
    'rows.jsonl',
    '{"a":1,"b":"x","c":[1,2]}\n{"a":9007199254740993,"b":2}\nnot json\n\n{"a":3,"late":true}\n',
  );
  expect(table.names).toEqual(['a', 'b', 'c', 'late']);
  expect(table.rows).toEqual([
    [1, 'x', '[1,2]', null],
    ['9007199254740993', '2', null, null],
    [3, null, null, true],
  ]);
  expect(table.rejects).toEqual([{ line: 3, byte: 55, raw: 'not json' }]);
});

test('2,000 columns', async () => {
  const names = Array.from({ length: 2000 }, (_, i) => `c${i}`);
  const rows = Array.from({ length: 50 }, (_, r) => names.map((_n, c) => r * c));
  const path = join(run.folder, 'wide.csv');
  writeFileSync(path, `${[names, ...rows].map((cells) => cells.join(',')).join('\n')}\n`);
  const opened = await run.engine.call('open', { source: { path } });
  expect(opened.columns).toHaveLength(2000);
  expect(await run.engine.call('scan', opened)).toMatchObject({ rows: 50, rejected: 0 });
  const page = await run.engine.call('page', { table: opened.table, offset: 49, limit: 1 });
  expect(page.rows).toEqual([rows[49]]);
});

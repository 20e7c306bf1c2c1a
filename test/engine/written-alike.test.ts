import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Dialect } from '../../src/core/table';
import { startEngine, type TestEngine } from './build';
import { lookAt, type Looked } from './look';

/** Numbers, headers and columns as people and programs write them. */
let run: TestEngine;
beforeAll(async () => {
  run = await startEngine();
});
afterAll(() => {
  run.remove();
});
const look = async (name: string, content: string | Buffer, dialect?: Partial<Dialect>): Promise<Looked> =>
  lookAt(run, name, content, dialect);

describe('signs between groups of digits', () => {
  test.each<[string, string, string, Partial<Dialect>]>([
    ['comma.csv', 'a,b\n"1,234.5",x\n"-12,345,678.25",y\n7,z\n', '.', { thousands: ',' }],
    ['point.csv', 'a;b\n1.234,5;x\n-12.345.678,25;y\n7;z\n', ',', { thousands: '.' }],
    ['swiss.csv', "a;b\n1'234.5;x\n-12'345'678.25;y\n7;z\n", '.', { thousands: "'" }],
    ['french.csv', 'a;b\n1\u202f234,5;x\n-12\u202f345\u202f678,25;y\n7;z\n', ',', { thousands: '\u202f' }],
    ['no-break.csv', 'a;b\n1\u00a0234,5;x\n-12\u00a0345\u00a0678,25;y\n7;z\n', ',', { thousands: '\u00a0' }],
    ['space.csv', 'a;b\n1 234,5;x\n-12 345 678,25;y\n7;z\n', ',', { thousands: ' ' }],
  ])('%s', async (name, content, decimal, { thousands }) => {
    const table = await look(name, content);
    expect(table.types).toEqual(['DOUBLE', 'VARCHAR']);
    expect(table.rows.map(([a]) => a)).toEqual([1234.5, -12345678.25, 7]);
    expect(table.first).toEqual(table.rows);
    expect(table.dialect).toMatchObject({ decimal, thousands });
  });

  test('whole numbers stay whole, beyond 2^53 too', async () => {
    const table = await look('whole.csv', 'n\tk\n1,234\ta\n9,007,199,254,740,993\tb\n56\td\n');
    expect(table.types).toEqual(['BIGINT', 'VARCHAR']);
    expect(table.rows.map(([n]) => n)).toEqual([1234, '9007199254740993', 56]);
  });

  test.each<[string, string]>([
    ['dates and addresses', 'ip;d\n192.168.1.10;01.02.2024\n10.0.0.1;03.04.2024\n'],
    ['groups of other lengths', 'ip;d\n1.23.456;12,34,567\n1.234.56;1,2345\n'],
    ['leading zeros', 'ip;d\n0.123.456;0.001.234\n0.123.457;0.001.235\n'],
    ['a telephone number', 'ip;d\n555 123 456;x\n555 123 457;y\n'],
  ])('%s are text', async (name, content) => {
    const table = await look(`${name}.csv`, content);
    expect(table.types).toEqual(['VARCHAR', 'VARCHAR']);
    expect(table.rows.map((row) => row.join(';'))).toEqual(content.trim().split('\n').slice(1));
  });

  test('they come late: a column of small numbers is one of numbers where others show the sign', async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => `${i % 900};${i},5;1.234,5`);
    rows[29_000] = '12.345;1.000,25;-9.999.999,5';
    const { rows: shown, types } = await look(
      'late-groups.csv',
      `a;b;c\n${rows.slice(0, 9000).join('\n')}\n`,
    );
    expect(types).toEqual(['BIGINT', 'DOUBLE', 'DOUBLE']);
    expect(shown[8999]).toEqual([899, 8999.5, 1234.5]);
    const path = `${run.folder}/later-groups.csv`;
    const { writeFileSync } = await import('node:fs');
    writeFileSync(path, `a;b;c\n${rows.join('\n')}\n`);
    const { table } = await run.engine.call('open', { source: { path } });
    const scan = await run.engine.call('scan', { table });
    expect(scan.columns.map(({ sqlType }) => sqlType)).toEqual(['BIGINT', 'DOUBLE', 'DOUBLE']);
    const page = await run.engine.call('page', { table, offset: 29_000, limit: 1 });
    expect(page.rows).toEqual([[12345, 1000.25, -9999999.5]]);
    const sum = await run.engine.call('sql', {
      sql: 'SELECT sum(a), sum(b), count(c), max(b) FROM t',
      tables: { t: { path } },
      limit: 5,
    });
    const [a, b] = rows.reduce(
      ([x, y], line) => {
        const [one = '', two = ''] = line.split(';');
        return [x + Number(one.replace('.', '')), y + Number(two.replace('.', '').replace(',', '.'))];
      },
      [0, 0],
    );
    expect(sum.rows).toEqual([[a, b, 30_000, 29_999.5]]);
    const profile = await run.engine.call('profile', { table });
    expect(profile.unfit).toBeUndefined();
    expect(profile.columns.map(({ missing, max }) => [missing, max])).toEqual([
      [0, 12345],
      [0, 29_999.5],
      [0, 1234.5],
    ]);
  });

  test('a point in a column of decimal commas makes it text, wherever it comes', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `${i};${i},5;${i % 2 ? 'NA' : `${i},5`}`);
    rows[2500] = '12.5;12.5;12.5';
    const table = await look('points.csv', `a;b;c\n${rows.join('\n')}\n`);
    expect(table.types).toEqual(['VARCHAR', 'VARCHAR', 'VARCHAR']);
    expect(table.rows[2500]).toEqual(['12.5', '12.5', '12.5']);
  });

  test('what was chosen is kept: no sign between groups', async () => {
    const table = await look('chosen.csv', 'a\tb\n1,234\tx\n2,345\ty\n', { thousands: '' });
    expect(table.types).toEqual(['VARCHAR', 'VARCHAR']);
  });

  test('a decimal comma in a comma-separated file', async () => {
    const table = await look('quoted-decimals.csv', 'a,b\n"1,5",x\n"1.234,25",y\n');
    expect(table.rows).toEqual([
      [1.5, 'x'],
      [1234.25, 'y'],
    ]);
  });
});

describe('a header that comes again', () => {
  const part = (from: number): string =>
    `id,name,v\n${Array.from({ length: 700 }, (_, i) => `${from + i},n${i},${i / 2}`).join('\n')}\n`;
  test('is a problem, and the columns keep their types', async () => {
    const table = await look('behind.csv', part(0) + part(700) + part(1400));
    expect(table.types).toEqual(['BIGINT', 'VARCHAR', 'DOUBLE']);
    expect(table.rows.map(([id]) => id)).toEqual(Array.from({ length: 2100 }, (_, i) => i));
    expect(table.rejects.map(({ line, raw }) => [line, raw])).toEqual([
      [702, 'id,name,v'],
      [1403, 'id,name,v'],
    ]);
    expect(table.reasons).toEqual(['It repeats the header.', 'It repeats the header.']);
    expect(table.first).toEqual(table.rows.slice(0, 100));
  });
  test('with the byte order mark of the file that was put behind', async () => {
    const table = await look('marks.csv', `\ufeff${part(0)}\ufeff${part(700)}\ufeff${part(1400)}`);
    expect(table.names).toEqual(['id', 'name', 'v']);
    expect(table.types).toEqual(['BIGINT', 'VARCHAR', 'DOUBLE']);
    expect(table.rows.map(([id]) => id)).toEqual(Array.from({ length: 2100 }, (_, i) => i));
    expect(table.rejects.map(({ line }) => line)).toEqual([702, 1403]);
    expect(table.reasons).toEqual(['It repeats the header.', 'It repeats the header.']);
    const early = await look('early.csv', '\ufeffa;b\r\n1;x\r\n\ufeffa;b\r\n2;y\r\n');
    expect([early.rows, early.rejects.map(({ line }) => line)]).toEqual([
      [
        [1, 'x'],
        [2, 'y'],
      ],
      [3],
    ]);
    expect(early.first).toEqual(early.rows);
    const utf16 = `a\tb\n1\tx\n\ufeffa\tb\n2\ty\n`;
    const wide = await look('wide.tsv', Buffer.from(`\ufeff${utf16}`, 'utf16le'));
    expect([wide.rows, wide.rejected]).toEqual([
      [
        [1, 'x'],
        [2, 'y'],
      ],
      1,
    ]);
  });
  test('among texts too, with CRLF and quotes, at the end of the file', async () => {
    const table = await look('texts.csv', '"a","b"\r\n"x","y"\r\n"a","b"\r\n"x","z"\r\n"a","b"', {
      header: true,
    });
    expect(table.rows).toEqual([
      ['x', 'y'],
      ['x', 'z'],
    ]);
    expect(table.rejects.map(({ line }) => line)).toEqual([3, 5]);
  });
  test('in one column only where its cells are no texts', async () => {
    const numbers = await look('numbers.csv', 'n\n1\n2\nn\n3\n');
    expect([numbers.rows, numbers.rejected]).toEqual([[[1], [2], [3]], 1]);
    const words = await look('words.csv', 'word\nsome\nword\nother\n', { header: true });
    expect([words.rows, words.rejected]).toEqual([[['some'], ['word'], ['other']], 0]);
  });
  test('where two pieces that are read meet, and before all is read', async () => {
    const line = '123456,name,0.5\n';
    const many = Math.floor((4 * 2 ** 20 - 200) / line.length);
    const text = `id,name,v\n${line.repeat(many - 1)}`;
    const filler = 'x'.repeat(4 * 2 ** 20 - 4 - text.length - '1,,1\n'.length);
    const path = `${run.folder}/meet.csv`;
    const { writeFileSync } = await import('node:fs');
    writeFileSync(path, `${text}1,${filler},1\nid,name,v\n7,end,2\n`);
    const { table } = await run.engine.call('open', { source: { path } });
    const early = await run.engine.call('page', { table, offset: many, limit: 5, early: true });
    expect([early.rows, early.total, early.rejected]).toEqual([[[7, 'end', 2]], many + 1, 1]);
    expect(await run.engine.call('scan', { table })).toMatchObject({ rows: many + 1, rejected: 1 });
    const { rows } = await run.engine.call('page', { table, offset: many, limit: 5 });
    expect(rows).toEqual([[7, 'end', 2]]);
  });
});

describe('lines above the table, and names', () => {
  test('of the World Bank: titles that end with a delimiter, years as names', async () => {
    const years = Array.from({ length: 6 }, (_, k) => `"${1960 + k}"`).join(',');
    const row = (name: string): string =>
      `"${name}","${name.slice(0, 3)}","Population","SP.POP",${'"12.5",'.repeat(6)}`;
    const table = await look(
      'bank.csv',
      `\uFEFF"Data Source","World Development Indicators",\r\n\r\n"Last Updated Date","2024-06-28",\r\n\r\n"Country Name","Country Code","Indicator Name","Indicator Code",${years},\r\n${row('Aruba')}\r\n${row('Chad')}\r\n${row('Peru')}\r\n`,
    );
    expect(table.names).toEqual([
      'Country Name',
      'Country Code',
      'Indicator Name',
      'Indicator Code',
      ...['1960', '1961', '1962', '1963', '1964', '1965'],
    ]);
    expect(table.rows[0]).toEqual(['Aruba', 'Aru', 'Population', 'SP.POP', ...Array<number>(6).fill(12.5)]);
    expect([table.rows.length, table.rejected, table.dialect?.skip]).toEqual([3, 0, 4]);
  });
  test('of a worksheet: a title is filled up with delimiters', async () => {
    const table = await look(
      'sheet.csv',
      'Sales 2024;;;\n;;;\nregion;n;price;day\nNord;1;2,5;x\nWest;2;3,5;y\n',
    );
    expect(table.names).toEqual(['region', 'n', 'price', 'day']);
    expect(table.rows[1]).toEqual(['West', 2, 3.5, 'y']);
  });
  test('comments, also with as many delimiters as the table; a header that begins with # is none', async () => {
    const some = await look('comments.csv', '# made by tool\n# units: m, s\nx,t\n1,2\n3,4\n');
    expect([some.names, some.rows]).toEqual([
      ['x', 't'],
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    const genes = await look('genes.tsv', '##format=1\n##by=a\tb\n#chrom\tpos\nchr1\t100\nchr2\t200\n');
    expect([genes.names, genes.rows[0]]).toEqual([
      ['#chrom', 'pos'],
      ['chr1', 100],
    ]);
  });
  test('of Excel: sep=', async () => {
    const table = await look('sep.csv', 'sep=;\r\na;b\r\n1;x,y\r\n2;z,z\r\n');
    expect(table.names).toEqual(['a', 'b']);
    expect(table.rows).toEqual([
      [1, 'x,y'],
      [2, 'z,z'],
    ]);
    expect(table.dialect).toMatchObject({ delimiter: ';', skip: 1 });
  });
  test('a delimiter at the end of each line is no column', async () => {
    const expected = {
      names: ['a', 'b'],
      rows: [
        [1, 'x'],
        [2, 'y'],
      ],
      rejected: 0,
    };
    expect(await look('rows-end.csv', 'a;b\r\n1;x;\r\n2;y;\r\n')).toMatchObject(expected);
    expect(await look('header-end.csv', 'a;b;\n1;x\n2;y\n')).toMatchObject(expected);
  });
  test('of R: the rows have names, the header has none for them', async () => {
    const quoted = await look('r.csv', '"mpg","cyl"\n"Mazda RX4",21,6\n"Datsun 710",22.8,4\n');
    expect(quoted.names).toEqual(['column0', 'mpg', 'cyl']);
    expect(quoted.rows[1]).toEqual(['Datsun 710', 22.8, 4]);
    const numbered = await look('r-numbers.csv', 'mpg,cyl\n1,21,6\n2,22.8,4\n');
    expect(numbered.names).toEqual(['column0', 'mpg', 'cyl']);
  });
});

describe('cells divided by blanks', () => {
  test('as R writes them', async () => {
    const table = await look(
      'mtcars.txt',
      '"mpg" "cyl" "gear"\n"Mazda RX4" 21 6 4\n"Datsun 710" 22.8 4 4\n"Valiant" 18.1 6 3\n',
    );
    expect(table.names).toEqual(['column0', 'mpg', 'cyl', 'gear']);
    expect(table.types).toEqual(['VARCHAR', 'DOUBLE', 'BIGINT', 'BIGINT']);
    expect(table.rows).toEqual([
      ['Mazda RX4', 21, 6, 4],
      ['Datsun 710', 22.8, 4, 4],
      ['Valiant', 18.1, 6, 3],
    ]);
    expect(table.first).toEqual(table.rows);
  });
  test('one under the other, with a line that is none of them', async () => {
    const lines = Array.from(
      { length: 400 },
      (_, i) => `   ${String(i).padEnd(6)} s${String(i % 9).padEnd(4)}${i / 4}  `,
    );
    lines[200] = '   what is this line';
    const table = await look('aligned.dat', `   id     station   v\n${lines.join('\n')}\n`);
    expect(table.names).toEqual(['id', 'station', 'v']);
    expect(table.rows.at(-1)).toEqual([399, 's3', 99.75]);
    expect([table.rows.length, table.rejects.map(({ line, raw }) => [line, raw])]).toEqual([
      399,
      [[202, '   what is this line']],
    ]);
  });
  test.each<[string, string]>([
    ['sentences', 'Some words here\nthat are no table 12\nand more of them\n'],
    ['moments', 'at\n2024-01-31 10:00:00\n2024-02-01 11:00:00\n'],
    ['names', 'name\nAnn Smith\nBob Jones\nEve Miller\n'],
    ['groups', 'n\n1 234\n5 678\n12 345\n'],
  ])('not %s', async (name, content) => {
    expect((await look(`${name}.txt`, content)).names).toHaveLength(1);
  });
});

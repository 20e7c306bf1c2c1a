import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cell } from '../../src/core/table';
import { firstPage } from '../../src/formats/first-page';
import { valueText } from '../../src/formats/value-types';
import { xlsx } from '../../src/formats/xlsx';
import { startEngine, type TestEngine } from '../engine/build';
import { filesIn, flowers, rowOf, type Files } from './rig';

let rig: TestEngine;
let files: Files;
beforeAll(async () => {
  rig = await startEngine();
  files = filesIn(rig.folder);
});
afterAll(() => rig.remove());

interface Seen {
  readonly columns: readonly (readonly [string, string])[];
  readonly rows: readonly (readonly Cell[])[];
  readonly notes: readonly string[];
}

async function seen(path: string, table?: string): Promise<Seen> {
  const source = { path, ...(table === undefined ? {} : { table }) };
  const { engine } = rig;
  const opened = await engine.call('open', { source });
  const { columns, rows } = await engine.call('scan', { table: opened.table });
  const page = await engine.call('page', { table: opened.table, offset: 0, limit: 5000 });
  const { notes } = await engine.call('profile', { table: opened.table });
  expect(notes ?? []).toEqual(opened.notes);
  await engine.call('close', { table: opened.table });
  expect(page.rows).toHaveLength(rows);
  return { columns: columns.map((one) => [one.name, one.type]), rows: page.rows, notes: opened.notes };
}

const text = (place: string, value: string): string =>
  `<c r="${place}" t="inlineStr"><is><t>${value}</t></is></c>`;
const sheet = (rows: string): string => `<worksheet><sheetData>${rows}</sheetData></worksheet>`;
const book = (part: string | number, more: Record<string, string> = {}): Record<string, string | number> => ({
  'xl/workbook.xml': '<workbook><sheets><sheet name="S" r:id="r1"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels':
    '<Relationships><Relationship Id="r1" Target="worksheets/s.xml"/></Relationships>',
  'xl/worksheets/s.xml': part,
  ...more,
});

describe('xlsx', () => {
  it('shows its first rows and its sheets before the engine is up', async () => {
    const path = files.make('xlsx', 'first.xlsx');
    const first = await firstPage(path, { limit: 3 });
    expect(first).toMatchObject({ tables: ['Garden', 'Q&A'], table: 'Garden', format: 'xlsx' });
    expect(first.page.rows).toEqual(flowers.slice(0, 3).map(rowOf));
    expect(first.page.columns.map((one) => one.type)).toEqual([
      'integer',
      'text',
      'number',
      'boolean',
      'date',
      'datetime',
    ]);
    expect(first.page.exact).toBe(false);
    expect(first.page.total).toBeGreaterThanOrEqual(3000);
    expect(first.page.total).toBeLessThan(3010);
    const other = await firstPage(path, { source: { table: 'Q&A' } });
    expect(other.page).toMatchObject({ rows: [[1, 'x & y']], total: 1, exact: true });
  });

  it('lists its sheets, opens the one that is asked for, and says what is not in it', async () => {
    const path = files.make('xlsx', 'two.xlsx');
    expect(await rig.engine.call('tables', { source: { path } })).toEqual(['Garden', 'Q&A']);
    expect(await seen(path, 'Q&A')).toEqual({
      columns: [
        ['a', 'integer'],
        ['b', 'text'],
      ],
      rows: [[1, 'x & y']],
      notes: [],
    });
    const garden = await seen(path);
    expect(garden.notes).toEqual(['Above the table, and not in it: Flowers of the garden']);
    expect(garden.rows.slice(0, 2)).toEqual(flowers.slice(0, 2).map(rowOf));
    await expect(seen(path, 'Nope')).rejects.toMatchObject({
      kind: 'notFound',
      message: 'two.xlsx has no table "Nope".',
      fix: 'It has: Garden, Q&A.',
    });
  });

  it('says which cells have no value, and which rows are blank', async () => {
    const rows = [
      `<row r="1">${text('A1', 'a')}${text('C1', 'c')}</row>`,
      '<row r="2"><c r="A2"><v>1</v></c><c r="C2" t="e"><v>#DIV/0!</v></c></row>',
      '<row r="4"><c r="A4"><f>A2+1</f></c><c r="C4"><v>2.5</v></c></row>',
      '<row r="5" ht="12"/><row r="6"><c r="A6" s="0"/></row>',
      '<row r="7"><c r="A7"><v>7</v></c><c r="C7" t="e"><v>#N/A</v></c></row>',
      '<row r="900"><c r="A900" s="0"/></row>',
    ];
    expect(await seen(files.make('zip', 'holes.xlsx', book(sheet(rows.join('')))))).toEqual({
      columns: [
        ['a', 'integer'],
        ['column1', 'text'],
        ['c', 'number'],
      ],
      rows: [
        [1, null, null],
        [null, null, 2.5],
        [7, null, null],
      ],
      notes: [
        '3 blank rows between the others left out (3, 5, 6).',
        '2 cells (C2, C7) with an Excel error such as #DIV/0!: shown as missing.',
        '1 cell (A4) with a formula that was never computed: shown as missing. Save the file in Excel once.',
      ],
    });
  });

  it('reads numbers, texts and dates as Excel shows them', async () => {
    const styles =
      '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="[h]:mm"/><numFmt numFmtId="171" formatCode="&quot;day&quot; 0"/><numFmt numFmtId="172" formatCode="[$-409]d\\-mmm\\-yy"/></numFmts>' +
      '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="20"/><xf numFmtId="170"/><xf numFmtId="171"/><xf numFmtId="172"/></cellXfs></styleSheet>';
    const cells = (row: number, values: readonly string[]): string =>
      `<row r="${row}">${values.map((one, at) => one.replace('@', `${'ABCDEFGHIJ'[at] ?? ''}${row}`)).join('')}</row>`;
    const header = ['day', 'at', 'time', 'long', 'n', 'zip', 'big', 'rich', 'old'];
    const rows = [
      cells(
        1,
        header.map((one) => text('@', one)),
      ),
      cells(2, [
        '<c r="@" s="1"><v>1</v></c>',
        '<c r="@" s="2"><v>43864.170150462966</v></c>',
        '<c r="@" s="3"><v>0.5</v></c>',
        '<c r="@" s="4"><v>1.25</v></c>',
        '<c r="@" s="5"><v>1.5E-3</v></c>',
        text('@', '00123'),
        '<c r="@"><v>1234567890123456789</v></c>',
        '<c r="@" t="s"><v>1</v></c>',
        '<c r="@" s="6"><v>61</v></c>',
      ]),
      cells(3, [
        '<c r="@" s="1"><v>59</v></c>',
        '<c r="@" s="2"><v>43864</v></c>',
        '<c r="@" s="3"><v>0.75</v></c>',
        '<c r="@" s="4"><v>0.5</v></c>',
        '<c r="@" s="5"><v>-2</v></c>',
        text('@', '77'),
        '<c r="@"><v>-1</v></c>',
        "<c r='@' t='s'><v xml:space='preserve'>0</v></c>",
        '<c r="@" t="d"><v>2020-02-29T01:02:03Z</v></c>',
      ]),
    ];
    const shared =
      '<sst><si><t>line&#10;two _x0041_</t></si><si><r><rPr><b/></rPr><t xml:space="preserve">bold </t></r><r><t>&lt;b&gt; &amp; é 😀</t></r><rPh sb="0" eb="1"><t>no</t></rPh></si></sst>';
    const path = files.make(
      'zip',
      'kinds.xlsx',
      book(sheet(rows.join('')), { 'xl/styles.xml': styles, 'xl/sharedStrings.xml': shared }),
    );
    const { rows: found, columns } = await seen(path);
    expect(columns.map(([, type]) => type)).toEqual([
      'date',
      'datetime',
      'text',
      'text',
      'number',
      'text',
      'text',
      'text',
      'datetime',
    ]);
    expect(found).toEqual([
      [
        '1900-01-01',
        '2020-02-03T04:05:01',
        '12:00:00',
        '30:00:00',
        0.0015,
        '00123',
        '1234567890123456789',
        'bold <b> & é 😀',
        '1900-03-01T00:00:00',
      ],
      [
        '1900-02-28',
        '2020-02-03T00:00:00',
        '18:00:00',
        '12:00:00',
        -2,
        '77',
        '-1',
        'line\ntwo A',
        '2020-02-29T01:02:03',
      ],
    ]);
    expect((await firstPage(path)).page.rows).toEqual(found);
  });

  it('reads what other programs write: prefixed tags, cells without places, absolute parts', async () => {
    const rows =
      '<x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c><x:c t="str"><x:v>b</x:v></x:c></x:row><x:row><x:c><x:v>1</x:v></x:c><x:c t="b"><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>';
    const parts = {
      '[Content_Types].xml': '<Types/>',
      'xl/workbook.xml':
        '<x:workbook xmlns:x="m"><x:sheets><x:sheet name="S" q:id="r1"/></x:sheets></x:workbook>',
      'xl/_rels/workbook.xml.rels':
        '<Relationships><Relationship Id="r1" Target="/xl/worksheets/s.xml"/></Relationships>',
      'xl/worksheets/s.xml': rows,
    };
    expect(await seen(files.make('zip', 'prefixed.xlsx', parts))).toMatchObject({
      columns: [
        ['a', 'integer'],
        ['b', 'boolean'],
      ],
      rows: [[1, true]],
    });
  });

  it('keeps a table without a header, equal names, and rows wider than the header', async () => {
    const numbers = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>';
    expect(await seen(files.make('zip', 'bare.xlsx', book(sheet(numbers))))).toMatchObject({
      columns: [['column0', 'integer']],
      rows: [[1], [2]],
    });
    const twice = `<row r="1">${text('A1', 'ä')}${text('B1', 'ä')}</row><row r="2">${text('A2', 'x')}${text('B2', '')}</row>${Array.from(
      { length: 40 },
      (_, at) => `<row r="${at + 3}">${text(`A${at + 3}`, 'y')}</row>`,
    ).join('')}<row r="43">${text('A43', 'x\r\ny')}<c r="D43"><v>9</v></c></row>`;
    const { columns, rows } = await seen(files.make('zip', 'twice ünï.xlsx', book(sheet(twice))));
    expect(columns.map(([name]) => name)).toEqual(['ä', 'ä_2', 'column2', 'column3']);
    expect(rows[0]).toEqual(['x', null, null, null]);
    expect(rows[41]).toEqual(['x\r\ny', null, null, 9]);
  });

  it('opens empty sheets and headers without rows', async () => {
    const empty = files.make('zip', 'empty.xlsx', book(sheet('')));
    expect(await seen(empty)).toEqual({ columns: [], rows: [], notes: [] });
    expect((await firstPage(empty)).page).toMatchObject({ columns: [], rows: [], total: 0, exact: true });
    const header = files.make(
      'zip',
      'header.xlsx',
      book(sheet(`<row r="1">${text('A1', 'a')}${text('B1', 'b')}</row>`)),
    );
    expect(await seen(header)).toEqual({
      columns: [
        ['a', 'text'],
        ['b', 'text'],
      ],
      rows: [],
      notes: [],
    });
  });

  it('keeps a huge cell, and a text that only looks like its column’s type', async () => {
    const huge = 'é'.repeat(3_000_000);
    const rows = `<row r="1">${text('A1', 'day')}${text('B1', 'note')}</row><row r="2">${text('A2', '2023-02-30')}${text('B2', huge)}</row><row r="3">${text('A3', '2023-02-03')}${text('B3', '\\N')}</row>`;
    const { columns, rows: found } = await seen(files.make('zip', 'huge.xlsx', book(sheet(rows))));
    expect(columns).toEqual([
      ['day', 'text'],
      ['note', 'text'],
    ]);
    expect(found[0]?.[0]).toBe('2023-02-30');
    expect(String(found[0]?.[1]).length).toBe(3_000_000);
    expect(found[1]).toEqual(['2023-02-03', '\\N']);
  });

  it('refuses what it cannot read, and says why', async () => {
    const wanted = async (name: string, kind: string, parts: unknown): Promise<unknown> =>
      seen(files.make(kind, name, parts)).catch((error: unknown) => error);
    expect(await wanted('secret.xlsx', 'protected', [])).toMatchObject({
      kind: 'unsupported',
      message: 'secret.xlsx is protected by a password.',
    });
    expect(await wanted('bomb.xlsx', 'zip', book(140_000_000))).toMatchObject({
      message: 'bomb.xlsx was not unpacked: it grows to more than 300 times its size, as no table does.',
    });
    expect(
      await wanted('letter.xlsx', 'zip', { '[Content_Types].xml': '', 'word/document.xml': '' }),
    ).toMatchObject({
      message: 'letter.xlsx is a zip archive, but no Excel workbook: it has no part xl/workbook.xml.',
    });
    expect(
      await wanted('torn.xlsx', 'zip', book('<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c>')),
    ).toMatchObject({ message: 'torn.xlsx cannot be read as an Excel workbook: it ends within a row' });
    expect(
      await wanted('lost.xlsx', 'zip', book(sheet('<row r="1"><c r="A1" t="s"><v>4</v></c></row>'))),
    ).toMatchObject({ message: 'lost.xlsx cannot be read as an Excel workbook: there is no shared text 4' });
    expect(
      await wanted('far.xlsx', 'zip', book(sheet('<row r="1"><c r="XFE1"><v>4</v></c></row>'))),
    ).toMatchObject({ message: 'far.xlsx cannot be read as an Excel workbook: there is no cell "XFE1"' });
    const lacking = Object.fromEntries(
      Object.entries(book('')).filter(([part]) => !part.startsWith('xl/worksheets')),
    );
    expect(await wanted('lacking.xlsx', 'zip', lacking)).toMatchObject({
      message: 'lacking.xlsx cannot be read as an Excel workbook: the sheet "S" is not in it',
    });
    expect(await seen(files.write('text.xlsx', 'a,b\n1,2\n')).catch((error: unknown) => error)).toMatchObject(
      {
        message: 'text.xlsx is not an Excel workbook: it does not start like one.',
      },
    );
    expect(await seen(files.write('nothing.xlsx', '')).catch((error: unknown) => error)).toMatchObject({
      message: 'nothing.xlsx is not an Excel workbook: it does not start like one.',
    });
  });

  it('finds damage that leaves the length as it was', async () => {
    const path = files.make('xlsx', 'damaged.xlsx');
    const bytes = fs.readFileSync(path);
    const expected = flowers.map((one) => rowOf(one).map((cell) => (cell === null ? null : String(cell))));
    let found = 0;
    for (let at = 400; at < bytes.length - 2000; at += Math.floor(bytes.length / 40)) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      const file = { path: files.write('damaged.xlsx', damaged), name: 'damaged.xlsx' };
      try {
        const rows: unknown[] = [];
        const { batches } = await xlsx.read(file, 'Garden', {});
        for await (const batch of batches) {
          rows.push(
            ...batch.map((row) => Array.from({ length: 6 }, (_, n) => valueText(row[n] ?? null) ?? null)),
          );
        }
        // What lies in parts that are not read does no harm.
        expect(rows).toEqual(expected);
      } catch (error) {
        expect(error).toMatchObject({ name: 'UserError' });
        found += 1;
      }
    }
    expect(found).toBeGreaterThan(20);
  });
});

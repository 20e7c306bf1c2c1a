import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { firstPage } from '../../src/formats/first-page';
import { startEngine, type TestEngine } from '../engine/build';
import { filesIn, tablesPython } from './rig';

/** As many rows as a sheet of Excel has, less its header; written by the standard library, piece by piece. */
const ROWS = 1_048_575;
const MAKE = `
import sys, zipfile
rows = ${ROWS}
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
    book.writestr("[Content_Types].xml", "<Types/>")
    book.writestr("xl/workbook.xml", '<workbook><sheets><sheet name="S" r:id="r1"/></sheets></workbook>')
    book.writestr("xl/_rels/workbook.xml.rels", '<Relationships><Relationship Id="r1" Target="worksheets/s.xml"/></Relationships>')
    names = ["id", "half", "name"] + [f"name {k}" for k in range(1000)]
    book.writestr("xl/sharedStrings.xml", "<sst>" + "".join(f"<si><t>{one}</t></si>" for one in names) + "</sst>")
    with book.open("xl/worksheets/s.xml", "w", force_zip64=True) as sheet:
        cells = "".join(f'<c r="{column}1" t="s"><v>{k}</v></c>' for k, column in enumerate("ABC"))
        sheet.write(f'<worksheet><dimension ref="A1:C{rows + 1}"/><sheetData><row r="1">{cells}</row>'.encode())
        for start in range(0, rows, 10000):
            sheet.write("".join(
                f'<row r="{k + 2}"><c r="A{k + 2}"><v>{k}</v></c><c r="B{k + 2}"><v>{k / 2}</v></c><c r="C{k + 2}" t="s"><v>{k % 1000 + 3}</v></c></row>'
                for k in range(start, min(start + 10000, rows))).encode())
        sheet.write(b"</sheetData></worksheet>")
`;

let rig: TestEngine;
beforeAll(async () => {
  rig = await startEngine();
});
afterAll(() => rig.remove());

it('a sheet with as many rows as Excel has: all of them are there, the last one is the right one', async () => {
  const path = filesIn(rig.folder).path('million.xlsx');
  execFileSync(tablesPython(), ['-c', MAKE, path]);
  const row = (k: number): unknown => [k, k / 2, `name ${k % 1000}`];
  const first = await firstPage(path, { limit: 3 });
  expect([first.page.rows, first.page.total]).toEqual([[row(0), row(1), row(2)], ROWS + 1]);
  const { engine } = rig;
  const { table, notes } = await engine.call('open', { source: { path } });
  expect(notes).toEqual([]);
  const { rows, columns } = await engine.call('scan', { table });
  expect([rows, columns.map(({ sqlType }) => sqlType)]).toEqual([ROWS, ['BIGINT', 'DOUBLE', 'VARCHAR']]);
  for (const k of [0, 499_999, ROWS - 2]) {
    const page = await engine.call('page', { table, offset: k, limit: 2 });
    expect(page.rows).toEqual([row(k), row(k + 1)]);
  }
  const summed = await engine.call('sql', {
    sql: 'SELECT sum(id), sum(half), count(DISTINCT name) FROM t',
    tables: { t: { path } },
    limit: 1,
  });
  expect(summed.rows[0]?.map(Number)).toEqual([(ROWS * (ROWS - 1)) / 2, (ROWS * (ROWS - 1)) / 4, 1000]);
});

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tablesPython } from '../formats/rig';
import { startEngine, type TestEngine } from './build';

let rig: TestEngine;
beforeAll(async () => {
  rig = await startEngine();
});
afterAll(() => rig.remove());

/** What another program sees of a workbook: each cell with its kind. */
const LOOK = `
import json, sys, openpyxl
sheet = openpyxl.load_workbook(sys.argv[1]).active
print(json.dumps([[[cell.data_type, str(cell.value)] for cell in row] for row in sheet.iter_rows()]))
`;

async function exported(name: string, text: string): Promise<{ cells: unknown; notes: readonly string[] }> {
  const source = path.join(rig.folder, `${name}.csv`);
  const output = path.join(rig.folder, `${name}.xlsx`);
  fs.writeFileSync(source, text);
  const { table } = await rig.engine.call('open', { source: { path: source } });
  const { notes } = await rig.engine.call('exportTable', { table, output });
  await rig.engine.call('close', { table });
  const seen = execFileSync(tablesPython(), ['-c', LOOK, output], { encoding: 'utf8' });
  return { cells: JSON.parse(seen), notes };
}

it('keeps texts as texts, dates as dates, and says what Excel does not hold', async () => {
  const long = 'x'.repeat(40_000);
  const { cells, notes } = await exported(
    'kinds ü',
    [
      'id,n,day,at,flag,text',
      '9007199254740993,0.1,2020-02-29,2020-01-02T03:04:05,true,=1+1',
      `7,-2.5,1899-12-31,2020-01-02T03:04:05.123456,false,${long}`,
      '8,,,,,"two',
      'lines <&> 00123\u0001_x0041_"',
    ].join('\n'),
  );
  expect(cells).toEqual([
    ['id', 'n', 'day', 'at', 'flag', 'text'].map((name) => ['s', name]),
    [
      ['s', '9007199254740993'],
      ['n', '0.1'],
      ['d', '2020-02-29 00:00:00'],
      ['d', '2020-01-02 03:04:05'],
      ['b', 'True'],
      ['s', '=1+1'],
    ],
    [
      ['n', '7'],
      ['n', '-2.5'],
      ['s', '1899-12-31'],
      ['d', '2020-01-02 03:04:05.123000'],
      ['b', 'False'],
      ['s', long.slice(0, 32_767)],
    ],
    [
      ['n', '8'],
      ['n', 'None'],
      ['n', 'None'],
      ['n', 'None'],
      ['n', 'None'],
      // The codes of characters, which Excel reads as what they stand for, and openpyxl does not.
      ['s', 'two\nlines <&> 00123_x0001__x005F_x0041_'],
    ],
  ]);
  const made = { path: path.join(rig.folder, 'kinds ü.xlsx') };
  const again = await rig.engine.call('sql', { sql: 'SELECT text FROM t', tables: { t: made }, limit: 3 });
  expect(again.rows[2]).toEqual(['two\nlines <&> 00123\u0001_x0041_']);
  expect(notes).toEqual([
    '1 cell of more than 15 digits written as text.',
    '1 cell with a date that Excel has not (before March 1900) written as text.',
    '1 cell with a time of more than milliseconds written to the millisecond.',
    '1 cell cut at 32767 characters, the most that Excel holds.',
  ]);
});

it('refuses more rows than a sheet has before it writes one, and leaves nothing when it is cancelled', async () => {
  const source = path.join(rig.folder, 'long.csv');
  fs.writeFileSync(source, `n\n${'1\n'.repeat(1_048_576)}`);
  const { table } = await rig.engine.call('open', { source: { path: source } });
  const output = path.join(rig.folder, 'long.xlsx');
  await expect(rig.engine.call('exportTable', { table, output })).rejects.toMatchObject({
    kind: 'unsupported',
    message:
      'A sheet of Excel holds 1048575 rows below its header and 16384 columns; these are 1048576 rows and 1 columns.',
  });
  const stop = new AbortController();
  const running = rig.engine.call('exportTable', { table, output }, { signal: stop.signal });
  stop.abort();
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  await rig.engine.call('close', { table });
  expect(fs.readdirSync(rig.folder).filter((name) => /long.*(xlsx|part)/.test(name))).toEqual([]);
});

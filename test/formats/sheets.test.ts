import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cell } from '../../src/core/table';
import { startEngine, type TestEngine } from '../engine/build';
import { filesIn, flowers, type Files } from './rig';

let rig: TestEngine;
let files: Files;
beforeAll(async () => {
  rig = await startEngine();
  files = filesIn(rig.folder);
  files.makeAll(
    [
      ['xls', 'ünï t.xls'],
      ['ods', 'ünï t.ods'],
    ],
    flowers.slice(0, 50),
  );
});
afterAll(() => rig.remove());

interface Seen {
  readonly columns: readonly (readonly [string, string])[];
  readonly rows: readonly (readonly Cell[])[];
  readonly notes: readonly string[];
}

async function seen(path: string, table?: string): Promise<Seen> {
  const { engine } = rig;
  const source = { path, ...(table === undefined ? {} : { table }) };
  const { table: id, notes } = await engine.call('open', { source });
  const { columns } = await engine.call('scan', { table: id });
  const { rows } = await engine.call('page', { table: id, offset: 0, limit: 100 });
  await engine.call('close', { table: id });
  return { columns: columns.map((one) => [one.name, one.type]), rows, notes };
}

describe.each(['xls', 'ods'])('%s', (ending) => {
  const path = (): string => files.path(`ünï t.${ending}`);

  it('lists its sheets, and says what is not in one', async () => {
    expect(await rig.engine.call('tables', { source: { path: path() } })).toEqual(['Garden', 'Q&A', 'Holes']);
    expect((await seen(path())).notes).toEqual(['Above the table, and not in it: Flowers of the garden']);
    expect(await seen(path(), 'Q&A')).toEqual({
      columns: [
        ['a', 'integer'],
        ['b', 'text'],
      ],
      rows: [[1, 'x & y']],
      notes: [],
    });
    const { columns, rows, notes } = await seen(path(), 'Holes');
    expect(columns[1]).toEqual(['zip', 'text']);
    expect(rows.map(([, zip]) => zip)).toEqual(['00123', 'x', 'y']);
    expect(rows[0]?.[0]).toBe(2.5);
    expect(rows[2]?.[0]).toBeNull();
    expect(notes).toEqual([
      '1 blank row between the others left out (3).',
      '1 cell (A5) with an error such as #DIV/0!: shown as missing.',
      '1 cell (A4) with a formula whose saved result is 0 or none: a program that does not compute saves that.',
    ]);
    await expect(seen(path(), 'Nope')).rejects.toMatchObject({
      kind: 'notFound',
      fix: 'It has: Garden, Q&A, Holes.',
    });
  });
});

it('refuses what is none of them, and what is made to fill the memory', async () => {
  const refusal = (path: string): Promise<unknown> => seen(path).catch((error: unknown) => error);
  expect(await refusal(files.write('text.xls', '<table>'))).toMatchObject({
    message: 'text.xls is not an Excel workbook of the format before 2007: it does not start like one.',
  });
  expect(await refusal(files.write('letter.xls', Buffer.from('d0cf11e0a1b11ae100', 'hex')))).toMatchObject({
    message: 'letter.xls cannot be read as an Excel workbook of the format before 2007: it is cut off',
  });
  const parts = { mimetype: 'application/vnd.oasis.opendocument.spreadsheet', 'content.xml': 300_000_000 };
  expect(await refusal(files.make('zip', 'bomb.ods', parts))).toMatchObject({
    message: 'bomb.ods was not unpacked: it grows to more than 300 times its size, as no table does.',
  });
});

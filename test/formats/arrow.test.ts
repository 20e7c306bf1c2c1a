import fs from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEngine, type TestEngine } from '../engine/build';
import { filesIn, type Files } from './rig';

let rig: TestEngine;
let files: Files;
beforeAll(async () => {
  rig = await startEngine();
  files = filesIn(rig.folder);
});
afterAll(() => rig.remove());

it('reads the types of Arrow, in batches of any size', async () => {
  const path = files.make('arrow types', 'types.feather', 30_000);
  const { table } = await rig.engine.call('open', { source: { path } });
  const { rows, columns } = await rig.engine.call('scan', { table });
  expect(rows).toBe(30_000);
  expect(columns.map((one) => [one.name, one.sqlType])).toEqual([
    ['long', 'BIGINT'],
    ['unsigned', 'UBIGINT'],
    ['money', 'DECIMAL(20,3)'],
    ['nano', 'TIMESTAMP WITH TIME ZONE'],
    ['clock', 'TIME'],
    ['raw', 'BLOB'],
    ['list', 'VARCHAR'],
    ['row', 'VARCHAR'],
    ['view', 'VARCHAR'],
    ['large', 'VARCHAR'],
    ['half', 'DOUBLE'],
    ['nothing', 'VARCHAR'],
  ]);
  const full = [
    '9007199254740993',
    '18446744073709551615',
    '-12345678901234567.125',
    '2020-02-03T04:05:06.000007Z',
    '01:02:03.000004',
    '\\x00\\xFF',
    '[1,null,3]',
    '{"a":"x","b":"1999-01-02"}',
    'seen',
    'lärge',
    0.5,
    null,
  ];
  const page = await rig.engine.call('page', { table, offset: 0, limit: 3 });
  expect(page.rows).toEqual([full, full.map(() => null), full]);
  const last = await rig.engine.call('page', { table, offset: 29_999, limit: 3 });
  expect(last.rows).toEqual([full]);
});

it('says that a stream without a mark at its end may be broken off', async () => {
  const path = files.make('arrow stream', 'whole.arrows');
  const bytes = fs.readFileSync(path);
  const open = async (content: Buffer): Promise<readonly string[]> => {
    const source = { path: files.write('end.arrows', content) };
    const { table, notes } = await rig.engine.call('open', { source });
    expect((await rig.engine.call('scan', { table })).rows).toBe(3000);
    return notes;
  };
  expect(await open(bytes)).toEqual([]);
  expect(await open(bytes.subarray(0, bytes.length - 8))).toEqual([
    'The stream has no mark at its end: if its writing was broken off, rows are missing.',
  ]);
});

it('refuses what is no Arrow file, and the first version of Feather', async () => {
  const message = (name: string, content: Buffer): Promise<unknown> =>
    rig.engine
      .call('open', { source: { path: files.write(name, content) } })
      .catch((error: unknown) => error);
  expect(await message('old.feather', Buffer.from('FEA1 and more'))).toMatchObject({
    message: 'old.feather is of the first version of Feather, which is not read.',
  });
  expect(await message('no.arrow', Buffer.from('a,b\n1,2\n'))).toMatchObject({
    message: 'no.arrow is not an Arrow or Feather file: it does not start like one.',
  });
  expect(await message('empty.arrow', Buffer.alloc(0))).toMatchObject({ name: 'UserError' });
});

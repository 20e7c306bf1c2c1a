import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cell } from '../../src/core/table';
import { startEngine, type TestEngine } from '../engine/build';
import { filesIn, flowers, type Files } from './rig';

let rig: TestEngine;
let files: Files;
beforeAll(async () => {
  rig = await startEngine();
  files = filesIn(rig.folder);
});
afterAll(() => rig.remove());

async function seen(
  path: string,
  name?: string,
): Promise<{ types: readonly (readonly string[])[]; rows: readonly (readonly Cell[])[] }> {
  const source = { path, ...(name === undefined ? {} : { table: name }) };
  const { table } = await rig.engine.call('open', { source });
  const { columns } = await rig.engine.call('scan', { table });
  const { rows } = await rig.engine.call('page', { table, offset: 0, limit: 3000 });
  await rig.engine.call('close', { table });
  return { types: columns.map((one) => [one.name, one.sqlType]), rows };
}

const refusal = (path: string, table?: string): Promise<unknown> =>
  seen(path, table).catch((error: unknown) => error);

it('lists tables and views, and keeps what SQLite’s types say', async () => {
  const path = files.make('sqlite', 'ünï t.sqlite3');
  expect(await rig.engine.call('tables', { source: { path } })).toEqual(['other', 'flowers', 'slow']);
  expect(await seen(path)).toEqual({
    types: [
      ['x', 'BIGINT'],
      ['r', 'DOUBLE'],
      ['n', 'DOUBLE'],
      ['b', 'BLOB'],
      ['t', 'VARCHAR'],
      ['1', 'BIGINT'],
    ],
    rows: [
      ['9007199254740993', 5, 7, '\\x00\\xFF', '', 1],
      [-1, 2, 8.5, null, '007', 2],
    ],
  });
  expect(await refusal(path, 'Nope')).toMatchObject({
    message: 'ünï t.sqlite3 has no table "Nope".',
    fix: 'It has: other, flowers, slow.',
  });
});

it('stops reading a slow view when nobody waits any more, and answers others meanwhile', async () => {
  const path = files.make('sqlite', 'slow.sqlite');
  const stop = new AbortController();
  const slow = rig.engine.call('open', { source: { path, table: 'slow' } }, { signal: stop.signal });
  slow.catch(() => undefined);
  expect((await seen(path)).rows).toHaveLength(2);
  const { pid } = await rig.engine.call('ping', {});
  stop.abort();
  await expect(slow).rejects.toMatchObject({ name: 'AbortError' });
  // The same process is there: nothing had to be killed but the reader.
  expect((await rig.engine.call('ping', {})).pid).toBe(pid);
  expect((await seen(path, 'flowers')).rows).toHaveLength(3000);
});

it('lists tables, schemas and views of DuckDB', async () => {
  const path = files.make('duckdb', 't ü.duckdb');
  expect(await rig.engine.call('tables', { source: { path } })).toEqual([
    'aaa',
    'flowers',
    'outside',
    'more.large',
  ]);
  expect(await seen(path)).toEqual({ types: [['one', 'INTEGER']], rows: [[1]] });
  expect((await seen(path, 'more.large')).rows).toEqual(
    flowers.filter((one) => (one.size ?? 0) > 90).map((one) => [one.id]),
  );
});

it('refuses databases that are none', async () => {
  expect(await refusal(files.write('text.db', 'a,b\n1,2\n'))).toMatchObject({
    message: 'text.db is not an SQLite database: it does not start like one.',
  });
  expect(await refusal(files.write('text.duckdb', 'a,b\n1,2\n'))).toMatchObject({
    message: 'text.duckdb is not a DuckDB database: it does not start like one.',
  });
  expect(await refusal(files.write('short.sqlite', 'SQLite format 3\0abc'))).toMatchObject({
    message: 'short.sqlite cannot be read as an SQLite database: it is cut off',
  });
});

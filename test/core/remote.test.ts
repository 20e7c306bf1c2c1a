import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StorePlace } from '../../src/core/api';
import { UserError } from '../../src/core/errors';
import { openRemote, type RemoteTable, SAMPLE_BYTES } from '../../src/core/remote';
import type { Page } from '../../src/core/table';
import { createStore } from '../../src/stores/folder';
import { startEngine, type TestEngine } from '../engine/build';
import { testPython } from '../python';

let run: TestEngine;
let folder: string;
const place = (key: string): StorePlace => {
  const store = createStore(folder);
  return { store, key, uri: store.uri(key) };
};
const remotes: RemoteTable[] = [];

async function remote(key: string): Promise<RemoteTable> {
  const opened = await openRemote(place(key), path.join(run.folder, 'copies'));
  remotes.push(opened);
  return opened;
}

async function page(file: string, offset: number, limit: number, columns?: readonly string[]): Promise<Page> {
  const { table } = await run.engine.call('open', { source: { path: file } });
  try {
    return await run.engine.call('page', { table, offset, limit, ...(columns ? { columns } : {}) });
  } finally {
    await run.engine.call('close', { table });
  }
}

beforeAll(async () => {
  run = await startEngine();
  folder = path.join(run.folder, 'store');
  await fs.mkdir(folder);
  const made = spawnSync(testPython(), [path.join(import.meta.dirname, 'remote.py'), folder], {
    encoding: 'utf8',
  });
  expect(made.stderr).toBe('');
});
afterAll(async () => {
  await Promise.all(remotes.map((one) => one.close()));
  run.remove();
});

describe('a Parquet table in a store', () => {
  const NAMES = ['id', 'hash', 'category', 'price', 'amount', 'day', 'nested', 'größe, "quoted"'];

  test.each([1_000, 7_777, 20_000, 60_000])(
    'of row groups of %d rows is read by the chunks on screen alone',
    async (size) => {
      const key = `groups-of-${size}.parquet`;
      const file = path.join(folder, key);
      const opened = await remote(key);
      expect(opened.part).toBe('chunks');
      expect(opened.first.page.total).toBe(60_000);
      const footer = opened.fetched();
      expect(footer.requests).toBeLessThanOrEqual(3);
      const shown = [0, 2, 6, 7];
      const names = shown.map((column) => NAMES[column] ?? '');
      const seen = new Set<number>();
      for (const [from, limit] of [
        [0, 100],
        [31_000, 100],
        [59_950, 100],
        [7_700, 200],
        [31_050, 100],
      ] as const) {
        await opened.need(from, from + limit, shown);
        for (let row = from; row < Math.min(60_000, from + limit); row += 1) seen.add(Math.floor(row / size));
        expect((await page(opened.source.path, from, limit, names)).rows).toEqual(
          (await page(file, from, limit, names)).rows,
        );
      }
      const wanted = chunkBytes(file, [...seen], shown);
      const { bytes } = opened.fetched();
      expect(bytes).toBeGreaterThanOrEqual(wanted);
      expect(bytes).toBeLessThanOrEqual(1.1 * wanted);
      // What was not fetched is an error, never a wrong value.
      await expect(page(opened.source.path, 0, 10, ['hash'])).rejects.toThrow();
      await opened.need(0, 10);
      expect((await page(opened.source.path, 0, 10)).rows).toEqual((await page(file, 0, 10)).rows);
    },
  );
});

describe('a text table in a store', () => {
  const rows = (file: string, offset = 0): Promise<Page> => page(file, offset, 10);

  /** The beginning of `text`, written as this encoding, beside the whole read by the engine. */
  async function beginning(
    key: string,
    content: string | Buffer,
  ): Promise<{ opened: RemoteTable; file: string }> {
    const file = path.join(folder, key);
    await fs.writeFile(file, content);
    return { opened: await remote(key), file };
  }

  test.each([
    ['plain.csv', '\n', 'x'],
    ['quoted lines.csv', '\r\n', '"quoted, ""twice"",\r\nand over lines"'],
    ['long records.csv', '\n', `"${'a line\n'.repeat(20_000)}"`],
  ])('%s is shown by whole records from its beginning', async (key, end, text) => {
    const count = Math.ceil(3_000_000 / (text.length + 10));
    const lines = Array.from({ length: count }, (_, row) => `${row},${text}`);
    const { opened, file } = await beginning(key, `id,text${end}${lines.join(end)}${end}`);
    expect(opened.part).toBe('beginning');
    expect(opened.fetched()).toEqual({ bytes: SAMPLE_BYTES, requests: 2 });
    expect(opened.first.bytes).toBe((await fs.stat(file)).size);
    expect(opened.first.page.rows.slice(0, 3)).toEqual((await rows(file)).rows.slice(0, 3));
    expect(opened.first.page.exact).toBe(false);
    const { table } = await run.engine.call('open', { source: opened.source });
    const scanned = await run.engine.call('scan', { table });
    expect(scanned.rejected).toBe(0);
    // So many whole records fit, and not one more.
    const bytes = (records: number): number =>
      Buffer.byteLength(`id,text${end}${lines.slice(0, records).join(end)}${end}`);
    expect(bytes(scanned.rows)).toBeLessThanOrEqual(SAMPLE_BYTES);
    expect(bytes(scanned.rows + 1)).toBeGreaterThan(SAMPLE_BYTES);
    expect(Math.abs(opened.total(scanned.rows) / count - 1)).toBeLessThan(0.1);
    const last = await run.engine.call('page', { table, offset: scanned.rows - 1, limit: 1 });
    expect(last.rows).toEqual((await page(file, scanned.rows - 1, 1)).rows);
  });

  test('in another encoding reads as the whole one does', async () => {
    const text = `name;wert\n${Array.from({ length: 90_000 }, (_, row) => `Größe ${row};${row},5`).join('\n')}\n`;
    const { opened, file } = await beginning('latin.csv', Buffer.from(text, 'latin1'));
    expect(opened.first.dialect).toMatchObject({ encoding: 'iso-8859-1', delimiter: ';', decimal: ',' });
    const { table } = await run.engine.call('open', { source: opened.source });
    const some = await run.engine.call('page', { table, offset: 40_000, limit: 2 });
    expect(some.rows).toEqual([
      ['Größe 40000', 40000.5],
      ['Größe 40001', 40001.5],
    ]);
    expect(some.rows).toEqual((await page(file, 40_000, 2)).rows);
  });

  test('of JSON lines is cut behind a line', async () => {
    const lines = Array.from({ length: 50_000 }, (_, row) =>
      JSON.stringify({ row, text: 'x'.repeat(row % 50) }),
    );
    const { opened } = await beginning('lines.jsonl', `${lines.join('\n')}\n`);
    const { table } = await run.engine.call('open', { source: opened.source });
    const { rows: count, rejected } = await run.engine.call('scan', { table });
    expect(rejected).toBe(0);
    const last = await run.engine.call('page', { table, offset: count - 1, limit: 1 });
    expect(last.rows).toEqual([[count - 1, 'x'.repeat((count - 1) % 50)]]);
  });

  test('that is small comes as a whole', async () => {
    const { opened } = await beginning('small.csv', 'a,b\n1,x\n2,y');
    expect(opened.part).toBe('all');
    expect(opened.first.page).toMatchObject({ exact: true, total: 2 });
    expect((await page(opened.source.path, 0, 10)).rows).toEqual([
      [1, 'x'],
      [2, 'y'],
    ]);
    expect((await beginning('empty.csv', '')).opened.first.page).toMatchObject({ columns: [], rows: [] });
  });
});

describe('a table in a store', () => {
  const kindOf = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'none',
      (error: unknown) => (error instanceof UserError ? `${error.kind}: ${error.message}` : String(error)),
    );

  test('that changes while it is looked at is refused, not mixed', async () => {
    const key = 'changing.parquet';
    await fs.copyFile(path.join(folder, 'groups-of-20000.parquet'), path.join(folder, key));
    const opened = await remote(key);
    await opened.need(0, 10);
    await fs.copyFile(path.join(folder, 'groups-of-7777.parquet'), path.join(folder, key));
    expect(await kindOf(opened.need(50_000, 50_010))).toMatch(/^conflict: .*changed meanwhile/);
  });

  test('that is no table says so', async () => {
    await fs.writeFile(path.join(folder, 'cut.parquet'), Buffer.alloc(2_000_000, 'PAR1'));
    expect(await kindOf(remote('cut.parquet'))).toMatch(
      /^invalid: cut\.parquet cannot be read as a Parquet file/,
    );
    await fs.writeFile(path.join(folder, 'picture.csv'), Buffer.from('89504e470d0a1a0a', 'hex'));
    expect(await kindOf(remote('picture.csv'))).toMatch(/^invalid: picture\.csv is not a text table/);
    expect(await kindOf(remote('absent.csv'))).toMatch(/^notFound: /);
    expect(await fs.readdir(path.join(run.folder, 'copies'))).toHaveLength(remotes.length);
  });

  test('leaves nothing on this machine when it is closed, also while it fetches', async () => {
    const opened = await remote('groups-of-60000.parquet');
    const fetching = opened.need(0, 10).catch(() => undefined);
    await opened.close();
    await fetching;
    await expect(fs.stat(opened.source.path)).rejects.toThrow('ENOENT');
  });

  test('is not fetched by a call that was cancelled', async () => {
    const opened = await remote('groups-of-20000.parquet');
    const { bytes } = opened.fetched();
    await expect(opened.need(0, 10, undefined, AbortSignal.abort())).rejects.toThrow(/abort/i);
    expect(opened.fetched().bytes).toBe(bytes);
  });
});

/** Bytes of the footer and of the chunks of these columns in these row groups, as DuckDB reads them from the whole file. */
function chunkBytes(file: string, groups: readonly number[], columns: readonly number[]): number {
  const script = `
import json, struct, sys
import pyarrow.parquet as pq
file, groups, columns = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
with open(file, "rb") as f:
    f.seek(-8, 2)
    total = struct.unpack("<I", f.read(4))[0] + 8
meta = pq.read_metadata(file)
names = [field.name for field in pq.read_schema(file)]
wanted = {names[column] for column in columns}
for group in groups:
    for leaf in range(meta.num_columns):
        chunk = meta.row_group(group).column(leaf)
        if chunk.path_in_schema.split(".")[0] in wanted:
            total += chunk.total_compressed_size
print(total)
`;
  const said = spawnSync(
    testPython(),
    ['-c', script, file, JSON.stringify(groups), JSON.stringify(columns)],
    {
      encoding: 'utf8',
    },
  );
  expect(said.stderr).toBe('');
  return Number(said.stdout);
}

test('an object of which no part can be shown is said to have to come as a whole, with its size and a button', async () => {
  const noise = randomBytes(SAMPLE_BYTES + 1000);
  const files: Readonly<Record<string, readonly [Buffer, string]>> = {
    'noise.csv.gz': [gzipSync(noise), 'noise.csv.gz is compressed, so it is read as a whole'],
    'noise.avro': [
      Buffer.concat([Buffer.from('Obj\u0001'), noise]),
      'noise.avro is of a format that is read as a whole',
    ],
    'noise.arrow': [
      Buffer.concat([Buffer.from('ARROW1'), noise]),
      'noise.arrow is of a format that is read as a whole',
    ],
    'noise.db': [
      Buffer.concat([Buffer.from('SQLite format 3\0'), noise]),
      'noise.db is of a format that is read as a whole',
    ],
  };
  for (const [key, [content, why]] of Object.entries(files)) {
    await fs.writeFile(path.join(folder, key), content);
    await expect(remote(key)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(
        new RegExp(`^${why}; it has 901\\S* kB and is not on this machine\\.$`),
      ) as string,
      actions: [{ title: 'Fetch', command: 'mll.dataset.fetch', args: [place(key).uri] }],
    });
  }
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createApi } from '../../src/engine/api';
import { openDatabase, type Session } from '../../src/engine/duckdb';
import { createMemory, IDLE_BYTES } from '../../src/engine/memory';
import type { CallContext } from '../../src/rpc';

const folder = mkdtempSync(join(tmpdir(), 'mll-memory-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const MIB = 2 ** 20;

/** What DuckDB itself says that this database may use, in bytes. */
async function limitOf(session: Session): Promise<number> {
  const { rows } = await session.all(`SELECT current_setting('memory_limit')`);
  const [, value, unit] = /^([\d.]+) (\w+)$/.exec(String(rows[0]?.[0])) ?? [];
  return Number(value) * ({ bytes: 1, KiB: 1024, MiB: MIB, GiB: 2 ** 30 }[String(unit)] ?? NaN);
}

test('the limits of all databases together stay within the memory, also when both lanes are full', async () => {
  const memory = createMemory(128 * MIB);
  const all: number[] = [];
  const limits = new Map<number, number>();
  const parts = await Promise.all(
    Array.from({ length: 12 }, (_, at) =>
      memory.join(async (bytes) => {
        await Promise.resolve();
        limits.set(at, bytes);
        all.push([...limits.values()].reduce((sum, one) => sum + one, 0) + (12 - limits.size) * IDLE_BYTES);
      }),
    ),
  );
  const running = new Set<number>();
  let most = 0;
  await Promise.all(
    Array.from({ length: 60 }, async (_, k) => {
      const at = (k * 7) % parts.length;
      await parts[at]?.run(k % 3 === 0 ? 'page' : 'background', async () => {
        running.add(k);
        most = Math.max(most, running.size);
        expect(limits.get(at)).toBeGreaterThan(IDLE_BYTES);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running.delete(k);
      });
    }),
  );
  expect(most).toBe(2);
  expect(all.length).toBeGreaterThan(12);
  expect(Math.max(...all)).toBeLessThanOrEqual(128 * MIB);
});

test('a database that cannot give memory up keeps it, and no other gets it', async () => {
  const memory = createMemory(64 * MIB);
  const sizes: number[] = [];
  const stubborn = await memory.join((bytes) => {
    if (bytes === IDLE_BYTES) return Promise.reject(new Error('pinned'));
    sizes[0] = bytes;
    return Promise.resolve();
  });
  await stubborn.run('background', () => Promise.resolve());
  const others = await Promise.all(
    [1, 2].map((at) =>
      memory.join((bytes) => {
        sizes[at] = bytes;
        return Promise.resolve();
      }),
    ),
  );
  for (const other of others) await other.run('background', () => Promise.resolve());
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(64 * MIB);
});

test('one that holds a little which cannot go to disk is pressed down to that, and the next gets its share', async () => {
  const memory = createMemory(64 * MIB);
  const sizes: number[] = [];
  const part = (at: number, pinned: number) =>
    memory.join((bytes) => {
      if (bytes < pinned) return Promise.reject(new Error('pinned'));
      sizes[at] = bytes;
      return Promise.resolve();
    });
  const [first, second] = [await part(0, 5 * MIB), await part(1, 0)];
  await first.run('background', () => Promise.resolve());
  expect(sizes).toEqual([48 * MIB]);
  await second.run('background', () => Promise.resolve());
  expect(sizes).toEqual([8 * MIB, 48 * MIB]);
});

test('when nothing is left a further table is refused with what to do, and one that is closed makes room', async () => {
  const memory = createMemory(4 * IDLE_BYTES);
  const resize = (): Promise<void> => Promise.resolve();
  const parts = [];
  for (let at = 0; at < 4; at += 1) parts.push(await memory.join(resize));
  await expect(memory.join(resize)).rejects.toMatchObject({
    kind: 'quota',
    fix: expect.stringContaining('Close') as string,
  });
  await parts[0]?.leave();
  await expect(memory.join(resize)).resolves.toBeDefined();
});

test('three databases that hold more than fits share it: the idle ones go to disk and come back whole', async () => {
  const memory = createMemory(128 * MIB);
  const options = { tempDirectory: join(folder, 'spill'), memory, threads: 2 };
  const databases = [await openDatabase(options), await openDatabase(options), await openDatabase(options)];
  const sessions = await Promise.all(databases.map((one) => one.connect()));
  const rows = 1_000_000;
  for (const [at, session] of sessions.entries()) {
    await session.run(
      `CREATE TEMP TABLE held AS SELECT range AS i, 'text ' || (range * ${at + 2}) AS t FROM range(${rows})`,
    );
  }
  for (let round = 0; round < 3; round += 1) {
    const limits: number[] = [];
    for (const [at, session] of sessions.entries()) {
      const { rows: found } = await session.all('SELECT count(*), sum(i), max(length(t)) FROM held');
      expect(found).toEqual([[rows, (rows * (rows - 1)) / 2, `text ${(rows - 1) * (at + 2)}`.length]]);
      limits.push(await limitOf(session));
    }
    for (const limit of limits) expect(limit).toBeLessThanOrEqual((128 * MIB * 3) / 4);
  }
  for (const one of databases) one.close();
});

test('nothing but the memory limit of a database can be changed, and no statement of a user does that', async () => {
  const memory = createMemory(64 * MIB);
  const database = await openDatabase({ tempDirectory: join(folder, 'locked'), memory });
  const session = await database.connect();
  await expect(session.run(`SET threads = 4`)).rejects.toThrow('locked');
  await expect(session.run(`SET temp_directory = '/tmp'`)).rejects.toThrow('locked');
  await expect(session.checkSelect(`SET memory_limit = '9GB'`)).rejects.toMatchObject({ kind: 'invalid' });
  database.close();
});

test('ten tables are profiled at once within one limit', async () => {
  const api = createApi({ tempFolder: join(folder, 'engine'), memoryLimit: 256 * MIB });
  const context = (): CallContext => ({ signal: new AbortController().signal, progress: () => undefined });
  const rows = 20_000;
  try {
    const tables = await Promise.all(
      Array.from({ length: 10 }, async (_, at) => {
        const path = join(folder, `table ${at}.csv`);
        const lines = Array.from({ length: rows }, (_line, i) => `${i * (at + 1)},name ${i % (at + 3)}`);
        writeFileSync(path, `n,t\n${lines.join('\n')}\n`);
        return (await api.handlers.open({ source: { path } }, context())).table;
      }),
    );
    const profiles = await Promise.all(
      tables.map(async (table) => api.handlers.profile({ table }, context())),
    );
    for (const [at, profile] of profiles.entries()) {
      expect(profile.columns).toMatchObject([
        { distinct: rows, max: (rows - 1) * (at + 1) },
        { distinct: at + 3, distinctExact: true },
      ]);
    }
    const pages = await Promise.all(
      tables.map(async (table) =>
        api.handlers.page(
          { table, offset: 19_000, limit: 1, sort: [{ column: 'n', descending: true }] },
          context(),
        ),
      ),
    );
    expect(pages.map((page) => page.rows[0]?.[0])).toEqual(tables.map((_, at) => 999 * (at + 1)));
  } finally {
    api.dispose();
  }
});

test('what a person waits for comes before the rest of the background', async () => {
  const memory = createMemory(128 * MIB);
  const part = await memory.join(() => Promise.resolve());
  const order: string[] = [];
  const add = (lane: 'background' | 'asked', name: string): Promise<void> =>
    part.run(lane, async () => {
      order.push(name);
      await new Promise((resolve) => setTimeout(resolve, 5));
    });
  await Promise.all([
    add('background', 'profile 1'),
    add('background', 'profile 2'),
    add('background', 'profile 3'),
    add('asked', 'search'),
  ]);
  expect(order).toEqual(['profile 1', 'search', 'profile 2', 'profile 3']);
});

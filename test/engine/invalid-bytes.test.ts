import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEngine, type TestEngine } from './build';

let run: TestEngine;
beforeAll(async () => {
  run = await startEngine();
});
afterAll(() => {
  run.remove();
});

test.each([
  ['as DuckDB reads it', '\n'],
  ['from a clean copy', '\r\n'],
])(
  'each invalid byte rejects its record only, which is listed with its place and text: %s',
  async (_, end) => {
    const start = Buffer.from(`a,b\n${'1,x\n'.repeat(70_000)}`);
    const path = join(run.folder, 'invalid.csv');
    writeFileSync(path, Buffer.concat([start, Buffer.from(`2,\xff\xff${end}?,\xff\n4,z\n`, 'latin1')]));
    const { table } = await run.engine.call('open', { source: { path } });
    expect(await run.engine.call('scan', { table })).toMatchObject({ rows: 70_001, rejected: 2 });
    const page = await run.engine.call('page', { table, offset: 69_999, limit: 2 });
    expect(page.rows).toEqual([
      [1, 'x'],
      [4, 'z'],
    ]);
    const { rejects } = await run.engine.call('profile', { table, sampleRows: 0 });
    expect(rejects).toMatchObject([
      { line: 70_002, byte: start.length, raw: '2,\uFFFD\uFFFD' },
      { line: 70_003, byte: start.length + 4 + end.length, raw: '?,\uFFFD' },
    ]);
  },
);

describe('a byte that is no UTF-8, far down', () => {
  const broken = (record: (i: number) => string, at: number, bad: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from(Array.from({ length: at }, (_, i) => record(i)).join('')),
      bad,
      Buffer.from(Array.from({ length: 1000 }, (_, i) => record(at + i)).join('')),
    ]);

  test('its record is a problem for every query, whatever columns it reads', async () => {
    const path = join(run.folder, 'late-byte.csv');
    const bad = Buffer.concat([Buffer.from('5,'), Buffer.from([0xff]), Buffer.from(',6\n')]);
    const rows = broken((i) => `${i},text ${i},${i % 7}\n`, 40_000, bad);
    writeFileSync(path, Buffer.concat([Buffer.from('a,b,c\n'), rows]));
    const source = { path };
    const { table } = await run.engine.call('open', { source });
    expect(await run.engine.call('scan', { table })).toMatchObject({ rows: 41_000, rejected: 1 });
    for (const [sql, answer] of [
      ['SELECT count(*) FROM t', 41_000],
      ['SELECT count(a) FROM t', 41_000],
      ['SELECT max(b) FROM t', 'text 9999'],
      ['SELECT sum(c) FROM t', Array.from({ length: 41_000 }, (_, i) => i % 7).reduce((a, b) => a + b)],
    ] as const) {
      const found = await run.engine.call('sql', { sql, tables: { t: source }, limit: 1 });
      expect(found.rows, sql).toEqual([[answer]]);
    }
    const profile = await run.engine.call('profile', { table });
    expect(profile.columns.map((one) => one.missing)).toEqual([0, 0, 0]);
    expect(profile.columns.map((one) => one.distinct)).toEqual([41_000, 41_000, 7]);
  });

  test('in a table of many columns', async () => {
    const path = join(run.folder, 'wide-byte.csv');
    const cells = (i: number): string => Array.from({ length: 900 }, (_, at) => `x${(i + at) % 5}`).join(',');
    const bad = Buffer.concat([Buffer.from([0xff]), Buffer.from(`${cells(0)}\n`)]);
    const header = `${Array.from({ length: 900 }, (_, at) => `c${at}`).join(',')}\n`;
    writeFileSync(path, Buffer.concat([Buffer.from(header), broken((i) => `${cells(i)}\n`, 200, bad)]));
    const { table } = await run.engine.call('open', { source: { path } });
    expect(await run.engine.call('scan', { table })).toMatchObject({ rows: 1200, rejected: 1 });
    const profile = await run.engine.call('profile', { table });
    expect(profile.rejects[0]).toMatchObject({ line: 202 });
    expect(profile.columns[899]).toMatchObject({ name: 'c899', missing: 0, distinct: 5 });
    expect(profile.columns[899]?.top.reduce((sum, { count }) => sum + count, 0)).toBe(1200);
  });
});

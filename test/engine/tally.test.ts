import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ColumnProfile, Profile } from '../../src/core/table';
import { STRIDE } from '../../src/engine/row-index';
import { startTally, type TallyKey } from '../../src/engine/tally';
import { startEngine, type TestEngine } from './build';

/** More than are profiled as they are, and more than are held of a column that turns out to have many values. */
const ROWS = 420_000;
/** As src/engine/profile-sample.ts takes them: so many runs of STRIDE rows, evenly over the file. */
const BLOCKS = 160;
const sampled = new Set(
  Array.from({ length: BLOCKS }, (_, at) => Math.floor((at * Math.ceil(ROWS / STRIDE)) / BLOCKS)),
);
const isSampled = (row: number): boolean => sampled.has(Math.floor(row / STRIDE));

/** Cells as they are written, by the place of the row; '' is missing. */
const CELLS: Readonly<Record<string, (row: number) => string>> = {
  constant: () => 'always this',
  nothing: () => '',
  flag: (row) => (row % 3 === 0 ? 'true' : row % 3 === 1 ? 'false' : ''),
  text: (row) => ['"a ""quoted"", one"', 'naïve 🐧', '"two\nlines"', 'plain', ''][row % 5] ?? '',
  whole: (row) => ['9007199254740993', '-9007199254740993', '922337203685477580', '0'][row % 4] ?? '',
  decimal: (row) => ['0.5', 'Infinity', '-Infinity', 'NaN', '1.25', '-2.0', ''][row % 7] ?? '',
  zero: (row) => (row % 2 === 0 ? '0.0' : '-0.0'),
  moment: (row) => `2024-02-${String((row % 28) + 1).padStart(2, '0')} 23:59:59.${row % 2}00001`,
  // Few in what the sample sees, more than can be held in all rows.
  surprise: (row) => (isSampled(row) ? 'seldom' : `value ${row}`),
  // A word far behind makes texts of its numbers: their most frequent one is as it is written.
  broken: (row) => (row === 0.8 * ROWS ? 'unknown' : row % 5 === 1 ? '1.50' : `${row}.25`),
  filler: (row) => `a text that is like no other and makes the file large enough: ${row} `.padEnd(120, '.'),
};

let run: TestEngine;
let profile: Profile;
const counts = new Map<string, Map<string, number>>();

beforeAll(async () => {
  run = await startEngine();
  const path = join(run.folder, 'counted.csv');
  const file = openSync(path, 'w');
  let text = `${Object.keys(CELLS).join(',')}\n`;
  for (const name of Object.keys(CELLS)) counts.set(name, new Map());
  for (let row = 0; row < ROWS; row += 1) {
    const cells = Object.entries(CELLS).map(([name, write]) => {
      const cell = write(row);
      const value = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
      const seen = counts.get(name);
      if (name !== 'filler') seen?.set(value, (seen.get(value) ?? 0) + 1);
      return cell;
    });
    text += `${cells.join(',')}\n`;
    if (text.length > 2 ** 20 || row === ROWS - 1) {
      writeSync(file, text);
      text = '';
    }
  }
  closeSync(file);
  const { table } = await run.engine.call('open', { source: { path } });
  profile = await run.engine.call('profile', { table });
}, 120_000);
afterAll(() => {
  run.remove();
});

function column(name: string): ColumnProfile {
  const found = profile.columns.find((one) => one.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

/** What was written, by how often it was. */
const written = (name: string, cell: string): number => counts.get(name)?.get(cell) ?? 0;

describe('values of all rows that are counted while they are read', () => {
  test('one value, and none', () => {
    expect(profile).toMatchObject({ rows: ROWS, exact: true, rejected: 0 });
    expect(column('constant')).toMatchObject({
      distinct: 1,
      distinctExact: true,
      missing: 0,
      top: [{ value: 'always this', count: ROWS }],
    });
    expect(column('nothing')).toMatchObject({ distinct: 0, distinctExact: true, missing: ROWS, top: [] });
  });

  test('yes and no, with missing cells', () => {
    expect(column('flag')).toMatchObject({
      type: 'boolean',
      distinct: 2,
      missing: written('flag', ''),
      top: [
        { value: false, count: written('flag', 'false') },
        { value: true, count: written('flag', 'true') },
      ],
    });
  });

  test('texts with quotes, line ends and signs outside of the basic plane', () => {
    const values = ['a "quoted", one', 'naïve 🐧', 'plain', 'two\nlines'];
    expect(column('text')).toMatchObject({
      distinct: 4,
      distinctExact: true,
      missing: written('text', ''),
      min: values[0],
      max: values[3],
      top: values.map((value) => ({ value, count: written('text', value) })),
    });
  });

  test('whole numbers beyond 2^53', () => {
    const top = ['-9007199254740993', '0', '9007199254740993', '922337203685477580'];
    const found = column('whole');
    expect(found).toMatchObject({ type: 'integer', distinct: 4, missing: 0 });
    expect(found.top.map(({ value, count }) => [String(value), count])).toEqual(
      top.map((value) => [value, written('whole', value)]),
    );
  });

  test('numbers that are infinite or none are values, but neither ends nor in the mean', () => {
    const found = column('decimal');
    expect(found).toMatchObject({ type: 'number', distinct: 6, missing: written('decimal', '') });
    expect([found.min, found.max]).toEqual([-2, 1.25]);
    const finite = [0.5, 1.25, -2].map(
      (x) => [x, written('decimal', x === -2 ? '-2.0' : String(x))] as const,
    );
    const n = finite.reduce((sum, [, count]) => sum + count, 0);
    const mean = finite.reduce((sum, [x, count]) => sum + x * count, 0) / n;
    const squares = finite.reduce((sum, [x, count]) => sum + (x - mean) ** 2 * count, 0);
    expect(found.mean).toBeCloseTo(mean, 10);
    expect(found.sd).toBeCloseTo(Math.sqrt(squares / (n - 1)), 10);
    expect(found.histogram?.counts.reduce((sum, count) => sum + count, 0)).toBe(n);
    expect(column('zero')).toMatchObject({ distinct: 1, missing: 0, min: 0, max: 0, mean: 0, sd: 0 });
  });

  test('moments to the microsecond', () => {
    const found = column('moment');
    expect(found).toMatchObject({ type: 'datetime', distinct: 28, missing: 0 });
    expect([found.min, found.max]).toEqual(['2024-02-01T23:59:59.000001', '2024-02-28T23:59:59.100001']);
  });

  test('numbers that turn out to be texts are counted as they are written', () => {
    expect(column('broken')).toMatchObject({
      type: 'text',
      distinct: counts.get('broken')?.size,
      missing: 0,
      max: 'unknown',
    });
    expect(column('broken').top[0]).toEqual({ value: '1.50', count: written('broken', '1.50') });
  });

  test('more values than the sample let expect, and than can be held: a further pass counts them', () => {
    expect(column('surprise')).toMatchObject({
      distinct: counts.get('surprise')?.size,
      distinctExact: true,
      missing: 0,
    });
    expect(column('surprise').top[0]).toEqual({ value: 'seldom', count: written('surprise', 'seldom') });
  });
});

test('columns are given up, one by one, where threads would wait too long', async () => {
  const keys: TallyKey[] = [
    { kind: 'values', sql: 'i % 3', sqlType: 'BIGINT' },
    { kind: 'values', sql: 'i % 5', sqlType: 'BIGINT' },
    { kind: 'numbers', sql: 'i::DOUBLE', edges: [10] },
  ];
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const count = async (patience?: number) => {
    const tally = startTally(connection, keys, patience);
    await connection.run(`SELECT ${tally.sql} FROM range(1_000_000) t(i)`);
    return tally.end();
  };
  const numbers = { kind: 'numbers', bins: [10, 999_990], mean: 499_999.5 };
  const [some, others, all] = await count(Infinity);
  expect([some, others].map((one) => one?.kind === 'values' && [...one.rows].sort())).toEqual([
    [333_333, 333_333, 333_334],
    new Array(5).fill(200_000),
  ]);
  expect(all).toMatchObject(numbers);
  // Each vector comes too late: what is left is as exact as before.
  expect(await count(0)).toEqual([undefined, undefined, expect.objectContaining(numbers)]);
  connection.closeSync();
  instance.closeSync();
});

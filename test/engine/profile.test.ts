import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ColumnProfile, Profile } from '../../src/core/table';
import { startEngine, type TestEngine } from './build';

let run: TestEngine;
let profile: Profile;
const seen: Profile[] = [];

beforeAll(async () => {
  run = await startEngine();
  const path = join(run.folder, 'profile.csv');
  const lines = Array.from({ length: 100 }, (_, i) =>
    [
      i + 1,
      i % 10 === 0 ? '' : (i + 1) / 4,
      i % 4 === 0 ? 'red' : 'blue',
      `${(i % 12) + 1}/${(i % 28) + 1}/2020`,
      // Half of it is words that stand for nothing else: the column stays text.
      i % 2 === 0 ? '"1,234.5"' : 'refused',
      i < 50 ? '2024-01-01' : '2024-01-11',
      '',
    ].join(','),
  );
  writeFileSync(path, `i,v,colour,us,amount,day,nothing\n${lines.join('\n')}\n`);
  const { table } = await run.engine.call('open', { source: { path } });
  profile = await run.engine.call(
    'profile',
    { table },
    { onProgress: (value) => seen.push(value as Profile) },
  );
});
afterAll(() => {
  run.remove();
});

function column(name: string): ColumnProfile {
  const found = profile.columns.find((one) => one.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

test('progress holds each column once', () => {
  expect(seen.flatMap(({ columns }) => columns)).toEqual(profile.columns);
  expect(seen.every(({ rows, exact }) => rows === 100 && exact)).toBe(true);
  expect(profile).toMatchObject({ rows: 100, exact: true, rejected: 0, rejects: [] });
});

test('an integer column', () => {
  const one = column('i');
  expect(one).toMatchObject({
    type: 'integer',
    missing: 0,
    distinct: 100,
    distinctExact: true,
    min: 1,
    max: 100,
    mean: 50.5,
  });
  // Sample standard deviation of 1 … 100 is sqrt(100 · 101 / 12).
  expect(one.sd).toBeCloseTo(Math.sqrt((100 * 101) / 12), 12);
  expect(one.quantiles).toEqual(
    [5.95, 25.75, 50.5, 75.25, 95.05].map((value) => expect.closeTo(value, 9) as number),
  );
  expect(one.histogram?.edges).toHaveLength(21);
  expect(one.histogram?.counts).toEqual(new Array(20).fill(5));
});

test('missing numbers are counted and left out', () => {
  const values = Array.from({ length: 100 }, (_, i) => i)
    .filter((i) => i % 10 !== 0)
    .map((i) => (i + 1) / 4);
  const one = column('v');
  expect(one).toMatchObject({ type: 'number', missing: 10, distinct: 90, min: 0.5, max: 25 });
  expect(one.mean).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / 90, 12);
  expect(one.histogram?.counts.reduce((sum, count) => sum + count, 0)).toBe(90);
});

test('text: top values, numbers and dates stored as text', () => {
  expect(column('colour').top).toEqual([
    { value: 'blue', count: 75 },
    { value: 'red', count: 25 },
  ]);
  expect(column('colour')).toMatchObject({
    numericText: 0,
    dateText: 0,
    distinct: 2,
    histogram: null,
    mean: null,
  });
  expect(column('us')).toMatchObject({ type: 'text', dateText: 100, numericText: 0 });
  expect(column('amount')).toMatchObject({
    type: 'text',
    numericText: 50,
    numericThousands: ',',
    dateText: 0,
  });
  expect(column('amount')).not.toHaveProperty('numericSigns');
  expect(column('nothing')).toMatchObject({ missing: 100, distinct: 0, min: null, max: null, top: [] });
});

test('dates have a histogram in milliseconds', () => {
  const one = column('day');
  expect(one).toMatchObject({ type: 'date', min: '2024-01-01', max: '2024-01-11', distinct: 2 });
  expect(one.histogram?.edges[0]).toBe(Date.UTC(2024, 0, 1));
  expect(one.histogram?.edges.at(-1)).toBe(Date.UTC(2024, 0, 11));
  expect(one.histogram?.counts).toEqual([50, ...new Array<number>(18).fill(0), 50]);
});

test('Parquet gives the same page and profile as the CSV it was made from', async () => {
  const csv = { path: join(run.folder, 'profile.csv') };
  const output = join(run.folder, 'profile.parquet');
  await run.engine.call('recipeRun', {
    source: csv,
    plan: { plan: 1, input: profile.columns.map(({ name, sqlType }) => ({ name, sqlType })), steps: [] },
    output,
  });
  const { table, columns } = await run.engine.call('open', { source: { path: output } });
  expect(columns.map(({ name, sqlType }) => [name, sqlType])).toEqual(
    profile.columns.map(({ name, sqlType }) => [name, sqlType]),
  );
  const same = await run.engine.call('profile', { table });
  expect(same.columns).toEqual(profile.columns);
  const { table: text } = await run.engine.call('open', { source: csv });
  for (const sort of [[], [{ column: 'v', descending: true }]]) {
    const request = { offset: 60, limit: 15, sort };
    const page = await run.engine.call('page', { table, ...request });
    expect(page.rows).toEqual((await run.engine.call('page', { table: text, ...request })).rows);
    expect(page.total).toBe(100);
  }
});

test('codes with leading zeros are no numbers, and a time of day is noticed', async () => {
  const path = join(run.folder, 'codes.csv');
  const lines = Array.from({ length: 60 }, (_, i) => {
    const hour = String(i % 24).padStart(2, '0');
    return `${i < 5 ? '00' : ''}${501 + i},at ${i},2015/01/${String((i % 28) + 1).padStart(2, '0')} ${hour}:00:00`;
  });
  writeFileSync(path, `zip,free,when\n${lines.join('\n')}\n`);
  const { table } = await run.engine.call('open', { source: { path } });
  const codes = await run.engine.call('profile', { table });
  const [zip, free, when] = codes.columns;
  expect(zip).toMatchObject({ name: 'zip', type: 'text', numericText: 0 });
  expect(free).toMatchObject({ name: 'free', numericText: 0, dateText: 0 });
  expect(when).toMatchObject({ name: 'when', type: 'text', dateText: 60, dateTime: true });
});

test('a wide table: every column, in order, a few at a time', async () => {
  const path = join(run.folder, 'wide.csv');
  const names = Array.from({ length: 700 }, (_, at) => `c${at}`);
  const lines = Array.from({ length: 50 }, (_, i) =>
    names.map((_name, at) => (at % 2 === 0 ? i * at : `t${(i * at) % 7}`)).join(','),
  );
  writeFileSync(path, `${names.join(',')}\n${lines.join('\n')}\n`);
  const { table } = await run.engine.call('open', { source: { path } });
  const parts: number[] = [];
  const wide = await run.engine.call(
    'profile',
    { table },
    { onProgress: (value) => parts.push((value as Profile).columns.length) },
  );
  expect(wide.columns.map(({ name }) => name)).toEqual(names);
  expect(parts.reduce((sum, count) => sum + count, 0)).toBe(700);
  expect(Math.max(...parts)).toBeLessThan(100);
  expect(wide.columns[600]).toMatchObject({
    type: 'integer',
    distinct: 50,
    min: 0,
    max: 600 * 49,
    mean: 600 * 24.5,
  });
  expect(wide.columns[601]).toMatchObject({
    type: 'text',
    distinct: 7,
    top: Array.from({ length: 7 }, (_, at) => ({ value: `t${at}`, count: at === 0 ? 8 : 7 })),
  });
});

test('infinite numbers and NaN are values, but neither ends nor in a mean', async () => {
  const path = join(run.folder, 'infinite.csv');
  writeFileSync(path, 'x\n1\n2\n\n4.5\nnan\ninf\n-inf\n2\n');
  const { table } = await run.engine.call('open', { source: { path } });
  const [x] = (await run.engine.call('profile', { table })).columns;
  expect(x).toMatchObject({
    type: 'number',
    missing: 1,
    distinct: 6,
    distinctExact: true,
    min: 1,
    max: 4.5,
    mean: 2.375,
    quantilesExact: true,
  });
  // Sample standard deviation of 1, 2, 2 and 4.5; the median of four lies between the middle two.
  expect(x?.sd).toBeCloseTo(Math.sqrt((1.375 ** 2 + 2 * 0.375 ** 2 + 2.125 ** 2) / 3), 12);
  expect(x?.quantiles[2]).toBe(2);
  expect(x?.quantiles[3]).toBeCloseTo(2 + 0.25 * 2.5, 12);
  expect(x?.top[0]).toEqual({ value: 2, count: 2 });
  expect(x?.histogram?.counts.reduce((sum, count) => sum + count, 0)).toBe(4);
});

test('a value on the edge between two bins is counted above it', async () => {
  // Of these ranges the quotient by a bin's width is at some edges a little less than a whole number.
  const ranges = [
    [-23, 37],
    [1, 57],
    [-7, 294],
  ] as const;
  const values = ranges.map(([from, to]) => Array.from({ length: to - from + 1 }, (_, k) => (from + k) / 10));
  const rows = Array.from({ length: 302 }, (_, k) => values.map((list) => list[k] ?? '').join(','));
  const path = join(run.folder, 'edges.csv');
  writeFileSync(path, `a,b,c\n${rows.join('\n')}\n`);
  const { table } = await run.engine.call('open', { source: { path } });
  const { columns } = await run.engine.call('profile', { table });
  columns.forEach(({ histogram }, at) => {
    const { edges = [], counts } = histogram ?? {};
    const within = edges.slice(1).map((to, bin) => {
      const isLast = bin === edges.length - 2;
      return values[at]?.filter((x) => x >= (edges[bin] ?? 0) && (isLast ? x <= to : x < to)).length;
    });
    expect(counts).toEqual(within);
  });
});

test('nested JSON in a Parquet file beside texts', async () => {
  const [lines, path] = [join(run.folder, 'nested.jsonl'), join(run.folder, 'nested.parquet')];
  writeFileSync(lines, '{"town":"Oslo","place":{"lat":59}}\n{"town":"Bergen","place":{"lat":60}}\n');
  const { columns } = await run.engine.call('read', { source: { path: lines } });
  await run.engine.call('recipeRun', {
    source: { path: lines },
    plan: { plan: 1, input: columns, steps: [] },
    output: path,
  });
  const { table } = await run.engine.call('open', { source: { path } });
  const [town, place] = (await run.engine.call('profile', { table })).columns;
  expect(town?.top).toEqual([
    { value: 'Bergen', count: 1 },
    { value: 'Oslo', count: 1 },
  ]);
  expect(place?.top.map((one) => one.value)).toEqual(['{"lat":59}', '{"lat":60}']);
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ColumnProfile, Profile } from '../../src/core/table';
import { startEngine, type TestEngine } from './build';

/** More than are counted value by value, in a file that is too large to be held. */
const ROWS = 1_200_000;
const BROKEN = 5;
let run: TestEngine;
let path: string;
let sample: Profile | undefined;
let profile: Profile;

interface Row {
  readonly id: number;
  readonly amount: number | null;
  readonly ratio: number;
  readonly kind: string;
  readonly day: string;
  readonly note: string;
  readonly price: string;
}

const mixed = (i: number): number => (i * 2_654_435_761) % 4_294_967_296;

/** All numbers come of the place of the row, so that what the profile must say can be computed. */
function row(i: number): Row {
  const spread = mixed(i);
  return {
    id: i * 3,
    amount: i % 8 === 0 ? null : i % 4 === 1 ? 0 : spread / 2 ** 24,
    ratio: i === 700_000 ? 1e9 : spread / 2 ** 32,
    kind: `k${spread % 37}`,
    day: new Date(Date.UTC(2000, 0, 1) + (spread % 9000) * 86_400_000).toISOString().slice(0, 10),
    note: i % 5 === 0 ? 'none' : i % 100_000 === 3 ? 'N/A' : `note ${spread.toString(36)} of a customer`,
    price: `€${(spread % 300_000) + 1}.${String(i % 100).padStart(2, '0')}`,
  };
}

beforeAll(async () => {
  run = await startEngine();
  path = join(run.folder, 'large.csv');
  const lines: string[] = ['id,amount,ratio,kind,day,note,price'];
  for (let i = 0; i < ROWS; i += 1) {
    if (i % 250_000 === 1) lines.push('a record, of two cells');
    const one = row(i);
    rows.push(one);
    const { id, amount, ratio, kind, day, note, price } = one;
    lines.push([id, amount ?? '', ratio, kind, day, note, price].join(','));
  }
  writeFileSync(path, `${lines.join('\n')}\n`);
  const { table } = await run.engine.call('open', { source: { path } });
  profile = await run.engine.call(
    'profile',
    { table },
    {
      onProgress: (value) => {
        const part = value as Profile;
        if (!part.exact) sample ??= part;
      },
    },
  );
}, 120_000);
afterAll(() => {
  run.remove();
});

function column(name: string, of = profile): ColumnProfile {
  const found = of.columns.find((one) => one.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

const rows: Row[] = [];

function all<K extends keyof Row>(name: K): Row[K][] {
  return rows.map((one) => one[name]);
}

/** The share of the values that are below. */
const share = (values: readonly number[], below: number): number =>
  values.filter((value) => value < below).length / values.length;

test('a sample of all columns comes first and says that it is one', () => {
  expect(sample).toMatchObject({ exact: false, rejects: [] });
  expect(sample?.rows).toBeGreaterThan(15_000);
  expect(sample?.rows).toBeLessThan(25_000);
  expect(sample?.columns.map(({ name }) => name)).toEqual(profile.columns.map(({ name }) => name));
  // It is of the whole file, not of its beginning.
  expect(column('id', sample).max).toBeGreaterThan(ROWS * 3 * 0.9);
});

test('rows and rejected records add up', () => {
  expect(profile).toMatchObject({ rows: ROWS, exact: true, rejected: BROKEN });
  expect(profile.rejects.map(({ raw }) => raw)).toEqual(new Array(BROKEN).fill('a record, of two cells'));
});

test('few different values are counted exactly', () => {
  const counts = new Map<string, number>();
  for (const kind of all('kind')) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const top = [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, 10);
  expect(column('kind')).toMatchObject({ distinct: 37, distinctExact: true, missing: 0, top });
});

test('dates: exact ends, count and histogram', () => {
  const days = all('day');
  const one = column('day');
  expect(one).toMatchObject({ type: 'date', distinct: new Set(days).size, distinctExact: true });
  expect(one.min).toBe(days.reduce((a, b) => (b < a ? b : a)));
  expect(one.max).toBe(days.reduce((a, b) => (b > a ? b : a)));
  expect(one.histogram?.counts.reduce((sum, count) => sum + count, 0)).toBe(ROWS);
});

test('many different whole numbers: exact but for their number and the quantiles, which are close', () => {
  const one = column('id');
  expect(one).toMatchObject({ missing: 0, min: 0, max: (ROWS - 1) * 3, distinctExact: false, top: [] });
  expect(one.mean).toBeCloseTo(((ROWS - 1) * 3) / 2, 3);
  expect(one.sd).toBeCloseTo(3 * Math.sqrt((ROWS * (ROWS + 1)) / 12), 3);
  expect(Math.abs(one.distinct / ROWS - 1)).toBeLessThan(0.03);
  expect(one.quantilesExact).toBe(false);
  for (const [at, q] of [0.05, 0.25, 0.5, 0.75, 0.95].entries()) {
    expect((one.quantiles[at] ?? 0) / (3 * ROWS)).toBeCloseTo(q, 3);
  }
});

test('a histogram holds every row, between the edges that it names', () => {
  for (const name of ['id', 'amount', 'ratio'] as const) {
    const { histogram } = column(name);
    const values = all(name).filter((value) => value !== null);
    const { edges, counts } = histogram ?? { edges: [], counts: [] };
    expect(edges).toHaveLength(21);
    expect(edges[0]).toBe(values.reduce((a, b) => Math.min(a, b)));
    expect(edges[20]).toBe(values.reduce((a, b) => Math.max(a, b)));
    const expected = new Array<number>(20).fill(0);
    for (const value of values) {
      const at = Math.max(
        0,
        Math.min(
          19,
          edges.findLastIndex((edge) => edge <= value),
        ),
      );
      expected[at] = (expected[at] ?? 0) + 1;
    }
    expect(counts).toEqual(expected);
  }
});

test('one value far out stretches the histogram, as equal bins do', () => {
  const { histogram } = column('ratio');
  expect(histogram?.edges[1]).toBeCloseTo(5e7, -2);
  expect(histogram?.counts).toEqual([ROWS - 1, ...new Array<number>(18).fill(0), 1]);
});

test('a frequent value among many others is found and counted, missing cells too', () => {
  const amounts = all('amount');
  const present = amounts.filter((value) => value !== null);
  const zeros = present.filter((value) => value === 0).length;
  const one = column('amount');
  expect(one).toMatchObject({ missing: amounts.length - present.length, min: 0, distinctExact: false });
  expect(one.top[0]).toEqual({ value: 0, count: zeros });
  expect(one.mean).toBeCloseTo(present.reduce((sum, value) => sum + value, 0) / present.length, 6);
  expect(one.quantiles.slice(0, 2)).toEqual([0, 0]);
  for (const [at, q] of [0.5, 0.75, 0.95].entries()) {
    expect(share(present, one.quantiles[at + 2] ?? 0)).toBeCloseTo(q, 2);
  }
});

test('text of many values: its frequent value, what stands for missing, and no numbers', () => {
  const notes = all('note');
  const one = column('note');
  expect(one.top).toEqual([{ value: 'none', count: notes.filter((note) => note === 'none').length }]);
  expect(one.placeholders).toEqual([{ value: 'N/A', count: notes.filter((note) => note === 'N/A').length }]);
  expect(one).not.toHaveProperty('numericText');
  expect(one).not.toHaveProperty('dateText');
});

test('numbers written as prices are counted in all rows', () => {
  expect(column('price')).toMatchObject({ numericText: ROWS, numericSigns: '€', dateText: 0 });
});

test('pages come before the exact types are known, then with them', async () => {
  const { table } = await run.engine.call('open', { source: { path } });
  const scan = run.engine.call('scan', { table });
  const early = await run.engine.call('page', { table, offset: ROWS - 2, limit: 2, early: true });
  expect((await scan).rows).toBe(ROWS);
  // The broken records above still count as rows then.
  expect(early).toMatchObject({ exact: false, total: ROWS + BROKEN });
  expect(early.rows[0]?.[0]).toBe(row(ROWS - 2 - BROKEN).id);
  const late = await run.engine.call('page', { table, offset: ROWS - 2, limit: 2, early: true });
  expect(late).toMatchObject({ exact: true, total: ROWS });
  expect(late.rows[1]?.[0]).toBe(row(ROWS - 1).id);
});

test('a cancelled profile lets the next one be answered, with the same numbers', async () => {
  const { table } = await run.engine.call('open', { source: { path } });
  await run.engine.call('scan', { table });
  for (const delay of [50, 400, 900]) {
    const abort = new AbortController();
    const cancelled = run.engine.call('profile', { table }, { signal: abort.signal });
    const rejected = expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    await wait(delay);
    abort.abort();
    await rejected;
  }
  const again = await run.engine.call('profile', { table });
  expect(column('kind', again)).toEqual(column('kind'));
  expect(column('id', again)).toMatchObject({ min: 0, max: (ROWS - 1) * 3, mean: column('id').mean });
}, 120_000);

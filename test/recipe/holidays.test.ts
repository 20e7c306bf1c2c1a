import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import { examine } from '../../src/recipe/compile';
import { holidays } from '../../src/recipe/holidays';
import type { Step } from '../../src/recipe/model';
import { apply, open, step, values } from './rig';

let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

const day = (text: string): number => Date.parse(text) / 86_400_000;
const dates = (...list: string[]): string =>
  values('d', ...list.map((one) => (one === '' ? 'CAST(NULL AS DATE)' : `DATE '${one}'`)));
const made = (options: Step['options'], ...list: string[]) =>
  apply(session, dates(...list), [step('holidays', { columns: ['d'], country: 'NO', ...options })]);

describe('holidays', () => {
  it('says which days are holidays, their names, and the days to the nearest on both sides', async () => {
    const add = ['is', 'name', 'next', 'last'];
    const out = await made({ add }, '2024-05-17', '2024-05-18', '2023-12-28', '2024-03-31', '');
    expect(out.columns).toEqual(['d', 'd_holiday', 'd_holiday_name', 'd_to_holiday', 'd_since_holiday']);
    expect(out.rows.map((row) => row.slice(1))).toEqual([
      [1, 'Constitution Day', 0, 0],
      [0, null, 1, 1],
      // Over the end of the year, both ways.
      [0, null, 4, 2],
      [1, 'Easter Sunday', 0, 0],
      [null, null, null, null],
    ]);
  });
  it('knows states, substitute days, holidays of several days, and other types', async () => {
    const us = { country: 'us', add: ['is'] };
    const chavez = ['2021-03-31', '2021-07-05'];
    expect((await made({ ...us, region: 'ca' }, ...chavez)).rows.map((row) => row[1])).toEqual([1, 1]);
    expect((await made({ ...us, region: 'NY' }, ...chavez)).rows.map((row) => row[1])).toEqual([0, 1]);
    const eid = ['2024-04-08', '2024-04-09', '2024-04-12', '2024-04-13'];
    expect((await made({ country: 'SA', add: ['is'] }, ...eid)).rows.map((row) => row[1])).toEqual([
      0, 1, 1, 0,
    ]);
    const eve = { add: ['is'], types: ['bank'] };
    expect((await made(eve, '2024-12-24', '2024-12-25')).rows.map((row) => row[1])).toEqual([1, 0]);
  });
  it('has nothing to say outside the years of its calendar', async () => {
    const out = await made({ from: 2023, to: 2024 }, '2022-12-25', '2023-01-01', '2024-12-31', '2025-01-01');
    expect(out.rows.map((row) => row.slice(1))).toEqual([
      [null, null, null],
      [1, 0, 0],
      [0, 1, 5],
      [null, null, null],
    ]);
  });
  it('says what it does not know', () => {
    const problems = (options: Step['options']): string[] =>
      examine({ recipe: 1, steps: [step('holidays', { columns: ['d'], ...options })] }, [
        { name: 'd', sqlType: 'DATE' },
      ]).problems.map((one) => one.message);
    expect(problems({ country: 'UK' })).toEqual([
      'There is no country "UK" in the calendar: write its two letters of ISO 3166, such as GB or US.',
    ]);
    expect(problems({ country: 'NO', region: 'X' })).toEqual([
      'There is no region "X" of NO in the calendar. It has none.',
    ]);
    expect(problems({ country: 'DE', region: 'BY.Z' })).toEqual([
      'There is no region "BY.Z" of DE in the calendar. It has BY.A, BY.KATH, BY.EVANG.',
    ]);
    expect(problems({ country: 'NO', from: 2030, to: 2020 })).toEqual([
      'The first year must not be after the last.',
    ]);
  });
});

it('the days are those of the country, wherever the machine stands', () => {
  const list = holidays({ country: 'NO', region: undefined, types: ['public'] }, 2024, 2024);
  expect(list[0]).toEqual({ day: day('2024-01-01'), name: "New Year's Day" });
  expect(list).toHaveLength(12);
  const script = `import { holidays, loadHolidays } from './src/recipe/holidays.ts';
    await loadHolidays();
    console.log(JSON.stringify(holidays({ country: 'NO', region: undefined, types: ['public'] }, 2024, 2024)));`;
  for (const TZ of ['America/Los_Angeles', 'Pacific/Auckland']) {
    const run = spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', script], {
      cwd: path.resolve(import.meta.dirname, '../..'),
      env: { ...process.env, TZ, NODE_OPTIONS: '' },
      encoding: 'utf8',
    });
    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toEqual(list);
  }
});

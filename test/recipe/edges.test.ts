import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import { runSql } from '../../src/recipe/render';
import { caseOf, everywhere, refusedEverywhere, rows } from './everywhere';
import { open, step } from './rig';

// Nothing goes by the zone of the machine: not the engine, nor what it hands on. DuckDB asks for it when it starts.
vi.hoisted(() => {
  process.env.TZ = 'America/New_York';
});

/** Values at the edges of what steps take: the engine, the Python runtime and the three exports agree, and give these rows. */
let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

describe('the same everywhere', () => {
  it('a division by zero is missing, and 0 / 0 as well', async () => {
    const table = rows('a, b', '1.0::DOUBLE, 0.0::DOUBLE', '0.0, 0.0', '1.0, 2.0', 'NULL, 0.0');
    const { engine } = await everywhere(session, table, {
      steps: [
        step('compute', { ratio: 'a / b', whole: 'CAST(a AS BIGINT) // 0' }),
        step('compute', { gone: 'ratio IS NULL' }),
      ],
    });
    expect(engine).toEqual([
      { a: 1, b: 0, ratio: null, whole: null, gone: true },
      { a: 0, b: 0, ratio: null, whole: null, gone: true },
      { a: 1, b: 2, ratio: 0.5, whole: null, gone: false },
      { a: null, b: 0, ratio: null, whole: null, gone: true },
    ]);
  });
  it('moments around a change of the clocks keep their order and their UTC hour', async () => {
    const table = rows(
      'clock',
      "TIMESTAMPTZ '2024-03-31 00:30:00+00'",
      "TIMESTAMPTZ '2024-03-31 02:30:00+01'",
      "TIMESTAMPTZ '2024-03-31 04:30:00+02'",
      "TIMESTAMPTZ '2024-10-27 02:30:00+02'",
      "TIMESTAMPTZ '2024-10-27 02:30:00+01'",
    );
    const { engine } = await everywhere(session, table, {
      steps: [
        step('lag', { columns: ['clock'], order: 'clock' }),
        step('date_parts', { columns: ['clock'], parts: ['day', 'hour'] }),
      ],
    });
    expect(engine).toEqual([
      { clock_day: 31, clock_hour: 0, clock_lag1: null },
      { clock_day: 31, clock_hour: 1, clock_lag1: '2024-03-31 00:30:00+00' },
      { clock_day: 31, clock_hour: 2, clock_lag1: '2024-03-31 01:30:00+00' },
      { clock_day: 27, clock_hour: 0, clock_lag1: '2024-03-31 02:30:00+00' },
      { clock_day: 27, clock_hour: 1, clock_lag1: '2024-10-27 00:30:00+00' },
    ]);
  });
  it('moments are read and compared in UTC, whatever the zone of the machine is', async () => {
    const table = rows(
      'c',
      "TIMESTAMPTZ '2024-11-03 01:30:00-04'",
      "TIMESTAMPTZ '2024-11-03 01:30:00-05'",
      "TIMESTAMPTZ '2024-03-31 22:30:00-05'",
    );
    const { engine } = await everywhere(session, table, {
      steps: [
        step('filter', { keep: "c >= TIMESTAMP '2024-04-01 03:30:00'" }),
        step('compute', {
          hour: 'hour(c)',
          day: 'CAST(c AS DATE)',
          written: "strftime(c, '%d.%m. %H:%M')",
          zero: 'CAST(to_timestamp(0) AS VARCHAR)',
        }),
        step('cast', { columns: ['c'], to: 'text' }),
      ],
    });
    const zero = '1970-01-01 00:00:00+00';
    expect(engine).toEqual([
      { c: '2024-11-03 05:30:00+00', hour: 5, day: '2024-11-03', written: '03.11. 05:30', zero },
      { c: '2024-11-03 06:30:00+00', hour: 6, day: '2024-11-03', written: '03.11. 06:30', zero },
      { c: '2024-04-01 03:30:00+00', hour: 3, day: '2024-04-01', written: '01.04. 03:30', zero },
    ]);
  });
  it('a text with an offset or a zone becomes its moment in UTC: the hour that comes twice a year is two hours', async () => {
    const table = rows(
      's',
      "'2024-10-27 02:30:00+02:00'",
      "'2024-10-27 02:30:00+01:00'",
      "'2024-10-27T02:30:00Z'",
      "'2024-10-27 02:30:00'",
      "'2024-07-01 12:00:00 Europe/Vienna'",
      "' 2024-07-01 '",
      "'2024-02-30 10:00:00+01'",
      "'27.10.2024 02:30'",
      "''",
    );
    const { engine } = await everywhere(session, table, {
      steps: [step('cast', { columns: ['s'], to: 'datetime', invalid: 'reject' })],
    });
    expect(engine).toEqual([
      { s: '2024-10-27 00:30:00', s_rejected: null },
      { s: '2024-10-27 01:30:00', s_rejected: null },
      { s: '2024-10-27 02:30:00', s_rejected: null },
      { s: '2024-10-27 02:30:00', s_rejected: null },
      { s: '2024-07-01 10:00:00', s_rejected: null },
      { s: '2024-07-01 00:00:00', s_rejected: null },
      { s: null, s_rejected: '2024-02-30 10:00:00+01' },
      { s: null, s_rejected: '27.10.2024 02:30' },
      { s: null, s_rejected: null },
    ]);
  });
  it('a written form with an offset is read in UTC, too', async () => {
    const { engine } = await everywhere(
      session,
      rows('s', "'31.03.2024 02:30 +0200'", "'31.03.2024 02:30'"),
      {
        steps: [step('cast', { columns: ['s'], to: 'datetime', format: '%d.%m.%Y %H:%M %z' })],
      },
    );
    expect(engine).toEqual([{ s: '2024-03-31 00:30:00' }, { s: null }]);
  });
  it('sums, means and scales of whole numbers and decimals are not bound by the size of the type', async () => {
    const most = '9223372036854775807';
    const table = rows(
      'g, n, d',
      `'a', ${most}::BIGINT, 99999999999999999.99::DECIMAL(19, 2)`,
      `'a', ${most}, 1.00`,
    );
    const sums = {
      by: ['g'],
      values: { n_sum: 'sum n', n_mean: 'mean n', d_sum: 'sum d', d_mean: 'mean d' },
    };
    const { engine } = await everywhere(session, table, { steps: [step('aggregate', sums)] });
    expect(engine).toEqual([{ g: 'a', n_sum: 2 ** 64, n_mean: 2 ** 63, d_sum: 1e17, d_mean: 5e16 }]);
  });
  it('what is filled and scaled among decimals is a DOUBLE, also beyond 2^53', async () => {
    const table = rows(
      'd, e',
      '99999999999999999.99::DECIMAL(19, 2), 7.5::DECIMAL(4, 1)',
      '1.00, 7.5',
      'NULL, NULL',
    );
    const { engine } = await everywhere(session, table, {
      steps: [
        step('fill_missing', { columns: ['d', 'e'], with: 'mean' }),
        step('scale', { columns: ['d', 'e'], method: 'standard' }),
      ],
    });
    expect(engine).toEqual([
      { d: Math.sqrt(1.5), e: 0 },
      { d: -Math.sqrt(1.5), e: 0 },
      { d: 0, e: 0 },
    ]);
  });
  it('a number beyond what a DOUBLE holds is missing, and so is what is made of it', async () => {
    const table = rows('x', '1e308::DOUBLE', '-1e308', '2.0');
    const { engine } = await everywhere(session, table, {
      steps: [
        step('compute', { twice: 'x + x', big: 'exp(x)' }),
        step('combine', { columns: ['x', 'twice'], how: ['product', 'ratio'] }),
        step('polynomial', { columns: ['x'], degree: 2 }),
      ],
    });
    expect(engine).toEqual([
      { x: 1e308, twice: null, big: null, x_per_twice: null, x_times_twice: null, 'x^2': null },
      { x: -1e308, twice: null, big: 0, x_per_twice: null, x_times_twice: null, 'x^2': null },
      { x: 2, twice: 4, big: Math.exp(2), x_per_twice: 0.5, x_times_twice: 8, 'x^2': 4 },
    ]);
  });
  it('by nothing: ratios, scales and bins of columns of zeros and of one value', async () => {
    const table = rows('x, zero, none', '5.0::DOUBLE, 0::BIGINT, NULL::DOUBLE', '5.0, 0, NULL');
    const { engine } = await everywhere(session, table, {
      steps: [
        step('combine', { columns: ['x', 'zero'], how: ['ratio'] }),
        ...['standard', 'min_max', 'robust'].map((method, k) =>
          step('scale', { columns: [['x'], ['zero'], ['none']][k] ?? [], method }),
        ),
        step('compute', { part: '(x + 1) % zero', whole: 'zero // 0' }),
      ],
    });
    expect(engine).toEqual(
      [0, 1].map(() => ({ x: 0, zero: 0, none: null, x_per_zero: null, part: null, whole: null })),
    );
  });
  it('an empty training part: nothing is known, so nothing is filled, scaled or encoded from the test part', async () => {
    const table = rows('x, g, clock', "1.0::DOUBLE, 'a', 5::BIGINT", "NULL, 'b', 6", "3.0, 'a', 7");
    const { engine, fitted } = await everywhere(session, table, {
      split: { test: 0.5, method: 'time', column: 'clock', cut: 0 },
      steps: [
        step('fill_missing', { columns: ['x'], with: 'median' }),
        step('scale', { columns: ['x'], method: 'standard' }),
        step('encode', { columns: ['g'], method: 'one_hot' }),
      ],
    });
    for (const value of fitted.steps.flatMap((one) => Object.values(one)))
      expect([null, []]).toContainEqual(value);
    expect(engine).toEqual([5, 6, 7].map((clock) => ({ x: null, clock, g_other: 1 })));
  });
  it('a category that training has not seen', async () => {
    const table = rows(
      'g, h, k, clock',
      "'a', 'a', 'a', 1::BIGINT",
      "'b', 'b', 'b', 2",
      "'new', 'new', 'new', 9",
    );
    const { engine } = await everywhere(session, table, {
      split: { test: 0.3, method: 'time', column: 'clock', cut: 5 },
      steps: [
        step('encode', { columns: ['g'], method: 'one_hot' }),
        step('encode', { columns: ['h'], method: 'ordinal' }),
        step('encode', { columns: ['k'], method: 'frequency' }),
      ],
    });
    // Ordinal: the number after the last known one; frequency: never.
    expect(engine).toEqual([
      { clock: 1, g_a: 1, g_b: 0, g_other: 0, h: 0, k: 0.5 },
      { clock: 2, g_a: 0, g_b: 1, g_other: 0, h: 1, k: 0.5 },
      { clock: 9, g_a: 0, g_b: 0, g_other: 1, h: 2, k: 0 },
    ]);
  });
  it('a cast that does not fit 3 cells of a thousand leaves those missing', async () => {
    const table = `(SELECT CASE WHEN i % 400 = 7 THEN 'n/a' ELSE CAST(i AS VARCHAR) END AS n FROM range(1000) AS r(i))`;
    const { engine } = await everywhere(session, table, {
      steps: [step('cast', { columns: ['n'], to: 'integer' }), step('filter', { keep: 'n IS NULL' })],
    });
    expect(engine).toEqual([{ n: null }, { n: null }, { n: null }]);
  });
});

describe('refused everywhere', () => {
  const whole = rows('n', '1::BIGINT', '9223372036854775807');
  const tenths = rows('n', '1.00::DECIMAL(38, 2)', '999999999999999999999999999999999999.99');
  it('an overflow is an error, never another number, and so is what has no value', async () => {
    const refused: readonly (readonly [string, string, RegExp])[] = [
      [whole, 'n * n', /Overflow in multiplication of INT64/],
      [whole, 'n + 1', /Overflow in addition of INT64/],
      [whole, 'CAST(n AS INTEGER)', /out of range|overflow|cast/i],
      [tenths, 'n + n', /Overflow in addition of DECIMAL/],
      [tenths, 'n * n', /DECIMAL/],
      [tenths, 'CAST(n AS DECIMAL(10, 2))', /out of range/],
      [tenths, 'CAST(n AS BIGINT)', /out of range|cast/i],
      [whole, 'ln(n - 1)', /logarithm of zero/],
      [whole, 'sqrt(-n)', /square root of a negative/],
    ];
    await refusedEverywhere(
      session,
      refused.map(([table, m, said]) => [table, { steps: [step('compute', { m })] }, said] as const),
    );
  });

  it('a text that doubles with each step ends at the memory limit, not with the process', async () => {
    const steps = Array.from({ length: 40 }, () => step('compute', { word: 'word || word' }));
    const table = rows('word', "'xyxyxyxy'");
    const { plan, fitted } = await caseOf(session, table, { steps });
    const sum = `SELECT sum(length(word)) FROM (${runSql(plan, fitted, table)})`;
    await expect(session.all(sum)).rejects.toMatchObject({ kind: 'quota' });
    expect((await session.all('SELECT 1')).rows).toEqual([[1]]);
  });
});

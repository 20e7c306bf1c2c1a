import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import { steps as catalogue } from '../../src/recipe/catalogue';
import { compile } from '../../src/recipe/compile';
import { parse } from '../../src/recipe/document';
import { apply, open, step, values } from './rig';

let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

const numbers = values('x, g', `1::DOUBLE, 'a'`, `2, 'b'`, `NULL, 'b'`, `4, NULL`, `13, 'a'`);

describe('columns', () => {
  it('drops, renames (also swapping) and keeps the order', async () => {
    const table = values('a, b, c', `1, 'x', true`);
    const out = await apply(session, table, [
      step('rename', { a: 'b', b: 'a' }),
      step('drop_columns', { columns: ['c'] }),
    ]);
    expect(out.columns).toEqual(['b', 'a']);
    expect(out.rows).toEqual([[1, 'x']]);
  });
  it('casts text, and makes missing what does not fit', async () => {
    const table = values(
      'n, d',
      `' 1,234.5 ', '31.01.2024'`,
      `'nan', '2024'`,
      `NULL, NULL`,
      `'x', '01.02.2024'`,
    );
    const out = await apply(session, table, [
      step('cast', { columns: ['n'], to: 'number', thousands: ',' }),
      step('cast', { columns: ['d'], to: 'date', format: '%d.%m.%Y' }),
    ]);
    expect(out.rows).toEqual([
      [1234.5, '2024-01-31'],
      [null, null],
      [null, null],
      [null, '2024-02-01'],
    ]);
    await expect(
      apply(session, table, [step('cast', { columns: ['n'], to: 'number', invalid: 'error' })]),
    ).rejects.toThrow(/Could not convert/u);
  });
  it('casts numbers without the signs around them', async () => {
    const table = values('p, e', `'€ 1,234.50', '1.234,5 %'`, `'-3 €', '7'`, `'$4', 'n/a'`);
    const out = await apply(session, table, [
      step('cast', { columns: ['p'], to: 'number', thousands: ',', remove: '€' }),
      step('cast', { columns: ['e'], to: 'number', thousands: '.', remove: '%' }),
    ]);
    expect(out.rows).toEqual([
      [1234.5, 1234.5],
      [-3, 7],
      [null, null],
    ]);
  });
  it('computes from the columns before the step; a division by zero is missing', async () => {
    const table = values('a, b', '6::DOUBLE, 3::DOUBLE', '1, 0', 'NULL, 1');
    const out = await apply(session, table, [
      step('compute', {
        r: 'a / b',
        a: 'a + 1',
        'two words': "CASE WHEN a > 5 THEN 'big' ELSE 'small' END -- why",
      }),
    ]);
    expect(out.columns).toEqual(['a', 'b', 'r', 'two words']);
    expect(out.rows).toEqual([
      [7, 3, 2, 'big'],
      [2, 0, null, 'small'],
      [null, 1, null, 'small'],
    ]);
  });
  it('takes dates apart', async () => {
    const table = values('d', `DATE '2024-03-03'`, 'NULL');
    const out = await apply(session, table, [
      step('date_parts', { columns: ['d'], parts: ['year', 'week', 'weekday', 'weekend', 'seconds'] }),
    ]);
    expect(out.columns).toEqual(['d_year', 'd_week', 'd_weekday', 'd_weekend', 'd_seconds']);
    expect(out.rows).toEqual([
      [2024, 9, 6, 1, 1709424000],
      [null, null, null, null, null],
    ]);
  });
});

describe('rows', () => {
  it('drops missing, also NaN', async () => {
    const table = values('x, g', `'nan'::DOUBLE, 'a'`, `1, NULL`, `2, 'b'`);
    expect((await apply(session, table, [step('drop_missing', { columns: ['x'] })])).rows).toEqual([
      [1, null],
      [2, 'b'],
    ]);
    expect((await apply(session, table, [step('drop_missing')])).rows).toEqual([[2, 'b']]);
  });
  it('keeps the first or last of equal rows; missing equals missing', async () => {
    const table = values('k, v', '1, 1', '2, 2', '1, 3', 'NULL, 4', 'NULL, 5');
    const first = await apply(session, table, [step('drop_duplicates', { columns: ['k'] })]);
    expect(first.rows.map((row) => row[1])).toEqual([1, 2, 4]);
    const last = await apply(session, table, [step('drop_duplicates', { columns: ['k'], keep: 'last' })]);
    expect(last.rows.map((row) => row[1])).toEqual([2, 3, 5]);
    const whole = await apply(session, values('a', '1', '1', 'NULL', 'NULL'), [step('drop_duplicates')]);
    expect(whole.rows).toEqual([[1], [null]]);
  });
  it('keeps the training one of equal rows, and every value as it is', async () => {
    const table = values('k, part', `'-0'::DOUBLE, 1`, '0, 0', `'nan', 1`, `'nan', 0`, `'nan', 0`, `'-0', 1`);
    const kept = async (keep: string) => {
      const split = { test: 0.5, method: 'time', column: 'part', cut: 1 } as const;
      const one = step('drop_duplicates', { columns: ['k'], keep });
      const out = await apply(session, table, [one, step('cast', { columns: ['k'], to: 'text' })], { split });
      return out.rows;
    };
    expect(await kept('first')).toEqual([
      ['0.0', 0],
      ['nan', 0],
    ]);
    expect(await kept('last')).toEqual(await kept('first'));
    const alone = values('k', `'-0'::DOUBLE`, '1', `'-0'`);
    const text = step('cast', { columns: ['k'], to: 'text' });
    expect((await apply(session, alone, [step('drop_duplicates'), text])).rows).toEqual([['-0.0'], ['1.0']]);
  });
  it('filters', async () => {
    const out = await apply(session, numbers, [step('filter', { keep: "x > 1 AND g = 'b'" })]);
    expect(out.rows).toEqual([[2, 'b']]);
  });
});

describe('values', () => {
  it('trims white space of all kinds', async () => {
    const table = values('t', `' \u00a0A  b\t'`, `'  '`, 'NULL');
    expect(
      (await apply(session, table, [step('trim', { columns: ['t'], case: 'lower', inner: 'single' })])).rows,
    ).toEqual([['a b'], [null], [null]]);
    expect((await apply(session, table, [step('trim', { columns: ['t'], empty: 'keep' })])).rows).toEqual([
      ['A  b'],
      [''],
      [null],
    ]);
  });
  it('replaces whole cells, parts and patterns', async () => {
    const table = values('n, t', `-1, 'it''s {input}'`, `5, 'x1y22'`);
    const out = await apply(session, table, [
      step('replace', { columns: ['n'], values: { '-1': null, 5: 6 } }),
      step('replace', { columns: ['t'], values: { '{input}': "'quoted'" }, match: 'part' }),
      step('replace', { columns: ['t'], values: { '\\d+': '#' }, match: 'regex' }),
    ]);
    expect(out.rows).toEqual([
      [null, "it's 'quoted'"],
      [6, 'x#y#'],
    ]);
  });
  it.each([
    ['mean', 5],
    ['median', 3],
  ])('fills with the %s', async (method, value) => {
    const out = await apply(session, numbers, [
      step('fill_missing', { columns: ['x'], with: method, indicator: true }),
    ]);
    expect(out.columns).toEqual(['x', 'g', 'x_was_missing']);
    expect(out.rows[2]).toEqual([value, 'b', 1]);
    expect(out.rows[3]).toEqual([4, null, 0]);
    expect(out.fitted.steps).toEqual([{ [`x.${method}`]: value }]);
  });
  it('fills with the mode, the smallest on a tie, with constants and the value above', async () => {
    expect(
      (await apply(session, numbers, [step('fill_missing', { columns: ['x', 'g'], with: 'mode' })])).rows,
    ).toEqual([
      [1, 'a'],
      [2, 'b'],
      [1, 'b'],
      [4, 'a'],
      [13, 'a'],
    ]);
    const constant = await apply(session, numbers, [
      step('fill_missing', { columns: ['g'], with: 'constant', value: "o'k" }),
    ]);
    expect(constant.rows[3]).toEqual([4, "o'k"]);
    const above = await apply(session, numbers, [
      step('fill_missing', { columns: ['x', 'g'], with: 'previous' }),
    ]);
    expect(above.rows.map((row) => row.join())).toEqual(['1,a', '2,b', '2,b', '4,b', '13,a']);
  });
  it('fills with the mode of the group, of all rows where the group has none; dates and text alike', async () => {
    const table = values(
      'g, c, d',
      `'a', 'x', DATE '2024-01-02'`,
      `'a', 'x', DATE '2024-01-02'`,
      `'a', 'y', DATE '2024-05-05'`,
      `'b', 'y', NULL`,
      `'b', 'y', NULL`,
      `'a', NULL, NULL`,
      `'b', NULL, NULL`,
      `NULL, NULL, NULL`,
    );
    const out = await apply(session, table, [
      step('fill_missing', { columns: ['c', 'd'], with: 'mode', group: ['g'] }),
    ]);
    expect(out.rows.slice(4).map((row) => row.slice(1))).toEqual([
      ['y', '2024-01-02'],
      ['x', '2024-01-02'],
      ['y', '2024-01-02'],
      ['y', '2024-01-02'],
    ]);
  });
  it('takes 0 for the mode of 0 and -0, whichever of them comes first', async () => {
    for (const zeros of ["('-0.0'), ('0.0'), ('1')", "('0.0'), ('-0.0'), ('1')"]) {
      const table = `(SELECT CAST(t AS DOUBLE) AS x, 'a' AS g FROM (VALUES ${zeros}) AS v(t))`;
      for (const group of [undefined, ['g']]) {
        const mode = step('fill_missing', { columns: ['x'], with: 'mode', ...(group ? { group } : {}) });
        const { steps } = (await apply(session, table, [mode])).fitted;
        expect(steps[0]?.['x.mode']).toBe(0);
        if (group) expect(steps[0]?.['x.modes']).toEqual(['0.0']);
      }
    }
  });
  it('keeps whole numbers beyond 2^53 exact in the mode', async () => {
    const table = values('n', '9007199254740993', '9007199254740993', '1', 'NULL');
    const out = await apply(session, table, [step('fill_missing', { columns: ['n'], with: 'mode' })]);
    expect(out.rows).toEqual([['9007199254740993'], ['9007199254740993'], [1], ['9007199254740993']]);
  });
  it('clips: quartiles 1.25, 3.5 … as numpy takes them', async () => {
    const out = await apply(session, numbers, [step('clip_outliers', { columns: ['x'] })]);
    // 1, 2, 4, 13: quartiles 1.75 and 6.25, bounds -5 and 13.
    expect(out.fitted.steps).toEqual([{ 'x.lower': -5, 'x.upper': 13 }]);
    const z = await apply(session, numbers, [
      step('clip_outliers', { columns: ['x'], method: 'z', limit: 1, outside: 'missing' }),
    ]);
    expect(z.rows.map((row) => row[0])).toEqual([1, 2, null, 4, null]);
    const quantile = await apply(session, numbers, [
      step('clip_outliers', { columns: ['x'], method: 'quantile', limit: 0.25 }),
    ]);
    expect(quantile.rows.map((row) => row[0])).toEqual([1.75, 2, null, 4, 6.25]);
  });
});

it('numbers too large for a deviation leave a column as it is, without a failure', async () => {
  const table = values('x', '1e300::DOUBLE', '-1e300', '2', 'NULL');
  const scaled = await apply(session, table, [step('scale', { columns: ['x'] })]);
  expect(scaled.fitted.steps).toEqual([{ 'x.center': 2 / 3, 'x.width': null }]);
  const clipped = await apply(session, table, [step('clip_outliers', { columns: ['x'], method: 'z' })]);
  expect(clipped.fitted.steps).toEqual([{ 'x.lower': null, 'x.upper': null }]);
  expect(clipped.rows).toEqual([[1e300], [-1e300], [2], [null]]);
});

describe('features', () => {
  it('encodes one-hot: sorted, missing is 0 everywhere, names differ beyond case', async () => {
    const table = values('g, y', `'b', 1`, `'A', 1`, `'a', 1`, 'NULL, 1', `'other', 1`, `'it''s', 1`);
    const out = await apply(session, table, [step('encode', { columns: ['g'] })]);
    expect(out.columns).toEqual(['y', 'g_A', 'g_a (2)', 'g_b', "g_it's", 'g_other (2)', 'g_other']);
    expect(out.rows.map((row) => row.slice(1).join(''))).toEqual([
      '001000',
      '100000',
      '010000',
      '000000',
      '000010',
      '000100',
    ]);
  });
  it('counts rarer categories as other', async () => {
    const table = values('g', `'a'`, `'a'`, `'b'`, `'c'`, `'c'`);
    const out = await apply(session, table, [step('encode', { columns: ['g'], max_categories: 2 })]);
    expect(out.columns).toEqual(['g_a', 'g_c', 'g_other']);
    expect(out.rows.map((row) => row.join(''))).toEqual(['100', '100', '001', '010', '010']);
  });
  it('encodes by place and by share; numbers in the order of numbers', async () => {
    const table = values('n, g', `10, 'a'`, `9, 'b'`, `10, NULL`, `100, 'a'`);
    const out = await apply(session, table, [
      step('encode', { columns: ['n'], method: 'ordinal' }),
      step('encode', { columns: ['g'], method: 'frequency' }),
    ]);
    expect(out.rows).toEqual([
      [1, 2 / 3],
      [0, 1 / 3],
      [1, null],
      [2, 2 / 3],
    ]);
  });
  it.each([
    ['standard', [-4, -3, null, -1, 8].map((x) => (x === null ? null : x / Math.sqrt(22.5)))],
    ['min_max', [0, 1 / 12, null, 0.25, 1]],
    ['robust', [-2 / 4.5, -1 / 4.5, null, 1 / 4.5, 10 / 4.5]],
  ])('scales (%s) as scikit-learn', async (method, expected) => {
    const out = await apply(session, numbers, [step('scale', { columns: ['x'], method })]);
    out.rows.forEach((row, k) => {
      const want = expected[k];
      if (want === null || want === undefined) expect(row[0]).toBeNull();
      else expect(row[0]).toBeCloseTo(want, 14);
    });
    const flat = await apply(session, values('x', '7', '7'), [step('scale', { columns: ['x'], method })]);
    expect(flat.rows).toEqual([[0], [0]]);
  });
});

it('a fill step says which raw columns it fills, under whatever name they go', () => {
  const columns = ['a', 'b', 'c', 'd'].map((name) => ({ name, sqlType: 'DOUBLE' }));
  const steps = [
    step('rename', { a: 'b', b: 'x' }),
    step('compute', { c: 'c + 1', e: 'd' }),
    step('cast', { columns: ['d'], to: 'integer' }),
    step('fill_missing', { columns: ['b', 'c', 'd', 'e'], with: 'mode' }),
    step('rename', { x: 'y' }),
    step('drop_columns', { columns: ['b'] }),
    step('compute', { b: 'y' }),
    step('fill_missing', { columns: ['b', 'y'], with: 'constant', value: 0 }),
  ];
  const { steps: compiled, input } = compile({ recipe: 1, steps }, columns);
  expect(compiled.flatMap(({ fills }) => (fills === undefined ? [] : [fills]))).toEqual([['a', 'd'], ['b']]);
  expect(input).toEqual(columns);
});

describe('the catalogue', () => {
  it.each(catalogue.map((one) => [one.info.kind, one] as const))(
    '%s: its example is read without a problem',
    (kind, one) => {
      const { recipe, problems } = parse(`recipe: 1\nsteps:\n  - ${one.example}\n`);
      expect(problems).toEqual([]);
      expect(recipe.steps[0]?.kind).toBe(kind);
    },
  );
  it('has a form field for every option and none besides', () => {
    for (const one of catalogue) {
      const names = one.info.form.map((field) => field.name);
      if (names.join() === '') continue;
      const shape = 'shape' in one.options ? Object.keys(one.options.shape as object) : [];
      expect(names).toEqual(shape);
    }
  });
  it('lists every mistake of a recipe at once', () => {
    const columns = [
      { name: 'age', sqlType: 'BIGINT' },
      { name: 'city', sqlType: 'VARCHAR' },
    ];
    const steps = [
      step('scale', { columns: ['city'] }),
      step('drop_columns', { columns: ['age'] }),
      step('fill_missing', { columns: ['age'], with: 'mean' }),
      step('encoed'),
    ];
    expect(() => compile({ recipe: 1, target: 'citi', steps }, columns)).toThrow(
      'The recipe has 4 problems:\nThere is no column "citi". Did you mean "city"?\nStep 1: Column "city" holds text; this needs numbers. Use cast or encode first.\n' +
        'Step 3: Column "age" is no longer there: step 2 (drop_columns) took it away.\nStep 4: There is no step "encoed". Did you mean "encode"?',
    );
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import type { Expectation } from '../../src/recipe/plan';
import { checkSql, readCheck } from '../../src/recipe/render';
import type { Step } from '../../src/recipe/model';
import { apply, open, step, values } from './rig';

let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

const people = values(
  'id, age, zip, sex',
  `1, 31, '0150', 'm'`,
  `2, NULL, '5003x', 'f'`,
  `2, 130, '9999', 'x'`,
  `4, -1, NULL, NULL`,
  `1, 200, '12', 'm'`,
);

/** What a rule says of the people, with a warning, so that no run is stopped. */
async function said(options: Step['options'], relation = people): Promise<Expectation> {
  const { plan } = await apply(session, relation, [step('expect', { ...options, severity: 'warn' })]);
  const [first] = plan.steps;
  if (first?.check === undefined) throw new Error('There is no check.');
  const before = `(SELECT *, row_number() OVER () - 1 AS __mll_row, 'train' AS __mll_part FROM ${relation})`;
  const { rows } = await session.all(checkSql(first.check.sql, before));
  const outcome = readCheck(first, String(rows[0]?.[0]));
  if (outcome === undefined) throw new Error('There is no outcome.');
  return outcome;
}

describe('a rule counts the rows that break it and shows the first', () => {
  it.each([
    [
      { rule: 'range', columns: ['age'], min: 0, max: 120 },
      3,
      'The rule range (age from 0 to 120) is broken in 3 of 5 rows: row 3 (130), row 4 (-1), row 5 (200).',
    ],
    [
      { rule: 'range', columns: ['age'], max: 150 },
      1,
      'The rule range (age at most 150) is broken in 1 of 5 rows: row 5 (200).',
    ],
    [
      { rule: 'not_missing', columns: ['age', 'zip'] },
      2,
      'The rule not_missing (age, zip not missing) is broken in 2 of 5 rows: row 2 (missing, 5003x), row 4 (-1, missing).',
    ],
    [
      { rule: 'unique', columns: ['id'] },
      2,
      'The rule unique (id different in each row) is broken in 2 of 5 rows: row 3 (2), row 5 (1).',
    ],
    [
      { rule: 'in_set', columns: ['sex'], values: ['m', 'f'] },
      1,
      'The rule in_set (sex one of m, f) is broken in 1 of 5 rows: row 3 (x).',
    ],
    [
      { rule: 'pattern', columns: ['zip'], pattern: '[0-9]{4}' },
      2,
      'The rule pattern (zip like [0-9]{4}) is broken in 2 of 5 rows: row 2 (5003x), row 5 (12).',
    ],
    [
      { rule: 'condition', condition: 'age > id' },
      1,
      'The rule condition (age > id) is broken in 1 of 5 rows: row 4.',
    ],
    [{ rule: 'rows', min: 6 }, 5, 'The rule rows (at least 6 rows) is broken: there are 5 rows.'],
    [{ rule: 'rows', min: 5, max: 5 }, 0, ''],
  ] as const)('%j', async (options, broken, message) => {
    expect(await said(options)).toMatchObject({ rows: 5, broken, message, holds: broken === 0 });
  });
  it('of many it shows five, with cells of 60 characters', async () => {
    const many = `(SELECT repeat('x', 100) || range AS a FROM range(1000))`;
    const { broken, examples, message } = await said({ rule: 'in_set', columns: ['a'], values: [''] }, many);
    expect(broken).toBe(1000);
    expect(examples).toEqual([1, 2, 3, 4, 5].map((row) => ({ row, cells: ['x'.repeat(60)] })));
    expect(message.endsWith(`row 5 (${'x'.repeat(60)}), …`)).toBe(true);
  });
});

it('severity stop ends with that message, a share is allowed, an endpoint is never stopped', async () => {
  const rule = { rule: 'range', columns: ['age'], min: 0, max: 120 };
  await expect(apply(session, people, [step('expect', rule)])).rejects.toThrow(
    'The rule range (age from 0 to 120) is broken in 3 of 5 rows: row 3 (130), row 4 (-1), row 5 (200).',
  );
  for (const more of [{ allow: 0.6 }, { severity: 'warn' }]) {
    const out = await apply(session, people, [step('expect', { ...rule, ...more })]);
    expect(out.rows).toHaveLength(5);
    expect(out.plan.steps[0]?.serving).toEqual(['SELECT * FROM {input}']);
  }
  expect(await said({ ...rule, allow: 0.6 })).toMatchObject({ holds: true, broken: 3 });
  expect(await said({ ...rule, allow: 0.59 })).toMatchObject({ holds: false, broken: 3 });
});

it('a cast counts the cells that do not read, and shows where they are', async () => {
  const { plan } = await apply(session, people, [step('cast', { columns: ['zip'], to: 'integer' })]);
  const [first] = plan.steps;
  const before = `(SELECT *, row_number() OVER () - 1 AS __mll_row, 'train' AS __mll_part FROM ${people})`;
  const { rows } = await session.all(checkSql(first?.check?.sql ?? '', before));
  expect(first && readCheck(first, String(rows[0]?.[0]))).toMatchObject({
    rule: 'cast',
    severity: 'warn',
    holds: false,
    rows: 5,
    broken: 1,
    message: '1 of 5 rows have cells of zip that do not read as integer, and become missing: row 2 (5003x).',
  });
  const text = await apply(session, people, [step('cast', { columns: ['age'], to: 'text' })]);
  expect(text.plan.steps[0]?.check).toBeUndefined();
});

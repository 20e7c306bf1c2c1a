import { expect, test } from 'vitest';
import { compile } from '../../src/recipe/compile';
import { duckType, googleRecipe, googleSql } from '../../src/recipe/googlesql';
import type { Recipe, Step } from '../../src/recipe/model';

const COLUMNS = [
  { name: 'x', sqlType: 'DOUBLE' },
  { name: 'g', sqlType: 'VARCHAR' },
  { name: 'n', sqlType: 'BIGINT' },
];
const of = (steps: Step[], head: Partial<Recipe> = {}) =>
  googleRecipe(compile({ recipe: 1, ...head, steps }, COLUMNS), '`p`.`d`.`t`');

test('a SELECT of a plan is said in GoogleSQL, names and texts quoted anew', () => {
  expect(googleSql(`SELECT * EXCLUDE ("a ""b""", "back\\slash") FROM {input}`)).toBe(
    'SELECT * EXCEPT (`a "b"`, `back\\\\slash`) FROM {input}',
  );
  expect(googleSql(`SELECT * REPLACE (nullif("g", 'it''s "so" \\ far') AS "g") FROM {input}`)).toBe(
    'SELECT * REPLACE (NULLIF(`g`, "it\'s \\"so\\" \\\\ far") AS `g`) FROM {input}',
  );
  expect(googleSql(`CAST('2024-01-31' AS DATE)`)).toBe('CAST("2024-01-31" AS DATE)');
  expect(googleSql(`CAST("x" AS DOUBLE)`)).toBe('CAST(`x` AS FLOAT64)');
  expect(googleSql(`'1.5'::DOUBLE`)).toBe('CAST("1.5" AS FLOAT64)');
  expect(googleSql(`"n" * 0.1 + .5 == 1e3`)).toBe('`n` * NUMERIC "0.1" + NUMERIC "0.5" = 1e3');
});

test.each([
  [`strip_accents("g")`, /strip_accents/],
  [`"x" / "n"`, /divides/],
  [`"n" % 2 = 0`, /%/],
  [`"n" --1`, /comment/],
  [`CAST("x" AS HUGEINT)`, /HUGEINT/],
  [`CAST("x" AS BIGINT)`, /casts to INT64/],
  [`"x"::VARCHAR`, /casts to STRING/],
  [`greatest("x", "n")`, /greatest/],
  [`"x" * 0.12345678901`, /too long/],
  [`list_value(1)[1]`, /list_value/],
  [`regexp_replace("g", 'a', 'b')`, /first match only/],
  [`"x" ; DROP TABLE t`, /sign ;/],
])('what cannot be said is not said: %s', (sql, message) => {
  expect(() => googleSql(sql)).toThrow(message);
});

test('a step that cannot be said is named, with the reason; the others do not matter then', () => {
  const { sql, unsayable } = of([
    { kind: 'drop_columns', options: { columns: ['n'] } },
    { kind: 'encode', options: { columns: ['g'], method: 'one_hot', unknown: 'other' } },
    { kind: 'scale', options: { columns: ['x'], method: 'robust' } },
  ]);
  expect(sql).toBeUndefined();
  expect(unsayable.map(({ step, kind }) => [step, kind])).toEqual([
    [1, 'encode'],
    [2, 'scale'],
  ]);
});

test('what is learnt from the training part is not learnt from all rows', () => {
  const steps = [{ kind: 'fill_missing', options: { columns: ['x'], with: 'mean', indicator: false } }];
  expect(of(steps).sql).toMatch(/\(SELECT .*AVG\(.* FROM __mll_s0\)/);
  const { unsayable } = of(steps, { split: { test: 0.2, method: 'random', seed: 1 } });
  expect(unsayable[0]?.why).toMatch(/training part/);
});

test('what has no type of its own here is handed on, and nothing is made of it', () => {
  expect(['INT64', 'STRING', 'ARRAY<STRING>'].map(duckType)).toEqual(['BIGINT', 'VARCHAR', 'BLOB']);
  const columns = [...COLUMNS, { name: 'money', sqlType: duckType('NUMERIC') }];
  const plan = (steps: Step[]) => googleRecipe(compile({ recipe: 1, steps }, columns), '`t`');
  expect(plan([{ kind: 'drop_columns', options: { columns: ['x'] } }]).sql).toContain('`money`');
  const filled = [
    { kind: 'fill_missing', options: { columns: ['money'], with: 'constant', value: 1, indicator: false } },
  ];
  expect(plan(filled).unsayable[0]?.why).toMatch(/needs the type DECIMAL/);
});

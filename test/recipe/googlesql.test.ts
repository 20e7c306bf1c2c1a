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
  expect(googleSql(`CAST("x" AS VARCHAR)`)).toBe('CAST(`x` AS STRING)');
  expect(googleSql(`'1.5'::DOUBLE`)).toBe('CAST("1.5" AS FLOAT64)');
});

test.each([
  [`strip_accents("g")`, /strip_accents/],
  [`"x" / "n"`, /divides/],
  [`CAST("x" AS HUGEINT)`, /HUGEINT/],
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
  expect(of(steps).sql).toMatch(/\(SELECT .*AVG\(.* FROM s0\)/);
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

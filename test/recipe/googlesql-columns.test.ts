import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { tablesPython } from '../../scripts/lib/google-rig.mjs';
import { compile } from '../../src/recipe/compile';
import { googleRecipe } from '../../src/recipe/googlesql';
import type { Step } from '../../src/recipe/model';

// BigQuery charges for the columns that a query reads, and takes out of a SELECT * what is dropped further on.
const TABLE = 'shop.sales.orders';
const COLUMNS = [
  { name: 'id', sqlType: 'BIGINT', google: 'INT64' },
  { name: 'price', sqlType: 'DOUBLE', google: 'FLOAT64' },
  { name: 'weight', sqlType: 'DOUBLE', google: 'FLOAT64' },
  { name: 'country', sqlType: 'VARCHAR', google: 'STRING' },
  { name: 'remark', sqlType: 'VARCHAR', google: 'STRING' },
  { name: 'day', sqlType: 'DATE', google: 'DATE' },
];
const script = path.join(import.meta.dirname, '../rigs/google/bigquery/columns_read.py');

function read(sql: string): string[] {
  const tables = { [TABLE]: Object.fromEntries(COLUMNS.map(({ name, google }) => [name, google])) };
  const out = execFileSync(tablesPython(), [script], {
    input: JSON.stringify({ sql, tables }),
    encoding: 'utf8',
  });
  return (JSON.parse(out) as Record<string, string[]>)[TABLE] ?? [];
}

function recipe(steps: Step[]): string {
  const { sql, unsayable } = googleRecipe(compile({ recipe: 1, steps }, COLUMNS), '`shop`.`sales`.`orders`');
  if (sql === undefined) throw new Error(JSON.stringify(unsayable));
  return sql;
}

test('the reference itself: all of SELECT *, and of a chain what its end needs', () => {
  const all = COLUMNS.map(({ name }) => name);
  expect(read(`SELECT * FROM ${TABLE}`)).toEqual(all);
  expect(read(`WITH a AS (SELECT * FROM ${TABLE}) SELECT id FROM a WHERE country = 'NO'`)).toEqual([
    'id',
    'country',
  ]);
});

test.each<[string, Step[], string[]]>([
  [
    'nothing is dropped',
    [{ kind: 'trim', options: { columns: ['country'] } }],
    COLUMNS.map(({ name }) => name),
  ],
  [
    'what is dropped first is not read',
    [
      { kind: 'drop_columns', options: { columns: ['remark', 'day'] } },
      { kind: 'trim', options: { columns: ['country'] } },
    ],
    ['id', 'price', 'weight', 'country'],
  ],
  [
    'what is dropped last is not read either',
    [
      { kind: 'round', options: { columns: ['price'], digits: 1 } },
      { kind: 'trim', options: { columns: ['remark'] } },
      { kind: 'drop_columns', options: { columns: ['remark', 'weight'] } },
    ],
    ['id', 'price', 'country', 'day'],
  ],
  [
    'what a filter asks is read, also when it is dropped',
    [
      { kind: 'filter', options: { keep: 'price > 10' } },
      { kind: 'select_columns', options: { columns: ['id'] } },
    ],
    ['id', 'price'],
  ],
  [
    'of a column that is learnt from, only where it is kept',
    [
      { kind: 'fill_missing', options: { columns: ['weight', 'price'], with: 'median', indicator: false } },
      { kind: 'select_columns', options: { columns: ['id', 'weight'] } },
    ],
    ['id', 'weight'],
  ],
])('%s', (_, steps, wanted) => {
  expect(read(recipe(steps))).toEqual(wanted);
});

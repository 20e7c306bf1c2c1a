import { expect, it } from 'vitest';
import { steps } from '../../src/recipe/catalogue';
import { examine } from '../../src/recipe/compile';
import { parse } from '../../src/recipe/document';
import { requestColumns, servedSteps } from '../../src/recipe/serving';
import { shown } from './samples';
import { columnsOf, open, others } from './rig';

const COLUMNS = [
  { name: 'day', type: 'date' as const, sqlType: 'DATE' },
  { name: 'shop', type: 'text' as const, sqlType: 'VARCHAR' },
  { name: 'sold', type: 'number' as const, sqlType: 'DOUBLE' },
  { name: 'memo', type: 'text' as const, sqlType: 'VARCHAR' },
  { name: 'good', type: 'boolean' as const, sqlType: 'BOOLEAN' },
];
const OTHERS = new Map([
  [
    'shops.csv',
    [
      { name: 'shop', sqlType: 'VARCHAR' },
      { name: 'size', sqlType: 'BIGINT' },
    ],
  ],
]);

function serving(text: string) {
  const { recipe } = parse(`recipe: 1\ntarget: good\nsteps:\n${text}`);
  const { plan, problems } = examine(recipe, COLUMNS, OTHERS);
  expect(problems).toEqual([]);
  return { steps: servedSteps(recipe, plan), request: requestColumns(recipe, plan, COLUMNS, OTHERS) };
}

it('says of each step where it runs, and of each column whether a request must carry it', () => {
  const found = serving(`
  - drop_columns: { columns: [memo] }
  - drop_missing: { columns: [shop] }
  - fill_missing: { columns: [sold], with: median }
  - join: { with: shops.csv, on: [shop] }
  - join: { with: shops.csv, on: [shop], kind: inner, prefix: again_ }
  - lag: { columns: [sold], order: day, request: true }
  - expect: { rule: not_missing, columns: [shop] }
  - limit: { rows: 10 }
`);
  expect(found.steps.map((one) => [one.where, one.frozen, one.earlier])).toEqual([
    ['endpoint', [], false],
    ['prepare', [], false],
    ['endpoint', [], false],
    ['endpoint', ['shops.csv'], false],
    ['endpoint', ['shops.csv'], false],
    ['endpoint', [], true],
    ['prepare', [], false],
    ['prepare', [], false],
  ]);
  expect(found.request).toEqual([
    { name: 'day', type: 'date', need: 'required' },
    { name: 'shop', type: 'text', need: 'required' },
    { name: 'sold', type: 'number', need: 'filled', step: 2 },
    { name: 'memo', type: 'text', need: 'unread' },
  ]);
});

it.each([
  ['lag: { columns: [sold] }', /reads earlier rows/, /request: true/],
  ['fill_missing: { columns: [sold], with: previous }', /reads earlier rows/, /median/],
  ['aggregate: { by: [shop], values: { rows: count } }', /makes rows anew/, /Run the recipe to a file/],
])('a refused step says why, and what to do: %s', (step, why, fix) => {
  const [found] = serving(`  - ${step}\n`.replace(/good/u, 'good')).steps;
  expect(found?.where).toBe('refused');
  expect(found?.why).toMatch(why);
  expect(found?.fix).toMatch(fix);
});

it('each step of the catalogue says whether it needs more than the row of a request, and its plan agrees', async () => {
  const session = await open();
  try {
    for (const definition of steps) {
      const { recipe, relation, tables } = shown(definition);
      const { plan } = examine(recipe, await columnsOf(session, relation), await others(session, tables));
      const { needs, kind } = definition.info;
      expect(plan.tables !== undefined, kind).toBe(needs === 'table');
      if (plan.steps[0]?.history === true) expect(needs, kind).toBe('rows');
    }
  } finally {
    session.close();
  }
});

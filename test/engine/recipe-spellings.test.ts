import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Spellings, Step } from '../../src/recipe/model';
import { call, closeSessions, folder, handlers, planOf, step } from './recipe-rig';

/** Spellings in a column, as the steps before leave it. */
afterAll(closeSessions);

const towns = ['Oslo', 'Oslo', 'Oslo', ' oslo', 'Drammen', 'Drammen', 'Dramen', '', 'x;Oslo'];
const file = path.join(folder, 'towns.csv');
const lines = Array.from({ length: 100 }, (_, k) => `${k},"${towns[k] ?? ''}",,${k < 9 ? 'OSLO' : ''}`);
writeFileSync(file, `x,g,when,y\n${lines.join('\n')}\n`);

function spellings(
  before: readonly Step[],
  columns: readonly string[],
  sampleRows = 1000,
): Promise<Spellings> {
  const params = { table: file, plan: planOf(before), tables: {}, sampleRows, columns };
  return Promise.resolve(handlers.recipeSpellings(params, call));
}

it('counts each with the spelling that is meant; a missing cell is no spelling', async () => {
  expect(await spellings([], ['g'])).toEqual({
    rows: 100,
    exact: true,
    found: [
      { value: ' oslo', rows: 1, to: 'Oslo', toRows: 3, why: 'space' },
      { value: 'Dramen', rows: 1, to: 'Drammen', toRows: 2, why: 'near' },
    ],
  });
});

it('looks at several columns together, after the steps before, and says when it saw not all rows', async () => {
  const trimmed = [
    step('replace', { columns: ['g'], match: 'part', values: { 'x;': '' } }),
    step('trim', { columns: ['g'] }),
  ];
  const found = await spellings(trimmed, ['g', 'y', 'gone']);
  expect(found.found).toContainEqual({ value: 'Oslo', rows: 4, to: 'OSLO', toRows: 9, why: 'case' });
  expect(await spellings([], ['g'], 4)).toMatchObject({ rows: 4, exact: false });
  expect(await spellings([], ['gone'])).toMatchObject({ found: [], rows: 100 });
});

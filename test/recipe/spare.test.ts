import { expect, it } from 'vitest';
import { compile } from '../../src/recipe/compile';
import type { Recipe, Step } from '../../src/recipe/model';
import { spareColumns } from '../../src/recipe/spare';

const columns = ['a', 'b', 'c', 'd', 'y'].map((name) => ({ name, sqlType: 'DOUBLE' }));

function spare(...steps: Step[]): string[] {
  const recipe: Recipe = { recipe: 1, target: 'y', split: { test: 0.2, method: 'random' }, steps };
  return spareColumns(recipe, compile(recipe, columns), columns, new Map());
}
const drop = (...names: string[]): Step => ({ kind: 'drop_columns', options: { columns: names } });

it('a column that is only dropped, or only decides which rows are learned from, is not asked for', () => {
  expect(spare(drop('a', 'b'))).toEqual(['a', 'b']);
  expect(spare({ kind: 'drop_missing', options: { columns: ['a'] } }, drop('a'))).toEqual(['a']);
  expect(spare({ kind: 'select_columns', options: { columns: ['c'] } })).toEqual(['a', 'b', 'd']);
});

it('a column that a step reads before it goes, or that stays under another name, is asked for', () => {
  expect(spare({ kind: 'compute', options: { e: '"A" + b' } }, drop('a', 'b', 'd'))).toEqual(['d']);
  const combine: Step = { kind: 'polynomial', options: { columns: ['c'], degree: 2 } };
  expect(spare(combine, drop('c', 'd'))).toEqual(['d']);
  expect(spare({ kind: 'rename', options: { c: 'e' } }, drop('d'))).toEqual(['d']);
  expect(spare({ kind: 'rename', options: { c: 'e' } }, drop('e'))).toEqual([]);
  expect(spare()).toEqual([]);
});

import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanOutputs } from '../../src/core/recipe-matching';
import type { PreprocessProgress } from '../../src/protocol';
import { type LifecycleRig, makeLifecycle } from './lifecycle.rig';

const RECIPE = `recipe: 1
input: own.csv
target: y
split: { test: 0.2, method: random, seed: 7 }
steps:
  - fill_missing: { columns: [x], with: constant, value: 100 }
  - scale: { columns: [x], method: min_max }
  - filter: { keep: x >= 0 }
`;
const MODE = `recipe: 1
input: own.csv
steps:
  - fill_missing: { columns: [g], with: mode }
  - drop_missing: { columns: [x] }
`;

describe('recipes over tables that a person chose', () => {
  let rig: LifecycleRig;
  let at: (name: string) => string;
  const write = (name: string, text: string): Promise<void> => fs.writeFile(at(name), text);
  const rows = async (file: string): Promise<readonly (readonly unknown[])[]> =>
    (await rig.lifecycle.datasets.preview(file, 100, 0)).rows;

  beforeAll(async () => {
    rig = await makeLifecycle();
    at = (name) => path.join(rig.paths.root, name);
    await write('own.csv', 'x,g,y,spare\n0,a,yes,1\n10,a,no,2\n5,a,no,3\n');
    await write('values.recipe.yaml', MODE);
    await write('scaled.recipe.yaml', RECIPE);
    await write('broken.recipe.yaml', 'recipe: 1\ninput: own.csv\nsteps:\n  - fil_missing: {}\n');
    await write('new.csv', 'g,x,more\n,4,1\nb,,2\nb,6,3\n');
    await write('other.csv', 'a,b\n1,2\n');
  });
  afterAll(() => rig.dispose());

  it('lists those that can run first, with missing and additional columns', async () => {
    const { recipes } = rig.lifecycle;
    const found = await recipes.matching([at('new.csv')]);
    expect(found.map((one) => [path.basename(one.file), one.problems.length > 0])).toEqual([
      ['scaled.recipe.yaml', false],
      ['values.recipe.yaml', false],
      ['broken.recipe.yaml', true],
    ]);
    expect(found[0]).toMatchObject({
      input: 'own.csv',
      hasOwn: true,
      isOwn: false,
      steps: 3,
      remembers: ['scale'],
      missing: ['y', 'spare'],
      additional: ['more'],
    });
    const own = await recipes.matching([at('own.csv')]);
    expect(own[0]).toMatchObject({ isOwn: true, missing: [], additional: [], problems: [] });
    const [other] = await recipes.matching([at('other.csv')]);
    expect(other?.problems).toHaveLength(2);
    expect(other?.missing).toEqual(['x', 'g', 'y', 'spare']);
  });

  it('names the table of several that does not suit', async () => {
    const found = await rig.lifecycle.recipes.matching([at('new.csv'), at('other.csv')]);
    const one = found.find((match) => match.file === at('values.recipe.yaml'));
    expect(one?.problems.every((text) => text.endsWith('(other.csv)'))).toBe(true);
    expect(one?.problems).toHaveLength(2);
  });

  it('transforms new rows by what was fitted on the data of the recipe, or by their own', async () => {
    const { recipes } = rig.lifecycle;
    const tables = cleanOutputs([at('new.csv')], 'csv');
    expect(tables).toEqual([{ input: at('new.csv'), output: at('new-clean.csv') }]);
    const recipe = at('values.recipe.yaml');
    const [own] = await recipes.runEach({ recipe, tables, remember: 'own' });
    // The mode of the recipe's own data is "a"; a column that it does not know is left out.
    expect(await rows(at('new-clean.csv'))).toEqual([
      [4, 'a'],
      [6, 'b'],
    ]);
    expect(own?.report).toMatchObject({
      rowsIn: 3,
      rowsOut: 2,
      dropped: [{ step: 1, kind: 'drop_missing', rows: 1 }],
    });
    expect(own?.report).not.toHaveProperty('fitted');
    await recipes.runEach({ recipe, tables, remember: 'each' });
    expect(await rows(at('new-clean.csv'))).toEqual([
      ['b', 4, 1],
      ['b', 6, 3],
    ]);
  });

  it('scales by the range of the own data where the target is not there', async () => {
    const tables = cleanOutputs([at('new.csv')], 'parquet');
    const before = await fs.readFile(at('own.csv'), 'utf8');
    await rig.lifecycle.recipes.runEach({ recipe: at('scaled.recipe.yaml'), tables, remember: 'own' });
    expect(await rows(at('new-clean.parquet'))).toEqual([
      [0.4, null],
      [10, 'b'],
      [0.6, 'b'],
    ]);
    expect(await fs.readFile(at('own.csv'), 'utf8')).toBe(before);
  });

  it('goes on after a table that fails, and tells what ended', async () => {
    const { recipes } = rig.lifecycle;
    const tables = cleanOutputs([at('other.csv'), at('new.csv')], 'parquet');
    const told: PreprocessProgress[] = [];
    const done = await recipes.runEach(
      { recipe: at('values.recipe.yaml'), tables, remember: 'own' },
      { onProgress: (value) => told.push(value as PreprocessProgress) },
    );
    expect(done.map((one) => [path.basename(one.input), one.error?.kind, one.report?.rowsOut])).toEqual([
      ['other.csv', 'invalid', undefined],
      ['new.csv', undefined, 2],
    ]);
    expect(told.flatMap((one) => (one.ended ? [one.at] : []))).toEqual([0, 1]);
    expect(told.every((one) => one.of === 2)).toBe(true);
  });

  it('stops when it is cancelled', async () => {
    const abort = new AbortController();
    abort.abort(new DOMException('Cancelled.', 'AbortError'));
    const tables = cleanOutputs([at('new.csv')], 'parquet', at('.'));
    await expect(
      rig.lifecycle.recipes.runEach(
        { recipe: at('values.recipe.yaml'), tables, remember: 'each' },
        { signal: abort.signal },
      ),
    ).rejects.toThrow('Cancelled.');
  });

  it('gives outputs of one name a number', () => {
    const folder = path.resolve('out');
    expect(cleanOutputs(['/a/day.csv', '/b/day.csv.gz', '/c/Day'], 'csv', folder)).toEqual([
      { input: '/a/day.csv', output: path.join(folder, 'day-clean.csv') },
      { input: '/b/day.csv.gz', output: path.join(folder, 'day-clean-2.csv') },
      { input: '/c/Day', output: path.join(folder, 'Day-clean-3.csv') },
    ]);
  });
});

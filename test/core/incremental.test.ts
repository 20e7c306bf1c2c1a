import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NewFiles, Run } from '../../src/core/run';
import { type LifecycleRig, makeLifecycle } from './lifecycle.rig';

const RECIPE = `recipe: 1
input: days
steps:
  - fill_missing: { columns: [x], with: median }
  - drop_missing: { columns: [g] }
`;

let rig: LifecycleRig;
let at: (name: string) => string;
const write = (name: string, text: string): Promise<void> => fs.writeFile(at(name), text);
const prepare = (): Promise<NewFiles> =>
  rig.lifecycle.runs.prepareNew({ recipe: at('clean.recipe.yaml'), output: 'clean' });

async function done({ run }: NewFiles): Promise<Run> {
  if (!run) throw new Error('Nothing was new.');
  const ended = await rig.lifecycle.runs.wait(run.id);
  expect(ended).toMatchObject({ status: 'completed', dataset: { name: 'clean' } });
  return ended;
}

/** The rows of the dataset by their second column. */
async function rows(): Promise<unknown[][]> {
  const page = await rig.lifecycle.datasets.preview('clean', 100, 0);
  expect(page.columns.map((one) => one.name)).toEqual(['x', 'g']);
  return page.rows.map((row) => [...row]).sort((a, b) => String(a[1]).localeCompare(String(b[1])));
}

beforeAll(async () => {
  rig = await makeLifecycle();
  at = (name) => path.join(rig.paths.root, name);
  await fs.mkdir(at('days'));
  await write('days/1.csv', 'x,g\n10,a\n,b\n');
  await write('days/2.csv', 'x,g\n20,c\n30,\n');
  await write('clean.recipe.yaml', RECIPE);
});
afterAll(() => rig.dispose());

// The rows of the first two files; the median of the first is 20.
const FIRST = [
  [10, 'a'],
  [20, 'b'],
  [20, 'c'],
];

it('prepares all files the first time, and none that are as they were', async () => {
  const first = await prepare();
  expect(first).toMatchObject({ added: ['1.csv', '2.csv'], unchanged: 0, fitted: 'now' });
  await expect(prepare()).rejects.toThrow('prepares files for "clean" already');
  await done(first);
  expect(await rows()).toEqual(FIRST);
  // Touched, but the same content.
  await fs.utimes(at('days/1.csv'), new Date(), new Date());
  expect(await prepare()).toMatchObject({ added: [], changed: [], unchanged: 2 });
});

it('adds a new file, transformed by the values of the first run', async () => {
  await write('days/3.csv', 'g,x,more\nd,,1\ne,1000,2\n');
  const second = await prepare();
  expect(second).toMatchObject({ added: ['3.csv'], unchanged: 2, fitted: 'kept' });
  const run = await done(second);
  expect(await rows()).toEqual([...FIRST, [20, 'd'], [1000, 'e']]);
  expect(await rig.lifecycle.runs.prepared(run.id)).toMatchObject({
    rowsIn: 2,
    rowsOut: 2,
    remembered: [{ step: 0, kind: 'fill_missing', values: [{ value: 20 }] }],
    notes: ['The fitted values are those of the first run of this dataset.'],
  });
  expect(await rig.lifecycle.datasets.get('clean')).toMatchObject({ rows: 5, run: run.id });
});

it('takes the others of its part with a changed file; rows of one that is gone stay while their part does', async () => {
  await write('days/2.csv', 'x,g\n,f\n');
  await fs.rm(at('days/3.csv'));
  const third = await prepare();
  expect(third).toMatchObject({ changed: ['2.csv'], again: ['1.csv'], gone: ['3.csv'], unchanged: 0 });
  await done(third);
  expect(await rows()).toEqual([
    [10, 'a'],
    [20, 'b'],
    [20, 'd'],
    [1000, 'e'],
    [20, 'f'],
  ]);
});

it('prepares everything anew when the recipe has changed', async () => {
  await write('clean.recipe.yaml', RECIPE.replace('median', 'constant, value: -1'));
  const fourth = await prepare();
  expect(fourth).toMatchObject({ again: ['1.csv', '2.csv'], gone: ['3.csv'], fitted: 'now' });
  expect(fourth.notes).toEqual(['3.csv is no longer there: its rows leave the dataset with their part.']);
  await done(fourth);
  expect(await rows()).toEqual([
    [10, 'a'],
    [-1, 'b'],
    [-1, 'f'],
  ]);
  const left = (await fs.readdir(path.join(rig.paths.ml, 'data/clean'))).sort();
  expect(left).toEqual([`${fourth.run?.id}.parquet`, '_prepared.json']);
});

it('takes another input for one run, and refuses what is no dataset of parts', async () => {
  const { runs } = rig.lifecycle;
  await write('one.csv', 'x,g\n5,z\n');
  const recipe = at('clean.recipe.yaml');
  const run = await runs.wait(
    (await runs.prepare({ recipe, input: at('one.csv'), output: 'one.parquet' })).id,
  );
  expect(await runs.prepared(run.id)).toMatchObject({ rowsIn: 1, rowsOut: 1 });
  await expect(runs.prepareNew({ recipe, output: 'out.csv' })).rejects.toThrow('a dataset of parts');
  await expect(runs.prepareNew({ recipe, output: 'one' })).rejects.toThrow('not made of parts');
  await expect(runs.prepareNew({ recipe, input: at('one.csv'), output: 'clean' })).rejects.toThrow(
    'is made of the files of days',
  );
});

it('a plain name of the output is that of a dataset, which only a run may have made', async () => {
  const { runs, datasets } = rig.lifecycle;
  const recipe = at('clean.recipe.yaml');
  const named = (output: string): ReturnType<typeof runs.prepare> =>
    runs.prepare({ recipe, input: at('one.csv'), output });
  const run = await runs.wait((await named('whole')).id);
  expect([run.status, run.dataset, run.output]).toEqual([
    'completed',
    { name: 'whole' },
    '.ml/data/whole.parquet',
  ]);
  expect((await datasets.preview('whole', 9, 0)).rows).toEqual([[5, 'z']]);
  // Again, and again as that run: a new version of it.
  const again = await runs.wait((await named('whole')).id);
  const rerun = await runs.wait((await runs.rerun(again.id)).id);
  expect([rerun.dataset, rerun.output]).toEqual([{ name: 'whole' }, '.ml/data/whole.parquet']);
  await datasets.add(at('one.csv'), { name: 'mine' });
  await expect(named('Mine')).rejects.toMatchObject({
    kind: 'conflict',
    message: 'There is a dataset "mine" already, which no run made.',
  });
  await expect(named('clean')).rejects.toMatchObject({
    kind: 'conflict',
    message: 'The dataset "clean" is made file by file.',
    fix: 'Prepare its new files with --incremental, or give another name with -o.',
  });
  await expect(named('what:ever')).rejects.toThrow('"what:ever" cannot be the name of a dataset.');
  await expect(named('clean.v2')).rejects.toThrow('The output cannot be written as "clean.v2".');
});

it('a recipe is not taken for data', async () => {
  const { runs, recipes } = rig.lifecycle;
  const refused = {
    kind: 'invalid',
    message: 'clean.recipe.yaml is a recipe, not data.',
    fix: 'Name the data that it cleans (its line "input:"). Mistakes in it are found by: mll recipe check clean.recipe.yaml',
  };
  await expect(recipes.suggest(at('clean.recipe.yaml'))).rejects.toMatchObject(refused);
  await expect(runs.train({ data: at('clean.recipe.yaml'), target: 'x' })).rejects.toMatchObject(refused);
  await expect(recipes.suggest(at('ml.yaml'))).rejects.toMatchObject({
    message: 'ml.yaml is a YAML file, not data.',
    fix: 'Name a table, a folder of tables or a dataset.',
  });
});

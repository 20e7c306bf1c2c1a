import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { simpleGit } from 'simple-git';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../src/core/api';
import { createLifecycle } from '../../src/core/lifecycle';
import type { Run } from '../../src/core/run';
import { makeLifecycle, table, type LifecycleRig } from './lifecycle.rig';

const RECIPE = `# for the test
recipe: 1
input: Pinguine 1.csv
target: species
split: { test: 0.2, method: random, seed: 7 }
steps:
  - fill_missing: { columns: [bill], with: median }
`;

let rig: LifecycleRig;
let lifecycle: Lifecycle;
let csv: string;
beforeAll(async () => {
  rig = await makeLifecycle();
  lifecycle = rig.lifecycle;
  csv = path.join(rig.paths.root, 'Daten', 'Pinguine 1.csv');
  await fs.mkdir(path.dirname(csv));
  await fs.writeFile(csv, table(300));
});
afterAll(() => rig.dispose());

async function done(run: Run): Promise<Run> {
  const stages: string[] = [];
  const ended = await lifecycle.runs.wait(run.id, {
    onProgress: (value) => stages.push((value as Run).status),
  });
  if (ended.status === 'failed') {
    const log = await lifecycle.runs.logs(run.id);
    throw new Error(`${ended.error?.message ?? ''}\n${log.items.join('\n')}`);
  }
  expect(stages.at(-1)).toBe(ended.status);
  return ended;
}

test('datasets: added by path, known by name, prefix and path; a changed file is a new version', async () => {
  const added = await lifecycle.datasets.add(csv);
  expect(added).toMatchObject({
    name: 'Pinguine-1',
    source: { path: 'Daten/Pinguine 1.csv' },
    rows: 300,
    hash: createHash('sha256')
      .update(await fs.readFile(csv))
      .digest('hex'),
  });
  expect(added.columns.map((one) => [one.name, one.type])).toEqual([
    ['island', 'text'],
    ['sex', 'text'],
    ['bill', 'number'],
    ['flipper', 'integer'],
    ['species', 'text'],
  ]);
  expect(await lifecycle.datasets.get('ping')).toEqual(added);
  expect((await lifecycle.datasets.add('Daten/Pinguine 1.csv')).name).toBe('Pinguine-1');
  await expect(
    lifecycle.datasets.add(path.join(rig.paths.root, 'ml.yaml'), { name: 'Pinguine-1' }),
  ).rejects.toMatchObject({ name: 'UserError' });
  const page = await lifecycle.datasets.preview('Pinguine-1', 2, 1);
  expect(page.rows).toEqual([
    ['Biscoe', 'f', 43.7, 200, 'Chinstrap'],
    ['Dream', 'm', 49.4, 220, 'Gentoo'],
  ]);
  expect(page).toMatchObject({ total: 300, exact: true, offset: 1 });
  expect((await lifecycle.datasets.profile(csv)).columns[2]).toMatchObject({ name: 'bill', missing: 18 });
  await expect(lifecycle.datasets.get('nothing')).rejects.toMatchObject({
    kind: 'notFound',
    fix: 'There is: Pinguine-1.',
  });
  await expect(lifecycle.datasets.preview('lost.csv', 1, 0)).rejects.toMatchObject({ kind: 'notFound' });
});

describe('a model', () => {
  let trained: Run;

  test(
    'is trained with the recipe beside the data and taken into the project',
    { timeout: 120_000 },
    async () => {
      const git = simpleGit(rig.paths.root);
      await git.init(['--initial-branch=main']);
      await git
        .addConfig('user.name', 'x')
        .addConfig('user.email', 'x@example.org')
        .addConfig('commit.gpgsign', 'false');
      await git.add('.').commit('first');
      const recipe = await lifecycle.recipes.fileFor('Pinguine-1');
      expect(recipe).toBe(path.join(rig.paths.root, 'Daten', 'Pinguine 1.recipe.yaml'));
      await fs.writeFile(recipe, RECIPE);

      const started = await lifecycle.runs.train({ data: csv, params: { algorithm: 'linear', seed: 1 } });
      expect(started.id).toMatch(/^\d{8}-\d{4}-train-pinguine-1-[0-9a-f]{4}$/);
      trained = await done(started);
      expect(trained).toMatchObject({
        kind: 'train',
        status: 'completed',
        provider: 'local',
        branch: 'main',
        commit: (await git.revparse('HEAD')).trim(),
        dirty: true,
        target: 'species',
        recipe: 'Daten/Pinguine 1.recipe.yaml',
        params: { algorithm: 'linear', seed: 1 },
        model: { name: 'Pinguine-1', version: 1 },
        data: { name: 'Pinguine-1', rows: 300, hash: (await lifecycle.datasets.get('Pinguine-1')).hash },
        recipeHash: createHash('sha256')
          .update(await fs.readFile(recipe))
          .digest('hex'),
      });
      expect(trained.packages?.duckdb).toBe('1.5.6');
      expect(trained.metrics.accuracy).toBe(1);
      const folder = path.join(rig.paths.ml, 'runs', trained.id);
      expect(await fs.readFile(path.join(folder, 'uncommitted.diff'), 'utf8')).toContain(
        'new file, not in git: Daten/Pinguine 1.recipe.yaml',
      );
      expect(await fs.readFile(path.join(folder, 'recipe.yaml'), 'utf8')).toBe(
        await fs.readFile(recipe, 'utf8'),
      );
      // The manifest holds no path of this machine.
      expect(await fs.readFile(path.join(folder, 'run.json'), 'utf8')).not.toContain(rig.paths.root);

      const model = await lifecycle.models.get('ping');
      expect(model).toMatchObject({
        name: 'Pinguine-1',
        version: 1,
        run: trained.id,
        task: 'classification',
        algorithm: 'linear',
        target: 'species',
      });
      expect(model.metrics[model.mainMetric]).toBe(1);
      const signature = await lifecycle.models.signature('Pinguine-1@1');
      expect(signature.inputs.map((one) => one.name)).toEqual(['island', 'sex', 'bill', 'flipper']);
      expect((await lifecycle.runs.report(trained.id))?.rows).toEqual(
        (await lifecycle.models.report('Pinguine-1'))?.rows,
      );
      await expect(lifecycle.models.get('Pinguine-1@7')).rejects.toMatchObject({
        kind: 'notFound',
        fix: 'There is: 1.',
      });
      const provenance: unknown = JSON.parse(
        await fs.readFile(path.join(model.path, 'provenance.json'), 'utf8'),
      );
      expect(provenance).toMatchObject({
        run: trained.id,
        commit: trained.commit,
        dirty: true,
        recipeHash: trained.recipeHash,
      });
    },
  );

  test('is exported into an empty folder only', async () => {
    const target = path.join(rig.paths.root, 'Export é');
    expect(await lifecycle.models.export('Pinguine-1', target)).toBe(target);
    expect(await fs.readdir(target)).toContain('MLmodel');
    await expect(lifecycle.models.export('Pinguine-1', target)).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('scores and predicts a table', { timeout: 120_000 }, async () => {
    const evaluated = await done(
      await lifecycle.runs.evaluate({ model: 'Pinguine-1', data: csv, part: 'test' }),
    );
    const report = await lifecycle.runs.report(evaluated.id);
    expect(report?.rows.test).toBe((await lifecycle.models.report('Pinguine-1'))?.rows.test);
    expect(evaluated.metrics.accuracy).toBe(1);

    const predicted = await done(await lifecycle.runs.batchPredict({ model: 'Pinguine-1@1', data: csv }));
    expect(predicted.output).toBe('Pinguine-1.predictions.csv');
    const lines = (await fs.readFile(path.join(rig.paths.root, 'Pinguine-1.predictions.csv'), 'utf8'))
      .trim()
      .split(/\r?\n/);
    expect(lines).toHaveLength(301);
    expect(lines[0]).toMatch(/^island,sex,bill,flipper,species,prediction,/);
    // Again: what is there is not written over.
    const again = await done(await lifecycle.runs.batchPredict({ model: 'Pinguine-1@1', data: csv }));
    expect(again.output).toBe('Pinguine-1.predictions-2.csv');

    const narrow = path.join(rig.paths.root, 'narrow.csv');
    await fs.writeFile(narrow, 'island,sex\nDream,m\n');
    await expect(lifecycle.runs.evaluate({ model: 'Pinguine-1', data: narrow })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/lacks columns .*flipper.*species/) as string,
    });
  });

  test('prepares a dataset', { timeout: 120_000 }, async () => {
    const run = await done(await lifecycle.runs.prepare({ recipe: 'Daten/Pinguine 1.recipe.yaml' }));
    expect(run.dataset).toEqual({ name: 'Pinguine-1-prepared' });
    const dataset = await lifecycle.datasets.get('Pinguine-1-prepared');
    expect(dataset).toMatchObject({
      run: run.id,
      rows: 300,
      source: { path: '.ml/data/Pinguine-1-prepared.parquet' },
    });
    const csvRun = await done(
      await lifecycle.runs.prepare({ recipe: 'Daten/Pinguine 1.recipe.yaml', output: 'Daten/clean.csv' }),
    );
    expect(csvRun).toMatchObject({ output: 'Daten/clean.csv', dataset: { name: 'clean' } });
    expect(
      (await fs.readFile(path.join(rig.paths.root, 'Daten', 'clean.csv'), 'utf8')).trim().split('\n'),
    ).toHaveLength(301);
  });

  test('refuses a recipe that reads what it makes itself, by however many others', async () => {
    const at = (name: string): string => path.join(rig.paths.root, 'Daten', name);
    const second = at('second.recipe.yaml');
    const again = { matches: 'first', on: ['island'], columns: ['bill'], prefix: 'old_' };
    await fs.writeFile(second, 'recipe: 1\ninput: Pinguine-1-prepared\nsteps: []\n');
    await done(await lifecycle.runs.prepare({ recipe: second }));
    const first = at('Pinguine 1.recipe.yaml');
    const written = await fs.readFile(first, 'utf8');
    const joined = (table: string): string =>
      `${written}  - join: ${JSON.stringify({ with: table, ...again })}\n`;
    const { recipes, runs } = lifecycle;
    for (const [table, way] of [
      ['Pinguine-1-prepared', ''],
      ['second-prepared', '"second-prepared", which second.recipe.yaml makes of '],
    ] as const) {
      await fs.writeFile(first, joined(table));
      const message = `The recipe reads what it makes itself: Pinguine 1.recipe.yaml reads ${way}"Pinguine-1-prepared", which Pinguine 1.recipe.yaml makes.`;
      await expect(runs.prepare({ recipe: first })).rejects.toMatchObject({ kind: 'conflict', message });
      expect((await recipes.check(first)).map((one) => one.message)).toEqual([message]);
    }
    await fs.writeFile(first, written);
    expect(await recipes.check(first)).toEqual([]);
    await expect(
      recipes.run({ recipe: first, input: 'second-prepared', output: at('out.csv') }),
    ).rejects.toMatchObject({ kind: 'conflict' });
  });

  test(
    'is trained again on other data with what was recorded, though the recipe changed since',
    { timeout: 120_000 },
    async () => {
      const more = path.join(rig.paths.root, 'more.csv');
      await fs.writeFile(more, table(420));
      await fs.writeFile(
        path.join(rig.paths.root, 'Daten', 'Pinguine 1.recipe.yaml'),
        'recipe: 1\nsteps: nonsense\n',
      );
      const again = await done(await lifecycle.runs.rerun(trained.id, { data: more }));
      expect(again).toMatchObject({
        model: { name: 'Pinguine-1', version: 2 },
        params: { algorithm: 'linear', seed: 1 },
        recipeHash: trained.recipeHash,
        data: { name: 'more', rows: 420 },
      });
      expect((await lifecycle.models.list()).map((one) => one.version)).toEqual([2, 1]);
      expect((await lifecycle.models.get('Pinguine-1')).version).toBe(2);
    },
  );

  test('another window and a terminal see the same; a removed run leaves its model', async () => {
    const other = createLifecycle(rig.paths.root, rig.host);
    expect(await other.runs.list()).toEqual(await lifecycle.runs.list());
    await lifecycle.runs.remove(trained.id);
    await expect(other.runs.get(trained.id)).rejects.toMatchObject({ kind: 'notFound' });
    expect((await other.models.get('Pinguine-1@1')).run).toBe(trained.id);
    await other.models.remove('Pinguine-1@1');
    expect((await lifecycle.models.list()).map((one) => one.version)).toEqual([2]);
    other.dispose();
  });
});

describe("the user's own script", () => {
  const script = async (name: string, lines: readonly string[]): Promise<string> => {
    const file = path.join(rig.paths.root, 'scripts', name);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, `${lines.join('\n')}\n`);
    return file;
  };

  test('gets data and parameters, logs metrics and leaves a model', { timeout: 120_000 }, async () => {
    await script('mine.py', ['from sklearn.dummy import DummyClassifier as Model']);
    const file = await script('train.py', [
      'import ml_lifecycle as ml',
      'from mine import Model',
      'train = ml.data("train")',
      'for step in range(3): ml.log(loss=ml.params["start"] / 2 ** step, step=step)',
      'print("rows", len(train.y))',
      'ml.save(Model().fit(train.X, train.y))',
    ]);
    const run = await done(
      await lifecycle.runs.train({
        data: csv,
        recipe: null,
        target: 'sex',
        script: file,
        model: 'Eigenes',
        params: { start: 8 },
      }),
    );
    expect(run).toMatchObject({ script: 'scripts/train.py', model: { name: 'Eigenes', version: 1 } });
    const points = (await lifecycle.runs.metrics(run.id)).items.filter((one) => one.name === 'loss');
    expect(points.map((one) => [one.step, one.value])).toEqual([
      [0, 8],
      [1, 4],
      [2, 2],
    ]);
    expect((await lifecycle.runs.logs(run.id)).items).toContain(
      `rows ${(await lifecycle.runs.report(run.id))?.rows.train ?? 0}`,
    );
  });

  test(
    'that fails is told with its line; one that saves nothing is no success',
    { timeout: 120_000 },
    async () => {
      const file = await script('broken.py', ['import ml_lifecycle as ml', '', 'ml.params["nothing"]']);
      const request = { data: csv, recipe: null, target: 'sex', script: file };
      const failed = await lifecycle.runs.wait((await lifecycle.runs.train(request)).id);
      expect(failed.status).toBe('failed');
      expect(failed.error?.message).toMatch(/^broken\.py failed \(broken\.py, line 3\): KeyError/);
      const empty = await script('empty.py', ['print("done")']);
      const run = await lifecycle.runs.wait((await lifecycle.runs.train({ ...request, script: empty })).id);
      expect(run.status).toBe('failed');
      expect(`${run.error?.message ?? ''} ${run.error?.fix ?? ''}`).toMatch(/ml\.save/);
      await expect(lifecycle.runs.train({ ...request, script: 'lost.py' })).rejects.toMatchObject({
        kind: 'notFound',
      });
    },
  );
});

test(
  'a run that fails says why, and one that is cancelled leaves no model',
  { timeout: 120_000 },
  async () => {
    const bad = path.join(rig.paths.root, 'one class.csv');
    await fs.writeFile(bad, `a,b\n${Array.from({ length: 50 }, (_, n) => `${n},yes`).join('\n')}\n`);
    const run = await lifecycle.runs.train({ data: bad, target: 'b', params: { algorithm: 'linear' } });
    const failed = await lifecycle.runs.wait(run.id);
    expect(failed).toMatchObject({ status: 'failed', error: { kind: 'invalid' } });
    expect(failed.error?.message).toMatch(/class/);
    await expect(lifecycle.runs.train({ data: bad, target: 'c' })).rejects.toMatchObject({
      kind: 'invalid',
      fix: 'The columns are: a, b.',
    });
    await expect(lifecycle.runs.train({ data: bad })).rejects.toMatchObject({ kind: 'invalid' });
    const runs = (await lifecycle.runs.list()).length;
    const cancelled = await lifecycle.runs.train({
      data: 'more.csv',
      target: 'species',
      recipe: null,
      params: { algorithm: 'auto' },
    });
    await lifecycle.runs.cancel(cancelled.id);
    expect((await lifecycle.runs.wait(cancelled.id)).status).toBe('cancelled');
    expect(await lifecycle.runs.list()).toHaveLength(runs + 1);
    expect((await lifecycle.models.list()).some((one) => one.run === cancelled.id)).toBe(false);
  },
);

test('without Python nothing is left behind', async () => {
  const file = path.join(rig.paths.root, 'ml.yaml');
  const before = await fs.readFile(file, 'utf8');
  await fs.writeFile(file, 'project: test\npython: /nowhere/python\n');
  const runs = (await lifecycle.runs.list()).length;
  await expect(
    lifecycle.runs.train({ data: 'more.csv', target: 'species', recipe: null }),
  ).rejects.toMatchObject({
    kind: 'notFound',
    message: '/nowhere/python is not there.',
  });
  expect(await lifecycle.runs.list()).toHaveLength(runs);
  const checks = await lifecycle.check();
  expect(checks.filter((one) => !one.ok).map((one) => one.name)).toEqual(['Python environment']);
  await fs.writeFile(file, before);
  expect((await lifecycle.check()).every((one) => one.ok)).toBe(true);
});

test('a broken manifest is named by the doctor, and the rest still works', async () => {
  const file = path.join(rig.paths.ml, 'datasets', 'more.json');
  const before = await fs.readFile(file, 'utf8');
  await fs.writeFile(file, before.replace('{', '<<<<<<< HEAD\n{'));
  expect((await lifecycle.datasets.list()).map((one) => one.name)).toContain('Pinguine-1');
  const check = (await lifecycle.check()).find((one) => one.name === 'Project files');
  expect(check).toMatchObject({ ok: false, action: { command: 'mll.openFile', args: [file, 1] } });
  expect(check?.reason).toContain('unresolved merge conflict in line 1');
  await fs.writeFile(file, before);
});

import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../src/core/api';
import { createLifecycle } from '../../../src/core/lifecycle';
import type { Run } from '../../../src/core/run';
import { providers } from '../../../src/providers';
import { laySample } from '../../../scripts/lib/sample.mjs';
import { startEngine } from '../../engine/build';
import { testPython } from '../../python';
import { makeVertexProject, REGION, stopGoogle, type VertexProject } from './rig';

const root = path.resolve(import.meta.dirname, '../../..');

const RECIPE = `recipe: 1
input: penguins.csv
target: Species
split: { test: 0.2, method: stratified, seed: 7 }
steps:
  - fill_missing: { columns: [Beak Length (mm), Body Mass (g)], with: median }
  - encode: { columns: [Island], method: one_hot, unknown: other }
`;

// Every job installs its packages in a container of its own, as it does there.
describe('the lifecycle on Vertex AI', { timeout: 300_000 }, () => {
  let rig: VertexProject;
  let engine: Awaited<ReturnType<typeof startEngine>>;
  let lifecycle: Lifecycle;
  const file = (name: string): string => path.join(rig.paths.root, name);
  const ended = async (run: Run): Promise<Run> => {
    const done = await lifecycle.runs.wait(run.id);
    expect(done.error).toBeUndefined();
    expect(done.status).toBe('completed');
    return done;
  };

  beforeAll(async () => {
    engine = await startEngine();
    rig = await makeVertexProject({
      engine: engine.engine,
      pythonFolder: path.join(root, 'python'),
      providers,
    });
    const settings = await fs.readFile(file('ml.yaml'), 'utf8');
    await fs.writeFile(file('ml.yaml'), settings.replace(/^python: .*$/m, `python: ${testPython()}`));
    laySample(rig.paths.root);
    await fs.writeFile(file('penguins.recipe.yaml'), RECIPE);
    lifecycle = createLifecycle(rig.paths.root, rig.host);
  });
  afterAll(async () => {
    lifecycle.dispose();
    engine.remove();
    await rig.dispose();
    await stopGoogle();
  });

  test('a recipe run as a job there gives the very rows of the one run here', async () => {
    const recipe = file('penguins.recipe.yaml');
    const there = await ended(await lifecycle.runs.prepare({ recipe, output: 'there.parquet' }));
    const here = await ended(
      await lifecycle.runs.prepare({ recipe, output: 'here.parquet', provider: 'local' }),
    );
    expect(there.metrics).toEqual(here.metrics);
    const rows = (name: string) => lifecycle.datasets.preview(file(name), 1000, 0);
    const [one, other] = [await rows('there.parquet'), await rows('here.parquet')];
    expect(one.rows).toHaveLength(344);
    expect(one).toEqual(other);
    expect(rig.shown[0]).toMatchObject({
      provider: 'vertex',
      where: `project test, region ${REGION}`,
      machine: { type: 'n1-standard-4', count: 1 },
      maxHours: 2,
    });
  });

  test('a model trained there scores as the one trained here, is evaluated and predicts there', async () => {
    const request = { data: file('penguins.csv'), params: { algorithm: 'linear', seed: 3 } } as const;
    const there = await ended(await lifecycle.runs.train({ ...request, model: 'there' }));
    const here = await ended(await lifecycle.runs.train({ ...request, model: 'here', provider: 'local' }));
    expect(there.place).toMatchObject({ name: `mll-${there.id}`, region: REGION, account: 'test' });
    expect(there.metrics.accuracy).toBeCloseTo(here.metrics.accuracy ?? Number.NaN, 12);
    expect(there.packages).toMatchObject({
      python: expect.stringMatching(/^3\.10/) as unknown,
      'scikit-learn': '1.6.1',
      duckdb: '1.5.6',
    });
    const evaluated = await ended(
      await lifecycle.runs.evaluate({ model: 'there', data: 'penguins', part: 'test' }),
    );
    expect(evaluated.metrics).toEqual(there.metrics);
    const predicted = await ended(
      await lifecycle.runs.batchPredict({ model: 'there', data: 'penguins', output: 'p.csv' }),
    );
    expect(predicted.metrics).toEqual({ rows: 344, errors: 0 });

    // What the data, the model and the code of the runs were is not sent twice.
    expect(rig.shown.at(-1)?.files).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'penguins.csv', there: true })]),
    );
  });

  test('a script with a module and a package of its own', async () => {
    const folder = file('own');
    await fs.mkdir(folder);
    await fs.writeFile(path.join(folder, 'helper.py'), 'TREES = 20\n');
    await fs.writeFile(path.join(folder, 'requirements.txt'), 'humanize==4.12.3\n');
    await fs.writeFile(
      path.join(folder, 'train.py'),
      `import humanize
import ml_lifecycle as ml
from sklearn.ensemble import RandomForestClassifier
from helper import TREES

train, test = ml.data("train"), ml.data("test")
model = RandomForestClassifier(n_estimators=TREES, random_state=7).fit(train.X, train.y)
print("trees:", humanize.intcomma(TREES * 1000))
ml.log(step=0, score=model.score(test.X, test.y))
ml.save(model)
`,
    );
    const run = await ended(
      await lifecycle.runs.train({
        data: file('penguins.csv'),
        recipe: file('penguins.recipe.yaml'),
        script: path.join('own', 'train.py'),
        model: 'forest',
      }),
    );
    expect((await lifecycle.runs.logs(run.id)).items).toContain('trees: 20,000');
    const points = (await lifecycle.runs.metrics(run.id)).items.filter((one) => one.name === 'score');
    expect(points).toHaveLength(1);
    expect(points[0]?.value).toBeGreaterThan(0.9);
  });
});

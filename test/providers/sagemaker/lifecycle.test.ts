import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host, Lifecycle } from '../../../src/core/api';
import { createLifecycle } from '../../../src/core/lifecycle';
import type { Run } from '../../../src/core/run';
import { providers } from '../../../src/providers';
import { laySample } from '../../../scripts/lib/sample.mjs';
import { startEngine } from '../../engine/build';
import { testPython } from '../../python';
import { awsRig, failure, makeSagemakerRig, type SagemakerRig } from './rig';

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
describe('the lifecycle on SageMaker', { timeout: 300_000 }, () => {
  let rig: SagemakerRig;
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
    const lent: Partial<Host> = {
      engine: engine.engine,
      pythonFolder: path.join(root, 'python'),
      providers,
    };
    rig = await makeSagemakerRig(lent);
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
  });

  test('a recipe run as a processing job gives the very rows of the one run here', async () => {
    const there = await ended(
      await lifecycle.runs.prepare({ recipe: file('penguins.recipe.yaml'), output: 'there.parquet' }),
    );
    const here = await ended(
      await lifecycle.runs.prepare({
        recipe: file('penguins.recipe.yaml'),
        output: 'here.parquet',
        provider: 'local',
      }),
    );
    expect(there.metrics).toEqual(here.metrics);
    const rows = (name: string) => lifecycle.datasets.preview(file(name), 1000, 0);
    const [one, other] = [await rows('there.parquet'), await rows('here.parquet')];
    expect(one.rows).toHaveLength(344);
    expect(one).toEqual(other);
  });

  test('a model trained there is the one trained here, and scores the same', async () => {
    const request = { data: file('penguins.csv'), params: { algorithm: 'linear', seed: 3 } } as const;
    const there = await ended(await lifecycle.runs.train({ ...request, model: 'there' }));
    const here = await ended(await lifecycle.runs.train({ ...request, model: 'here', provider: 'local' }));
    expect(there.place).toMatchObject({
      name: `mll-${there.id}`,
      region: 'us-east-1',
      account: '123456789012',
    });
    expect(there.place?.console).toContain(`jobs/mll-${there.id}`);
    expect(there.metrics.accuracy).toBeCloseTo(here.metrics.accuracy ?? Number.NaN, 12);
    expect(there.packages?.python).toMatch(/^3\.12/);
    const [report, other] = [await lifecycle.runs.report(there.id), await lifecycle.runs.report(here.id)];
    expect(report?.confusion).toEqual(other?.confusion);

    const scored = await ended(
      await lifecycle.runs.evaluate({ model: 'there', data: 'penguins', part: 'test' }),
    );
    expect(scored.metrics).toEqual(there.metrics);
    const predicted = await ended(
      await lifecycle.runs.batchPredict({ model: 'there', data: 'penguins', output: 'p.csv' }),
    );
    const page = await lifecycle.datasets.preview(file('p.csv'), 1000, 0);
    expect(predicted.metrics).toEqual({ rows: 344, errors: 0 });
    expect(page.rows).toHaveLength(344);

    // It answers here as it predicted there.
    const row = {
      Island: 'Biscoe',
      'Beak Length (mm)': 50,
      'Beak Depth (mm)': 15,
      'Flipper Length (mm)': 220,
      'Body Mass (g)': 5200,
      Sex: 'MALE',
    };
    await lifecycle.endpoints.deploy({ model: 'there', name: 'near', provider: 'local' });
    const near = await lifecycle.endpoints.invoke('near', [row]);
    await lifecycle.endpoints.remove('near');

    // The one trained here answers there, serverless, and what it was asked can be monitored.
    await lifecycle.endpoints.deploy({ model: 'here', name: 'far', serverless: true });
    const far = await lifecycle.endpoints.invoke('far', [row]);
    expect(far.predictions[0]?.prediction).toBe('Gentoo');
    expect(near.predictions).toEqual(far.predictions);
    // CloudWatch has an endpoint's figures some time after its answers.
    await expect
      .poll(() => lifecycle.endpoints.monitor('far'), { timeout: 60_000, interval: 1000 })
      .toMatchObject({ requests: 1, rows: 1, errors: 0, measured: { errors: 0 } });

    await lifecycle.endpoints.update('far', 'there');
    expect((await lifecycle.endpoints.invoke('far', [row])).model).toEqual({ name: 'there', version: 1 });

    // A clone that knows nothing of it deploys under its name, and fails: what serves goes on serving.
    const manifest = path.join(rig.paths.ml, 'endpoints', 'far.json');
    const kept = await fs.readFile(manifest);
    await fs.rm(manifest);
    await (await awsRig()).fault({ kind: 'accessDenied', operation: 'UpdateEndpoint' });
    const again = lifecycle.endpoints.deploy({ model: 'here', name: 'far', serverless: true });
    expect((await failure(again)).kind).toBe('permission');
    await expect(fs.access(manifest)).rejects.toThrow();
    await fs.writeFile(manifest, kept);
    expect((await lifecycle.endpoints.invoke('far', [row])).model).toEqual({ name: 'there', version: 1 });
    await lifecycle.endpoints.rollback('far');
    expect((await lifecycle.endpoints.invoke('far', [row])).model).toEqual({ name: 'here', version: 1 });
    await lifecycle.endpoints.remove('far');
    expect(await lifecycle.endpoints.list()).toEqual([]);
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
        script: path.join(folder, 'train.py'),
        model: 'own',
      }),
    );
    expect(run.metrics.accuracy).toBeGreaterThan(0.8);
    const { items } = await lifecycle.runs.logs(run.id);
    expect(items).toContain('trees: 20,000');
    expect((await lifecycle.runs.metrics(run.id)).items.map((one) => one.name)).toContain('score');
    const shown = rig.shown.at(-1);
    expect(shown?.files.map((one) => one.name)).toContain('code/helper.py');
    expect(shown?.files.find((one) => one.name === 'penguins.csv')).toMatchObject({ there: true });
  });

  test('in a closed network, vendored wheels take the place of the package index', async () => {
    const settings = await fs.readFile(file('ml.yaml'), 'utf8');
    await fs.writeFile(
      file('ml.yaml'),
      `${settings}    wheels: vendored\n    subnets: [subnet-0123456789abcdef0]\n    securityGroups: [sg-0123456789abcdef0]\n`,
    );
    const run = await ended(
      await lifecycle.runs.train({
        data: file('penguins.csv'),
        recipe: null,
        target: 'Species',
        params: { algorithm: 'baseline' },
        model: 'closed',
      }),
    );
    await fs.writeFile(file('ml.yaml'), settings);
    const { items } = await lifecycle.runs.logs(run.id);
    expect(items.join('\n')).toMatch(/wheels\/duckdb-1\.5\.6-cp312|Looking in links: .*wheels/);
  });
});

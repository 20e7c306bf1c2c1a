import * as fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../src/core/api';
import { createLifecycle } from '../../../src/core/lifecycle';
import { providers } from '../../../src/providers';
import { laySample } from '../../../scripts/lib/sample.mjs';
import { startEngine } from '../../engine/build';
import { makeSagemakerRig, type SagemakerRig } from './rig';

describe('a script of another framework on SageMaker', { timeout: 200_000 }, () => {
  let rig: SagemakerRig;
  let engine: Awaited<ReturnType<typeof startEngine>>;
  let lifecycle: Lifecycle;
  const file = (name: string): string => path.join(rig.paths.root, name);

  beforeAll(async () => {
    engine = await startEngine();
    const pythonFolder = path.resolve(import.meta.dirname, '../../../python');
    rig = await makeSagemakerRig({ engine: engine.engine, pythonFolder, providers });
    laySample(rig.paths.root);
    lifecycle = createLifecycle(rig.paths.root, rig.host);
  });
  afterAll(async () => {
    lifecycle.dispose();
    engine.remove();
    await rig.dispose();
  });

  test('XGBoost trains in its own image, and its model answers in the one that serves', async () => {
    await fs.mkdir(file('own'));
    await fs.writeFile(
      file('own/train.py'),
      `import ml_lifecycle as ml
from xgboost import XGBRegressor

train, test = ml.data("train"), ml.data("test")
model = XGBRegressor(n_estimators=20, max_depth=3).fit(train.X, train.y)
ml.log(step=0, score=model.score(test.X, test.y))
ml.save(model)
`,
    );
    const started = await lifecycle.runs.train({
      data: file('penguins.csv'),
      recipe: null,
      target: 'Body Mass (g)',
      script: file('own/train.py'),
      model: 'boosted',
    });
    expect(rig.shown.at(-1)?.notes?.join('\n')).toMatch(/sagemaker-xgboost:.*\ntrain\.py imports xgboost/);
    const run = await lifecycle.runs.wait(started.id);
    expect(run.error).toBeUndefined();
    expect(run.metrics.r2).toBeGreaterThan(0.6);
    expect(run.packages?.['xgboost-cpu']).toMatch(/^\d+\.\d+/);

    await lifecycle.endpoints.deploy({ model: 'boosted', name: 'boosted' });
    const row = {
      Island: 'Biscoe',
      'Beak Length (mm)': 50,
      'Beak Depth (mm)': 15,
      'Flipper Length (mm)': 220,
      Species: 'Gentoo',
      Sex: 'MALE',
    };
    const { predictions } = await lifecycle.endpoints.invoke('boosted', [row]);
    const [first] = predictions;
    expect(first?.prediction).toBeGreaterThan(4500);
    expect(first?.prediction).toBeLessThan(6000);
    await lifecycle.endpoints.remove('boosted');
  });
});

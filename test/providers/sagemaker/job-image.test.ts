import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findCode } from '../../../src/core/code-files';
import type { JobSpec, Resources } from '../../../src/core/run';
import type { Config } from '../../../src/providers/sagemaker/config';
import { jobImage } from '../../../src/providers/sagemaker/job-image';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'mll-image-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const config = (settings: Config['settings'] = {}): Config => ({
  settings,
  region: 'us-east-1',
  profile: undefined,
  bucket: 'bucket',
  prefix: 'p/',
  project: 'birds',
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
}

/** The image of a training by `train.py` in the folder. */
async function trained(settings: Config['settings'] = {}, asked: Resources = {}) {
  const code = await findCode(folder, 'train.py', folder);
  const spec = {
    kind: 'train',
    inputs: {},
    file: { script: 'train.py' },
    resources: asked,
  } as unknown as JobSpec;
  return jobImage(config(settings), spec, { code, machine: asked.machine ?? 'ml.m5.large' });
}

test('a script that imports torch gets the PyTorch image, and it is said why', async () => {
  await write({ 'train.py': 'import numpy as np\nfrom torch import nn\n' });
  const image = await trained();
  expect(image.uri).toContain('/pytorch-training:2.9.0-cpu-py312');
  expect(image.lacks).toEqual(['scikit-learn==1.9.0']);
  expect(image.notes[1]).toBe(
    'train.py imports torch, so AWS\'s PyTorch image is used ("--image" chooses another).',
  );
  expect((await trained({}, { machine: 'ml.g5.xlarge' })).uri).toContain('-gpu-');
});

test.each([
  [
    'XGBoost by a module beside the script',
    { 'train.py': 'import model\n', 'model.py': '    import xgboost as xgb\n' },
    'sagemaker-xgboost',
  ],
  ['TensorFlow by keras', { 'train.py': 'import keras\n' }, 'tensorflow-training'],
  [
    'scikit-learn when the word stands in a comment or a longer name',
    { 'train.py': '# import torch\nimport torchmetrics_like\nx = "import xgboost"\n' },
    'scikit-learn',
  ],
  [
    'scikit-learn when requirements.txt installs the framework',
    { 'train.py': 'import torch\n', 'requirements.txt': 'torch==2.3.0\n' },
    'scikit-learn',
  ],
])('%s', async (_, files, repository) => {
  await write(files);
  expect((await trained()).uri).toContain(repository);
});

test('what is asked for comes before what is found, the request before the settings', async () => {
  await write({ 'train.py': 'import torch\n' });
  expect((await trained({ image: '1.9-0' })).uri).toContain('scikit-learn:1.9-0');
  expect((await trained({ image: '1.9-0' }, { image: 'pytorch:2.8.0' })).uri).toContain(
    'pytorch-training:2.8.0-cpu',
  );
});

test('a GPU that scikit-learn leaves idle is said', async () => {
  await write({ 'train.py': 'import sklearn\n' });
  const { notes } = await trained({}, { machine: 'ml.g5.xlarge' });
  expect(notes.at(-1)).toBe("scikit-learn's image makes no use of the GPU of ml.g5.xlarge.");
});

test('a model is evaluated with the framework that it was made with', async () => {
  await write({
    'model/provenance.json': JSON.stringify({ packages: { torch: '2.9.0+cpu', numpy: '2.5.1' } }),
  });
  const spec = {
    kind: 'evaluate',
    inputs: { model: { path: path.join(folder, 'model') } },
    file: {},
  } as unknown as JobSpec;
  const image = await jobImage(config(), spec, { code: { files: [], leftOut: [] }, machine: 'ml.m5.large' });
  expect(image.uri).toContain('/pytorch-training:');
});

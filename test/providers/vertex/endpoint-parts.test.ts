import * as fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../../src/core/settings';
import { snippet } from '../../../src/core/snippets';
import { toCaptured } from '../../../src/providers/vertex/capture';
import type { Config } from '../../../src/providers/vertex/config';
import {
  deployedId,
  endpointId,
  modelId,
  predictUrl,
  replicasFor,
  uploadedModel,
  versionOf,
} from '../../../src/providers/vertex/endpoint-requests';
import { splitWith } from '../../../src/providers/vertex/endpoint-state';
import { priceFrom } from '../../../src/providers/vertex/prices';
import { servingImage } from '../../../src/providers/vertex/serving-image';

const root = path.resolve(import.meta.dirname, '../../..');

const config: Config = {
  settings: {},
  region: 'europe-west1',
  account: 'my-project',
  login: {},
  bucket: 'bucket',
  prefix: 'some/mll-penguins/',
  project: 'Penguins!',
};
const model = { name: 'Große Vögel', version: 3 };

describe('names as Vertex AI takes them', () => {
  test('of endpoints and models', () => {
    expect(endpointId(config, 'Prüf endpoint')).toMatch(/^mll-pru-f-endpoint-[0-9a-f]{8}$/);
    expect(endpointId(config, 'a')).not.toBe(endpointId(config, 'A'));
    expect(modelId(config, model)).toMatch(/^mll-[a-z0-9-]+-[0-9a-f]{8}$/);
  });

  test('a deployed model’s id tells its version', () => {
    for (const version of [1, 7, 12_345]) {
      const id = deployedId({ version });
      expect(id).toMatch(/^\d{1,10}$/);
      expect(versionOf(id)).toBe(version);
    }
  });

  test('where programs ask, at the shared address and at one of its own', () => {
    const end = '/v1/projects/my-project/locations/europe-west1/endpoints/x:rawPredict';
    expect(predictUrl(config, 'x', '')).toBe(`https://europe-west1-aiplatform.googleapis.com${end}`);
    const dns = 'x.europe-west1-123.prediction.vertexai.goog';
    expect(predictUrl(config, 'x', `https://${dns}`)).toBe(`https://${dns}${end}`);
  });
});

describe('the image that a package is served in', () => {
  const made = (packages: Record<string, string>) => servingImage(config, { packages, python: '' });
  const uri = (tag: string): string => `europe-docker.pkg.dev/vertex-ai/training/${tag}:latest`;

  test('trained there: the image that trained it', () => {
    expect(made({ 'scikit-learn': '1.6.1' })).toMatchObject({ uri: uri('sklearn-cpu.1-6'), python: '3.10' });
    expect(made({ 'scikit-learn': '1.6.1', torch: '2.4.0+cpu' })).toMatchObject({
      uri: uri('pytorch-cpu.2-4.py310'),
      packages: { torch: '2.4' },
      lacks: ['scikit-learn==1.6.1'],
    });
  });

  test('made by a newer Python: one that has it, and into which the packages are installed', () => {
    expect(made({ 'scikit-learn': '1.9.1' })).toEqual({
      uri: uri('ray-cpu.2-47.py311'),
      python: '3.11',
      packages: {},
      bare: true,
      lacks: [],
    });
  });

  test('the one of the settings before all', () => {
    const own = { ...config, settings: { endpoint: { image: 'xgboost:2.1' } } };
    expect(servingImage(own, { packages: { 'scikit-learn': '1.9.1' }, python: '' }).uri).toBe(
      uri('xgboost-cpu.2-1'),
    );
  });
});

test('the command of a container holds nothing that Kubernetes would replace', async () => {
  const bootstrap = await fs.readFile(path.join(root, 'python/ml_lifecycle/vertex/bootstrap.py'), 'utf8');
  const image = servingImage(config, { packages: {}, python: '' });
  const { containerSpec } = uploadedModel(config, {
    model: {
      ...model,
      path: '',
      created: '',
      run: '',
      task: 'regression',
      algorithm: '',
      metrics: {},
      mainMetric: '',
      target: '',
    },
    image,
    artifactUri: 'gs://bucket/x',
    bootstrap,
  });
  expect(containerSpec?.command).toEqual(['python3', '-c', bootstrap]);
  expect(bootstrap).not.toMatch(/\$\(/);
});

describe('machines', () => {
  test('between bounds, and never without one', () => {
    const settings = { endpoint: { min: 2, max: 5 }, machine: 'n1-standard-4' };
    expect(replicasFor({ settings }, undefined)).toEqual({
      machine: 'n1-standard-4',
      min: 2,
      max: 5,
      cpu: 60,
    });
    expect(replicasFor({ settings }, { instances: 7 })).toMatchObject({ min: 7, max: 7 });
    expect(() => replicasFor({ settings }, { serverless: true })).toThrow(/no serverless endpoints/);
    expect(() =>
      parseSettings('providers:\n  vertex:\n    endpoint: { min: 3, max: 2 }\n', 'ml.yaml'),
    ).toThrow('max is less than min');
  });

  test('what serves keeps its traffic until the new one answers', () => {
    expect(splitWith(undefined)).toEqual({ '0': 100 });
    expect(splitWith({ trafficSplit: { 1: 70, 2: 30, 3: 0 } })).toEqual({ 1: 70, 2: 30, '0': 0 });
  });
});

describe('prices by the catalogue', () => {
  const sku = (description: string, nanos: number, region = 'europe-west1', usageType = 'OnDemand') => ({
    description,
    category: { usageType, resourceGroup: 'CPU' },
    serviceRegions: [region],
    pricingInfo: [
      {
        pricingExpression: {
          usageUnit: 'h',
          tieredRates: [{ startUsageAmount: 0, unitPrice: { currencyCode: 'USD', units: '0', nanos } }],
        },
      },
    ],
  });
  const core = sku('Vertex AI: Online/Batch Prediction on N1 Predefined Instance Core', 40_000_000);
  const memory = sku('Vertex AI: Online/Batch Prediction on N1 Predefined Instance Ram', 5_000_000);
  const machine = { type: 'n1-standard-4', cores: 4, memory: '15 GB' };

  test('cores and memory together', () => {
    expect(priceFrom([core, memory], machine, 'endpoint', 'europe-west1')).toBe(0.235);
  });

  test.each([
    ['another place', [core, sku(memory.description, 5_000_000, 'us-central1')]],
    ['only on Spot', [core, sku(memory.description, 5_000_000, 'europe-west1', 'Preemptible')]],
    ['two prices for one thing', [core, memory, sku(core.description, 41_000_000)]],
    ['of training', [core, sku('Vertex AI: Training on N1 Predefined Instance Ram', 5_000_000)]],
  ] as const)('%s: not known', (_, skus) => {
    expect(priceFrom([...skus], machine, 'endpoint', 'europe-west1')).toBeUndefined();
  });

  test('GPUs are sold elsewhere: not known', () => {
    expect(priceFrom([core, memory], { ...machine, gpus: 1 }, 'endpoint', 'europe-west1')).toBeUndefined();
  });
});

describe('logged requests', () => {
  const row = (request: string[], response: string[]) =>
    toCaptured({
      deployed_model_id: '700042',
      logging_time: '1760000000500000',
      request_id: '99',
      request_payload: request.map((v) => ({ v })),
      response_payload: response.map((v) => ({ v })),
    }).map((line) => JSON.parse(line) as unknown);

  test('bodies as they were sent and answered', () => {
    const answer = { predictions: [{ prediction: 'a' }], ids: ['x-0'], model: 'm', version: 3, latencyMs: 2 };
    expect(row(['[{"n":1}]'], [JSON.stringify(answer)])).toEqual([
      {
        id: 'x-0',
        time: '2025-10-09T08:53:20.500Z',
        version: 3,
        input: { n: 1 },
        prediction: { prediction: 'a' },
        latencyMs: 2,
      },
    ]);
  });

  test('each instance by itself: the deployed model says the version', () => {
    const seen = row(['{"n":1}', '{"n":2}'], ['{"prediction":1.5}', '{"prediction":2.5}']);
    expect(seen).toMatchObject([
      { id: '99-0', version: 7, input: { n: 1 }, prediction: { prediction: 1.5 } },
      { id: '99-1', version: 7, input: { n: 2 }, prediction: { prediction: 2.5 } },
    ]);
  });

  test('what is none of ours is left out', () => {
    expect(row(['[[1,2]]'], ['{"error":"no"}'])).toEqual([]);
    expect(row(['{"n":1}'], ['{"prediction":1}', '{"prediction":2}'])).toEqual([]);
  });
});

test.each([
  ['curl', 'gcloud auth application-default print-access-token'],
  ['python', 'AuthorizedSession'],
  ['javascript', 'google-auth-library'],
  ['powershell', 'gcloud auth application-default print-access-token'],
] as const)('a request in %s is made with the caller’s own login', (language, tool) => {
  const text = snippet(language, { url: 'https://host/v1/x:rawPredict', signed: { by: 'google' } }, [
    { a: 1 },
  ]);
  expect(text).toContain(tool);
  expect(text).toContain('https://host/v1/x:rawPredict');
});

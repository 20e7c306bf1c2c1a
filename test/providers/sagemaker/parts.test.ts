import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../../src/core/settings';
import { endpointName } from '../../../src/providers/cloud/names';
import { toCaptured } from '../../../src/providers/sagemaker/capture';
import { principal } from '../../../src/providers/sagemaker/check';
import type { Config } from '../../../src/providers/sagemaker/config';
import {
  capacityFor,
  configRequest,
  deploymentName,
  modelRequest,
} from '../../../src/providers/sagemaker/endpoint-requests';
import { imageNamed, regionsWithImages, servingImage } from '../../../src/providers/sagemaker/images';
import { describeProcessing, describeTraining, ownFailure } from '../../../src/providers/sagemaker/job-state';
import { runFiles } from '../../../src/providers/cloud/left';
import { jobPolicy } from '../../../src/providers/sagemaker/policies';
import { kindOf, plainName } from '../../../src/providers/cloud/names';
import { jobName, resourcesFor, trainingJob } from '../../../src/providers/sagemaker/requests';
import { fromTag, tagText } from '../../../src/providers/sagemaker/tags';
import { spec } from '../jobs.contract';
import { modelAt } from '../local-endpoints.rig';

const config = (settings: Config['settings'] = {}, region = 'us-east-1'): Config => ({
  settings: { role: 'arn:aws:iam::123456789012:role/jobs', ...settings },
  region,
  profile: undefined,
  bucket: 'bucket',
  prefix: 'some/prefix/',
  project: 'birds',
});

describe('settings', () => {
  test.each([
    ['role: jobs', /line 3: providers.sagemaker.role: not an ARN/],
    ['subnets: [subnet-1]', /providers\.sagemaker: subnets and securityGroups go together/],
    ['store: bucket', /line 3: providers.sagemaker.store: not a place such as s3/],
    ['maxMinutes: 0', /line 3: providers.sagemaker.maxMinutes/],
    ['machines: ml.m5.large', /line 3: "providers.sagemaker.machines" is not a known setting/],
    ['endpoint: { serverless: { memory: 1500 } }', /line 3: providers.sagemaker.endpoint.serverless.memory/],
    ['prices: { ml.m5.large: free }', /line 3: providers.sagemaker.prices/],
  ])('a mistake names the line: %s', (text, message) => {
    expect(() => parseSettings(`providers:\n  sagemaker:\n    ${text}\n`, 'ml.yaml')).toThrow(message);
  });
});

describe('images', () => {
  test('by region and partition', () => {
    const uri = (region: string): string => servingImage(config({}, region)).uri;
    expect(uri('us-east-1')).toBe(
      '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3',
    );
    expect(uri('eu-west-1')).toBe(
      '141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3',
    );
    expect(uri('cn-north-1')).toBe(
      '450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn/sagemaker-scikit-learn:1.9-0-cpu-py3',
    );
    expect(uri('us-gov-west-1')).toMatch(/^\d{12}\.dkr\.ecr\.us-gov-west-1\.amazonaws\.com\//);
    expect(() => uri('xx-nowhere-1')).toThrow(
      /lists no image of scikit-learn 1\.9-0 in the region xx-nowhere-1/,
    );
  });
  test('of the settings: a version, or a whole URI', () => {
    expect(servingImage(config({ image: '1.4-2-py312' })).uri).toContain(':1.4-2-py312-cpu-py3');
    const own = '123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:7';
    expect(servingImage(config({ image: own }))).toEqual({ uri: own, packages: {}, lacks: [] });
    expect(() => servingImage(config({ image: '9.9' }))).toThrow(/no scikit-learn image "9.9"/);
  });
  test.each([
    [
      'pytorch',
      'ml.m5.large',
      '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.9.0-cpu-py312',
    ],
    [
      'pytorch:2.8.0',
      'ml.g5.xlarge',
      '763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-gpu-py312',
    ],
    [
      'tensorflow',
      'ml.p3.2xlarge',
      '763104351884.dkr.ecr.us-east-1.amazonaws.com/tensorflow-training:2.19.0-gpu-py312',
    ],
    ['xgboost', 'ml.g4dn.xlarge', '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0'],
    [
      'sklearn',
      'ml.g5.xlarge',
      '683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3',
    ],
  ])('of a framework, for the processor of the machine: %s on %s', (name, machine, uri) => {
    expect(imageNamed(name, 'us-east-1', machine).uri).toBe(uri);
  });
  test('a version stands in its own regions, of any partition', () => {
    const uri = (name: string, region: string): string => imageNamed(name, region, '').uri;
    expect(uri('pytorch', 'eusc-de-east-1')).toMatch(
      /^\d{12}\.dkr\.ecr\.eusc-de-east-1\.amazonaws\.eu\/pytorch-training:2\.9\.0-cpu-py312$/,
    );
    expect(() => uri('pytorch:2.8.0', 'eusc-de-east-1')).toThrow(
      /lists no image of PyTorch 2\.8\.0 in the region eusc-de-east-1/,
    );
  });
  test('a version that is not offered names those that are; models are always served by scikit-learn’s', () => {
    const regions = regionsWithImages();
    expect(regions).toEqual(expect.arrayContaining(['eu-central-1', 'cn-north-1', 'us-gov-west-1']));
    for (const region of regions) expect(imageNamed('sklearn', region, '').uri).toContain(`.${region}.`);
    expect(() => imageNamed('pytorch:1.0', 'us-east-1', '')).toThrow(/no PyTorch image "1.0"/);
    expect(servingImage(config({ image: 'pytorch' })).uri).toContain('/sagemaker-scikit-learn:1.9-0');
  });
});

describe('names', () => {
  const AWS = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/;
  test('of jobs follow from the run, and say its kind', () => {
    const id = '20261123-1312-batch-predict-abcdefghijklmnopqrstuvwx-a1b2';
    expect(jobName(id)).toBe(`mll-${id}`);
    expect(jobName(id)).toMatch(AWS);
    expect(kindOf(id)).toBe('batch-predict');
    expect(kindOf('20261123-1312-train-prepare-a1b2')).toBe('train');
  });
  test('of endpoints are plain, the same for a colleague, and different for what differs', () => {
    const name = endpointName(config(), 'Prüf endpoint '.repeat(5));
    expect(name).toMatch(AWS);
    expect(deploymentName(name, new Date('2026-11-25T10:20:30.123Z'))).toMatch(AWS);
    expect(deploymentName(name, new Date('2026-11-25T10:20:30.123Z'))).toBe(`${name}-261125102030123`);
    expect(endpointName(config(), 'a b')).toBe(endpointName(config(), 'a b'));
    expect(endpointName(config(), 'a b')).not.toBe(endpointName(config(), 'a-b'));
    expect(endpointName({ ...config(), project: 'other' }, 'a')).not.toBe(endpointName(config(), 'a'));
    expect(endpointName(config(), '鳥')).toMatch(/^mll-endpoint-[0-9a-f]{8}$/);
  });
});

test('a tag holds any text, in the characters that AWS takes', () => {
  const AWS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
  for (const text of [
    'birds',
    'पक्षी',
    "Bob's birds & co",
    'a=27=b',
    'e\u0301',
    '🐧 (2)',
    '=zz=',
    '=110000=',
  ]) {
    expect(tagText(text)).toMatch(AWS);
    expect(fromTag(tagText(text))).toBe(text === 'a=27=b' ? "a'b" : text);
  }
  expect(tagText('birds v1.2')).toBe('birds v1.2');
  expect(tagText('x'.repeat(300))).toHaveLength(256);
});

test('projects have folders of their own, whatever letters they are written in', () => {
  expect(plainName('My Project')).toBe('my-project');
  expect(plainName('企鹅')).toMatch(/^project-[0-9a-f]{6}$/);
  expect(plainName('企鹅')).not.toBe(plainName('海鸥'));
  expect(plainName(`${'a'.repeat(60)}鹅`)).toHaveLength(40);
});

describe('files of a run', () => {
  const place = (output: string) => ({ name: 'x', region: 'us-east-1', console: '', output });
  test('are deleted only where they are ours', () => {
    expect(runFiles(place('s3://b/some/mll-birds/runs/r-1/'), 'r-1')).toEqual({
      bucket: 'b',
      prefix: 'some/mll-birds/runs/r-1/',
    });
    for (const other of [
      's3://b/',
      's3://b/mll-birds/runs/',
      's3://b/mll-birds/runs/r-2/',
      's3://b/mll-birds/data/r-1/',
      's3://b/other/runs/r-1/',
      's3://b/mll-birds/runs/r-1',
    ]) {
      expect(runFiles(place(other), 'r-1')).toBeUndefined();
    }
  });
});

describe('requests', () => {
  test('parameters of a job travel in no hyperparameter and no variable', () => {
    const one = spec('20261123-1312-train-x-a1b2', '/x.csv', { C: 0.5, token: 'abc' });
    const request = trainingJob({
      config: config(),
      image: { uri: 'i', packages: {}, lacks: [] },
      spec: one,
      runId: one.file.id,
      channels: [],
    });
    expect(Object.keys(request.HyperParameters ?? {}).every((key) => key.startsWith('sagemaker_'))).toBe(
      true,
    );
    expect(JSON.stringify(request)).not.toContain('abc');
    expect(request.StoppingCondition).toEqual({ MaxRuntimeInSeconds: 7200 });
    expect(request.Tags).toContainEqual({ Key: 'mll:project', Value: 'birds' });
  });
  test('Spot waits for no less than it runs, and keeps checkpoints', () => {
    const one = {
      ...spec('20261123-1312-train-x-a1b2', '/x.csv', {}),
      resources: { spot: true, maxMinutes: 30 },
    };
    const request = trainingJob({
      config: config({ maxWaitMinutes: 10 }),
      image: { uri: 'i', packages: {}, lacks: [] },
      spec: one,
      runId: one.file.id,
      channels: [],
    });
    expect(request.StoppingCondition).toEqual({ MaxRuntimeInSeconds: 1800, MaxWaitTimeInSeconds: 1800 });
    expect(request.EnableManagedSpotTraining).toBe(true);
    expect(request.CheckpointConfig?.S3Uri).toBe(
      's3://bucket/some/prefix/runs/20261123-1312-train-x-a1b2/checkpoints',
    );
  });
  test('what is asked stands over the settings, these over what is usual', () => {
    expect(resourcesFor(config(), undefined)).toMatchObject({
      machine: 'ml.m5.large',
      instances: 1,
      maxMinutes: 120,
    });
    expect(resourcesFor(config({ machine: 'ml.c5.xlarge', spot: true }), { instances: 2 })).toMatchObject({
      machine: 'ml.c5.xlarge',
      instances: 2,
      spot: true,
    });
    expect(capacityFor(config({ endpoint: { serverless: {} } }), undefined)).toEqual({
      memory: 2048,
      concurrency: 5,
    });
    expect(capacityFor(config({ endpoint: { serverless: {} } }), { machine: 'ml.m5.xlarge' })).toEqual({
      machine: 'ml.m5.xlarge',
      instances: 1,
    });
  });
  test('AWS captures the traffic of machines, our runtime that of serverless endpoints', () => {
    const base = {
      config: config({ endpoint: { capture: 50 } }),
      image: { uri: 'i', packages: {}, lacks: [] },
      model: modelAt('/m', 3),
      name: 'birds',
      endpoint: 'mll-birds-1',
      deployment: 'mll-birds-1-2',
      packageUri: 's3://bucket/m.tar.gz',
      requirements: ['duckdb==1.5.6'],
    };
    const machine = { ...base, chosen: { machine: 'ml.m5.large', instances: 1 } };
    const serverless = { ...base, chosen: { memory: 2048, concurrency: 5 } };
    expect(configRequest(machine).DataCaptureConfig).toMatchObject({
      InitialSamplingPercentage: 50,
      DestinationS3Uri: 's3://bucket/some/prefix/captures',
    });
    expect(modelRequest(machine).PrimaryContainer?.Environment?.MLL_CAPTURE).toBeUndefined();
    expect(configRequest(serverless).DataCaptureConfig).toBeUndefined();
    expect(modelRequest(serverless).PrimaryContainer?.Environment).toMatchObject({
      MLL_VERSION: '3',
      MLL_CAPTURE: 's3://bucket/some/prefix/captures/mll-birds-1/AllTraffic',
    });
  });
  test('the policy of a role that is made names the project’s own files only', () => {
    const text = JSON.stringify(jobPolicy(config({}, 'cn-north-1'), '123456789012'));
    expect(text).toContain('arn:aws-cn:s3:::bucket/some/prefix/*');
    expect(text).not.toContain('s3:*');
    expect(text).not.toContain('ec2:');
    expect(text).not.toContain('kms:');
    const keyed = JSON.stringify(jobPolicy(config({ kmsKey: '1234-ab' }, 'cn-north-1'), '123456789012'));
    expect(keyed).toContain('"Resource":"arn:aws-cn:kms:cn-north-1:123456789012:key/1234-ab"');
    expect(JSON.stringify(jobPolicy(config({ subnets: ['subnet-1'] }), '1'))).toContain(
      'ec2:CreateNetworkInterface',
    );
  });
});

describe('states', () => {
  const at = new Date('2026-11-25T10:00:00Z');
  test('of training jobs, in words', () => {
    expect(
      describeTraining({
        TrainingJobStatus: 'InProgress',
        SecondaryStatus: 'DownloadingTrainingImage',
        CreationTime: at,
      } as never),
    ).toMatchObject({ status: 'starting', stage: 'bringing the image to the machine', working: false });
    expect(
      describeTraining({ TrainingJobStatus: 'InProgress', SecondaryStatus: 'Interrupted' } as never).stage,
    ).toContain('Spot machine was taken away');
    expect(
      describeTraining({ TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxRuntimeExceeded' } as never),
    ).toMatchObject({ status: 'failed', limit: 'run' });
    expect(
      describeTraining({ TrainingJobStatus: 'Stopped', SecondaryStatus: 'Stopped' } as never),
    ).toMatchObject({ status: 'cancelled' });
  });
  test('the limit that ended a job is its own', () => {
    const ended = { TrainingJobStatus: 'Stopped', SecondaryStatus: 'MaxRuntimeExceeded' };
    const own = { StoppingCondition: { MaxRuntimeInSeconds: 90 * 60 } };
    expect(describeTraining({ ...ended, ...own } as never)).toMatchObject({ limit: 'run', maxMinutes: 90 });
  });
  test('what Spot saved is told of the seconds that AWS bills', () => {
    const ended = { TrainingJobStatus: 'Completed', SecondaryStatus: 'Completed', TrainingTimeInSeconds: 70 };
    const saved = (more: object): number | undefined =>
      describeTraining({ ...ended, ...more } as never).spotSaving;
    expect(saved({ EnableManagedSpotTraining: true, BillableTimeInSeconds: 21 })).toBeCloseTo(0.7, 12);
    expect(saved({ EnableManagedSpotTraining: true, BillableTimeInSeconds: 71 })).toBe(0);
    expect(saved({ EnableManagedSpotTraining: true })).toBeUndefined();
    expect(saved({ BillableTimeInSeconds: 70 })).toBeUndefined();
  });
  test('of processing jobs', () => {
    expect(describeProcessing({ ProcessingJobStatus: 'InProgress' } as never)).toMatchObject({
      status: 'starting',
    });
    expect(
      describeProcessing({ ProcessingJobStatus: 'InProgress', ProcessingStartTime: at } as never),
    ).toMatchObject({ status: 'running', working: true });
  });
  test('a failure of our own is read back; any other text is left alone', () => {
    expect(
      ownFailure(
        'AlgorithmError: The target has one class.\n→ Choose another target.\n[invalid], exit code: 1',
      ),
    ).toEqual({ kind: 'invalid', message: 'The target has one class.', fix: 'Choose another target.' });
    expect(ownFailure('AlgorithmError: Killed.\n[unavailable], exit code: 137')).toEqual({
      kind: 'unavailable',
      message: 'Killed.',
    });
    expect(ownFailure('ClientError: Data download failed: no objects.')).toBeUndefined();
  });
});

describe('captured requests', () => {
  const answer = {
    predictions: [{ prediction: 'a' }, { prediction: null, error: { field: 'x', message: 'no number' } }],
    ids: ['i-0', 'i-1'],
    model: 'm',
    version: 4,
    latencyMs: 2.5,
  };
  const line = (input: object, output: object): string =>
    JSON.stringify({
      captureData: {
        endpointInput: { mode: 'INPUT', ...input },
        endpointOutput: { mode: 'OUTPUT', ...output },
      },
      eventMetadata: { eventId: 'e', inferenceTime: '2026-11-25T10:00:00Z' },
      eventVersion: '0',
    });
  const out = { observedContentType: 'application/json', encoding: 'JSON', data: JSON.stringify(answer) };

  test('AWS’s lines become the lifecycle’s, one for each row', () => {
    const rows = toCaptured(
      line({ observedContentType: 'application/json', encoding: 'JSON', data: '[{"x":1},{"x":"NaN"}]' }, out),
    ).map((one) => JSON.parse(one) as unknown);
    expect(rows).toEqual([
      {
        id: 'i-0',
        time: '2026-11-25T10:00:00Z',
        version: 4,
        input: { x: 1 },
        prediction: { prediction: 'a' },
        latencyMs: 2.5,
      },
      {
        id: 'i-1',
        time: '2026-11-25T10:00:00Z',
        version: 4,
        input: { x: 'NaN' },
        prediction: { prediction: null, error: { field: 'x', message: 'no number' } },
        latencyMs: 2.5,
      },
    ]);
  });
  test('CSV and BASE64 too; what does not fit is left out', () => {
    const csv = { observedContentType: 'text/csv', encoding: 'CSV', data: 'x,y\n1,\n2,b\n' };
    const rows = toCaptured(
      line(csv, { ...out, encoding: 'BASE64', data: Buffer.from(out.data).toString('base64') }),
    );
    expect(rows.map((one) => (JSON.parse(one) as { input: unknown }).input)).toEqual([
      { x: '1', y: null },
      { x: '2', y: 'b' },
    ]);
    expect(toCaptured(line({ ...csv, data: 'x\n1\n' }, out))).toEqual([]);
    expect(toCaptured('{"other":1}')).toEqual([]);
    expect(toCaptured('no JSON')).toEqual([]);
    expect(toCaptured('{"id":"ours"}')).toEqual(['{"id":"ours"}']);
  });
});

test('an assumed role is asked about by the role itself', () => {
  expect(principal('arn:aws:sts::123456789012:assumed-role/Admin/me')).toBe(
    'arn:aws:iam::123456789012:role/Admin',
  );
  expect(principal('arn:aws:iam::123456789012:user/me')).toBe('arn:aws:iam::123456789012:user/me');
});

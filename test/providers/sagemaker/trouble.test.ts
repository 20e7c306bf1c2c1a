import * as fs from 'node:fs/promises';
import path from 'node:path';
import {
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListModelsCommand,
  ListTrainingJobsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toErrorData } from '../../../src/core/errors';
import type { Model } from '../../../src/core/model';
import type { Provider } from '../../../src/core/provider';
import { create } from '../../../src/providers/sagemaker';
import { jobName } from '../../../src/providers/sagemaker/requests';
import type { AwsRig } from '../../rigs/aws/rig';
import { settled, spec } from '../jobs.contract';
import { modelAt } from '../local-endpoints.rig';
import { awsRig, makeSagemakerRig, type SagemakerRig, standInRuntime } from './rig';

const failure = async (sent: Promise<unknown>): Promise<ReturnType<typeof toErrorData>> =>
  sent.then(
    () => {
      throw new Error('It was to fail.');
    },
    (error: unknown) => toErrorData(error),
  );

/** What the account would go on costing or holding. */
async function left(): Promise<Record<string, number>> {
  const client = new SageMakerClient({});
  const [endpoints, configs, models] = await Promise.all([
    client.send(new ListEndpointsCommand({})),
    client.send(new ListEndpointConfigsCommand({})),
    client.send(new ListModelsCommand({})),
  ]);
  return {
    endpoints: endpoints.Endpoints?.length ?? 0,
    configs: configs.EndpointConfigs?.length ?? 0,
    models: models.Models?.length ?? 0,
  };
}

describe('trouble on SageMaker', { timeout: 240_000 }, () => {
  let aws: AwsRig;
  let rig: SagemakerRig;
  let provider: Provider;
  let data: string;
  let count = 0;
  const runId = (): string => `20261123-1312-train-trouble-${Date.now().toString(36)}-${++count}`;
  const open = async (): Promise<Provider> =>
    create(rig.paths, { ...rig.host, pythonFolder: await standInRuntime(rig.paths.root) });
  const start = async (params = {}): Promise<string> => {
    const id = runId();
    await provider.jobs.submit(spec(id, data, { do: 'succeed', ...params }), id);
    return id;
  };
  const jobs = async (): Promise<number> =>
    (await new SageMakerClient({}).send(new ListTrainingJobsCommand({}))).TrainingJobSummaries?.length ?? 0;

  beforeAll(async () => {
    aws = await awsRig();
  });
  beforeEach(async () => {
    await aws.reset();
    rig = await makeSagemakerRig();
    data = path.join(rig.paths.root, 'data.csv');
    await fs.writeFile(data, 'a,b\n1,2\n');
    provider = await open();
  });
  afterEach(() => rig.dispose());

  test('the answer to the start of a job is lost: it is looked up and is one job', async () => {
    await aws.fault({
      kind: 'cut',
      service: 'sagemaker',
      operation: 'CreateTrainingJob',
      when: 'after',
      times: 5,
    });
    const id = await start();
    expect(await settled(provider.jobs, id)).toMatchObject({ status: 'completed' });
    expect(await jobs()).toBe(1);
  });

  test('two windows submit the same run: one job', async () => {
    const id = runId();
    const other = await open();
    await Promise.all([provider, other].map((one) => one.jobs.submit(spec(id, data, { do: 'succeed' }), id)));
    expect(await settled(other.jobs, id)).toMatchObject({ status: 'completed' });
    expect(await jobs()).toBe(1);
  });

  test('AWS asks for fewer requests: it goes on by itself', async () => {
    await aws.fault({ kind: 'throttle', service: 'sagemaker', times: 3 });
    expect(await settled(provider.jobs, await start())).toMatchObject({ status: 'completed' });
  });

  test('a quota, an expired login, a role that may not be handed over: worded, and nothing runs', async () => {
    await aws.quota('ml.m5.large for training job usage', 0);
    const quota = await failure(start());
    expect(quota.kind).toBe('quota');
    expect(quota.message).toContain("'ml.m5.large for training job usage' is 0 Instances");
    await aws.quota('ml.m5.large for training job usage', 8);
    await aws.fault({ kind: 'expiredToken', service: 'sagemaker', times: 0 });
    expect((await failure(start())).kind).toBe('auth');
    await aws.clearFaults();
    const message =
      'User: arn:aws:iam::123456789012:user/me is not authorized to perform: iam:PassRole on resource: arn:aws:iam::123456789012:role/SageMakerRole';
    await aws.fault({
      kind: 'error',
      operation: 'CreateTrainingJob',
      code: 'AccessDeniedException',
      message,
    });
    const pass = await failure(start());
    expect(pass.kind).toBe('permission');
    expect(`${pass.message} ${pass.fix ?? ''}`).toContain('PassRole');
    expect(await jobs()).toBe(0);
  });

  test('the bucket is not there', async () => {
    await new S3Client({}).send(new DeleteBucketCommand({ Bucket: rig.bucket }));
    const said = await failure(start());
    expect(said.kind).toBe('notFound');
    expect(said.message).toContain(rig.bucket);
    expect(await jobs()).toBe(0);
  });

  test('Spot machines that are taken away: the job starts again and ends well', async () => {
    await aws.fault({ kind: 'spotInterruption', seconds: 0.2 });
    const id = runId();
    const wanted = { ...spec(id, data, { do: 'succeed' }), resources: { spot: true } };
    await provider.jobs.submit(wanted, id);
    expect(await settled(provider.jobs, id)).toMatchObject({ status: 'completed' });
  });

  test('no memory, no capacity, no data, no image: the reason in words', async () => {
    const words = {
      outOfMemory: /memory/,
      capacity: /capacity/i,
      dataAccess: /data|S3/,
      imagePull: /image/i,
    } as const;
    for (const [kind, pattern] of Object.entries(words)) {
      await aws.fault({ kind: kind as keyof typeof words });
      const state = await settled(provider.jobs, await start());
      expect(state.status, kind).toBe('failed');
      expect(state.error?.message, kind).toMatch(pattern);
      expect(state.error?.fix, kind).toBeDefined();
    }
  });

  test('the time limit', async () => {
    const id = runId();
    const wanted = {
      ...spec(id, data, { do: 'wait', until: path.join(rig.paths.root, 'never') }),
      resources: { maxMinutes: 1 },
    };
    await aws.settings({ pace: 0.05 });
    await provider.jobs.submit(wanted, id);
    const state = await settled(provider.jobs, id);
    expect(state).toMatchObject({ status: 'failed', error: { kind: 'quota' } });
    expect(state.error?.message).toContain('limit');
  });

  test('cancelled while the machine starts', async () => {
    await aws.settings({ pace: 5 });
    const id = await start({ do: 'wait', until: path.join(rig.paths.root, 'never') });
    expect((await provider.jobs.get(id)).status).toBe('starting');
    await provider.jobs.cancel(id);
    expect(await settled(provider.jobs, id)).toMatchObject({ status: 'cancelled' });
  });

  test('many runs by a few calls', async () => {
    const ids = [await start(), await start({ do: 'fail' })];
    for (const id of ids) await settled(provider.jobs, id);
    const statuses = await provider.jobs.statuses?.(ids);
    expect(ids.map((id) => statuses?.get(id))).toEqual(['completed', 'failed']);
  });

  test('a run whose job nobody knows was never started, or is of another account', async () => {
    const id = `20250101-0000-train-lost-${Date.now().toString(36)}`;
    const manifest = async (account: string): Promise<void> => {
      const file = path.join(rig.paths.ml, 'runs', id, 'run.json');
      await fs.mkdir(path.dirname(file), { recursive: true });
      const place = { name: jobName(id), region: 'us-east-1', account, console: 'https://x.test' };
      const facts = { id, kind: 'train', name: 'lost', status: 'queued', provider: 'sagemaker', metrics: {} };
      const rest = { submitted: '2025-01-01T00:00:00Z', dirty: false, params: {}, request: {}, place };
      await fs.writeFile(file, JSON.stringify({ ...facts, ...rest }));
    };
    await manifest('123456789012');
    expect(await provider.jobs.get(id)).toMatchObject({ status: 'failed', error: { kind: 'notFound' } });
    await manifest('999999999999');
    await expect(provider.jobs.get(id)).rejects.toMatchObject({ kind: 'permission' });
  });

  describe('of endpoints', () => {
    let model: Model;
    beforeEach(async () => {
      const folder = path.join(rig.paths.root, 'package');
      await fs.mkdir(path.join(folder, 'code'), { recursive: true });
      await fs.writeFile(path.join(folder, 'model.joblib'), 'x');
      model = modelAt(folder, 1);
    });

    test('a container that does not start leaves nothing behind, and its log is shown', async () => {
      const said = await failure(provider.endpoints?.deploy('birds', model) ?? Promise.resolve());
      expect(said.kind).toBe('unavailable');
      expect(said.message).toContain('did not pass the ping health check');
      expect(said.message).toContain('ml_lifecycle');
      expect(await left()).toEqual({ endpoints: 0, configs: 0, models: 0 });
    });

    test('a quota in the middle of a deployment leaves nothing behind', async () => {
      await aws.quota('ml.m5.large for endpoint usage', 0);
      expect((await failure(provider.endpoints?.deploy('birds', model) ?? Promise.resolve())).kind).toBe(
        'quota',
      );
      expect(await left()).toEqual({ endpoints: 0, configs: 0, models: 0 });
    });

    test('cancelled while it starts, nothing is left', async () => {
      await aws.settings({ pace: 3 });
      const abort = new AbortController();
      const deploying = failure(
        provider.endpoints?.deploy('birds', model, {}, abort.signal) ?? Promise.resolve(),
      );
      setTimeout(() => abort.abort(), 1500);
      expect((await deploying).kind).toBe('cancelled');
      expect(await left()).toEqual({ endpoints: 0, configs: 0, models: 0 });
    });

    test('more than SageMaker takes is refused before it is sent', async () => {
      await aws.fault({ kind: 'error', service: 'sagemaker-runtime', code: 'Sent', times: 0 });
      const rows = [{ text: 'x'.repeat(6 * 1024 * 1024) }];
      const said = await failure(provider.endpoints?.invoke('birds', rows) ?? Promise.resolve());
      expect(said.kind).toBe('invalid');
      expect(said.message).toContain('takes 6,291,456 bytes at most. It was not sent.');
    });
  });
});

import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogStreamsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  ListTrainingJobsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Model } from '../../../src/core/model';
import type { Provider } from '../../../src/core/provider';
import { create } from '../../../src/providers/sagemaker';
import { readConfig } from '../../../src/providers/sagemaker/config';
import { endpointName } from '../../../src/providers/cloud/names';
import { servingImage } from '../../../src/providers/sagemaker/images';
import { jobName } from '../../../src/providers/sagemaker/requests';
import { changeEnvironment } from '../../environment';
import type { AwsRig } from '../../rigs/aws/rig';
import { settled, spec } from '../jobs.contract';
import { modelAt } from '../local-endpoints.rig';
import { awsRig, failure, left, makeSagemakerRig, ROLE, type SagemakerRig, standInRuntime } from './rig';

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
  const readAll = async (id: string): Promise<readonly string[]> => {
    const all: string[] = [];
    for (let cursor: string | undefined; ;) {
      const chunk = await provider.jobs.logs(id, cursor);
      all.push(...chunk.items);
      if (chunk.items.length === 0) return all;
      ({ cursor } = chunk);
    }
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

  test('the clock of this machine is wrong: that is said, and no key is blamed', async () => {
    await aws.fault({ kind: 'clockSkew', times: 0 });
    const said = await failure(start());
    expect(said).toMatchObject({ kind: 'auth', fix: expect.stringMatching(/^Set the clock/) as string });
    expect(said.message).toContain('the clock of this machine is wrong');
    await aws.clearFaults();
    expect(await jobs()).toBe(0);
  });

  test('the bucket lies in another region than the jobs: the check says so, and nothing is sent', async () => {
    const Bucket = `far-${rig.bucket}`;
    const far = new S3Client({ region: 'eu-west-1' });
    const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
    await far.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    const settings = path.join(rig.paths.root, 'ml.yaml');
    await fs.writeFile(settings, (await fs.readFile(settings, 'utf8')).replace(rig.bucket, Bucket));
    const words = `The bucket ${Bucket} lies in eu-west-1: jobs and endpoints in us-east-1 use buckets of their own region only.`;
    const checks = await provider.check();
    expect(checks.find((one) => one.name === 'SageMaker: bucket')).toMatchObject({
      ok: false,
      reason: words,
      fix: expect.stringContaining('work in eu-west-1') as string,
    });
    const id = runId();
    expect(await failure(provider.jobs.estimate?.(spec(id, data, {}), id) ?? start())).toMatchObject({
      kind: 'invalid',
      message: words,
    });
    expect(await failure(start())).toMatchObject({ message: words });
    expect((await far.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  });

  test('the name of the bucket that is to be made is taken', async () => {
    const missing = await provider.account?.missing();
    expect(missing).toEqual([]);
    await aws.fault({
      kind: 'error',
      operation: 'CreateBucket',
      code: 'BucketAlreadyExists',
      status: 409,
      message: 'The requested bucket name is not available.',
    });
    const made = provider.account?.create({ kind: 'store', name: `s3://${rig.bucket}`, text: '' });
    const said = await failure(made ?? Promise.resolve());
    expect(said).toMatchObject({ kind: 'conflict', fix: expect.stringContaining('another name') as string });
    expect(said.message).toContain(rig.bucket);
  });

  test('a log of 100,000 lines comes whole, page by page, each line once', async () => {
    const id = await start();
    await settled(provider.jobs, id);
    const logs = new CloudWatchLogsClient({});
    const group = { logGroupName: '/aws/sagemaker/TrainingJobs' };
    const { logStreams = [] } = await logs.send(
      new DescribeLogStreamsCommand({ ...group, logStreamNamePrefix: jobName(id) }),
    );
    const before = (await readAll(id)).length;
    const lines = Array.from({ length: 100_000 }, (_, at) => `line ${at}`);
    for (let at = 0; at < lines.length; at += 10_000) {
      const logEvents = lines
        .slice(at, at + 10_000)
        .map((message, k) => ({ message, timestamp: Date.now() + at + k }));
      await logs.send(
        new PutLogEventsCommand({ ...group, logStreamName: logStreams[0]?.logStreamName, logEvents }),
      );
    }
    expect((await readAll(id)).slice(before)).toEqual(lines);
  });

  test('of several machines one after the other, the words of the last one are shown', async () => {
    const id = runId();
    const logs = new CloudWatchLogsClient({});
    const logGroupName = '/aws/sagemaker/TrainingJobs';
    // The machine that was taken away, whose name comes after that of the one that followed.
    const logStreamName = `${jobName(id)}/algo-1-zzz`;
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const logEvents = [{ message: 'taken away', timestamp: Date.now() }];
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    await provider.jobs.submit(spec(id, data, { do: 'crash' }), id);
    const { error } = await settled(provider.jobs, id);
    expect(error?.message).toContain('about to crash');
    expect(error?.message).not.toContain('taken away');
  });

  test('Spot machines that are taken away: the job starts again and ends well', async () => {
    await aws.fault({ kind: 'spotInterruption', seconds: 0.2 });
    const id = runId();
    const wanted = { ...spec(id, data, { do: 'succeed' }), resources: { spot: true } };
    await provider.jobs.submit(wanted, id);
    const state = await settled(provider.jobs, id);
    expect([state.status, typeof state.spotSaving]).toEqual(['completed', 'number']);
  });

  test('no memory, no capacity, no data, no image: the reason in words', async () => {
    const words = {
      outOfMemory: /memory/,
      capacity: /capacity/i,
      dataAccess: /data|S3/,
      imagePull: /image/i,
    } as const;
    const meet = async (kind: keyof typeof words): Promise<void> => {
      const id = runId();
      await aws.fault({ kind, resource: jobName(id) });
      await provider.jobs.submit(spec(id, data, { do: 'succeed' }), id);
      const state = await settled(provider.jobs, id);
      expect(state.status, kind).toBe('failed');
      expect(state.error?.message, kind).toMatch(words[kind]);
      expect(state.error?.fix, kind).toBeDefined();
    };
    await Promise.all((['outOfMemory', 'capacity', 'dataAccess', 'imagePull'] as const).map(meet));
  });

  test('the time limit', async () => {
    const id = runId();
    const wanted = {
      ...spec(id, data, { do: 'wait', until: path.join(rig.paths.root, 'never') }),
      resources: { maxMinutes: 1 },
    };
    await aws.settings({ pace: 0.05, minute: 1 });
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
    await Promise.all(ids.map((id) => settled(provider.jobs, id)));
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

    test('the name of the endpoint is taken by what is not of this project: that stays as it is', async () => {
      const from = {
        config: await readConfig(rig.paths),
        name: endpointName(await readConfig(rig.paths), 'birds'),
      };
      const key = `${from.config.prefix}theirs.tar.gz`;
      await new S3Client({}).send(new PutObjectCommand({ Bucket: rig.bucket, Key: key, Body: 'x' }));
      const client = new SageMakerClient({});
      const Image = servingImage(from.config).uri;
      const PrimaryContainer = { Image, ModelDataUrl: `s3://${rig.bucket}/${key}` };
      await client.send(
        new CreateModelCommand({ ModelName: 'theirs', ExecutionRoleArn: ROLE, PrimaryContainer }),
      );
      const variant = { VariantName: 'one', ModelName: 'theirs', InstanceType: 'ml.m5.large' } as const;
      const ProductionVariants = [{ ...variant, InitialInstanceCount: 1 }];
      await client.send(
        new CreateEndpointConfigCommand({ EndpointConfigName: 'theirs', ProductionVariants }),
      );
      await client.send(new CreateEndpointCommand({ EndpointName: from.name, EndpointConfigName: 'theirs' }));
      expect(await failure(provider.endpoints?.deploy('birds', model) ?? Promise.resolve())).toMatchObject({
        kind: 'conflict',
        message: `An endpoint ${from.name} is in this account already, and it is not of this project.`,
        fix: 'Deploy under another name.',
      });
      expect(await left()).toEqual({ endpoints: 1, configs: 1, models: 1 });
    });

    test('in a private network without wheels the check says what fails, and what mends it', async () => {
      const settings = path.join(rig.paths.root, 'ml.yaml');
      const network = '    subnets: [subnet-0123456789abcdef0]\n    securityGroups: [sg-0123456789abcdef0]\n';
      await fs.appendFile(settings, network);
      const check = (await provider.check()).find((one) => one.name === 'SageMaker: image');
      expect(check).toMatchObject({ ok: false, fix: expect.stringContaining('wheels: vendored') as string });
      await fs.appendFile(settings, '    wheels: vendored\n');
      expect((await provider.check()).find((one) => one.name === 'SageMaker: image')?.ok).toBe(true);
    });

    test('an answer of 100 MB ends in words', async () => {
      const server = http.createServer((request, response) => {
        request.resume();
        response.setHeader('content-type', 'application/json');
        response.end(`{"predictions":"${'x'.repeat(100e6)}"}`);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const restore = changeEnvironment({ AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: url });
      const other = await open();
      const said = await failure(other.endpoints?.invoke('birds', [{ a: 1 }]) ?? Promise.resolve());
      restore();
      server.close();
      server.closeAllConnections();
      expect(said).toMatchObject({
        kind: 'unavailable',
        message: expect.stringContaining('not understood') as string,
      });
      expect(said.message.length).toBeLessThan(1000);
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
      setTimeout(() => {
        abort.abort();
        void aws.settings({ pace: 0.05 });
      }, 1500);
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

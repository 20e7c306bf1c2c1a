// Each fault, with the code by which each kind of service tells it. The clients do not try again here.
import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateModelCommand,
  DescribeModelCommand,
  ListModelsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { archive, BUCKET, modelRequest, prepareAccount, put, refusal, startForTest } from './kit';
import type { AwsRig, Fault, RequestFault } from './rig';

let rig: AwsRig;
const once = { maxAttempts: 1 };

beforeAll(async () => {
  rig = await startForTest();
  await prepareAccount();
  await put('model.tar.gz', archive(rig.workFolder, { 'model.json': '{}' }));
});

beforeEach(async () => {
  await rig.clearFaults();
});

afterAll(async () => {
  await rig.stop();
});

const services = {
  json: () => new SageMakerClient(once).send(new ListModelsCommand({})),
  runtime: () =>
    new SageMakerRuntimeClient(once).send(new InvokeEndpointCommand({ EndpointName: 'e', Body: '1' })),
  s3: () => new S3Client(once).send(new GetObjectCommand({ Bucket: BUCKET, Key: 'model.tar.gz' })),
  query: () => new STSClient(once).send(new GetCallerIdentityCommand({})),
  cbor: () => new CloudWatchClient(once).send(new ListMetricsCommand({})),
};

const expected: Partial<Record<RequestFault, Record<keyof typeof services, [string, number]>>> = {
  throttle: {
    json: ['ThrottlingException', 400],
    runtime: ['ThrottlingException', 400],
    s3: ['SlowDown', 503],
    query: ['Throttling', 400],
    cbor: ['ThrottlingException', 400],
  },
  serverError: {
    json: ['InternalFailure', 500],
    runtime: ['InternalFailure', 500],
    s3: ['InternalError', 500],
    query: ['InternalFailure', 500],
    cbor: ['InternalFailure', 500],
  },
  unavailable: {
    json: ['ServiceUnavailable', 503],
    runtime: ['ServiceUnavailable', 503],
    s3: ['ServiceUnavailable', 503],
    query: ['ServiceUnavailable', 503],
    cbor: ['ServiceUnavailable', 503],
  },
  expiredToken: {
    json: ['ExpiredTokenException', 400],
    runtime: ['ExpiredTokenException', 400],
    s3: ['ExpiredToken', 400],
    query: ['ExpiredToken', 403],
    cbor: ['ExpiredTokenException', 400],
  },
  invalidToken: {
    json: ['UnrecognizedClientException', 400],
    runtime: ['UnrecognizedClientException', 400],
    s3: ['InvalidAccessKeyId', 403],
    query: ['InvalidClientTokenId', 403],
    cbor: ['UnrecognizedClientException', 400],
  },
  accessDenied: {
    json: ['AccessDeniedException', 400],
    runtime: ['AccessDeniedException', 400],
    s3: ['AccessDenied', 403],
    query: ['AccessDenied', 403],
    cbor: ['AccessDeniedException', 400],
  },
  clockSkew: {
    json: ['InvalidSignatureException', 400],
    runtime: ['InvalidSignatureException', 400],
    s3: ['RequestTimeTooSkewed', 403],
    query: ['SignatureDoesNotMatch', 403],
    cbor: ['InvalidSignatureException', 400],
  },
};

for (const [kind, codes] of Object.entries(expected)) {
  test(`${kind}, as each kind of service tells it`, async () => {
    const seen: Record<string, [string | undefined, number | undefined]> = {};
    for (const [name, send] of Object.entries(services)) {
      await rig.fault({ kind: kind as RequestFault });
      const refused = await refusal(send());
      seen[name] = [refused?.code, refused?.status];
    }
    expect(seen).toEqual(codes);
    expect(await refusal(services.json())).toBeUndefined();
  });
}

test('a quota that is used up, and an error of any code', async () => {
  await rig.fault({ kind: 'quota', service: 'sagemaker' });
  expect(await refusal(services.json())).toEqual({
    code: 'ResourceLimitExceeded',
    status: 400,
    message: expect.stringMatching(
      /^The account-level service limit 'ml.m5.large for training job usage' is 0 Instances/,
    ) as string,
  });
  await rig.fault({ kind: 'error', code: 'PermanentRedirect', message: 'Other region.', status: 301 });
  expect(await refusal(services.s3())).toMatchObject({ code: 'PermanentRedirect', status: 301 });
});

test('a fault waits for its service, operation, subject and turn, and happens so often as told', async () => {
  const s3 = new S3Client(once);
  const write = (Key: string) => refusal(s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'x' })));
  await rig.fault({
    kind: 'throttle',
    service: 's3',
    operation: 'PutObject',
    resource: 'wanted',
    skip: 1,
    times: 2,
  });
  const seen: (string | undefined)[] = [];
  for (const key of ['other', 'wanted', 'wanted', 'wanted', 'wanted']) seen.push((await write(key))?.code);
  expect(seen).toEqual([undefined, undefined, 'SlowDown', 'SlowDown', undefined]);
  const head = new HeadObjectCommand({ Bucket: BUCKET, Key: 'wanted' });
  await rig.fault({ kind: 'throttle', operation: 'HeadObject', times: 0 });
  for (let n = 0; n < 3; n += 1) expect((await refusal(s3.send(head)))?.status).toBe(503);
  await rig.clearFaults();
  expect(await refusal(s3.send(head))).toBeUndefined();
  await expect(rig.fault({ kind: 'nonsense' } as unknown as Fault)).rejects.toThrow(/No such fault/);
});

test('a throttled call succeeds with the SDK’s own retries', async () => {
  await rig.fault({ kind: 'throttle', times: 2 });
  const answer = await new SageMakerClient({ maxAttempts: 3 }).send(new ListModelsCommand({}));
  expect(answer.$metadata.attempts).toBe(3);
});

test('a connection that is cut before the operation leaves nothing; cut after it, the thing exists', async () => {
  const sagemaker = new SageMakerClient(once);
  const create = (name: string) =>
    refusal(sagemaker.send(new CreateModelCommand(modelRequest(name, `s3://${BUCKET}/model.tar.gz`))));
  const exists = async (ModelName: string) =>
    (await refusal(sagemaker.send(new DescribeModelCommand({ ModelName })))) === undefined;
  await rig.fault({ kind: 'cut', operation: 'CreateModel' });
  expect((await create('before'))?.status).toBeUndefined();
  expect(await exists('before')).toBe(false);
  await rig.fault({ kind: 'cut', operation: 'CreateModel', when: 'after' });
  expect((await create('after'))?.status).toBeUndefined();
  expect(await exists('after')).toBe(true);
  await rig.fault({ kind: 'serverError', operation: 'CreateModel', when: 'after' });
  expect((await create('failed'))?.code).toBe('InternalFailure');
  expect(await exists('failed')).toBe(true);
});

test('an answer that breaks off in the middle of an object', async () => {
  await put('long', 'x'.repeat(100_000));
  await rig.fault({ kind: 'cut', operation: 'GetObject', when: 'after', bytes: 50_000 });
  const answer = await new S3Client(once).send(new GetObjectCommand({ Bucket: BUCKET, Key: 'long' }));
  expect(answer.ContentLength).toBe(100_000);
  await expect(answer.Body?.transformToString()).rejects.toThrow();
});

test('an upload that is cut in one part is taken up by the SDK, and one that stays cut leaves no object', async () => {
  const s3 = new S3Client({ maxAttempts: 3 });
  const body = Buffer.alloc(11 * 1024 * 1024, 'y');
  const upload = (Key: string) =>
    new Upload({ client: s3, params: { Bucket: BUCKET, Key, Body: body }, partSize: 5 * 1024 * 1024 }).done();
  await rig.fault({ kind: 'cut', operation: 'UploadPart', skip: 1, bytes: 1_000_000 });
  await upload('in-parts');
  const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'in-parts' }));
  expect(head.ContentLength).toBe(body.length);
  await rig.fault({ kind: 'cut', operation: 'UploadPart', skip: 2, times: 0 });
  await expect(upload('broken')).rejects.toThrow();
  const gone = await refusal(s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'broken' })));
  expect(gone?.status).toBe(404);
});

test('a multipart upload can be looked at and given up', async () => {
  const s3 = new S3Client({});
  const target = { Bucket: BUCKET, Key: 'given-up' };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(target));
  expect((await s3.send(new ListPartsCommand({ ...target, UploadId }))).Parts ?? []).toEqual([]);
  await s3.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
  expect((await refusal(s3.send(new ListPartsCommand({ ...target, UploadId }))))?.code).toBe('NoSuchUpload');
});

test('a slow service can be given up, and answers in the end', async () => {
  await rig.fault({ kind: 'slow', service: 'logs', seconds: 5 });
  await rig.fault({ kind: 'slow', service: 'logs', seconds: 0.1 });
  const logs = new CloudWatchLogsClient(once);
  const abortSignal = AbortSignal.timeout(50);
  expect((await refusal(logs.send(new DescribeLogGroupsCommand({}), { abortSignal })))?.code).toBe(
    'AbortError',
  );
  expect((await logs.send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
});

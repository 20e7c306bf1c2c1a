import * as fs from 'node:fs/promises';
import path from 'node:path';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Provider } from '../../../src/core/provider';
import type { MetricPoint } from '../../../src/core/run';
import { create } from '../../../src/providers/sagemaker';
import { jobName } from '../../../src/providers/sagemaker/requests';
import type { AwsRig } from '../../rigs/aws/rig';
import { allLogs, settled, spec } from '../jobs.contract';
import { awsRig, makeSagemakerRig, type SagemakerRig, standInRuntime } from './rig';

const logGroupName = '/aws/sagemaker/TrainingJobs';

describe('logs of jobs on SageMaker', { timeout: 240_000 }, () => {
  let aws: AwsRig;
  let rig: SagemakerRig;
  let provider: Provider;
  let data: string;
  let count = 0;
  const logs = new CloudWatchLogsClient({});
  const runId = (): string => `20261123-1312-train-logs-${Date.now().toString(36)}-${++count}`;

  const start = async (params: Record<string, string>, instances: number): Promise<string> => {
    const id = runId();
    await provider.jobs.submit({ ...spec(id, data, params), resources: { instances } }, id);
    return id;
  };
  /** A run that has nothing but a log: `write` adds lines to it, each at its time. */
  const written = async (): Promise<{
    id: string;
    stream: string;
    write: (lines: [number, string][]) => Promise<void>;
  }> => {
    const id = runId();
    const logStreamName = `${jobName(id)}/algo-1-1`;
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const write = async (lines: [number, string][]): Promise<void> => {
      const logEvents = lines.map(([timestamp, message]) => ({ timestamp, message }));
      await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    };
    return { id, stream: logStreamName, write };
  };
  const refuseTokens = (times: number): Promise<number> =>
    aws.fault({
      kind: 'error',
      operation: 'GetLogEvents',
      resource: 'nextToken',
      code: 'InvalidParameterException',
      message: 'The specified nextToken is invalid.',
      times,
    });

  beforeAll(async () => {
    aws = await awsRig();
    await aws.reset();
    rig = await makeSagemakerRig();
    data = path.join(rig.paths.root, 'data.csv');
    await fs.writeFile(data, 'a,b\n1,2\n');
    provider = await create(rig.paths, { ...rig.host, pythonFolder: await standInRuntime(rig.paths.root) });
    await logs.send(new CreateLogGroupCommand({ logGroupName }));
  });
  beforeEach(async () => {
    await aws.clearFaults();
    await aws.settings({ token_life: 86_400 });
  });
  afterAll(() => rig.dispose());

  test('of two machines each metric point comes once, and what the second writes is marked', async () => {
    const id = await start({ do: 'succeed' }, 2);
    expect(await settled(provider.jobs, id)).toMatchObject({ status: 'completed' });
    expect((await provider.jobs.metrics(id)).items).toEqual([
      { name: 'loss', value: 0.5, step: 0, time: 1760000000000 },
      { name: 'loss', value: Number.NaN, step: 1, time: 1760000000500 },
    ]);
    const lines = await allLogs(provider.jobs, id);
    expect(lines.filter((line) => line.endsWith('read 8 characters')).sort()).toEqual([
      '[algo-2] read 8 characters',
      'read 8 characters',
    ]);
  });

  test('of two machines the one that failed first says why, with its own lines', async () => {
    const id = await start({ do: 'machines', until: path.join(rig.paths.root, 'failed') }, 2);
    const { status, error } = await settled(provider.jobs, id);
    expect([status, error?.kind, error?.message, error?.fix]).toEqual([
      'failed',
      'invalid',
      'The target has one class.',
      'Choose another target.',
    ]);
    const lines = await allLogs(provider.jobs, id);
    expect(lines).toContain('[algo-2] only the second knows');
    expect(lines).toContain('the other machine is lost');
  });

  test('the stage is that of the first machine, whichever wrote last', async () => {
    const id = await start({ do: 'wait', until: path.join(rig.paths.root, 'never') }, 2);
    await settled(provider.jobs, id, (state) => state.stage === 'waiting for the test');
    const logStreamName = `${jobName(id)}/algo-2-9`;
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const logEvents = [{ timestamp: Date.now() + 1000, message: '@mll {"stage": "of the second"}' }];
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
    expect((await provider.jobs.get(id)).stage).toBe('waiting for the test');
    await provider.jobs.cancel(id);
    await settled(provider.jobs, id);
  });

  test('lines of several machines stand in the order in which they were written', async () => {
    const { id, write } = await written();
    const second = `${jobName(id)}/algo-2-1`;
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: second }));
    const at = Date.now();
    await write([
      [at, 'one'],
      [at + 20, 'three'],
    ]);
    const logEvents = [10, 30].map((more) => ({ timestamp: at + more, message: `after ${more}` }));
    await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: second, logEvents }));
    expect(await allLogs(provider.jobs, id)).toEqual([
      'one',
      '[algo-2] after 10',
      'three',
      '[algo-2] after 30',
    ]);
  });

  test('a token that has expired: what is new comes once, though it was written in the same millisecond', async () => {
    const { id, write } = await written();
    const at = Date.now();
    await write([
      [at, 'a'],
      [at, 'b'],
      [at + 1, 'c'],
      [at + 1, 'd'],
    ]);
    const first = await provider.jobs.logs(id);
    expect(first.items).toEqual(['a', 'b', 'c', 'd']);
    // Every token is too old at once.
    await aws.settings({ token_life: 0 });
    const none = await provider.jobs.logs(id, first.cursor);
    expect(none.items).toEqual([]);
    await write([
      [at + 1, 'e'],
      [at + 1, 'f'],
    ]);
    const second = await provider.jobs.logs(id, none.cursor);
    expect(second.items).toEqual(['e', 'f']);
    await write([
      [at + 1, 'g'],
      [at + 2, 'h'],
      [at + 2, 'i'],
    ]);
    const third = await provider.jobs.logs(id, second.cursor);
    expect(third.items).toEqual(['g', 'h', 'i']);
    expect((await provider.jobs.logs(id, third.cursor)).items).toEqual([]);
    await aws.settings({ token_life: 86_400 });
    await write([[at + 2, 'j']]);
    expect((await provider.jobs.logs(id, third.cursor)).items).toEqual(['j']);
  });

  test('tokens that expire between all pages of a long log', async () => {
    const { id, stream } = await written();
    await aws.longLog(logGroupName, stream, 25_000);
    await aws.settings({ token_life: 0 });
    expect(await allLogs(provider.jobs, id)).toEqual(
      Array.from({ length: 25_000 }, (_, at) => `line ${at} of a long log`),
    );
  });

  test('more lines of one millisecond than a page has, when a token expires', async () => {
    const { id, write } = await written();
    const at = Date.now();
    const lines = Array.from({ length: 15_000 }, (_, n): [number, string] => [at, `${n}`]);
    await write(lines.slice(0, 9_000));
    await write(lines.slice(9_000));
    const first = await provider.jobs.logs(id);
    const second = await provider.jobs.logs(id, first.cursor);
    expect(first.items.length + second.items.length).toBe(15_000);
    await write([[at, 'new']]);
    await refuseTokens(1);
    expect((await provider.jobs.logs(id, second.cursor)).items).toEqual(['new']);
  });

  test('any other refusal is told, and no log is read from its beginning for it', async () => {
    const { id, write } = await written();
    await write([[Date.now(), 'a']]);
    const { cursor } = await provider.jobs.logs(id);
    await aws.fault({ kind: 'accessDenied', operation: 'GetLogEvents' });
    await expect(provider.jobs.logs(id, cursor)).rejects.toMatchObject({ kind: 'permission' });
  });

  test('pages of lines that are none of a kind are passed over: metrics after many lines, lines after many metrics', async () => {
    const { id, write } = await written();
    const at = Date.now();
    const texts = Array.from({ length: 10_000 }, (_, n): [number, string] => [at + n, `line ${n}`]);
    const points = Array.from({ length: 10_000 }, (_, n): [number, string] => [
      at + 20_000 + n,
      `@mll {"metric": "loss", "value": ${n}, "step": ${n}, "time": 1}`,
    ]);
    await write(texts);
    await write(points);
    await write([[at + 40_000, 'the last line']]);
    const found: MetricPoint[] = [];
    for (let cursor: string | undefined; ;) {
      const chunk = await provider.jobs.metrics(id, cursor);
      if (chunk.items.length === 0) break;
      found.push(...chunk.items);
      ({ cursor } = chunk);
    }
    expect(found).toHaveLength(10_000);
    expect(found.at(-1)).toEqual({ name: 'loss', value: 9_999, step: 9_999, time: 1 });
    const first = await provider.jobs.logs(id);
    expect(first.items).toHaveLength(10_000);
    expect((await provider.jobs.logs(id, first.cursor)).items).toEqual(['the last line']);
  });
});

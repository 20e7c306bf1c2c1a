import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DeleteObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ListTrainingJobsCommand, SageMakerClient, type TrainingJobSummary } from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Run } from '../../src/core/run';
import { laySample } from '../../scripts/lib/sample.mjs';
import { testPython } from '../python';
import { endOfTraining, startForTest } from '../rigs/aws/kit';
import type { AwsRig } from '../rigs/aws/rig';
import { makeSandbox, type Sandbox } from './mll';
import { ownMounts } from './mounts';

const root = path.resolve(import.meta.dirname, '../..');
const BUCKET = 'mll-123456789012-us-east-1';

/** What a person meets at `mll` when something of AWS does not go as it should. */
describe('mll on SageMaker in trouble', { timeout: 300_000 }, () => {
  let aws: AwsRig;
  let box: Sandbox;

  const jobs = async (): Promise<readonly TrainingJobSummary[]> =>
    (await new SageMakerClient({}).send(new ListTrainingJobsCommand({}))).TrainingJobSummaries ?? [];
  const sent = async (): Promise<readonly (string | undefined)[]> =>
    ((await new S3Client({}).send(new ListObjectsV2Command({ Bucket: BUCKET }))).Contents ?? []).map(
      (one) => one.Key,
    );
  const runs = (): readonly string[] => {
    const folder = path.join(box.folder, '.ml', 'runs');
    return fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.includes('-train-')) : [];
  };

  beforeAll(async () => {
    aws = await startForTest();
    box = makeSandbox();
    laySample(box.folder);
    await box.done('init');
    await box.done('env', 'use', testPython());
    await box.done('connect', 'sagemaker', '--region', 'us-east-1', '--default', '--create');
  });
  beforeEach(() => aws.clearFaults());
  afterAll(async () => {
    box.remove();
    await aws.stop();
  });

  describe('secrets in what is to be sent', () => {
    const TRAIN = [
      'train',
      '--data',
      'penguins.csv',
      '--target',
      'Species',
      '--script',
      'script/train.py',
      '--detach',
    ];
    const asked = (screen: string): readonly string[] =>
      screen
        .split(/\r?\n/)
        .filter((line) => line.endsWith('looks like a secret. Send the file all the same?'));
    const aws1 = 'code/train.py, line 2: aws credential looks like a secret. Send the file all the same?';
    const git1 = 'code/tokens.py, line 1: github credential looks like a secret. Send the file all the same?';
    const db1 =
      'code/tokens.py, line 2: database connection string credential looks like a secret. Send the file all the same?';

    beforeAll(() => {
      box.write(
        'script/train.py',
        'import ml_lifecycle as ml\nAWS_SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEYA"\n',
      );
      box.write(
        'script/tokens.py',
        `GIT = "ghp_${'aB3dE6gH9k'.repeat(4).slice(0, 36)}"\nDB = "postgres://admin:hunter2hunter2@db.example.org/x"\n`,
      );
    });

    test.each([
      ['the first is refused: the others are not even asked for', ['n'], 1],
      ['the last is refused', ['y', 'y', ''], 3],
      ['any answer but yes refuses', ['y', 'maybe'], 2],
      ['all are agreed to, but not the price', ['y', 'y', 'y', 'n'], 3],
    ])('%s: nothing is sent', async (_, answers, questions) => {
      const { code, screen } = await box.typed(answers, ...TRAIN);
      expect(asked(screen)).toEqual([git1, db1, aws1].slice(0, questions));
      expect(code).toBe(130);
      expect(screen.trimEnd().split(/\r?\n/).at(-1)).toBe(
        'Train penguins on SageMaker was not agreed to. Nothing was sent.',
      );
      expect(await sent()).toEqual([]);
      expect(await jobs()).toEqual([]);
      expect(runs()).toEqual([]);
    });

    test('--yes answers for the price, and for no secret', async () => {
      const { code } = await box.typed(['y', 'n'], '--yes', ...TRAIN);
      expect(code).toBe(130);
      expect(await sent()).toEqual([]);
    });

    test('each agreed to by itself: it is sent', async () => {
      const { code, screen } = await box.typed(['y', 'yes', 'Y', 'y'], ...TRAIN);
      expect(asked(screen)).toEqual([git1, db1, aws1]);
      expect([code, (await jobs()).length, runs().length]).toEqual([0, 1, 1]);
      await box.done('runs', 'cancel', runs()[0] ?? '');
      await box.done('runs', 'remove', runs()[0] ?? '');
    });
  });

  describe('a run that is cancelled by another while it is sent', () => {
    const start = async (): Promise<{ id: string; ended: Promise<readonly [number, string]> }> => {
      const before = runs();
      const child = box.start('--yes', 'train', '--data', 'penguins.csv', '--target', 'Species');
      let said = '';
      child.stdout?.resume();
      child.stderr?.on('data', (data: Buffer) => (said += data.toString()));
      const ended = once(child, 'close').then(([code]) => [code as number, said] as const);
      const written = (): string | undefined =>
        runs().find(
          (one) =>
            !before.includes(one) && fs.existsSync(path.join(box.folder, '.ml', 'runs', one, 'run.json')),
        );
      await expect.poll(written, { timeout: 60_000, interval: 20 }).toBeDefined();
      return { id: written() ?? '', ended };
    };
    const cancel = async (id: string): Promise<Run> => {
      const answer = await box.mll('--json', 'runs', 'cancel', id);
      expect(answer.code).toBe(0);
      return (answer.json() as { run: Run }).run;
    };

    test('before its job is started: it never is, and both are told', async () => {
      const count = (await jobs()).length;
      await aws.fault({ kind: 'slow', service: 's3', operation: 'PutObject', seconds: 4, times: 1 });
      const { id, ended } = await start();
      expect(await cancel(id)).toMatchObject({ id, status: 'cancelled' });
      const [code, said] = await ended;
      expect(code).not.toBe(0);
      expect(said).toContain('The run was cancelled before its job was started. Nothing runs.');
      expect(await jobs()).toHaveLength(count);
      expect((await sent()).filter((key) => key?.includes(id))).toEqual([]);
      expect(runs()).not.toContain(id);
    });

    test('in the moment in which its job is started: the job is stopped', async () => {
      await aws.settings({ pace: 20 });
      await aws.fault({ kind: 'slow', operation: 'CreateTrainingJob', seconds: 4, times: 1 });
      const { id, ended } = await start();
      // The fault has begun, so the request is on its way.
      await expect.poll(() => aws.faults(), { timeout: 60_000, interval: 50 }).toEqual([]);
      expect(await cancel(id)).toMatchObject({ id, status: 'cancelled' });
      await aws.settings({ pace: 0.05 });
      const [code] = await ended;
      expect(code).toBe(130);
      const job = (await jobs()).find((one) => one.TrainingJobName?.includes(id));
      expect(job?.TrainingJobStatus).toBe('Stopped');
    });
  });

  // A copy of the project on a disk of its own, which something else has filled when the run is looked at; then again with room.
  const FULL = `
mount -t tmpfs -o size=8m tmpfs /mnt || exit 9
cp -r "$PROJECT"/. /mnt && cd /mnt || exit 8
head -c 50000000 /dev/zero >other 2>/dev/null
"$NODE" "$MLL" --json runs show "$RUN"
rm other
"$NODE" "$MLL" --json runs show "$RUN"
`;
  const mounts = ownMounts();
  test.runIf(mounts)(
    'a disk without room for what a job made: it is said, and with room the run is whole',
    async () => {
      const { run } = await box.done<{ run: Run }>(
        ...['train', '--data', 'penguins.csv', '--target', 'Species', '--algorithm', 'linear', '--detach'],
      );
      expect((await endOfTraining(`mll-${run.id}`)).TrainingJobStatus).toBe('Completed');
      const shown = execFileSync('unshare', [...(mounts ?? []), 'sh', '-c', FULL], {
        env: {
          ...process.env,
          ...{ NODE: process.execPath, MLL: path.join(root, 'dist/mll.js') },
          ...{ PROJECT: box.folder, RUN: run.id, MLL_STATE: box.state },
        },
        encoding: 'utf8',
      });
      const [full, room] = shown
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { run: Run }).run);
      // What was written down last: nothing more can be.
      expect([full?.status, full?.error?.kind]).toEqual(['queued', 'quota']);
      expect(full?.stage).toMatch(/^ended, but: .*the disk is full/);
      expect([room?.status, room?.model]).toEqual(['completed', { name: 'penguins', version: 1 }]);
      await box.done('runs', 'show', run.id);
    },
  );

  test('what a job made is deleted before anybody has looked: the run has failed, says so, and can be removed', async () => {
    const { run } = await box.done<{ run: Run }>(
      ...['train', '--data', 'penguins.csv', '--target', 'Species', '--algorithm', 'linear', '--detach'],
    );
    expect((await endOfTraining(`mll-${run.id}`)).TrainingJobStatus).toBe('Completed');
    for (const Key of await sent()) {
      if (Key?.includes(`/runs/${run.id}/`))
        await new S3Client({}).send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
    }
    const shown = await box.done<{ run: Run }>('runs', 'show', run.id);
    expect(shown.run).toMatchObject({
      status: 'failed',
      error: {
        kind: 'notFound',
        message: `What the job made is not in s3://${BUCKET}/mll-my-project/runs/${run.id}/ any more.`,
        fix: 'It was deleted there: run it again.',
      },
    });
    await box.done('runs', 'remove', run.id);
    expect(runs()).not.toContain(run.id);
  });

  test('a log of a million lines is printed whole in bounded memory, and its end is right', async () => {
    const id = '20261123-1312-train-million-0001';
    const place = {
      name: `mll-${id}`,
      region: 'us-east-1',
      account: '123456789012',
      console: 'https://x.test',
    };
    const facts = {
      id,
      kind: 'train',
      name: 'million',
      status: 'completed',
      provider: 'sagemaker',
      metrics: {},
    };
    const rest = { submitted: '2026-11-23T13:12:00Z', dirty: false, params: {}, request: {}, place };
    box.write(`.ml/runs/${id}/run.json`, JSON.stringify({ ...facts, ...rest }));
    const logs = new CloudWatchLogsClient({});
    const logGroupName = '/aws/sagemaker/TrainingJobs';
    const logStreamName = `mll-${id}/algo-1-1`;
    await logs.send(new CreateLogGroupCommand({ logGroupName })).catch(() => undefined);
    await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    await aws.longLog(logGroupName, logStreamName, 1_000_000);
    // A heap in which the lines have no room: with --json, whose one document holds them all, the process dies of it.
    const command = ['--max-old-space-size=64', path.join(root, 'dist/mll.js'), 'runs', 'logs', id];
    const child = spawn(process.execPath, command, {
      cwd: box.folder,
      env: { ...process.env, MLL_STATE: box.state },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let count = 0;
    let last = '';
    const closed = once(child, 'close');
    for await (const line of createInterface({ input: child.stdout })) {
      if (line !== `line ${count} of a long log`) throw new Error(`Line ${count} is ${line}`);
      last = line;
      count += 1;
    }
    const [code] = (await closed) as [number];
    expect([code, count, last]).toEqual([0, 1_000_000, 'line 999999 of a long log']);
  });
});

import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateProcessingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { frontPython, imagePython } from '../../../scripts/lib/aws-rig.mjs';
import { IMAGE, prepareAccount, ROLE, startForTest } from './kit';
import { killNow } from '../../kill';

const strays: number[] = [];

afterEach(() => {
  for (const pid of strays.splice(0)) {
    try {
      killNow(pid);
    } catch {
      // It is gone, as it should be.
    }
  }
});

/** The processes whose command line holds this text. */
function running(text: string): number[] {
  return execFileSync('ps', ['-Ao', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(text) && !line.includes('ps -Ao'))
    .map((line) => Number.parseInt(line, 10));
}

async function startWaiting(mark: string): Promise<void> {
  await prepareAccount();
  await new SageMakerClient({}).send(
    new CreateProcessingJobCommand({
      ProcessingJobName: 'wait',
      RoleArn: ROLE,
      AppSpecification: {
        ImageUri: IMAGE,
        ContainerEntrypoint: [
          'sh',
          '-c',
          `echo begun; python3 -c "import time; time.sleep(600)" ${mark} & wait`,
        ],
      },
      ProcessingResources: {
        ClusterConfig: { InstanceCount: 1, InstanceType: 'ml.m5.large', VolumeSizeInGB: 5 },
      },
    }),
  );
  while (running(mark).length < 2) await sleep(50);
}

test('stop ends every job with its children, and leaves no file', async () => {
  const rig = await startForTest();
  await startWaiting('mark-of-stop');
  await rig.stop();
  expect(running('mark-of-stop')).toEqual([]);
  expect(running(rig.workFolder)).toEqual([]);
  expect(fs.existsSync(rig.workFolder)).toBe(false);
});

test('reset ends every job, and the stand-in serves on', async () => {
  const rig = await startForTest();
  try {
    await startWaiting('mark-of-reset');
    await rig.reset();
    expect(running('mark-of-reset')).toEqual([]);
    await sleep(500);
    // What the ended job still had to say has not come back as a log of the emptied account.
    const { logGroups } = await new CloudWatchLogsClient({}).send(new DescribeLogGroupsCommand({}));
    expect(logGroups).toEqual([]);
    await prepareAccount();
  } finally {
    await rig.stop();
  }
});

test('it ends when whoever started it is gone', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-aws-'));
  const work = ['--work', path.join(folder, 'machines'), '--remove', folder];
  const args = ['-m', 'front', '--image', imagePython(), ...work];
  const env = { ...process.env, PYTHONPATH: import.meta.dirname };
  const child = spawn(frontPython(), args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  if (child.pid !== undefined) strays.push(child.pid);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const exit = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  child.stdin.end();
  expect(await exit).toBe(0);
  expect(fs.existsSync(folder)).toBe(false);
});

test('a fault that does not exist, and a route that does not exist', async () => {
  const rig = await startForTest();
  try {
    await expect(rig.fault({ kind: 'cut', when: 'later' as 'after' })).rejects.toThrow(/before or after/);
    const lost = await fetch(`${rig.url}/rig/nothing`);
    expect(lost.status).toBe(400);
    await expect(rig.settings({ speed: 1 } as object)).rejects.toThrow(/speed/);
  } finally {
    await rig.stop();
  }
});

// AWS's own clients complete the flow, so that the stand-in is no mirror of our code.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { frontPython, sdkPython } from '../../../scripts/lib/aws-rig.mjs';
import { prepareAccount, startForTest, TABLE } from './kit';
import { INFERENCE, TRAIN } from './programs';
import type { AwsRig } from './rig';

let rig: AwsRig;

beforeAll(async () => {
  rig = await startForTest();
  await prepareAccount();
});

afterAll(async () => {
  await rig.stop();
});

/** Runs a flow in a folder of its own, and resolves what it saw. */
async function run(python: string, flow: string): Promise<unknown> {
  const folder = path.join(rig.workFolder, flow);
  fs.mkdirSync(folder);
  const files = {
    'table.csv': TABLE,
    'train.py': TRAIN,
    'inference.py': INFERENCE,
    // The SDK of version 2 reports its use to AWS unless it is told not to.
    'config.yaml': "SchemaVersion: '1.0'\nSageMaker: { PythonSDK: { Modules: { TelemetryOptOut: true } } }\n",
  };
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    SAGEMAKER_USER_CONFIG_OVERRIDE: path.join(folder, 'config.yaml'),
    SAGEMAKER_SUPPRESS_V2_WARNING: '1',
  };
  delete env.PYTHONDONTWRITEBYTECODE;
  const child = spawn(python, [path.join(import.meta.dirname, 'flows', `${flow}.py`), folder], { env });
  let said = '';
  child.stdout.on('data', (data: Buffer) => (said += data.toString()));
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${flow} ended with ${String(code)}:\n${said.slice(-4_000)}`);
  return JSON.parse(fs.readFileSync(path.join(folder, 'saw.json'), 'utf8')) as unknown;
}

test.concurrent('boto3, with its waiters and paginators', async () => {
  expect(await run(frontPython(), 'boto3_flow')).toEqual({
    training: ['Completed', 2.75],
    tags: [{ Key: 'project', Value: 'boto3' }],
    listed: expect.arrayContaining(['boto3-job']) as unknown,
    answer: ['AllTraffic', [0, 1]],
    serverless: { MemorySizeInMB: 2048, MaxConcurrency: 2 },
    'answer after the update': ['AllTraffic', [0, 1]],
    left: [],
  });
});

test.concurrent('sagemaker, version 2: processing, script mode, deploy, capture, update', async () => {
  expect(await run(sdkPython(), 'sagemaker_v2_flow')).toEqual({
    prepared: 'x,label\n0.5,0\n1,0\n',
    training: ['Completed', 1],
    answer: [0, 1],
    updated: [2, [0, 1]],
  });
});

test.concurrent('sagemaker-core, the base of version 3', async () => {
  expect(await run(frontPython(), 'sagemaker_v3_flow')).toEqual({
    training: ['Completed', 'Completed', 8],
    answer: [0, 1],
    listed: expect.arrayContaining(['core-endpoint']) as unknown,
    left: false,
  });
});

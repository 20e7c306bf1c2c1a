import fs from 'node:fs';
import path from 'node:path';
import {
  CreateModelCommand,
  DeleteModelCommand,
  ListProcessingJobsCommand,
  ListTrainingJobsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { leftovers } from '../../scripts/smoke/leftovers.mjs';
import { run } from '../../scripts/smoke/sagemaker.mjs';
import { testPython } from '../python';
import { BUCKET, modelRequest, prepareAccount, put, ROLE, startForTest } from '../rigs/aws/kit';
import type { AwsRig } from '../rigs/aws/rig';

// That the whole of it passes on the stand-in is proved by running it (docs/providers/sagemaker.md); here is what keeps it harmless.
let aws: AwsRig;
beforeAll(async () => {
  aws = await startForTest();
  await prepareAccount();
});
afterAll(() => aws.stop());

test('over the cap nothing is started', async () => {
  const said: string[] = [];
  const hear = (text: unknown): void => void said.push(String(text));
  vi.spyOn(console, 'log').mockImplementation(hear);
  vi.spyOn(console, 'error').mockImplementation(hear);
  const options = {
    region: 'us-east-1',
    store: `s3://${BUCKET}`,
    role: ROLE,
    create: false,
    machine: 'ml.m5.large',
    'max-minutes': '60',
    'most-usd': '0.39',
    'real-time': false,
    yes: true,
  };
  expect(await run({ options, python: testPython(), agreed: () => Promise.resolve(true) })).toBe(1);
  vi.restoreAllMocks();
  // Four jobs of an hour at 0.10 each.
  expect(said.join('\n')).toContain('at most USD 0.40.');
  expect(said.join('\n')).toContain('That is more than --most-usd 0.39. Nothing was started.');
  const client = new SageMakerClient({});
  const { TrainingJobSummaries } = await client.send(new ListTrainingJobsCommand({}));
  const { ProcessingJobSummaries } = await client.send(new ListProcessingJobsCommand({}));
  expect([TrainingJobSummaries, ProcessingJobSummaries]).toEqual([[], []]);
});

test('what a project leaves in the account is found without the product, and nobody else’s', async () => {
  const settings = path.join(aws.workFolder, 'ml.yaml');
  fs.writeFileSync(settings, `providers:\n  sagemaker:\n    region: us-east-1\n    store: s3://${BUCKET}\n`);
  const client = new SageMakerClient({});
  const left = (): Promise<string[]> => leftovers({ project: 'smoke-1', settings, profile: undefined });
  expect(await left()).toEqual([]);
  for (const project of ['smoke-1', 'smoke-2']) {
    await client.send(
      new CreateModelCommand({
        ...modelRequest(`mll-${project}`, await put(`mll-${project}/models/model.tar.gz`, 'x')),
        Tags: [{ Key: 'mll:project', Value: project }],
      }),
    );
  }
  expect(await left()).toEqual(['model mll-smoke-1', `s3://${BUCKET}/mll-smoke-1/models/model.tar.gz`]);
  await client.send(new DeleteModelCommand({ ModelName: 'mll-smoke-1' }));
  expect(await left()).toEqual([`s3://${BUCKET}/mll-smoke-1/models/model.tar.gz`]);
});

import * as fs from 'node:fs/promises';
import path from 'node:path';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ListTrainingJobsCommand, SageMakerClient } from '@aws-sdk/client-sagemaker';
import { describe, expect, test } from 'vitest';
import { create } from '../../../src/providers/sagemaker';
import { changeEnvironment } from '../../environment';
import { settled, spec } from '../jobs.contract';
import { awsRig, failure, makeSagemakerRig, standInRuntime, unfinishedUploads } from './rig';

describe('trouble on the way to SageMaker', { timeout: 120_000 }, () => {
  test('a region that AWS has not, or that has no such image: said before anything is sent', async () => {
    const rig = await makeSagemakerRig();
    const settings = path.join(rig.paths.root, 'ml.yaml');
    const given = await fs.readFile(settings, 'utf8');
    await fs.writeFile(settings, given.replace(/region: .*/, 'region: eu-wset-1'));
    const provider = await create(rig.paths, rig.host);
    const data = path.join(rig.paths.root, 'data.csv');
    await fs.writeFile(data, 'a,b\n1,2\n');
    const id = '20261126-2300-train-region-1';
    expect(await failure(provider.jobs.submit(spec(id, data, { do: 'succeed' }), id))).toMatchObject({
      kind: 'unsupported',
      message: expect.stringMatching(
        /^AWS lists no image of scikit-learn \S+ in the region eu-wset-1 /,
      ) as string,
      fix: expect.stringMatching(/^Choose another region/) as string,
    });
    const { Contents = [] } = await new S3Client({}).send(new ListObjectsV2Command({ Bucket: rig.bucket }));
    expect(Contents).toEqual([]);
    await rig.dispose();
  });

  test('an upload that is cut at nine tenths: nothing is started, and sent again it goes on from there', async () => {
    const aws = await awsRig();
    const rig = await makeSagemakerRig();
    // The parts that arrive are noted here for the next time.
    const restore = changeEnvironment({ MLL_STATE: path.join(rig.paths.root, 'state') });
    const pythonFolder = await standInRuntime(rig.paths.root);
    const provider = await create(rig.paths, { ...rig.host, pythonFolder });
    const data = path.join(rig.paths.root, 'data.csv');
    const count = async (): Promise<number> =>
      (await new SageMakerClient({}).send(new ListTrainingJobsCommand({}))).TrainingJobSummaries?.length ?? 0;
    const size = 10 * 8 * 2 ** 20;
    await fs.writeFile(data, 'a,b\n1,2\n'.padEnd(size, 'x'));
    await aws.fault({ kind: 'cut', operation: 'UploadPart', skip: 9, times: 0, bytes: 1_000_000 });
    const id = '20261126-2300-train-cut-1';
    const submit = () => provider.jobs.submit(spec(id, data, { do: 'succeed' }), id);
    expect(await failure(submit())).toMatchObject({ kind: 'unavailable' });
    await aws.clearFaults();
    const s3 = new S3Client({});
    expect(await unfinishedUploads(rig.bucket)).toBe(1);
    expect(await count()).toBe(0);
    await submit();
    expect(await unfinishedUploads(rig.bucket)).toBe(0);
    expect(await settled(provider.jobs, id)).toMatchObject({ status: 'completed' });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: rig.bucket }));
    expect(Contents.filter((one) => one.Key?.endsWith('/data.csv')).map((one) => one.Size)).toEqual([size]);
    restore();
    await rig.dispose();
  });

  test('cancelled elsewhere while its files are sent, or refused: no job runs, and nothing of it stays in the bucket', async () => {
    const aws = await awsRig();
    const rig = await makeSagemakerRig();
    const pythonFolder = await standInRuntime(rig.paths.root);
    const provider = await create(rig.paths, { ...rig.host, pythonFolder });
    const other = await create(rig.paths, { ...rig.host, pythonFolder });
    const data = path.join(rig.paths.root, 'data.csv');
    await fs.writeFile(data, 'a,b\n1,2\n');
    const sent = async (id: string): Promise<number> => {
      const { Contents = [] } = await new S3Client({}).send(new ListObjectsV2Command({ Bucket: rig.bucket }));
      return Contents.filter((one) => one.Key?.includes(`/runs/${id}/`)).length;
    };
    const runs = async (id: string): Promise<number> =>
      (await new SageMakerClient({}).send(new ListTrainingJobsCommand({ NameContains: id })))
        .TrainingJobSummaries?.length ?? 0;

    const id = '20261127-1400-train-cancel-1';
    await aws.fault({
      kind: 'slow',
      service: 's3',
      operation: 'PutObject',
      resource: id,
      seconds: 3,
      times: 1,
    });
    const submitted = failure(provider.jobs.submit(spec(id, data, { do: 'succeed' }), id));
    await expect
      .poll(async () => (await other.jobs.get(id)).stage, { timeout: 20_000, interval: 50 })
      .toBe('sending the files');
    await other.jobs.cancel(id);
    expect((await submitted).kind).toBe('cancelled');
    expect([await runs(id), await sent(id)]).toEqual([0, 0]);

    const early = '20261127-1400-train-cancel-2';
    await fs.mkdir(path.join(rig.paths.ml, 'runs', early), { recursive: true });
    await other.jobs.cancel(early);
    expect((await failure(provider.jobs.submit(spec(early, data, { do: 'succeed' }), early))).kind).toBe(
      'cancelled',
    );
    expect([await runs(early), await sent(early)]).toEqual([0, 0]);
    // A run that is gone is not brought back by a cancel.
    await other.jobs.cancel('20261127-1400-train-cancel-3');
    await expect(fs.stat(path.join(rig.paths.ml, 'runs', '20261127-1400-train-cancel-3'))).rejects.toThrow(
      'ENOENT',
    );

    const refused = '20261127-1400-train-refused-1';
    await aws.quota('ml.m5.large for training job usage', 0);
    const quota = await failure(provider.jobs.submit(spec(refused, data, { do: 'succeed' }), refused));
    await aws.quota('ml.m5.large for training job usage', 8);
    expect(quota.kind).toBe('quota');
    expect([await runs(refused), await sent(refused)]).toEqual([0, 0]);
    await rig.dispose();
  });
});

import * as fs from 'node:fs/promises';
import path from 'node:path';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { type BucketLocationConstraint, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeEndpointCommand,
  DescribeModelCommand,
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
  ListModelsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { describe, expect, test } from 'vitest';
import { consoleUrl } from '../../../src/providers/sagemaker/config';
import { invocationsUrl } from '../../../src/providers/sagemaker/endpoint-requests';
import { create } from '../../../src/providers/sagemaker';
import { TRUST } from '../../../src/providers/sagemaker/policies';
import { settled, spec } from '../jobs.contract';
import { awsRig, makeSagemakerRig, ROLE, standInModel, standInServing } from './rig';

test.each([
  ['eu-central-1', 'amazonaws.com', 'eu-central-1.console.aws.amazon.com'],
  ['cn-northwest-1', 'amazonaws.com.cn', 'console.amazonaws.cn'],
  ['us-gov-east-1', 'amazonaws.com', 'console.amazonaws-us-gov.com'],
  ['eusc-de-east-1', 'amazonaws.eu', 'console.amazonaws-eusc.eu'],
])('addresses of %s are those of its partition', (region, domain, console) => {
  expect(invocationsUrl(region, 'e')).toBe(
    `https://runtime.sagemaker.${region}.${domain}/endpoints/e/invocations`,
  );
  expect(consoleUrl(region, 'jobs/j')).toBe(`https://${console}/sagemaker/home?region=${region}#/jobs/j`);
});

/** Jobs and an endpoint in the two partitions beside the first: all that names a region, an ARN or an image is of there. */
describe.each([
  // AWS's list for China is in yuan, of which nothing is said in dollars.
  ['cn-north-1', 'aws-cn', '450853457545.dkr.ecr.cn-north-1.amazonaws.com.cn', undefined],
  ['us-gov-west-1', 'aws-us-gov', '414596584902.dkr.ecr.us-gov-west-1.amazonaws.com', 0.1],
] as const)('SageMaker in %s', { timeout: 200_000 }, (region, partition, registry, price) => {
  test('jobs and endpoints run there, in one image of scikit-learn 1.9-0, and are listed and removed', async () => {
    await awsRig();
    const rig = await makeSagemakerRig();
    const role = ROLE.replace('arn:aws:', `arn:${partition}:`);
    const settings = path.join(rig.paths.root, 'ml.yaml');
    const Bucket = `${rig.bucket}-${region}`;
    await fs.writeFile(
      settings,
      (await fs.readFile(settings, 'utf8'))
        .replace('us-east-1', region)
        .replace(ROLE, role)
        .replace(rig.bucket, Bucket),
    );
    await new IAMClient({ region }).send(
      new CreateRoleCommand({ RoleName: 'SageMakerRole', AssumeRolePolicyDocument: JSON.stringify(TRUST) }),
    );
    await new S3Client({ region }).send(
      new CreateBucketCommand({
        Bucket,
        CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint },
      }),
    );
    const provider = await create(rig.paths, {
      ...rig.host,
      pythonFolder: await standInServing(rig.paths.root),
    });
    const failed = (await provider.check()).filter((one) => !one.ok);
    expect(failed).toEqual([]);

    const client = new SageMakerClient({ region });
    const image = `${registry}/sagemaker-scikit-learn:1.9-0-cpu-py3`;
    const data = path.join(rig.paths.root, 'data.csv');
    await fs.writeFile(data, 'a,b\n1,2\n');
    const train = `20261127-1500-train-${region}`;
    const prepare = `20261127-1500-prepare-${region}`;
    expect(
      (await provider.jobs.estimate?.(spec(train, data, { do: 'succeed' }), train))?.perHour?.price,
    ).toBe(price);
    const machines = (await provider.account?.machines('train')) ?? [];
    expect(machines.find((one) => one.type === 'ml.m5.large')?.price).toBe(price);
    await provider.jobs.submit(spec(train, data, { do: 'succeed' }), train);
    await provider.jobs.submit({ ...spec(prepare, data, { do: 'succeed' }), kind: 'prepare' }, prepare);
    for (const id of [train, prepare])
      expect(await settled(provider.jobs, id)).toMatchObject({ status: 'completed' });
    const trained = await client.send(new DescribeTrainingJobCommand({ TrainingJobName: `mll-${train}` }));
    const prepared = await client.send(
      new DescribeProcessingJobCommand({ ProcessingJobName: `mll-${prepare}` }),
    );
    expect([trained.RoleArn, trained.AlgorithmSpecification?.TrainingImage]).toEqual([role, image]);
    expect([prepared.RoleArn, prepared.AppSpecification?.ImageUri]).toEqual([role, image]);
    expect(trained.TrainingJobArn).toMatch(new RegExp(`^arn:${partition}:sagemaker:${region}:`));

    const model = await standInModel(path.join(rig.paths.root, 'package'), 1, 'of there');
    await provider.endpoints?.deploy('birds', model);
    expect((await provider.endpoints?.invoke('birds', [{ a: 1 }]))?.predictions).toEqual([
      { prediction: 'of there' },
    ]);
    const [made] = (await client.send(new ListModelsCommand({}))).Models ?? [];
    const served = await client.send(new DescribeModelCommand({ ModelName: made?.ModelName }));
    expect(served.PrimaryContainer?.Image).toBe(image);
    const endpoint = await provider.endpoints?.get('birds');
    const found = await client.send(new DescribeEndpointCommand({ EndpointName: endpoint?.place?.name }));
    expect(found.EndpointArn).toMatch(new RegExp(`^arn:${partition}:sagemaker:${region}:`));
    expect(endpoint?.url).toBe(invocationsUrl(region, endpoint?.place?.name ?? ''));
    expect(endpoint?.place?.console).toBe(consoleUrl(region, `endpoints/${endpoint?.place?.name ?? ''}`));

    const account = provider.account;
    if (!account) throw new Error('SageMaker has an account.');
    const listed = await account.resources();
    expect(listed.map((one) => one.kind)).toEqual(
      expect.arrayContaining(['endpoint', 'endpoint-config', 'model']),
    );
    await account.remove(listed);
    // A machine writes what it captured last when it ends.
    expect((await account.resources()).filter((one) => one.kind !== 'files')).toEqual([]);
    await rig.dispose();
  });
});

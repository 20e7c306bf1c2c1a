// Names, lists, tags, search, quotas, prices and scaling. The jobs of this file meet a fault before they run.
import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  GenerateServiceLastAccessedDetailsCommand,
  IAMClient,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  GetBucketLocationCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import {
  AddTagsCommand,
  CreateEndpointCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  DeleteEndpointCommand,
  DeleteModelCommand,
  DeleteTagsCommand,
  DeleteTrainingJobCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  DescribeProcessingJobCommand,
  DescribeTrainingJobCommand,
  ListDomainsCommand,
  ListModelsCommand,
  ListTagsCommand,
  ListTrainingJobsCommand,
  paginateListTrainingJobs,
  SageMakerClient,
  SearchCommand,
  StopTrainingJobCommand,
  type ListTrainingJobsCommandInput,
} from '@aws-sdk/client-sagemaker';
import {
  GetServiceQuotaCommand,
  paginateListServiceQuotas,
  ServiceQuotasClient,
  type ServiceQuota,
} from '@aws-sdk/client-service-quotas';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  archive,
  BUCKET,
  endOfTraining,
  modelRequest,
  prepareAccount,
  put,
  refusal,
  ROLE,
  startForTest,
  trainingRequest,
} from './kit';
import type { AwsRig } from './rig';

let rig: AwsRig;
let sagemaker: SageMakerClient;
const ARN = 'arn:aws:sagemaker:us-east-1:123456789012';
const request = (name: string) =>
  trainingRequest(name, { script: 'train.py', sources: `s3://${BUCKET}/sources.tar.gz` });

beforeAll(async () => {
  rig = await startForTest();
  await prepareAccount();
  sagemaker = new SageMakerClient({});
  await rig.fault({ kind: 'capacity', times: 0 });
  await put('model.tar.gz', archive(rig.workFolder, { 'model.json': '{}' }));
  for (const [index, name] of ['a-1', 'a-2', 'b-1'].entries()) {
    await sagemaker.send(
      new CreateTrainingJobCommand({
        ...request(name),
        Tags: [
          { Key: 'project', Value: 'penguins' },
          { Key: 'run', Value: String(index) },
        ],
      }),
    );
    await endOfTraining(name);
  }
});

afterAll(async () => {
  await rig.stop();
});

test('a job that gets no machine says so', async () => {
  const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'a-1' }));
  expect([job.TrainingJobStatus, job.SecondaryStatus, job.FailureReason]).toEqual([
    'Failed',
    'Failed',
    'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.',
  ]);
});

test('a job’s name can be used once, also after its end', async () => {
  expect(await refusal(sagemaker.send(new CreateTrainingJobCommand(request('a-1'))))).toEqual({
    code: 'ResourceInUse',
    status: 400,
    message:
      'Training job names must be unique within an AWS account and region, and a training job with this name ' +
      `already exists (${ARN}:training-job/a-1)`,
  });
  const elsewhere = new SageMakerClient({ region: 'eu-west-1' });
  const { TrainingJobSummaries } = await elsewhere.send(new ListTrainingJobsCommand({}));
  expect(TrainingJobSummaries).toEqual([]);
});

test('what is absent, each in its own words', async () => {
  const cases: [() => Promise<unknown>, string][] = [
    [
      () => sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'none' })),
      'Requested resource not found.',
    ],
    [
      () => sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: 'none' })),
      'Requested resource not found.',
    ],
    [
      () => sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: 'none' })),
      'Could not find requested job with name: none',
    ],
    [
      () => sagemaker.send(new DescribeModelCommand({ ModelName: 'none' })),
      `Could not find model "${ARN}:model/none".`,
    ],
    [
      () => sagemaker.send(new DeleteModelCommand({ ModelName: 'none' })),
      `Could not find model "${ARN}:model/none".`,
    ],
    [
      () => sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: 'none' })),
      `Could not find endpoint configuration "${ARN}:endpoint-config/none".`,
    ],
    [
      () => sagemaker.send(new CreateEndpointCommand({ EndpointName: 'new', EndpointConfigName: 'none' })),
      `Could not find endpoint configuration "${ARN}:endpoint-config/none".`,
    ],
    [
      () => sagemaker.send(new DescribeEndpointCommand({ EndpointName: 'none' })),
      `Could not find endpoint "${ARN}:endpoint/none".`,
    ],
    [
      () => sagemaker.send(new DeleteEndpointCommand({ EndpointName: 'none' })),
      `Could not find endpoint "${ARN}:endpoint/none".`,
    ],
    [
      () => sagemaker.send(new AddTagsCommand({ ResourceArn: `${ARN}:model/none`, Tags: [] })),
      `Could not find resource "${ARN}:model/none".`,
    ],
    [
      () => sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: 'a-1' })),
      'The request was rejected because the training job is in status Failed.',
    ],
  ];
  for (const [send, message] of cases) {
    expect(await refusal(send())).toEqual({ code: 'ValidationException', status: 400, message });
  }
});

test('a valid request on which the stand-in does not act is refused with 400, which no SDK repeats', async () => {
  expect(await refusal(sagemaker.send(new ListDomainsCommand({})))).toEqual({
    code: 'UnknownOperationException',
    status: 400,
    message: 'ListDomains: a valid request, on which this stand-in does not act.',
  });
});

test('jobs are listed by name, status and time, in order and in pages', async () => {
  const list = async (input: ListTrainingJobsCommandInput) =>
    (await sagemaker.send(new ListTrainingJobsCommand(input))).TrainingJobSummaries?.map(
      (one) => one.TrainingJobName,
    );
  expect(await list({})).toEqual(['a-1', 'a-2', 'b-1']);
  expect(await list({ SortOrder: 'Descending' })).toEqual(['b-1', 'a-2', 'a-1']);
  expect(await list({ NameContains: 'a-' })).toEqual(['a-1', 'a-2']);
  expect(await list({ StatusEquals: 'Completed' })).toEqual([]);
  expect(await list({ SortBy: 'Name', SortOrder: 'Descending', MaxResults: 1 })).toEqual(['b-1']);
  const second = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'a-2' }));
  expect(await list({ CreationTimeAfter: second.CreationTime })).toEqual(['a-2', 'b-1']);
  expect(await list({ CreationTimeBefore: second.CreationTime })).toEqual(['a-1', 'a-2']);
  const pages: number[] = [];
  for await (const page of paginateListTrainingJobs({ client: sagemaker, pageSize: 2 }, {})) {
    pages.push(page.TrainingJobSummaries?.length ?? 0);
  }
  expect(pages).toEqual([2, 1]);
  expect(await refusal(sagemaker.send(new ListTrainingJobsCommand({ NextToken: 'x' })))).toMatchObject({
    code: 'ValidationException',
  });
});

test('tags are listed, added, replaced and deleted, and found by Search', async () => {
  const ResourceArn = `${ARN}:training-job/a-2`;
  const tags = async () => {
    const { Tags } = await sagemaker.send(new ListTagsCommand({ ResourceArn }));
    const pairs = (Tags ?? []).map((one): [string, string | undefined] => [one.Key ?? '', one.Value]);
    return Object.fromEntries(pairs) as Record<string, string | undefined>;
  };
  expect(await tags()).toEqual({ project: 'penguins', run: '1' });
  await sagemaker.send(new AddTagsCommand({ ResourceArn, Tags: [{ Key: 'run', Value: 'two' }] }));
  expect(await tags()).toEqual({ project: 'penguins', run: 'two' });
  const search = async (Name: string, Value: string) => {
    const { Results } = await sagemaker.send(
      new SearchCommand({
        Resource: 'TrainingJob',
        SearchExpression: {
          Filters: [
            { Name: 'Tags.project', Operator: 'Exists' },
            { Name, Operator: 'Equals', Value },
          ],
        },
        SortBy: 'CreationTime',
        SortOrder: 'Ascending',
      }),
    );
    return Results?.map((one) => one.TrainingJob?.TrainingJobName);
  };
  expect(await search('Tags.run', 'two')).toEqual(['a-2']);
  expect(await search('TrainingJobStatus', 'Failed')).toEqual(['a-1', 'a-2', 'b-1']);
  await sagemaker.send(new DeleteTagsCommand({ ResourceArn, TagKeys: ['run'] }));
  expect(await tags()).toEqual({ project: 'penguins' });
});

test('models are listed newest first; what is deleted is gone', async () => {
  for (const name of ['one', 'two']) {
    await sagemaker.send(new CreateModelCommand(modelRequest(name, `s3://${BUCKET}/model.tar.gz`)));
  }
  const names = async () =>
    (await sagemaker.send(new ListModelsCommand({}))).Models?.map((one) => one.ModelName);
  expect(await names()).toEqual(['two', 'one']);
  await sagemaker.send(new DeleteModelCommand({ ModelName: 'two' }));
  expect(await names()).toEqual(['one']);
  await sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: 'b-1' }));
  expect(
    await refusal(sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: 'b-1' }))),
  ).toMatchObject({ message: 'Requested resource not found.' });
});

test('Service Quotas shows the limits that are enforced', async () => {
  const client = new ServiceQuotasClient({});
  const name = 'ml.m5.xlarge for training job usage';
  await rig.quota(name, 0);
  const all: ServiceQuota[] = [];
  for await (const page of paginateListServiceQuotas({ client }, { ServiceCode: 'sagemaker' })) {
    all.push(...(page.Quotas ?? []));
  }
  const found = all.find((one) => one.QuotaName === name);
  expect(found).toMatchObject({ ServiceCode: 'sagemaker', Value: 0, Adjustable: true });
  expect(all.find((one) => one.QuotaName === 'ml.p3.2xlarge for endpoint usage')?.Value).toBe(0);
  expect(all.find((one) => one.QuotaName === 'ml.m5.large for endpoint usage')?.Value).toBe(8);
  const one = await client.send(
    new GetServiceQuotaCommand({ ServiceCode: 'sagemaker', QuotaCode: found?.QuotaCode }),
  );
  expect(one.Quota?.QuotaName).toBe(name);
  const wanted = request('too-big');
  const machines = {
    InstanceType: 'ml.m5.xlarge' as const,
    InstanceCount: 1,
    VolumeSizeInGB: 5,
  };
  expect(
    await refusal(sagemaker.send(new CreateTrainingJobCommand({ ...wanted, ResourceConfig: machines }))),
  ).toMatchObject({ code: 'ResourceLimitExceeded' });
  expect(
    await refusal(client.send(new GetServiceQuotaCommand({ ServiceCode: 'sagemaker', QuotaCode: 'L-NONE' }))),
  ).toMatchObject({ code: 'NoSuchResourceException' });
});

test('the Price List API answers in AWS’s form', async () => {
  const answer = await new PricingClient({}).send(
    new GetProductsCommand({
      ServiceCode: 'AmazonSageMaker',
      Filters: [
        ['regionCode', 'eu-west-1'],
        ['instanceName', 'ml.m5.large'],
        ['component', 'Training'],
      ].map(([Field, Value]) => ({ Type: 'TERM_MATCH' as const, Field, Value })),
    }),
  );
  const products = (answer.PriceList ?? []) as unknown[];
  expect(products).toHaveLength(1);
  const product = JSON.parse(String(products[0])) as {
    product: { attributes: Record<string, string> };
    terms: {
      OnDemand: Record<string, { priceDimensions: Record<string, { unit: string; pricePerUnit: object }> }>;
    };
  };
  expect(product.product.attributes).toMatchObject({ regionCode: 'eu-west-1', instanceName: 'ml.m5.large' });
  const [term] = Object.values(product.terms.OnDemand);
  expect(Object.values(term?.priceDimensions ?? {}).map((one) => [one.unit, one.pricePerUnit])).toEqual([
    ['Hrs', { USD: '0.1000000000' }],
  ]);
});

test('moto answers the rest: who one is, and scaling of an endpoint', async () => {
  const identity = await new STSClient({}).send(new GetCallerIdentityCommand({}));
  expect(identity.Account).toBe('123456789012');
  const scaling = new ApplicationAutoScalingClient({});
  const target = {
    ServiceNamespace: 'sagemaker' as const,
    ResourceId: 'endpoint/live/variant/AllTraffic',
    ScalableDimension: 'sagemaker:variant:DesiredInstanceCount' as const,
  };
  await scaling.send(new RegisterScalableTargetCommand({ ...target, MinCapacity: 1, MaxCapacity: 3 }));
  await scaling.send(
    new PutScalingPolicyCommand({
      ...target,
      PolicyName: 'by-invocations',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 100,
        PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
      },
    }),
  );
  const { ScalableTargets } = await scaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker' }),
  );
  expect(ScalableTargets).toMatchObject([{ ...target, MinCapacity: 1, MaxCapacity: 3 }]);
});

test('a bucket answers only in its own region, and a job finds no data in another', async () => {
  const west = {
    Bucket: 'west-bucket',
    CreateBucketConfiguration: { LocationConstraint: 'us-west-2' as const },
  };
  await new S3Client({ region: 'us-west-2' }).send(new CreateBucketCommand(west));
  const here = new S3Client({});
  expect(await refusal(here.send(new ListObjectsV2Command({ Bucket: 'west-bucket' })))).toMatchObject({
    code: 'PermanentRedirect',
    status: 301,
  });
  const { LocationConstraint } = await here.send(new GetBucketLocationCommand({ Bucket: 'west-bucket' }));
  expect(LocationConstraint).toBe('us-west-2');
  const there = new S3Client({ region: 'us-west-2' });
  expect((await there.send(new ListObjectsV2Command({ Bucket: 'west-bucket' }))).KeyCount).toBe(0);
  await rig.clearFaults();
  const S3DataSource = { S3DataType: 'S3Prefix' as const, S3Uri: 's3://west-bucket/data/' };
  const InputDataConfig = [{ ChannelName: 'train', DataSource: { S3DataSource } }];
  await sagemaker.send(new CreateTrainingJobCommand({ ...request('far'), InputDataConfig }));
  expect((await endOfTraining('far')).FailureReason).toBe(
    'ClientError: Data download failed:PermanentRedirect (301): The bucket is in this region: us-west-2. ' +
      'Please use this region to retry the request',
  );
});

test('PassRole is denied on command, and IAM’s simulation says so', async () => {
  const decisions = async () => {
    const { EvaluationResults } = await new IAMClient({}).send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: 'arn:aws:iam::123456789012:user/rig',
        ActionNames: ['iam:PassRole', 'sagemaker:CreateModel'],
        ResourceArns: [ROLE],
      }),
    );
    return EvaluationResults?.map((one) => one.EvalDecision);
  };
  expect(await decisions()).toEqual(['allowed', 'allowed']);
  await rig.deny('iam:PassRole');
  expect(await decisions()).toEqual(['implicitDeny', 'allowed']);
  const create = new CreateModelCommand(modelRequest('denied', `s3://${BUCKET}/model.tar.gz`));
  expect(await refusal(sagemaker.send(create))).toEqual({
    code: 'AccessDeniedException',
    status: 400,
    message:
      `User: arn:aws:iam::123456789012:user/rig is not authorized to perform: iam:PassRole on resource: ${ROLE} ` +
      'because no identity-based policy allows the iam:PassRole action',
  });
});

test('what moto cannot do is refused with 400, too', async () => {
  const refused = await refusal(
    new IAMClient({}).send(new GenerateServiceLastAccessedDetailsCommand({ Arn: ROLE })),
  );
  expect(refused).toMatchObject({ code: 'UnknownOperationException', status: 400 });
});

test('a reset empties the account', async () => {
  await rig.reset();
  expect((await sagemaker.send(new ListTrainingJobsCommand({}))).TrainingJobSummaries).toEqual([]);
  expect(await refusal(put('again', 'x'))).toMatchObject({ code: 'NoSuchBucket', status: 404 });
});

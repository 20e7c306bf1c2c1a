import path from 'node:path';
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { toErrorData } from '../../../src/core/errors';
import { createClients } from '../../../src/providers/sagemaker/clients';
import { changeEnvironment } from '../../environment';
import type { AwsRig } from '../../rigs/aws/rig';
import { makeCertificate, type Proxy, startProxy, startTls } from '../../rigs/network';
import { awsRig, makeSagemakerRig, type SagemakerRig } from './rig';

const REGION = 'us-east-1';
const logGroupName = '/aws/sagemaker/TrainingJobs';

/** Every client that the provider has goes the way that the network of a company asks for. */
describe('the way to AWS', { timeout: 100_000 }, () => {
  let aws: AwsRig;
  let rig: SagemakerRig;
  let proxy: Proxy;
  let restore: (() => void) | undefined;

  beforeAll(async () => {
    aws = await awsRig();
    rig = await makeSagemakerRig();
    proxy = await startProxy();
    await new CloudWatchLogsClient({}).send(new CreateLogGroupCommand({ logGroupName }));
  });
  afterEach(() => {
    restore?.();
    restore = undefined;
  });
  afterAll(async () => {
    proxy.stop();
    await rig.dispose();
  });

  /** One call of each client: `answered`, whatever AWS said, or why there was no answer. */
  async function ask(): Promise<Record<string, string>> {
    const clients = createClients(undefined);
    const { sdk: s1, client: sagemaker } = await clients.sagemaker(REGION);
    const { sdk: s2, client: logs } = await clients.logs(REGION);
    const { sdk: s3, client: runtime } = await clients.runtime(REGION);
    const { sdk: s4, client: scaling } = await clients.scaling(REGION);
    const { sdk: s5, client: metrics } = await clients.metrics(REGION);
    const { sdk: s6, client: prices } = await clients.prices(REGION);
    const { sdk: s7, iam, s3: buckets, sts, quotas } = await clients.account(REGION);
    const store = await clients.store(REGION, rig.bucket);
    const of = {
      ServiceNamespace: 'sagemaker',
      ResourceId: 'endpoint/none/variant/one',
      ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
    } as const;
    const Metric = { Namespace: 'AWS/SageMaker', MetricName: 'Invocations' };
    const MetricDataQueries = [{ Id: 'a', MetricStat: { Metric, Period: 60, Stat: 'Sum' } }];
    const time = { StartTime: new Date(Date.now() - 60_000), EndTime: new Date() };
    const calls: Record<string, () => Promise<unknown>> = {
      jobs: () => sagemaker.send(new s1.ListTrainingJobsCommand({})),
      logs: () => logs.send(new s2.DescribeLogStreamsCommand({ logGroupName })),
      endpoints: () => runtime.send(new s3.InvokeEndpointCommand({ EndpointName: 'none', Body: '{}' })),
      scaling: () => scaling.send(new s4.DeregisterScalableTargetCommand(of)),
      metrics: () => metrics.send(new s5.GetMetricDataCommand({ ...time, MetricDataQueries })),
      prices: () => prices.send(new s6.GetProductsCommand({ ServiceCode: 'AmazonSageMaker', MaxResults: 1 })),
      roles: () => iam.send(new s7.GetRoleCommand({ RoleName: 'SageMakerRole' })),
      buckets: () =>
        buckets.send(new s7.PutBucketTaggingCommand({ Bucket: rig.bucket, Tagging: { TagSet: [] } })),
      identity: () => sts.send(new s7.GetCallerIdentityCommand({})),
      quotas: () => quotas.send(new s7.ListServiceQuotasCommand({ ServiceCode: 'sagemaker', MaxResults: 1 })),
      files: () => store.list(''),
    };
    const said = await Promise.all(
      Object.entries(calls).map(async ([name, call]) => {
        const answered = await clients.calling('ask', call).then(
          () => 'answered',
          (error: unknown) => {
            const { kind, message } = toErrorData(error);
            return kind === 'notFound' ? 'answered' : message;
          },
        );
        return [name, answered] as const;
      }),
    );
    return Object.fromEntries(said);
  }
  const all = (said: Record<string, string>, word: string): Record<string, string> =>
    Object.fromEntries(Object.entries(said).map(([name, text]) => [name, text.includes(word) ? word : text]));
  const each = (word: string): Record<string, string> =>
    Object.fromEntries(
      [
        ...['jobs', 'logs', 'endpoints', 'scaling', 'metrics', 'prices'],
        ...['roles', 'buckets', 'identity', 'quotas', 'files'],
      ].map((name) => [name, word]),
    );

  test('through a proxy; one that refuses is told', async () => {
    restore = changeEnvironment({
      HTTP_PROXY: proxy.url,
      HTTPS_PROXY: proxy.url,
      NO_PROXY: '',
      no_proxy: '',
    });
    expect(await ask()).toEqual(each('answered'));
    expect(new Set(proxy.asked)).toEqual(new Set([new URL(aws.url).host]));
    expect(proxy.asked.length).toBeGreaterThanOrEqual(11);
    proxy.refuse = true;
    const refused = 'the proxy refused the connection';
    expect(all(await ask(), refused)).toEqual(each(refused));
  });

  test('to servers whose certificate an authority of the company made', async () => {
    const certificate = path.join(rig.paths.root, 'authority.pem');
    const key = path.join(rig.paths.root, 'key.pem');
    makeCertificate(certificate, key);
    const tls = await startTls(aws.url, { certificate, key });
    const address = {
      AWS_ENDPOINT_URL: tls.url,
      AWS_ENDPOINT_URL_SAGEMAKER: tls.url,
      AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME: tls.url,
    };
    restore = changeEnvironment({ ...address, AWS_CA_BUNDLE: undefined });
    const unknown = 'of an authority that is not trusted here';
    expect(all(await ask(), unknown)).toEqual(each(unknown));
    process.env.AWS_CA_BUNDLE = certificate;
    expect(await ask()).toEqual(each('answered'));
    Reflect.deleteProperty(process.env, 'AWS_CA_BUNDLE');
    tls.stop();
  });
});

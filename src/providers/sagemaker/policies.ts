import type { Config } from './config';
import { partitionOf } from './config';

/** Who may use the role. */
export const TRUST = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
};

/** What jobs and endpoints need, and nothing else: their files, their log, their metrics, and AWS's images. */
export function jobPolicy({ region, bucket, prefix, settings }: Config, account: string): object {
  const { arn } = partitionOf(region);
  const network = settings.subnets
    ? [
        {
          Sid: 'Network',
          Effect: 'Allow',
          Action: [
            'ec2:CreateNetworkInterface',
            'ec2:CreateNetworkInterfacePermission',
            'ec2:DeleteNetworkInterface',
            'ec2:DeleteNetworkInterfacePermission',
            'ec2:DescribeDhcpOptions',
            'ec2:DescribeNetworkInterfaces',
            'ec2:DescribeSecurityGroups',
            'ec2:DescribeSubnets',
            'ec2:DescribeVpcs',
          ],
          Resource: '*',
        },
      ]
    : [];
  const key = settings.kmsKey;
  const keys = key
    ? [
        {
          Sid: 'Key',
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'],
          ...(key.startsWith('alias/')
            ? { Resource: '*', Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': key } } }
            : { Resource: key.startsWith('arn:') ? key : `arn:${arn}:kms:${region}:${account}:key/${key}` }),
        },
      ]
    : [];
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Files',
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
        Resource: `arn:${arn}:s3:::${bucket}/${prefix}*`,
      },
      {
        Sid: 'Bucket',
        Effect: 'Allow',
        Action: ['s3:ListBucket', 's3:GetBucketLocation'],
        Resource: `arn:${arn}:s3:::${bucket}`,
      },
      {
        Sid: 'Log',
        Effect: 'Allow',
        Action: [
          'logs:CreateLogGroup',
          'logs:CreateLogStream',
          'logs:DescribeLogStreams',
          'logs:PutLogEvents',
        ],
        Resource: `arn:${arn}:logs:${region}:${account}:log-group:/aws/sagemaker/*`,
      },
      {
        Sid: 'Metrics',
        Effect: 'Allow',
        Action: 'cloudwatch:PutMetricData',
        Resource: '*',
        Condition: { StringLike: { 'cloudwatch:namespace': '*SageMaker*' } },
      },
      { Sid: 'ImageLogin', Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
      {
        Sid: 'Images',
        Effect: 'Allow',
        Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        Resource: `arn:${arn}:ecr:${region}:*:repository/*`,
      },
      ...keys,
      ...network,
    ],
  };
}

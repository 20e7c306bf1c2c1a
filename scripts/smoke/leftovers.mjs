// What a project still has in an AWS account, asked with AWS's own SDK and not with the product, which might overlook what it lost sight of.
import fs from 'node:fs';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import {
  ListTagsCommand,
  paginateListEndpointConfigs,
  paginateListEndpoints,
  paginateListModels,
  paginateListProcessingJobs,
  paginateListTrainingJobs,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { parse } from 'yaml';

/** One line for each endpoint, configuration, model, running job and object of the project. */
export async function leftovers({ project, settings, profile }) {
  const { region, store } = parse(fs.readFileSync(settings, 'utf8')).providers.sagemaker;
  const login = { region, ...(profile ? { credentials: fromNodeProviderChain({ profile }) } : {}) };
  const client = new SageMakerClient(login);
  const ask = { client, pageSize: 100 };
  const ours = { NameContains: 'mll-' };
  const running = { ...ours, StatusEquals: 'InProgress' };
  const kinds = [
    ['endpoint', paginateListEndpoints(ask, ours), 'Endpoints', 'Endpoint'],
    ['endpoint configuration', paginateListEndpointConfigs(ask, ours), 'EndpointConfigs', 'EndpointConfig'],
    ['model', paginateListModels(ask, ours), 'Models', 'Model'],
    ['training job', paginateListTrainingJobs(ask, running), 'TrainingJobSummaries', 'TrainingJob'],
    ['processing job', paginateListProcessingJobs(ask, running), 'ProcessingJobSummaries', 'ProcessingJob'],
  ];
  const left = [];
  for (const [title, pages, list, noun] of kinds) {
    for await (const page of pages) {
      for (const one of page[list] ?? []) {
        const { Tags = [] } = await client.send(new ListTagsCommand({ ResourceArn: one[`${noun}Arn`] }));
        if (Tags.some((tag) => tag.Key === 'mll:project' && tag.Value === project))
          left.push(`${title} ${one[`${noun}Name`]}`);
      }
    }
  }
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(store);
  const folder = `${prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`}mll-${project}/`;
  const s3 = new S3Client({ ...login, forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined });
  try {
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: folder })) {
      for (const one of page.Contents ?? []) left.push(`s3://${bucket}/${one.Key}`);
    }
  } catch (error) {
    // A bucket that was made for the project goes with it.
    if (error.name !== 'NoSuchBucket') throw error;
  }
  return left;
}

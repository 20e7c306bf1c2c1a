// What a project still has in Google Cloud, asked with Google's own SDKs and not with the product, which might overlook what it lost sight of.
import fs from 'node:fs';
import { v1 } from '@google-cloud/aiplatform';
import { Storage } from '@google-cloud/storage';
import { parse } from 'yaml';

const RUNNING = /QUEUED|PENDING|RUNNING|PAUSED/;

/** One line for each endpoint, model, running job and object of the project. */
export async function leftovers({ project, settings }) {
  const all = parse(fs.readFileSync(settings, 'utf8'));
  const { region, store, project: own } = all.providers.vertex;
  const account = own ?? all.stores.gs.project;
  const { hostname, port } = new URL(
    process.env.CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM ?? `https://${region}-aiplatform.googleapis.com`,
  );
  const login = { projectId: account, apiEndpoint: hostname, ...(port === '' ? {} : { port: Number(port) }) };
  const asked = {
    parent: `projects/${account}/locations/${region}`,
    filter: `labels.mll_project="${project}"`,
  };
  const [endpoints] = await new v1.EndpointServiceClient(login).listEndpoints(asked);
  const [models] = await new v1.ModelServiceClient(login).listModels(asked);
  const [jobs] = await new v1.JobServiceClient(login).listCustomJobs(asked);
  const left = [
    ...endpoints.map((one) => `endpoint ${one.name}`),
    ...models.map((one) => `model ${one.name}`),
    ...jobs.filter((one) => RUNNING.test(String(one.state))).map((one) => `job ${one.name}`),
  ];
  const [, bucket, prefix = ''] = /^gs:\/\/([^/]+)\/?(.*)$/.exec(store);
  const folder = `${prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`}mll-${project}/`;
  const apiEndpoint = process.env.STORAGE_EMULATOR_HOST;
  const storage = new Storage({ projectId: account, ...(apiEndpoint ? { apiEndpoint } : {}) });
  const [objects] = await storage.bucket(bucket).getFiles({ prefix: folder });
  return [...left, ...objects.map((one) => `gs://${bucket}/${one.name}`)];
}

// What a project still has in Google Cloud, asked with Google's own SDKs and not with the product, which might overlook what it lost sight of.
import fs from 'node:fs';
import { v1 } from '@google-cloud/aiplatform';
import { GoogleAuth } from 'google-auth-library';
import { parse } from 'yaml';

const RUNNING = /QUEUED|PENDING|RUNNING|PAUSED/;

/** The application default credentials; gcloud's variable says where else they get their tokens, which Google's clients do not read. */
async function login() {
  const client = await new GoogleAuth({
    scopes: 'https://www.googleapis.com/auth/cloud-platform',
  }).getClient();
  const host = process.env.CLOUDSDK_AUTH_TOKEN_HOST;
  if (host && client.endpoints) client.endpoints.oauth2TokenUrl = host;
  return client;
}

/** One line for each endpoint, model, running job and object of the project. */
export async function leftovers({ project, settings }) {
  const all = parse(fs.readFileSync(settings, 'utf8'));
  const { region, store, project: own } = all.providers.vertex;
  const account = own ?? all.stores.gs.project;
  const { hostname, port } = new URL(
    process.env.CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM ?? `https://${region}-aiplatform.googleapis.com`,
  );
  const authClient = await login();
  const place = {
    authClient,
    projectId: account,
    apiEndpoint: hostname,
    ...(port === '' ? {} : { port: Number(port) }),
  };
  const asked = {
    parent: `projects/${account}/locations/${region}`,
    filter: `labels.mll_project="${project}"`,
  };
  const [endpoints] = await new v1.EndpointServiceClient(place).listEndpoints(asked);
  const [models] = await new v1.ModelServiceClient(place).listModels(asked);
  const [jobs] = await new v1.JobServiceClient(place).listCustomJobs(asked);
  const left = [
    ...endpoints.map((one) => `endpoint ${one.name}`),
    ...models.map((one) => `model ${one.name}`),
    ...jobs.filter((one) => RUNNING.test(String(one.state))).map((one) => `job ${one.name}`),
  ];
  const [, bucket, prefix = ''] = /^gs:\/\/([^/]+)\/?(.*)$/.exec(store);
  const folder = `${prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`}mll-${project}/`;
  // By plain HTTP: Google's client of Cloud Storage takes STORAGE_EMULATOR_HOST for a whole path.
  const objects = [];
  const host = process.env.STORAGE_EMULATOR_HOST ?? 'https://storage.googleapis.com';
  const url = new URL(`/storage/v1/b/${bucket}/o`, host);
  url.searchParams.set('prefix', folder);
  for (let next = ''; next !== undefined;) {
    if (next !== '') url.searchParams.set('pageToken', next);
    const { data } = await authClient.request({ url: url.href });
    objects.push(...(data.items ?? []));
    next = data.nextPageToken || undefined;
  }
  return [...left, ...objects.map((one) => `gs://${bucket}/${one.name}`)];
}

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { grpc } from 'google-gax';
import type { Accounts } from '../accounts';
import { type Calls, implement, Operations } from './calls';
import { Endpoints } from './endpoints';
import { Jobs } from './jobs';
import { type Logging, startLogging } from './logs';
import { type Certificate, makeCertificate } from './certificate';
import { Measurements } from './measurements';
import { Models } from './models';
import { Predictions } from './predictions';
import { Project } from './project';
import { operationsService, serviceOf } from './protos';
import { type Rest, startRest } from './rest';
import { Tables } from './tables';

/** Vertex AI, and what of Cloud Logging, BigQuery and Monitoring its jobs and endpoints use. */
export interface VertexRig {
  /** gcloud's own variables for other addresses, and gRPC's for the certificate of the server. */
  readonly env: Readonly<Record<string, string>>;
  /** `localhost:PORT` of gRPC with TLS. */
  readonly address: string;
  readonly calls: Calls;
  readonly jobs: Jobs;
  readonly models: Models;
  readonly endpoints: Endpoints;
  readonly tables: Tables;
  readonly measurements: Measurements;
  readonly project: Project;
  /** The services that are asked by plain HTTP. */
  readonly rest: Rest;
  readonly logging: Logging;
  stop(): Promise<void>;
}

/** Starts it on free ports of 127.0.0.1; `storage` is the address of the server that stands in for Cloud Storage. */
export async function startVertex(
  storage: string,
  accounts?: Accounts,
  tls?: Certificate,
): Promise<VertexRig> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-vertex-'));
  const { key, cert } = tls ?? makeCertificate(folder);
  const logging = await startLogging(accounts);
  const calls: Calls = { fault: undefined, seen: [], accounts };
  const operations = new Operations();
  const jobs = new Jobs(path.join(folder, 'jobs'), storage, logging);
  const rest = await startRest(accounts);
  const tables = new Tables();
  const measurements = new Measurements();
  tables.serve(rest);
  measurements.serve(rest);
  const project = new Project();
  project.serve(rest);
  const models = new Models(operations);
  const served = path.join(folder, 'endpoints');
  const endpoints = new Endpoints({ folder: served, storage, logging, operations, models, tables });
  const server = new grpc.Server({ 'grpc.max_receive_message_length': -1 });
  server.addService(serviceOf('JobService'), jobs.service(calls));
  server.addService(serviceOf('ModelService'), models.service(calls));
  server.addService(serviceOf('EndpointService'), endpoints.service(calls));
  server.addService(
    serviceOf('PredictionService'),
    new Predictions(endpoints, tables, measurements).service(calls),
  );
  server.addService(
    operationsService(),
    implement(calls, {
      GetOperation: ['', (request) => operations.get(String(request.name))],
      ListOperations: ['', (request) => ({ operations: operations.of(String(request.name)) })],
    }),
  );
  const credentials = grpc.ServerCredentials.createSsl(null, [
    { private_key: fs.readFileSync(key), cert_chain: fs.readFileSync(cert) },
  ]);
  const bind = (): Promise<number> =>
    new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', credentials, (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
  const port = await bind();
  endpoints.dedicated = `localhost:${await bind()}`;
  return {
    env: {
      CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM: `https://localhost:${port}/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING: `${logging.url}/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_BIGQUERY: `${rest.url}/bigquery/v2/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING: `${rest.url}/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDBILLING: `${rest.url}/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE: `${rest.url}/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: `${rest.url}/`,
      GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: cert,
    },
    address: `localhost:${port}`,
    calls,
    jobs,
    models,
    endpoints,
    tables,
    measurements,
    project,
    rest,
    logging,
    async stop() {
      server.forceShutdown();
      await jobs.stop();
      await endpoints.stop();
      await logging.stop();
      await rest.stop();
      fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

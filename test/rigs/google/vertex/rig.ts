import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { grpc } from 'google-gax';
import type { Accounts } from '../accounts';
import { type Calls, implement, Operations } from './calls';
import { Jobs } from './jobs';
import { type Logging, startLogging } from './logs';
import { type Certificate, makeCertificate } from './certificate';
import { operationsService, serviceOf } from './protos';

/** Vertex AI and Cloud Logging. */
export interface VertexRig {
  /** gcloud's own variables for other addresses, and gRPC's for the certificate of the server. */
  readonly env: Readonly<Record<string, string>>;
  /** `localhost:PORT` of gRPC with TLS. */
  readonly address: string;
  readonly calls: Calls;
  readonly jobs: Jobs;
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
  const server = new grpc.Server();
  server.addService(serviceOf('JobService'), jobs.service(calls));
  server.addService(
    operationsService(),
    implement(calls, { GetOperation: ['', (request) => operations.get(String(request.name))] }),
  );
  const credentials = grpc.ServerCredentials.createSsl(null, [
    { private_key: fs.readFileSync(key), cert_chain: fs.readFileSync(cert) },
  ]);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return {
    env: {
      CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM: `https://localhost:${port}/`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING: `${logging.url}/`,
      GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: cert,
    },
    address: `localhost:${port}`,
    calls,
    jobs,
    logging,
    async stop() {
      server.forceShutdown();
      await jobs.stop();
      await logging.stop();
      fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

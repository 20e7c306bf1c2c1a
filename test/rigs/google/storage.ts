import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { storageServer } from '../../../scripts/lib/google-rig.mjs';
import type { Front, Seen } from '../front';

/** fake-gcs-server: Cloud Storage in memory. It knows no logins and no permissions. */
export interface StorageServer {
  readonly url: string;
  /** Makes a bucket of the project `test`. */
  createBucket(name: string, settings?: { readonly versioning?: boolean }): Promise<void>;
  stop(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1; all its buckets lie in one place. */
export async function startStorageServer(location = 'EUROPE-WEST1'): Promise<StorageServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const options = {
    scheme: 'http',
    host: '127.0.0.1',
    port: String(port),
    backend: 'memory',
    'public-host': `127.0.0.1:${port}`,
    'external-url': url,
    location,
    'log-level': 'error',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`-${name}`, value]);
  const child = spawn(storageServer(), args, { stdio: 'ignore' });
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`fake-gcs-server ended with ${child.exitCode}.`);
    await sleep(50);
  }
  return {
    url,
    async createBucket(name, { versioning = false } = {}) {
      const answer = await fetch(`${url}/storage/v1/b?project=test`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, versioning: { enabled: versioning } }),
      });
      if (!answer.ok) throw new Error(await answer.text());
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/_internal/healthcheck`).then(
    (answer) => answer.ok,
    () => false,
  );

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Lets a front answer how far a resumable upload is, as Cloud Storage does (308 with the bytes that it holds):
 * fake-gcs-server takes that question for the upload's end.
 */
export function answerUploadStatus(front: Front): void {
  const held = new Map<string, number>();
  const uploadOf = ({ path }: Seen): string | undefined => /[?&]upload_id=([^&]+)/.exec(path)?.[1];
  front.answered = (request, status) => {
    const upload = uploadOf(request);
    const end = /^bytes \d+-(\d+)\//.exec(request.headers['content-range'] ?? '')?.[1];
    if (upload !== undefined && end !== undefined && status === 308) held.set(upload, Number(end) + 1);
  };
  front.rule = (request) => {
    const upload = uploadOf(request);
    if (upload === undefined || request.headers['content-range'] !== 'bytes */*') return undefined;
    const bytes = held.get(upload) ?? 0;
    return { status: 308, ...(bytes === 0 ? {} : { headers: { range: `bytes=0-${bytes - 1}` } }), body: '' };
  };
}

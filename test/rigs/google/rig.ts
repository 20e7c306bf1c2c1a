import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Accounts, startAccounts } from './accounts';
import { startStorageServer, type StorageServer } from './storage';
import { makeCertificate } from './vertex/certificate';
import type { VertexRig } from './vertex/rig';

/** All that stands in for Google Cloud, with the login of a person. */
export interface GoogleRig {
  /** What Google's clients and ours read. */
  readonly env: Readonly<Record<string, string>>;
  readonly storage: StorageServer;
  readonly accounts: Accounts;
  readonly vertex: VertexRig;
  stop(): Promise<void>;
}

/** Starts it on free ports of 127.0.0.1; its project is called `test`. This process may be the client, too. */
export async function startGoogle(): Promise<GoogleRig> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-google-'));
  const tls = makeCertificate(folder);
  process.env.GRPC_DEFAULT_SSL_ROOTS_FILE_PATH = tls.cert;
  const { startVertex } = await import('./vertex/rig');
  const storage = await startStorageServer();
  const file = path.join(folder, 'credentials.json');
  const accounts = await startAccounts(file, ['test']);
  fs.writeFileSync(file, accounts.credentials);
  const vertex = await startVertex(storage.url, accounts, tls);
  return {
    env: {
      ...accounts.env,
      ...vertex.env,
      STORAGE_EMULATOR_HOST: storage.url,
      METADATA_SERVER_DETECTION: 'none',
    },
    storage,
    accounts,
    vertex,
    async stop() {
      await vertex.stop();
      await accounts.stop();
      await storage.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

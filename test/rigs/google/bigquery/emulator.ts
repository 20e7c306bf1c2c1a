import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { tablesServer } from '../../../../scripts/lib/google-rig.mjs';
import { freePort } from '../storage';
import { startEmulatorFront } from './emulator-front';

/** bigquery-emulator: GoogleSQL on SQLite, in memory. Its project is `test`. */
export interface TablesServer {
  readonly url: string;
  /** What was sent to be run, as it came. */
  readonly seen: readonly string[];
  /** Runs a statement and gives its rows as the REST interface has them. */
  sql(statement: string): Promise<unknown>;
  createDataset(id: string): Promise<void>;
  stop(): Promise<void>;
}

/** Why it cannot be had here; undefined where it can. */
export function tablesServerLacks(): string | undefined {
  try {
    tablesServer();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Starts it on free ports of 127.0.0.1. `storage`: the URL of the stand-in for Cloud Storage. */
export async function startTablesServer(storage?: string): Promise<TablesServer> {
  const [port, grpc] = [await freePort(), await freePort()];
  const own = `http://127.0.0.1:${port}`;
  const args = [
    '--project=test',
    '--host=127.0.0.1',
    `--port=${port}`,
    `--grpc-port=${grpc}`,
    '--log-level=error',
  ];
  const child = spawn(tablesServer(), args, {
    stdio: 'ignore',
    env: { ...process.env, ...(storage === undefined ? {} : { STORAGE_EMULATOR_HOST: storage }) },
  });
  const answers = (): Promise<boolean> =>
    fetch(`${own}/bigquery/v2/projects/test/datasets`).then(
      (answer) => answer.ok,
      () => false,
    );
  while (!(await answers())) {
    if (child.exitCode !== null) throw new Error(`bigquery-emulator ended with ${child.exitCode}.`);
    await sleep(50);
  }
  const { url, seen, stop } = await startEmulatorFront(own, storage);
  async function post(path: string, body: object): Promise<unknown> {
    const answer = await fetch(`${url}/bigquery/v2/projects/test/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const said = await answer.text();
    if (!answer.ok) throw new Error(said);
    return JSON.parse(said);
  }
  return {
    url,
    seen,
    sql: (query) => post('queries', { query, useLegacySql: false }),
    async createDataset(datasetId) {
      await post('datasets', { datasetReference: { projectId: 'test', datasetId } });
    },
    async stop() {
      await stop();
      if (child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

// Vertex AI's jobs as the stand-in runs them, driven by Google's own Python client.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { vertexPython } from '../../../scripts/lib/google-rig.mjs';
import { startStorageServer, type StorageServer } from './storage';
import { startVertex, type VertexRig } from './vertex/rig';

let storage: StorageServer;
let vertex: VertexRig;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-vertex-client-'));

beforeAll(async () => {
  storage = await startStorageServer();
  await storage.createBucket('jobs');
  vertex = await startVertex(storage.url);
});
afterAll(async () => {
  await vertex.stop();
  await storage.stop();
  fs.rmSync(folder, { recursive: true });
});

/** The last line that a program of Google's client prints. */
async function client(program: string, ...args: string[]): Promise<unknown> {
  const script = path.join(import.meta.dirname, program);
  const { stdout } = await promisify(execFile)(vertexPython(), [script, vertex.address, ...args], {
    cwd: folder,
    env: {
      ...process.env,
      ...vertex.env,
      STORAGE_EMULATOR_HOST: storage.url,
      METADATA_SERVER_DETECTION: 'none',
    },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

test('Google’s client trains, sees why a job failed, cancels one and finds its outputs', async () => {
  expect(await client('vertex_jobs.py', 'jobs')).toEqual({
    good: 'JOB_STATE_SUCCEEDED',
    bad: expect.stringContaining('The replica workerpool0-0 exited with a non-zero status of 1.') as unknown,
    long: 'cancelled',
    listed: ['good'],
    objects: ['out/good/model/model.joblib'],
    mounted: expect.stringMatching(/^\['aiplatform-.*\.tar\.gz', 'mounted'\]$/) as unknown,
  });
  const lines = vertex.logging.entries.map((one) => one.jsonPayload.message);
  expect(lines).toContain('accuracy=0.973\n');
  expect(lines).toContain('ValueError: no such column: flipper\n');
});

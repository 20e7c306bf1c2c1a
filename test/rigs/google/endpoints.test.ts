// Vertex AI's models and endpoints as the stand-in serves them, driven by Google's own Python client.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { vertexPython } from '../../../scripts/lib/google-rig.mjs';
import { startStorageServer, type StorageServer } from './storage';
import { startVertex, type VertexRig } from './vertex/rig';

let storage: StorageServer;
let vertex: VertexRig;

beforeAll(async () => {
  storage = await startStorageServer();
  await storage.createBucket('models');
  vertex = await startVertex(storage.url);
});
afterAll(async () => {
  await vertex.stop();
  await storage.stop();
});

test('Google’s client uploads versions, deploys them, splits the traffic, predicts, undeploys and deletes', async () => {
  const script = path.join(import.meta.dirname, 'vertex_endpoints.py');
  const { stdout } = await promisify(execFile)(vertexPython(), [script, vertex.address, 'models'], {
    env: {
      ...process.env,
      ...vertex.env,
      STORAGE_EMULATOR_HOST: storage.url,
      METADATA_SERVER_DETECTION: 'none',
    },
  });
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({
    versions: ['1', '2', ['three']],
    predictions: [[2, 5]],
    split: { '2.0': 14, '3.0': 6 },
    deployed: ['1', '2'],
    delete: 'FailedPrecondition',
    after: [[3]],
    broken: expect.stringMatching(/^FailedPrecondition: .*Model server exited unexpectedly/) as unknown,
    left: [0, 0],
  });
  const lines = vertex.logging.entries
    .filter((one) => one.resource.type === 'aiplatform.googleapis.com/Endpoint')
    .map((one) => one.jsonPayload.message);
  expect(lines).toContain('factor 2.0 an argument\n');
  expect(lines).toContain('no model\n');
});

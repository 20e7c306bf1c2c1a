// Uploads and downloads against Google's Python client on the same fake-gcs-server; what first rows of large objects fetch.
// Usage: node bench/gcs.mjs [bytes, 1e9 unless said] [rounds, 3 unless said]
import fs from 'node:fs';
import path from 'node:path';
import { googlePython } from '../scripts/lib/google-rig.mjs';
import { startStorageServer } from '../test/rigs/google/storage.ts';
import { csvFile } from './data.mjs';
import { inPairs, randomFile, wholeProcess } from './pairs.mjs';
import { bundle, head, root, row } from './rig.mjs';

const BYTES = Number(process.argv[2] ?? 1e9);
const ROUNDS = Number(process.argv[3] ?? 3);
const FILES = 2000;
const BUCKET = 'bench';
const mll = path.join(root, 'dist/mll.js');
const client = path.join(root, 'bench/gcs_client.py');
const python = googlePython();

const built = await bundle({
  remote: path.join(root, 'src/core/remote.ts'),
  gcs: path.join(root, 'src/stores/gcs.ts'),
});
const server = await startStorageServer();
const env = {
  ...process.env,
  STORAGE_EMULATOR_HOST: server.url,
  METADATA_SERVER_DETECTION: 'none',
  MLL_STATE: path.join(built.work, 'state'),
};
Object.assign(process.env, { STORAGE_EMULATOR_HOST: server.url, METADATA_SERVER_DETECTION: 'none' });
const within = { cwd: built.work, env };
const ours = (...args) => wholeProcess(process.execPath, [mll, '--yes', 'store', ...args], within);
const theirs = (what, ...args) => wholeProcess(python, [client, what, BUCKET, ...args], within);

async function transfers(store) {
  const many = path.join(built.work, 'many');
  fs.mkdirSync(many);
  const large = path.join(built.work, 'large.bin');
  randomFile(large, BYTES);
  for (let i = 0; i < FILES; i += 1) randomFile(path.join(many, `part-${i}.bin`), Math.floor(BYTES / FILES));
  const gb = `${(BYTES / 1e9).toFixed(2)} GB`;
  const to = path.join(built.work, 'back');
  const gone = async () => fs.rmSync(to, { recursive: true, force: true });
  const empty = async () => {
    for (let page; !page || page.next;) {
      page = await store.list('', { deep: true });
      await store.remove(page.objects.map((one) => one.key));
    }
  };
  await inPairs(
    ROUNDS,
    `upload of ${gb} in 1 file / google-cloud-storage`,
    '<= 1.1',
    () => ours('put', large, `gs://${BUCKET}/large.bin`),
    () => theirs('put', 'large.bin', large),
    empty,
  );
  await inPairs(
    ROUNDS,
    `download of ${gb} in 1 file / google-cloud-storage`,
    '<= 1.1',
    () => ours('get', `gs://${BUCKET}/large.bin`, path.join(to, 'large.bin')),
    () => theirs('get', 'large.bin', path.join(to, 'large.bin')),
    gone,
  );
  await inPairs(
    ROUNDS,
    `upload of ${gb} in ${FILES} files / google-cloud-storage`,
    '<= 1.1',
    () => ours('put', many, `gs://${BUCKET}/many/`),
    () => theirs('put-many', 'many/', many),
    empty,
  );
  await inPairs(
    ROUNDS,
    `download of ${gb} in ${FILES} files / google-cloud-storage`,
    '<= 1.1',
    () => ours('get', `gs://${BUCKET}/many/`, to),
    () => theirs('get-many', 'many/', to),
    gone,
  );
  await gone();
  await empty();
}

async function firstRows(store) {
  const { openRemote } = await built.load('remote');
  await store.upload(await csvFile(1.25e9), 'large.csv');
  const table = await openRemote(
    { store, key: 'large.csv', uri: store.uri('large.csv') },
    path.join(built.work, 'copies'),
  );
  const { requests, bytes } = table.fetched();
  row(
    `first ${table.first.page.rows.length} rows of a CSV object of 1.25 GB`,
    '-',
    '<= 2 requests, <= 1 MB',
    `${requests} requests, ${(bytes / 1e6).toFixed(2)} MB`,
  );
  await table.close();
}

try {
  await server.createBucket(BUCKET);
  const { createAccount } = await built.load('gcs');
  const store = await (await createAccount({ project: 'test' })).open(BUCKET);
  head();
  await firstRows(store);
  await transfers(store);
} finally {
  await server.stop();
  built.remove();
}

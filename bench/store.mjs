// Uploads, downloads and listings against the aws command on the same moto; what first rows of large objects fetch; loading of the SDK.
// Usage: node bench/store.mjs [bytes of the large file, 1e9 unless said] [keys listed, 100000 unless said] [rounds, 3 unless said] [parts, as loading,listing; all unless said]
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pythonEnvironment } from '../scripts/lib/python.mjs';
import { startMoto, startMotoBy } from '../test/rigs/moto.ts';
import { csvFile } from './data.mjs';
import { inPairs, randomFile, wholeProcess } from './pairs.mjs';
import { bundle, head, median, python, root, row } from './rig.mjs';

const BYTES = Number(process.argv[2] ?? 1e9);
const KEYS = Number(process.argv[3] ?? 100_000);
const ROUNDS = Number(process.argv[4] ?? 3);
const FILES = 2000;
const aws = path.join(path.dirname(pythonEnvironment('bench-aws', ['bench/requirements-aws.txt'])), 'aws');
const mll = path.join(root, 'dist/mll.js');

const built = await bundle({
  remote: path.join(root, 'src/core/remote.ts'),
  s3: path.join(root, 'src/stores/s3.ts'),
});
const moto = await startMoto();
const env = {
  ...process.env,
  ...moto.env,
  AWS_DEFAULT_REGION: 'us-east-1',
  MLL_STATE: path.join(built.work, 'state'),
};
Object.assign(process.env, moto.env);
const folder = path.join(built.work, 'files');
fs.mkdirSync(folder);

const within = { cwd: built.work, env };
const ours = (...args) => wholeProcess(process.execPath, [mll, '--yes', 'store', ...args], within);
const theirs = (...args) => wholeProcess(aws, ['s3', ...args], within);
const pairs = (...given) => inPairs(ROUNDS, ...given);

async function transfers(store) {
  fs.mkdirSync(path.join(folder, 'many'), { recursive: true });
  const large = path.join(folder, 'large.bin');
  randomFile(large, BYTES);
  for (let i = 0; i < FILES; i += 1)
    randomFile(path.join(folder, 'many', `part-${i}.bin`), Math.floor(BYTES / FILES));
  const gb = `${(BYTES / 1e9).toFixed(2)} GB`;
  const empty = async () => {
    for (let page; !page || page.next;) {
      page = await store.list('', { deep: true });
      await store.remove(page.objects.map((one) => one.key));
    }
  };
  await pairs(
    `upload of ${gb} in 1 file / aws s3 cp`,
    '<= 1.1',
    () => ours('put', large, 's3://bench/large.bin'),
    () => theirs('cp', '--quiet', large, 's3://bench/large.bin'),
    empty,
  );
  const to = path.join(folder, 'back');
  const gone = async () => fs.rmSync(to, { recursive: true, force: true });
  await pairs(
    `download of ${gb} in 1 file / aws s3 cp`,
    '<= 1.1',
    () => ours('get', 's3://bench/large.bin', path.join(to, 'large.bin')),
    () => theirs('cp', '--quiet', 's3://bench/large.bin', path.join(to, 'large.bin')),
    gone,
  );
  const many = path.join(folder, 'many');
  await pairs(
    `upload of ${gb} in ${FILES} files / aws s3 cp`,
    '<= 1.1',
    () => ours('put', many, 's3://bench/many/'),
    () => theirs('cp', '--quiet', '--recursive', many, 's3://bench/many/'),
    empty,
  );
  await pairs(
    `download of ${gb} in ${FILES} files / aws s3 cp`,
    '<= 1.1',
    () => ours('get', 's3://bench/many/', to),
    () => theirs('cp', '--quiet', '--recursive', 's3://bench/many/', to),
    gone,
  );
  await gone();
  await empty();
}

async function listing() {
  const filled = await startMotoBy([path.join(root, 'bench/moto_filled.py'), String(KEYS)]);
  const [before, shown] = [{ ...env }, { AWS_ENDPOINT_URL: filled.url }];
  Object.assign(env, shown);
  await pairs(
    `listing of ${KEYS} keys / aws s3 ls`,
    '<= 1',
    () => ours('list', '--deep', 's3://bench/keys/'),
    () => theirs('ls', '--recursive', 's3://bench/keys/'),
  );
  Object.assign(env, before);
  await filled.stop();
}

async function firstRows(store) {
  const { openRemote } = await built.load('remote');
  const place = (key) => ({ store, key, uri: store.uri(key) });
  const csv = await csvFile(1.25e9);
  await store.upload(csv, 'large.csv');
  const text = await openRemote(place('large.csv'), path.join(built.work, 'copies'));
  const got = text.fetched();
  row(
    `first ${text.first.page.rows.length} rows of a CSV object of 1.25 GB`,
    '-',
    '<= 2 requests, <= 1 MB',
    `${got.requests} requests, ${(got.bytes / 1e6).toFixed(2)} MB`,
  );
  await text.close();
  const parquet = path.join(folder, 'large.parquet');
  const facts = JSON.parse(
    spawnSync(
      python,
      [
        '-c',
        `
import duckdb, json, struct, sys
file = sys.argv[1]
con = duckdb.connect()
con.execute("SET enable_progress_bar = false")
columns = ", ".join(f"hash(range + {i}) % 100000 / 7.0 AS c{i}" for i in range(16))
con.execute(f"COPY (SELECT range AS id, 'name ' || hash(range) AS name, {columns} FROM range(4000000)) TO '{file}' (FORMAT parquet, ROW_GROUP_SIZE 122880)")
with open(file, "rb") as f:
    f.seek(-8, 2); footer = struct.unpack("<I", f.read(4))[0] + 8
chunks = con.execute(f"SELECT sum(total_compressed_size) FROM parquet_metadata('{file}') WHERE row_group_id = 0 AND column_id < 8").fetchone()[0]
print(json.dumps({"footer": footer, "chunks": int(chunks)}))
`,
        parquet,
      ],
      { encoding: 'utf8' },
    ).stdout,
  );
  await store.upload(parquet, 'large.parquet');
  const table = await openRemote(place('large.parquet'), path.join(built.work, 'copies'));
  await table.need(0, 100, [0, 1, 2, 3, 4, 5, 6, 7]);
  const { requests, bytes } = table.fetched();
  const wanted = facts.footer + facts.chunks;
  const mb = (n) => `${(n / 1e6).toFixed(2)} MB`;
  row(
    `first 100 rows, 8 of 18 columns, of a Parquet object of ${mb(fs.statSync(parquet).size)} / bytes of footer and chunks`,
    (bytes / wanted).toFixed(2),
    '<= 1.1',
    `${mb(bytes)} in ${requests} requests / ${mb(wanted)}`,
  );
  await table.close();
}

/** Each chunk of the SDK in a process of its own: import and a client. */
async function loading() {
  const chunks = path.join(root, 'dist/chunks');
  const clients = {
    sagemaker: 'SageMakerClient',
    runtime: 'SageMakerRuntimeClient',
    logs: 'CloudWatchLogsClient',
    metrics: 'CloudWatchClient',
    scaling: 'ApplicationAutoScalingClient',
    prices: 'PricingClient',
    account: 'STSClient',
    s3: 'createAccount',
  };
  for (const [name, client] of Object.entries(clients)) {
    const file = fs
      .readdirSync(chunks)
      .find(
        (one) =>
          new RegExp(`^${name}-[A-Z0-9]{8}\\.js$`).test(one) &&
          fs.readFileSync(path.join(chunks, one), 'utf8').includes(client),
      );
    if (!file) continue;
    const script = `const t = performance.now(); const m = await import(${JSON.stringify(path.join(chunks, file))}); const given = { region: 'us-east-1' }; if ('${client}' === 'createAccount') await m.createAccount(given); else new m.${client}(given); process.stdout.write(String(performance.now() - t));`;
    const times = Array.from({ length: 9 }, () =>
      Number(
        spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', env }).stdout,
      ),
    );
    row(
      `first load of the chunk "${name}" with a client`,
      '-',
      '<= 150 ms',
      `${median(times).toFixed(0)} ms`,
    );
  }
}

try {
  const { createAccount } = await built.load('s3');
  const store = await (await createAccount({ region: 'us-east-1' })).open('bench');
  await theirs('mb', 's3://bench');
  head();
  const parts = { loading, firstRows, listing, transfers };
  for (const name of process.argv[5]?.split(',') ?? Object.keys(parts)) await parts[name](store);
} finally {
  await moto.stop();
  built.remove();
}

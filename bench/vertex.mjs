// The chunk of Vertex AI's clients as the product ships it, against the package's index bundled the same way: bytes, and the time until
// all four clients can be called. Fresh processes in turn; nothing is asked of any network.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { prunedProtos } from '../scripts/lib/prune-protos.mjs';

const ROUNDS = 7;
const root = path.resolve(import.meta.dirname, '..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-bench-vertex-'));

/** The clients that the product uses, each by its own path. */
const CLIENTS = ['JobService', 'ModelService', 'EndpointService', 'PredictionService'];
const fileOf = (service) => service.replace(/[a-z](?=[A-Z])/g, '$&_').toLowerCase();
const SUBPATHS = CLIENTS.map(
  (one) => `export { ${one}Client } from '@google-cloud/aiplatform/build/src/v1/${fileOf(one)}_client.js';`,
).join('\n');
const VARIANTS = {
  index: {
    source: `export { v1 } from '@google-cloud/aiplatform';`,
    from: 'loaded.v1',
    plugins: [],
  },
  subpath: {
    source: SUBPATHS,
    from: 'loaded',
    plugins: [],
  },
  ours: {
    source: SUBPATHS,
    from: 'loaded',
    plugins: [prunedProtos(CLIENTS)],
  },
};

async function bundle(name, { source, plugins }) {
  const outfile = path.join(folder, `${name}.mjs`);
  await build({
    stdin: { contents: source, resolveDir: root },
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    logLevel: 'error',
    plugins,
    banner: {
      js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);const __filename=import.meta.filename;const __dirname=import.meta.dirname;",
    },
  });
  return outfile;
}

/** Milliseconds until all four clients are ready, and the memory of the process then (MB). */
function measure(file, from) {
  const script = `
    const start = performance.now();
    const loaded = await import(${JSON.stringify(file)});
    for (const name of ${JSON.stringify(CLIENTS)}) {
      const made = new ${from}[name + 'Client']({ projectId: 'p', apiEndpoint: 'localhost', authClient: { getUniverseDomain: () => 'googleapis.com', getRequestHeaders: async () => ({}) } });
      await made.initialize();
    }
    console.log(JSON.stringify([performance.now() - start, process.memoryUsage().rss / 1e6]));`;
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const line = done.stdout.trim().split('\n').at(-1);
  if (done.status !== 0 || !line) throw new Error(done.stderr);
  return JSON.parse(line);
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const files = {};
for (const [name, variant] of Object.entries(VARIANTS)) files[name] = await bundle(name, variant);
const seen = Object.fromEntries(Object.keys(VARIANTS).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, { from }] of Object.entries(VARIANTS)) seen[name].push(measure(files[name], from));
}
const [whole] = [median(seen.index.map(([ms]) => ms))];
console.log(
  '| bundle | MB | gzip MB | clients ready, ms | of the index | RSS, MB |\n|---|---|---|---|---|---|',
);
for (const [name, values] of Object.entries(seen)) {
  const bytes = fs.readFileSync(files[name]);
  const ms = median(values.map(([one]) => one));
  const cells = [
    name,
    (bytes.length / 1e6).toFixed(2),
    (gzipSync(bytes).length / 1e6).toFixed(2),
    ms.toFixed(0),
    (ms / whole).toFixed(2),
    median(values.map(([, rss]) => rss)).toFixed(0),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
fs.rmSync(folder, { recursive: true });

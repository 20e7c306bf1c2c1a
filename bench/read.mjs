// First rows of a small and a large CSV against pandas, and how free the host stays while the engine profiles the large one.
// Usage: node bench/read.mjs [large bytes, 1.25e9 unless said]
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { pythonEnvironment } from '../scripts/lib/python.mjs';
import { csvFile } from './data.mjs';

const root = path.resolve(import.meta.dirname, '..');
const large = Number(process.argv[2] ?? 1.25e9);
const python = process.env.MLL_PYTHON ?? pythonEnvironment('dev', ['python/requirements-dev.txt']);
const work = fs.mkdtempSync(path.join(root, 'node_modules', '.bench-'));

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const row = (what, ratio, goal, detail) => console.log(`| ${what} | ${ratio} | ${goal} | ${detail} |`);

async function bundle() {
  const options = {
    outdir: work,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    outExtension: { '.js': '.mjs' },
    mainFields: ['module', 'main'],
    external: ['@duckdb/node-bindings', '@duckdb/node-bindings-*'],
    banner: {
      js: "import{createRequire as __mllRequire}from'node:module';const require=__mllRequire(import.meta.url);",
    },
  };
  await build({
    ...options,
    entryPoints: {
      first: path.join(root, 'src/formats/first-page.ts'),
      engine: path.join(root, 'src/engine/main.ts'),
      host: path.join(root, 'src/core/engine.ts'),
    },
  });
  fs.writeFileSync(
    path.join(work, 'run-first.mjs'),
    `import { firstPage } from './first.mjs';
const { page } = await firstPage(process.argv[2], { limit: 100 });
if (page.rows.length !== 100 || page.columns.length !== 20) process.exit(1);\n`,
  );
}

function timed(program, args) {
  const start = performance.now();
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
  return performance.now() - start;
}

/** Whole processes, alternated, so that what else the machine does meets all alike. */
function firstRows(smallFile, largeFile) {
  const ours = (file) => timed(process.execPath, [path.join(work, 'run-first.mjs'), file]);
  const pandas = (file) =>
    timed(python, ['-c', 'import sys, pandas; pandas.read_csv(sys.argv[1], nrows=100)', file]);
  const rounds = Array.from({ length: 9 }, () => ({
    small: ours(smallFile),
    pandasSmall: pandas(smallFile),
    large: ours(largeFile),
    pandasLarge: pandas(largeFile),
  }));
  const of = (key) => median(rounds.map((round) => round[key]));
  const ratio = (a, b) => median(rounds.map((round) => round[a] / round[b])).toFixed(3);
  const ms = (a, b) => `${of(a).toFixed(0)} ms / ${of(b).toFixed(0)} ms`;
  row(
    'first 100 rows, large CSV, whole process / pandas nrows=100',
    ratio('large', 'pandasLarge'),
    '<= 0.25',
    ms('large', 'pandasLarge'),
  );
  row(
    'first 100 rows, 125 MB CSV, whole process / pandas nrows=100',
    ratio('small', 'pandasSmall'),
    '<= 0.25',
    ms('small', 'pandasSmall'),
  );
  row('first 100 rows, large / 125 MB', ratio('large', 'small'), '<= 1.2', ms('large', 'small'));
}

async function profile(file) {
  const { createEngine } = await import(pathToFileURL(path.join(work, 'host.mjs')).href);
  const engine = createEngine({
    script: path.join(work, 'engine.mjs'),
    tempFolder: path.join(work, 'temp'),
    log: (message) => console.error(message),
  });
  try {
    let last = performance.now();
    let gap = 0;
    let idleGap = 0;
    const timer = setInterval(() => {
      const now = performance.now();
      gap = Math.max(gap, now - last);
      last = now;
    }, 1);
    // What this machine's other load alone does to a host that has nothing to do.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    [idleGap, gap] = [gap, 0];
    const start = performance.now();
    const { table } = await engine.call('open', { source: { path: file } });
    const opened = performance.now();
    const scan = await engine.call('scan', { table });
    const scanned = performance.now();
    const pages = [];
    const paging = (async () => {
      for (let i = 0; i < 100; i += 1) {
        const from = performance.now();
        await engine.call('page', { table, offset: (i * 7919 * 31) % scan.rows, limit: 100 });
        pages.push(performance.now() - from);
      }
    })();
    const done = await engine.call('profile', { table });
    await paging;
    const end = performance.now();
    clearInterval(timer);
    row(
      'longest gap of the host event loop meanwhile',
      `${gap.toFixed(1)} ms`,
      '<= 25 ms',
      `${done.columns.length} columns, ${done.rows} rows, ${done.rejected} rejected; idle host before: ${idleGap.toFixed(1)} ms`,
    );
    row(
      'open · scan · profile',
      '-',
      '-',
      `${(opened - start).toFixed(0)} ms · ${((scanned - opened) / 1000).toFixed(1)} s · ${((end - scanned) / 1000).toFixed(1)} s`,
    );
    row(
      'a page of 100 rows at random, during the profile',
      '-',
      '-',
      `median ${median(pages).toFixed(1)} ms`,
    );
  } finally {
    engine.dispose();
  }
}

try {
  const [smallFile, largeFile] = [csvFile(125e6), csvFile(large)];
  await bundle();
  console.log(`large = ${(fs.statSync(largeFile).size / 1e9).toFixed(2)} GB`);
  console.log('| what | ratio | goal | measured |\n|---|---|---|---|');
  firstRows(smallFile, largeFile);
  await profile(largeFile);
} finally {
  fs.rmSync(work, { recursive: true, force: true, maxRetries: 5 });
}

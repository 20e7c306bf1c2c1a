// What the benchmarks of the engine share: the built modules, processes timed in turn, lines of the table.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { pythonEnvironment } from '../scripts/lib/python.mjs';

export const root = path.resolve(import.meta.dirname, '..');
/** Only the peers and what they need, pinned. */
export const python = pythonEnvironment('bench', ['bench/requirements.txt']);

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
export const row = (what, ratio, goal, detail) => console.log(`| ${what} | ${ratio} | ${goal} | ${detail} |`);
/** The table's head, with what else the machine did in the minute before. */
export const head = () =>
  console.log(
    `Load ${os.loadavg()[0].toFixed(1)} on ${os.availableParallelism()} cores.\n\n| what | ratio | goal | measured |\n|---|---|---|---|`,
  );

/** Bundles the modules beside node_modules, so that the engine finds the DuckDB binding; `remove` deletes them. */
export async function bundle(more = {}) {
  const work = fs.mkdtempSync(path.join(root, 'node_modules', '.bench-'));
  await build({
    outdir: work,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    outExtension: { '.js': '.mjs' },
    mainFields: ['module', 'main'],
    external: ['@duckdb/node-bindings', '@duckdb/node-bindings-*'],
    banner: {
      js: "import{createRequire as __mllRequire}from'node:module';const require=__mllRequire(import.meta.url);const __filename=import.meta.filename;",
    },
    entryPoints: {
      first: path.join(root, 'src/formats/first-page.ts'),
      index: path.join(root, 'src/engine/row-index.ts'),
      engine: path.join(root, 'src/engine/main.ts'),
      host: path.join(root, 'src/core/engine.ts'),
      ...more,
    },
  });
  const load = (name) => import(pathToFileURL(path.join(work, `${name}.mjs`)).href);
  return {
    work,
    load,
    async engine() {
      const { createEngine } = await load('host');
      return createEngine({
        script: path.join(work, 'engine.mjs'),
        tempFolder: path.join(work, 'temp'),
        log: (message) => console.error(message),
      });
    },
    remove: () => fs.rmSync(work, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** A whole process: milliseconds from start to end, and what it printed. */
export function timed(program, args) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
  return { ms: performance.now() - start, stdout };
}

/** Seconds of all cores that a process has used so far, in steps of 0.01 (Linux). */
export function cpuSeconds(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

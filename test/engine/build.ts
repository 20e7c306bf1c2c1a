import { mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { createEngine } from '../../src/core/engine';
import type { Engine } from '../../src/core/api';

const root = resolve(import.meta.dirname, '../..');

export interface TestEngine {
  readonly engine: Engine;
  /** A fresh folder on a path with a space and letters beyond ASCII. */
  readonly folder: string;
  readonly log: string[];
  remove(): void;
}

/** The engine as it ships, built into a folder of its own beside node_modules, so that it finds the DuckDB binding. */
export async function startEngine(
  options: { idleMs?: number; memoryLimit?: number } = {},
): Promise<TestEngine> {
  const base = mkdtempSync(join(root, 'node_modules', '.engine test é '));
  const script = join(base, 'engine.mjs');
  await build({
    entryPoints: [join(root, 'src/engine/main.ts')],
    outfile: script,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    external: ['@duckdb/node-bindings', '@duckdb/node-bindings-*'],
    banner: {
      js: "import{createRequire as __mllRequire}from'node:module';const require=__mllRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  const log: string[] = [];
  const engine = createEngine({
    script,
    tempFolder: join(base, 'temp'),
    log: (message) => log.push(message),
    ...options,
  });
  return {
    engine,
    folder: base,
    log,
    remove() {
      engine.dispose();
      rmSync(base, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Host, Lifecycle } from '../../src/core/api';
import { createLifecycle } from '../../src/core/lifecycle';
import { startEngine } from '../engine/build';
import { builtSupervisor } from '../providers/local.rig';
import { testPython } from '../python';

export const PYTHON = testPython();

export interface WholeRig {
  readonly lifecycle: Lifecycle;
  readonly host: Host;
  readonly project: string;
  /** A further window on the same project. */
  open(): Lifecycle;
  write(name: string, text: string): string;
  dispose(): Promise<void>;
}

/** A project with the real engine, the real supervisor and the real Python runtime. */
export async function wholeRig(): Promise<WholeRig> {
  const folder = mkdtempSync(path.join(tmpdir(), 'mll ganz ü '));
  const project = path.join(folder, 'mein projekt');
  mkdirSync(project);
  writeFileSync(path.join(project, 'ml.yaml'), `project: test\npython: ${JSON.stringify(PYTHON)}\n`);
  const test = await startEngine();
  const host: Host = {
    engine: test.engine,
    pythonFolder: path.resolve(import.meta.dirname, '../../python'),
    supervisorScript: await builtSupervisor(),
    stateFolder: path.join(folder, 'state'),
    now: () => new Date(),
    log: () => undefined,
    consent: () => Promise.resolve(true),
    providers: {
      local: async (paths, own) => (await import('../../src/providers/local')).create(paths, own),
    },
  };
  const open = (): Lifecycle => createLifecycle(project, host);
  const lifecycle = open();
  return {
    lifecycle,
    host,
    project,
    open,
    write(name, text) {
      const file = path.join(project, name);
      writeFileSync(file, text);
      return file;
    },
    async dispose() {
      for (const one of await lifecycle.endpoints.list()) await lifecycle.endpoints.remove(one.name);
      lifecycle.dispose();
      test.remove();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Repeatable numbers in 0 … 1. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Flowers whose kind follows from two lengths and, a little, from where they grow. */
export function flowers(rows: number, seed: number, shift = 0): string {
  const random = randomOf(seed);
  const lines = ['length,width,place,kind'];
  for (let index = 0; index < rows; index++) {
    const kind = random() < 0.5 ? 'rose' : 'lily';
    const base = kind === 'rose' ? 2 : 4;
    const length = (base + random() * 3 + shift).toFixed(3);
    const width = (base / 2 + random()).toFixed(3);
    const place = random() < (kind === 'rose' ? 0.7 : 0.3) ? 'Süd, "hang"' : 'nord';
    lines.push(`${length},${width},"${place.replaceAll('"', '""')}",${kind}`);
  }
  return `${lines.join('\n')}\n`;
}

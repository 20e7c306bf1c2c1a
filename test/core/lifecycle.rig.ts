import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Host, Lifecycle } from '../../src/core/api';
import { createLifecycle } from '../../src/core/lifecycle';
import { startEngine } from '../engine/build';
import { makeRig, type Rig } from '../providers/local.rig';
import { testPython } from '../python';

const root = path.resolve(import.meta.dirname, '../..');

/** The Python with the runtime's packages: the one that `npm test` made, else the one for development. */
export const python = testPython();

export interface LifecycleRig extends Rig {
  readonly lifecycle: Lifecycle;
}

/** A project with the real engine, the real runtime and the local provider. */
export async function makeLifecycle(lent: Partial<Host> = {}): Promise<LifecycleRig> {
  const built = await startEngine();
  const rig = await makeRig({ engine: built.engine, pythonFolder: path.join(root, 'python'), ...lent });
  await fs.writeFile(
    path.join(rig.paths.root, 'ml.yaml'),
    `project: test\npython: ${JSON.stringify(python)}\n`,
  );
  const lifecycle = createLifecycle(rig.paths.root, rig.host);
  return {
    ...rig,
    lifecycle,
    dispose: async () => {
      lifecycle.dispose();
      built.remove();
      await rig.dispose();
    },
  };
}

const HEADER = 'island,sex,bill,flipper,species';

/** Rows of a made table in which the species follows from the measures; without chance. */
export function table(rows: number, from = 0): string {
  const species = ['Adelie', 'Chinstrap', 'Gentoo'];
  const lines = Array.from({ length: rows }, (_, index) => {
    const n = index + from;
    const kind = n % 3;
    const bill = n % 17 === 0 ? '' : (38 + kind * 5 + ((n * 7) % 40) / 10).toFixed(1);
    return [
      ['Biscoe', 'Dream', 'Törgersen'][(n >> 1) % 3],
      n % 2 ? 'f' : 'm',
      bill,
      180 + kind * 15 + ((n * 5) % 11),
      species[kind],
    ].join(',');
  });
  return `${HEADER}\n${lines.join('\n')}\n`;
}

import * as fs from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { watchManifests } from '../../src/core/watch';
import { makeRig } from '../providers/local.rig';

test('a change on disk is heard, whoever made it, also in folders that come later', async () => {
  const rig = await makeRig();
  const { ml } = rig.paths;
  const heard = new Set<string>();
  const stop = watchManifests(
    rig.paths,
    (what) => heard.add(what),
    (message) => rig.messages.push(message),
  );
  /** Makes the change again until it is heard: the watchers are set up in the background. */
  const until = async (what: string, file: string): Promise<void> => {
    heard.clear();
    for (let n = 0; !heard.has(what); n++) {
      await fs.mkdir(path.dirname(file), { recursive: true });
      await fs.writeFile(file, String(n));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  try {
    await until('datasets', path.join(ml, 'datasets', 'a.json'));
    await until('runs', path.join(ml, 'runs', 'r1', 'run.json'));
    await until('runs', path.join(ml, 'runs', 'r1', 'state.json'));
    await until('models', path.join(ml, 'models', 'm', '1.json'));
    await until('endpoints', path.join(ml, 'endpoints', 'e.json'));
    // A folder that was deleted and came back, as after a checkout.
    await fs.rm(path.join(ml, 'runs'), { recursive: true });
    await until('runs', path.join(ml, 'runs', 'r2', 'run.json'));
    // Logs and packages are nobody's business.
    await until('endpoints', path.join(ml, 'endpoints', 'e.json'));
    heard.clear();
    await fs.appendFile(path.join(ml, 'runs', 'r2', 'log.txt'), 'x');
    await until('endpoints', path.join(ml, 'endpoints', 'e.json'));
    expect([...heard]).toEqual(['endpoints']);
  } finally {
    stop();
    await rig.dispose();
  }
});

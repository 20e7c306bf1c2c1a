// `npm run rig:aws`: a stand-in for AWS to play with. Prints what to export, and ends with Ctrl+C.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

const starters = {
  aws: async () => {
    const { startAwsRig } = await import('../test/rigs/aws/rig.ts');
    return startAwsRig();
  },
};

export default async function rig(args) {
  const start = starters[args[0] ?? ''];
  if (!start) {
    console.error(`usage: npm run rig:${Object.keys(starters).join('|')}`);
    return 2;
  }
  if (!process.features.typescript) {
    // The starter is TypeScript; this Node reads it only when told to.
    const flags = ['--experimental-strip-types', '--no-warnings'];
    const script = path.join(import.meta.dirname, 'run.mjs');
    return spawnSync(process.execPath, [...flags, script, 'rig', ...args], { stdio: 'inherit' }).status ?? 1;
  }
  const running = await start();
  console.log('\nThe stand-in runs. In another terminal:\n');
  for (const [name, value] of Object.entries(running.env)) console.log(`export ${name}=${value}`);
  console.log(`\nIts own routes are under ${running.url}/rig (docs/rigs/${args[0]}.md). Ctrl+C ends it.`);
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
  });
  await running.stop();
  return 0;
}

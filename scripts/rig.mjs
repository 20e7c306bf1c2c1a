// `npm run rig:aws`, `npm run rig:google`: a stand-in for a cloud to play with. Prints what to export, and ends with Ctrl+C.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

/** One file of JavaScript of a stand-in in TypeScript that is more than one file; packages and scripts stay where they are. */
async function bundled(entry) {
  const { build } = await import('esbuild');
  const root = path.resolve(import.meta.dirname, '..');
  const outfile = path.join(root, 'dist', 'rig', `${path.basename(path.dirname(entry))}.mjs`);
  const scripts = {
    name: 'scripts',
    setup: ({ onResolve }) =>
      onResolve({ filter: /scripts\/lib\/.*\.mjs$/ }, (one) => ({
        path: pathToFileURL(path.resolve(one.resolveDir, one.path)).href,
        external: true,
      })),
  };
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    plugins: [scripts],
  });
  return pathToFileURL(outfile).href;
}

const starters = {
  aws: async () => {
    const { startAwsRig } = await import('../test/rigs/aws/rig.ts');
    return startAwsRig();
  },
  google: async () => {
    const { startGoogle } = await import(await bundled('test/rigs/google/rig.ts'));
    return startGoogle();
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
  const routes = running.url === undefined ? '' : `Its own routes are under ${running.url}/rig. `;
  console.log(`\n${routes}See docs/rigs/${args[0]}.md. Ctrl+C ends it.`);
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
  });
  await running.stop();
  return 0;
}

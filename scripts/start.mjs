// `npm start`: builds, lays out a sample project and opens a real VS Code on it.
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { buildAll } from './build.mjs';
import { cacheFolder, onPath } from './lib/cache.mjs';
import { pythonEnvironment } from './lib/python.mjs';
import { laySample } from './lib/sample.mjs';
import { startServer } from './vscode/server.mjs';

const root = path.resolve(import.meta.dirname, '..');

/** The Python environment is offered to the project by its personal settings, so that the first training needs no set-up. */
function offerPython(workspace) {
  const python = pythonEnvironment('runtime', ['python/requirements.txt']);
  const file = path.join(workspace, '.ml', 'local.yaml');
  if (fs.existsSync(file)) return;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `python: ${JSON.stringify(python)}\n`);
}

export default async function start(args) {
  await buildAll({ tests: false });
  const workspace = laySample(
    path.resolve(args.find((one) => !one.startsWith('-')) ?? path.join(root, '.sample')),
  );
  offerPython(workspace);
  const desktop = args.includes('--server') ? undefined : onPath('code');
  if (desktop && !process.env.VSCODE_IPC_HOOK_CLI) {
    console.log(`Opening ${workspace} in VS Code with the extension…`);
    const opened = spawnSync(desktop, [`--extensionDevelopmentPath=${root}`, workspace], {
      stdio: 'inherit',
      shell: process.platform === 'win32',
    });
    return opened.status ?? 1;
  }
  const data = path.join(cacheFolder(), 'start');
  const extensions = path.join(data, 'extensions');
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  // A link instead of a package, so that a window reload shows a new build. The server scans the folder only while it
  // holds no index of its own, hence a fresh one each time.
  fs.rmSync(extensions, { recursive: true, force: true });
  fs.mkdirSync(extensions, { recursive: true, mode: 0o700 });
  const link = path.join(extensions, `${manifest.publisher}.${manifest.name}-${manifest.version}`);
  fs.symlinkSync(root, link, process.platform === 'win32' ? 'junction' : 'dir');
  const server = await startServer({
    token: crypto.randomBytes(18).toString('hex'),
    tests: false,
    extensionsFolder: extensions,
    dataFolder: data,
  });
  console.log(
    `\nVS Code with ML Lifecycle is ready. Open this address in a browser (it carries a random token):\n\n  ${server.url({ workspace })}\n\nA folder is not trusted until you say so: jobs and endpoints need that (Manage, in the bar at the top). Ctrl+C ends it.`,
  );
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, resolve);
  });
  await server.stop();
  return 0;
}

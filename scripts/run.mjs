// Every npm script starts here: makes sure of Node >= 22.15 and of node_modules, then runs scripts/<task>.mjs.
// It must run on any Node from 18 on, with nothing installed.
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cacheFolder, npm } from './lib/cache.mjs';

const NODE_VERSION = '24.21.0';
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const [task, ...rest] = process.argv.slice(2);

function isNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 15);
}

/** Node from npm's own packages of it: no download from elsewhere, no install script. */
function fetchNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const folder = path.join(cacheFolder(), `node-${NODE_VERSION}`);
  const binary = path.join(
    folder,
    'node_modules',
    name,
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  if (fs.existsSync(binary)) return binary;
  console.log(
    `Node ${process.versions.node} is older than 22.15: fetching Node ${NODE_VERSION} from npm, once…`,
  );
  const fresh = `${folder}.${process.pid}`;
  fs.mkdirSync(fresh, { recursive: true });
  fs.writeFileSync(path.join(fresh, 'package.json'), '{"private":true}');
  npm(['install', '--no-save', '--ignore-scripts', `${name}@${NODE_VERSION}`], { cwd: fresh });
  fs.rmSync(folder, { recursive: true, force: true });
  fs.renameSync(fresh, folder);
  return binary;
}

function ensureModules() {
  // A link leads to the modules of another checkout, which keeps them up to date itself.
  const modules = path.join(root, 'node_modules');
  if (fs.lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'));
  const stamp = path.join(modules, '.mll-lock');
  const hash = crypto
    .createHash('sha256')
    .update(lock)
    .update(process.platform)
    .update(process.arch)
    .digest('hex');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === hash) return;
  console.log('Installing the packages of package-lock.json…');
  npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
  fs.writeFileSync(stamp, hash);
}

if (!task || !fs.existsSync(path.join(root, 'scripts', `${task}.mjs`))) {
  console.error('usage: node scripts/run.mjs build|start|test|demo|package|bench|lint|pictures|rig|smoke');
  process.exit(2);
}
if (!isNewEnough()) {
  const node = fetchNode();
  const env = { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}` };
  const again = spawnSync(node, process.argv.slice(1), { stdio: 'inherit', env });
  process.exit(again.status ?? 1);
}
ensureModules();
const { default: main } = await import(pathToFileURL(path.join(root, 'scripts', `${task}.mjs`)).href);
const code = await main(rest);
if (typeof code === 'number') process.exitCode = code;

// `npm run package`: the VSIX of one platform (this one, or --target linux-x64|linux-arm64|darwin-x64|darwin-arm64|win32-x64|…).
import fs from 'node:fs';
import path from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { buildAll } from './build.mjs';
import { npm, run } from './lib/cache.mjs';

const root = path.resolve(import.meta.dirname, '..');

function duckdbVersion() {
  const manifest = JSON.parse(
    fs.readFileSync(path.join(root, 'node_modules/@duckdb/node-bindings/package.json'), 'utf8'),
  );
  return manifest.version;
}

/** DuckDB's native binding for the target, from node_modules or from npm, beside the bundles. */
function placeBinding(target) {
  const modules = path.join(root, 'dist/node_modules/@duckdb');
  fs.rmSync(modules, { recursive: true, force: true });
  fs.mkdirSync(modules, { recursive: true });
  fs.cpSync(path.join(root, 'node_modules/@duckdb/node-bindings'), path.join(modules, 'node-bindings'), {
    recursive: true,
  });
  const name = `node-bindings-${target}`;
  const installed = path.join(root, 'node_modules/@duckdb', name);
  if (fs.existsSync(installed)) {
    fs.cpSync(installed, path.join(modules, name), { recursive: true });
    return;
  }
  const packed = npm(['pack', `@duckdb/${name}@${duckdbVersion()}`, '--ignore-scripts', '--loglevel=error'], {
    cwd: modules,
  })
    .trim()
    .split('\n')
    .pop();
  fs.mkdirSync(path.join(modules, name));
  run('tar', ['xzf', packed, '--strip-components=1', '-C', name], { cwd: modules });
  fs.rmSync(path.join(modules, packed));
}

/** Builds and packs; resolves the file and its size. */
export async function makePackage({ target = `${process.platform}-${process.arch}`, rebuild = true } = {}) {
  if (rebuild) await buildAll();
  placeBinding(target);
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const file = path.join(root, `${manifest.name}-${target}-${manifest.version}.vsix`);
  await createVSIX({
    cwd: root,
    packagePath: file,
    target,
    dependencies: false,
    allowMissingRepository: true,
    // The pages and pictures that the README names are in the package.
    rewriteRelativeLinks: false,
  });
  return { file, bytes: fs.statSync(file).size };
}

export default async function main(args) {
  const at = args.indexOf('--target');
  const { file, bytes } = await makePackage(at >= 0 ? { target: args[at + 1] } : {});
  console.log(`${path.basename(file)} (${(bytes / 1024 / 1024).toFixed(1)} MB)`);
}

// Bundles everything into dist/. Only what is needed to start is in extension.cjs; the rest are chunks of their own.
import { build, context } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const exists = (file) => fs.existsSync(path.join(root, file));
const common = {
  bundle: true,
  absWorkingDir: root,
  logLevel: 'warning',
  sourcemap: process.env.MLL_SOURCEMAP === '1',
  minify: process.env.MLL_MINIFY !== '0',
  legalComments: 'none',
};
const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  mainFields: ['module', 'main'],
  define: { 'import.meta.url': '__mll_url' },
  banner: { js: "const __mll_url = require('node:url').pathToFileURL(__filename).href;" },
  external: ['vscode', 'mocha', '@duckdb/node-bindings', '@duckdb/node-bindings-*'],
};

const nodeEntries = {
  extension: 'src/extension.ts',
  mll: 'src/cli.ts',
  engine: 'src/engine/main.ts',
  supervisor: 'src/providers/local/supervisor.ts',
  'test/suite': 'test/host/suite.ts',
};

export function configurations({ tests = true } = {}) {
  const list = [];
  const points = Object.fromEntries(
    Object.entries(nodeEntries).filter(
      ([name, file]) => exists(file) && (tests || !name.startsWith('test/')),
    ),
  );
  const { extension, mll, ...single } = points;
  // Parts that are loaded later by `await import()` become chunks: esbuild splits only ES modules, so they are entries of
  // their own, see src/extension.ts and src/cli.ts (`lazy`).
  const front = Object.fromEntries(Object.entries({ extension, mll }).filter(([, file]) => file));
  for (const [name, file] of Object.entries({ ...front, ...single })) {
    list.push({ ...node, entryPoints: { [name]: file }, outdir: 'dist', outExtension: { '.js': '.cjs' } });
  }
  for (const dir of ['src/chunks']) {
    if (!exists(dir)) continue;
    for (const file of fs.readdirSync(path.join(root, dir))) {
      list.push({
        ...node,
        entryPoints: [`${dir}/${file}`],
        outdir: 'dist/chunks',
        outExtension: { '.js': '.cjs' },
      });
    }
  }
  const views = exists('webview')
    ? fs.readdirSync(path.join(root, 'webview')).filter((d) => exists(`webview/${d}/main.ts`))
    : [];
  if (views.length > 0) {
    list.push({
      ...common,
      entryPoints: Object.fromEntries(views.map((v) => [v, `webview/${v}/main.ts`])),
      outdir: 'dist/webview',
      format: 'esm',
      splitting: true,
      chunkNames: 'chunk-[hash]',
      target: 'es2022',
      loader: { '.ttf': 'file' },
    });
  }
  return list;
}

export async function buildAll(options) {
  fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  await Promise.all(configurations(options).map((one) => build(one)));
  const python = path.join(root, 'python/ml_lifecycle');
  if (fs.existsSync(python)) {
    fs.cpSync(python, path.join(root, 'dist/python/ml_lifecycle'), {
      recursive: true,
      filter: (source) => !source.includes('__pycache__'),
    });
  }
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes('--watch')) {
    for (const one of configurations()) await (await context(one)).watch();
  } else {
    const start = performance.now();
    await buildAll();
    console.log(`built in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
}

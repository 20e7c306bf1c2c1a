// Bundles everything into dist/: one ES module graph for node (dynamic imports become chunks), one for the webviews.
import { build } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import { prunedProtos } from './lib/prune-protos.mjs';

const root = path.resolve(import.meta.dirname, '..');
const present = (file) => fs.existsSync(path.join(root, file));

const common = {
  bundle: true,
  absWorkingDir: root,
  logLevel: 'warning',
  legalComments: 'none',
  minify: process.env.MLL_MINIFY !== '0',
  sourcemap: process.env.MLL_SOURCEMAP === '1',
};

const NODE_ENTRIES = {
  extension: 'src/extension.ts',
  mll: 'src/cli.ts',
  engine: 'src/engine/main.ts',
  supervisor: 'src/providers/local/supervisor.ts',
};

/** Services of Vertex AI that `src/providers/vertex` calls. */
const VERTEX_SERVICES = ['JobService', 'ModelService', 'EndpointService', 'PredictionService'];

/**
 * Google's clients load their proxy agent, which is CommonJS, when a proxy is named, and take a named export of it. Of such a chunk
 * esbuild exports the default alone, so it gets an ES module before it.
 */
const proxyAgent = {
  name: 'proxy-agent',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^https-proxy-agent$/ }, ({ kind, resolveDir }) =>
      kind === 'dynamic-import' ? { path: resolveDir, namespace: 'proxy-agent' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'proxy-agent' }, ({ path: resolveDir }) => ({
      contents: "export { HttpsProxyAgent } from 'https-proxy-agent';",
      resolveDir,
    }));
  },
};

function nodeBuild(dist) {
  return {
    ...common,
    entryPoints: Object.fromEntries(Object.entries(NODE_ENTRIES).filter(([, file]) => present(file))),
    outdir: dist,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    splitting: true,
    platform: 'node',
    target: 'node22',
    mainFields: ['module', 'main'],
    external: ['vscode', '@duckdb/node-bindings', '@duckdb/node-bindings-*'],
    plugins: [prunedProtos(VERTEX_SERVICES), proxyAgent],
    // CommonJS libraries inside an ES module still call require for node's own modules.
    banner: {
      js: "import{createRequire as __mllRequire}from'node:module';const require=__mllRequire(import.meta.url);const __filename=import.meta.filename;const __dirname=import.meta.dirname;",
    },
  };
}

function hostTestBuild(dist) {
  return {
    ...common,
    minify: false,
    entryPoints: { suite: 'test/host/suite.ts' },
    outdir: `${dist}/test`,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    external: ['vscode', 'mocha'],
  };
}

function webviewBuild(dist) {
  const views = present('webview')
    ? fs.readdirSync(path.join(root, 'webview')).filter((view) => present(`webview/${view}/main.ts`))
    : [];
  return {
    ...common,
    entryPoints: Object.fromEntries(views.map((view) => [view, `webview/${view}/main.ts`])),
    outdir: `${dist}/webview`,
    chunkNames: 'chunk-[hash]',
    format: 'esm',
    splitting: true,
    target: 'es2022',
    loader: { '.ttf': 'file' },
  };
}

/** Python and what else ships beside the bundles. */
function copyPython(dist) {
  const runtime = path.join(root, 'python/ml_lifecycle');
  if (!fs.existsSync(runtime)) return;
  fs.cpSync(runtime, path.join(root, dist, 'python/ml_lifecycle'), {
    recursive: true,
    filter: (source) => !/__pycache__|\.(mypy|ruff|pytest)_cache/.test(source),
  });
  fs.copyFileSync(
    path.join(root, 'python/requirements.txt'),
    path.join(root, dist, 'python/requirements.txt'),
  );
}

/** Builds beside dist and swaps, so that what runs from it meanwhile finds the old files or the new ones. */
export async function buildAll({ tests = true } = {}) {
  const fresh = `dist.${process.pid}`;
  try {
    const builds = [nodeBuild(fresh), webviewBuild(fresh)];
    if (tests && present('test/host/suite.ts')) builds.push(hostTestBuild(fresh));
    await Promise.all(
      builds.filter((one) => Object.keys(one.entryPoints).length > 0).map((one) => build(one)),
    );
    copyPython(fresh);
    fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true });
    fs.renameSync(path.join(root, fresh), path.join(root, 'dist'));
  } finally {
    fs.rmSync(path.join(root, fresh), { recursive: true, force: true });
  }
}

export default buildAll;

if (process.argv[1] === import.meta.filename) {
  const start = performance.now();
  await buildAll();
  console.log(`built in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

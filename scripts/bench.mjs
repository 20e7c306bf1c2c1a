// `npm run bench [activation|read|host|grid|charts|workbook|engine|profile|store|gcs|sagemaker|vertex|recipe|preview|request|endpoint|train …]`: each benchmark prints its ratios; bench/RESULTS.md keeps them with date and machine.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { buildAll } from './build.mjs';
import { pythonEnvironment } from './lib/python.mjs';

const root = path.resolve(import.meta.dirname, '..');

export default async function bench(args) {
  await buildAll();
  const python = pythonEnvironment('dev', ['python/requirements-dev.txt']);
  const all = {
    activation: [process.execPath, 'bench/activation.mjs'],
    read: [process.execPath, 'bench/read.mjs'],
    host: [process.execPath, 'bench/host.mjs'],
    grid: [process.execPath, 'bench/grid.mjs'],
    charts: [process.execPath, 'bench/charts.mjs'],
    workbook: [process.execPath, 'bench/workbook.mjs'],
    engine: [process.execPath, 'bench/engine.mjs'],
    profile: [process.execPath, 'bench/profile.mjs'],
    store: [process.execPath, 'bench/store.mjs'],
    gcs: [process.execPath, 'bench/gcs.mjs'],
    sagemaker: [process.execPath, 'bench/sagemaker.mjs'],
    vertex: [process.execPath, 'bench/vertex.mjs'],
    recipe: [process.execPath, 'bench/recipe.mjs'],
    preview: [process.execPath, 'bench/preview.mjs'],
    request: [process.execPath, 'bench/request.mjs'],
    endpoint: [python, 'bench/endpoint.py'],
    train: [python, 'bench/train.py'],
  };
  let failed = 0;
  for (const [name, [program, script]] of Object.entries(all)) {
    if (args.length > 0 && !args.includes(name)) continue;
    console.log(`\n━━ ${name}`);
    const done = spawnSync(program, [path.join(root, script)], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, MLL_PYTHON: python },
    });
    if (done.status !== 0) failed += 1;
  }
  return failed > 0 ? 1 : 0;
}

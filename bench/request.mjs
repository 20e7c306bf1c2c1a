// A request through twelve steps at the endpoint: the recipe compiled, trained on and answered as a job and an endpoint do it,
// against scikit-learn's own Pipeline of the same steps (bench/request.py). Usage: node bench/request.mjs [requests, 400 unless said]
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pythonEnvironment } from '../scripts/lib/python.mjs';
import { bundle, head, root } from './rig.mjs';

const COLUMNS = Object.entries({
  age: 'DOUBLE',
  score: 'DOUBLE',
  price: 'DOUBLE',
  clicks: 'DOUBLE',
  balance: 'DOUBLE',
  ratio: 'DOUBLE',
  plan: 'VARCHAR',
  country: 'VARCHAR',
  tag: 'VARCHAR',
  created: 'TIMESTAMP',
  y: 'VARCHAR',
}).map(([name, sqlType]) => ({ name, sqlType }));
const RECIPE = `recipe: 1
target: y
steps:
  - fill_missing: { columns: [age, score], with: median }
  - fill_missing: { columns: [tag], with: mode }
  - trim: { columns: [plan], case: lower }
  - replace: { columns: [tag], values: { plain: other } }
  - compute: { value: "price * clicks" }
  - clip_outliers: { columns: [balance], method: quantile, limit: 0.01 }
  - date_parts: { columns: [created], parts: [year, month, weekday] }
  - reshape_numbers: { columns: [price], method: log1p }
  - bin: { columns: [age], method: width, bins: 5 }
  - encode: { columns: [plan, tag], method: one_hot }
  - encode: { columns: [country], method: ordinal }
  - scale: { columns: [price, balance, ratio, value], method: standard }
`;

const python = process.env.MLL_PYTHON ?? pythonEnvironment('dev', ['python/requirements-dev.txt']);
const built = await bundle({
  document: path.join(root, 'src/recipe/document.ts'),
  compile: path.join(root, 'src/recipe/compile.ts'),
});
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-bench-request-'));
try {
  const { parse } = await built.load('document');
  const { compile } = await built.load('compile');
  const { recipe, problems } = parse(RECIPE, COLUMNS);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  fs.writeFileSync(path.join(work, 'plan.json'), JSON.stringify(compile(recipe, COLUMNS)));
  head();
  const { status } = spawnSync(
    python,
    [path.join(root, 'bench/request.py'), work, process.argv[2] ?? '400'],
    { stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
} finally {
  fs.rmSync(work, { recursive: true, force: true });
  built.remove();
}

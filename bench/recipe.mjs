// A recipe of twelve typical steps over a large CSV, fitted and applied to all rows by `mll recipe run`, against the code that it is
// exported as (pandas, polars: with what the steps remember filled in already). Whole processes, in turn: wall time, and the peak
// memory of all of a command's processes together. Usage: node bench/recipe.mjs [bytes, 1.25e9 unless said] [rounds, 3 unless said]
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pythonEnvironment } from '../scripts/lib/python.mjs';
import { csvFile } from './data.mjs';
import { head, median, root, row } from './rig.mjs';

const file = await csvFile(Number(process.argv[2] ?? 1.25e9));
const rounds = Number(process.argv[3] ?? 3);
const python = pythonEnvironment('export', ['test/recipe/export.txt'], { complete: true });
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-bench-recipe-'));
const recipe = path.join(work, 'table.recipe.yaml');
fs.writeFileSync(
  recipe,
  `recipe: 1
input: ${JSON.stringify(file)}
target: flag
split: { test: 0.2, method: random, seed: 7 }
steps:
  - drop_columns: { columns: [session, comment, email] }
  - fill_missing: { columns: [age, score], with: median }
  - replace: { columns: [tag], values: { plain: null } }
  - fill_missing: { columns: [tag], with: mode }
  - filter: { keep: "price > 1" }
  - drop_missing: { columns: [birthday] }
  - compute: { value: "price * clicks" }
  - clip_outliers: { columns: [balance], method: quantile, limit: 0.01 }
  - date_parts: { columns: [created, birthday], parts: [year, month, weekday] }
  - encode: { columns: [plan], method: one_hot }
  - encode: { columns: [country, product], method: frequency }
  - scale: { columns: [price, balance, ratio, latitude], method: standard }
`,
);
const env = { ...process.env, MLL_STATE: path.join(work, 'state') };
const mll = [path.join(root, 'dist/mll.js'), '--yes', '-C', work, 'recipe'];

function run(program, args) {
  const done = spawnSync(program, args, { encoding: 'utf8', env, maxBuffer: 2 ** 26 });
  if (done.status !== 0) throw new Error(`${program}: ${done.stderr}${done.stdout}`);
  return done.stdout;
}

/** Seconds, and MB: the most that the command and the processes it started held together, looked at 20 times a second (Linux). */
function measured(command) {
  const script = `
import os, subprocess, sys, time
def tree(pid):
    yield pid
    try:
        for thread in os.listdir(f'/proc/{pid}/task'):
            for child in open(f'/proc/{pid}/task/{thread}/children').read().split():
                yield from tree(int(child))
    except OSError:
        pass
def held(pid):
    try:
        return int(open(f'/proc/{pid}/statm').read().split()[1]) * os.sysconf('SC_PAGE_SIZE')
    except OSError:
        return 0
start = time.monotonic()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
most = 0
while process.poll() is None:
    most = max(most, sum(map(held, tree(process.pid))))
    time.sleep(0.05)
assert process.returncode == 0
print(time.monotonic() - start, most / 2**20)
`;
  const [seconds, memory] = run(python, ['-c', script, ...command])
    .trim()
    .split(' ')
    .map(Number);
  return { seconds, memory };
}

/** The exported function on the table that the exported script reads, written to a file as ours is. */
function exported(language) {
  // Not "pandas.py", which would be imported in the place of the library.
  const code = path.join(work, `with_${language}.py`);
  const output = path.join(work, `${language}.parquet`);
  run(process.execPath, [...mll, 'export', recipe, '--as', language, '-o', code]);
  const write = language === 'pandas' ? 'to_parquet' : 'write_parquet';
  const text = fs.readFileSync(code, 'utf8');
  fs.writeFileSync(
    code,
    text.replace('    print(prepare(data))', `    prepare(data).${write}(${JSON.stringify(output)})`),
  );
  if (fs.readFileSync(code, 'utf8') === text)
    throw new Error('The exported script has no call to write from.');
  return [python, code];
}

try {
  const commands = {
    ours: [process.execPath, ...mll, 'run', recipe, '-o', path.join(work, 'ours.parquet')],
    pandas: exported('pandas'),
    polars: exported('polars'),
  };
  const all = { ours: [], pandas: [], polars: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, command] of Object.entries(commands)) {
      fs.rmSync(path.join(work, `${name}.parquet`), { force: true });
      all[name].push(measured(command));
    }
  }
  const count = (name) =>
    run(python, [
      '-c',
      'import duckdb, sys; print(duckdb.sql(f"SELECT count(*), sum(price), sum(age) FROM \'{sys.argv[1]}\'").fetchone())',
      path.join(work, `${name}.parquet`),
    ]);
  const tables = Object.keys(all).map(count);
  console.log(
    `${(fs.statSync(file).size / 1e9).toFixed(2)} GB, median of ${rounds}; rows, sums: ${tables.join(' ').replaceAll('\n', '')}`,
  );
  head();
  for (const [name, key, goal] of [
    ['pandas', 'seconds', '<= 0.15'],
    ['pandas', 'memory', '<= 0.2'],
    ['polars', 'seconds', '<= 1.0'],
    ['polars', 'memory', '-'],
  ]) {
    const ratio = median(all.ours.map((one, k) => one[key] / all[name][k][key]));
    const value = (of) => median(all[of].map((one) => one[key])).toFixed(key === 'seconds' ? 1 : 0);
    const unit = key === 'seconds' ? 's' : 'MB';
    row(
      `recipe of 12 steps, ${key === 'seconds' ? 'wall' : 'peak memory'} / the exported ${name} code`,
      ratio.toFixed(3),
      goal,
      `${value('ours')} ${unit} / ${value(name)} ${unit}`,
    );
  }
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}

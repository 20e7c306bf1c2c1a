// A full profile of a large CSV as whole processes, ours and the peers' in turn: wall time, time of all cores, peak memory.
// Usage: node bench/profile.mjs [bytes, 1.25e9 unless said] [rounds, 3 unless said]
import fs from 'node:fs';
import path from 'node:path';
import { csvFile } from './data.mjs';
import { bundle, head, median, python, root, row, timed } from './rig.mjs';

const file = await csvFile(Number(process.argv[2] ?? 1.25e9));
const rounds = Number(process.argv[3] ?? 3);
const built = await bundle();

// What the extension does: a host that forks the engine. Peak memory and time of the cores are of both together (Linux).
const ours = path.join(built.work, 'run-profile.mjs');
fs.writeFileSync(
  ours,
  `import fs from 'node:fs';
import { createEngine } from './host.mjs';
const [script, tempFolder, path] = process.argv.slice(2);
const engine = createEngine({ script, tempFolder, log: (message) => console.error(message) });
const { pid } = await engine.call('ping', {});
const start = performance.now();
let first;
const { table } = await engine.call('open', { source: { path } });
const profile = await engine.call('profile', { table }, { onProgress: () => { first ??= performance.now() - start; } });
if (profile.columns.length !== 20 || !profile.exact) process.exit(1);
const peak = /VmHWM:\\s+(\\d+)/.exec(fs.readFileSync('/proc/' + pid + '/status', 'utf8'))[1] / 1024;
const stat = fs.readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ').at(-1).split(' ');
const { user, system } = process.cpuUsage();
const cpu = (Number(stat[11]) + Number(stat[12])) / 100 + (user + system) / 1e6;
console.log(JSON.stringify({ cpu, memory: peak + process.resourceUsage().maxRSS / 1024, first }));
engine.dispose();\n`,
);

const runs = {
  ours: () => {
    const { ms, stdout } = timed(process.execPath, [
      ours,
      path.join(built.work, 'engine.mjs'),
      path.join(built.work, 'temp'),
      file,
    ]);
    return { ms, ...JSON.parse(stdout) };
  },
};
for (const tool of ['summarize', 'polars', 'pandas', 'summarize-auto']) {
  runs[tool] = () => {
    const { ms, stdout } = timed(python, [path.join(root, 'bench/profile_peers.py'), tool, file]);
    return { ms, ...JSON.parse(stdout) };
  };
}

try {
  const all = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of Object.entries(runs)) all[name].push(run());
  }
  const seconds = (name) => (median(all[name].map(({ ms }) => ms)) / 1000).toFixed(1);
  const memory = (name) => median(all[name].map((one) => one.memory));
  const ratio = (name, of) => median(all.ours.map((one, round) => one[of] / all[name][round][of])).toFixed(3);
  const cpu = (name) => median(all[name].map((one) => one.cpu)).toFixed(1);
  console.log(`${(fs.statSync(file).size / 1e9).toFixed(2)} GB, whole processes, median of ${rounds}`);
  head();
  for (const [name, what, goal] of [
    ['pandas', 'pandas', '<= 0.15'],
    ['summarize', 'DuckDB SUMMARIZE that is told the types', '<= 0.8'],
    ['polars', 'polars that is told the types', '<= 0.8'],
    ['summarize-auto', 'DuckDB SUMMARIZE that finds the types in all rows', '-'],
  ]) {
    row(`full profile, wall / ${what}`, ratio(name, 'ms'), goal, `${seconds('ours')} s / ${seconds(name)} s`);
    // On a machine with other work this is the ratio to be read.
    row(
      `the same, time of all cores / ${what}`,
      ratio(name, 'cpu'),
      '-',
      `${cpu('ours')} s / ${cpu(name)} s`,
    );
  }
  row(
    'full profile, peak memory / pandas',
    (memory('ours') / memory('pandas')).toFixed(3),
    '<= 0.10',
    Object.keys(runs)
      .map((name) => `${name} ${memory(name).toFixed(0)} MB`)
      .join(', '),
  );
  row(
    'all columns of a sample',
    '-',
    '-',
    `${(median(all.ours.map(({ first }) => first)) / 1000).toFixed(1)} s after opening`,
  );
} finally {
  built.remove();
}

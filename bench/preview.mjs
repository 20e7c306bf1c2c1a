// The recipe view on a large CSV: time from an edit of one step of 20 to the first screen of the outcome, over the sample that
// the view works on, against running all steps on all rows. Edits of an early, a middle and the last step, in one engine.
// Usage: node bench/preview.mjs [bytes, 1.25e9 unless said] [rounds, 5 unless said]
import fs from 'node:fs';
import path from 'node:path';
import { csvFile } from './data.mjs';
import { bundle, cpuSeconds, head, median, root, row } from './rig.mjs';

const file = await csvFile(Number(process.argv[2] ?? 1.25e9));
const rounds = Number(process.argv[3] ?? 5);
/** The default of the setting mll.recipe.sampleRows. */
const SAMPLE = 20_000;
const SCREEN = 100;

const recipe = (limit, digits, bins) => `recipe: 1
input: ${JSON.stringify(file)}
target: flag
split: { test: 0.2, method: random, seed: 7 }
steps:
  - drop_columns: { columns: [session, email] }
  - trim: { columns: [comment], case: lower }
  - fill_missing: { columns: [age, score], with: median }
  - clip_outliers: { columns: [balance], method: quantile, limit: ${limit} }
  - replace: { columns: [tag], values: { plain: null } }
  - fill_missing: { columns: [tag], with: mode }
  - filter: { keep: "price > 1" }
  - drop_missing: { columns: [birthday] }
  - compute: { value: "price * clicks" }
  - round: { columns: [ratio], digits: ${digits} }
  - date_parts: { columns: [created, birthday], parts: [year, month, weekday], keep: true }
  - time_since: { columns: [birthday], until: created, unit: years }
  - text_counts: { columns: [comment] }
  - drop_columns: { columns: [comment, late, created, birthday] }
  - encode: { columns: [plan], method: one_hot }
  - encode: { columns: [country, product], method: frequency }
  - compute: { per_click: "price / (clicks + 1)" }
  - reshape_numbers: { columns: [price], method: log }
  - scale: { columns: [price, balance, ratio, latitude], method: standard }
  - bin: { columns: [age], method: quantile, bins: ${bins} }
`;

const built = await bundle({
  document: path.join(root, 'src/recipe/document.ts'),
  compile: path.join(root, 'src/recipe/compile.ts'),
});
const engine = await built.engine();
try {
  const { parse } = await built.load('document');
  const { compile } = await built.load('compile');
  const { table, columns } = await engine.call('open', { source: { path: file } });
  await engine.call('scan', { table });
  const plan = (...options) => {
    const text = recipe(...options);
    const { recipe: parsed, problems } = parse(text, columns);
    if (problems.length > 0 || parsed.steps.length !== 20) throw new Error(JSON.stringify(problems));
    return compile(parsed, columns);
  };
  // The engine's processes (Linux): on a machine with other work their CPU time says more than the clock.
  const children = fs
    .readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8')
    .split(' ')
    .filter(Boolean);
  const used = () =>
    children.reduce((sum, pid) => sum + (fs.existsSync(`/proc/${pid}/stat`) ? cpuSeconds(pid) : 0), 0);
  async function timed(method, params) {
    const before = used();
    const start = performance.now();
    const answer = await engine.call(method, params);
    const ms = performance.now() - start;
    if (
      method === 'recipePreview' &&
      (answer.rows.length !== SCREEN ||
        answer.effects.length !== (params.rowsOnly ? 0 : 20) ||
        answer.effects.some((one) => one.error))
    )
      throw new Error(JSON.stringify(answer.effects));
    return { ms, cpu: (used() - before) * 1000 };
  }
  const preview = (of, more = {}) =>
    timed('recipePreview', {
      table,
      plan: of,
      sampleRows: SAMPLE,
      offset: 0,
      limit: SCREEN,
      profile: false,
      ...more,
    });
  const first = await preview(plan(0.01, 3, 5));
  const edits = { 4: [], 10: [], 20: [] };
  const whole = { 4: [], 10: [], 20: [] };
  const runs = [];
  for (let round = 0; round < rounds; round += 1) {
    // Each edit is of one step only; what it had been set to before is set again, untimed.
    for (const [step, options] of [
      [20, [0.01, 3, 6 + round]],
      [10, [0.01, (round % 2) + 1, 5]],
      [4, [0.02 + round / 1000, 3, 5]],
    ]) {
      // As the view asks: the rows first, then what each step did; the second time is from the edit on.
      const rows = await preview(plan(...options), { rowsOnly: true });
      const rest = await preview(plan(...options));
      edits[step].push(rows);
      whole[step].push({ ms: rows.ms + rest.ms, cpu: rows.cpu + rest.cpu });
      await preview(plan(0.01, 3, 5));
    }
    if (round < 1) {
      runs.push(
        await timed('recipeRun', {
          source: { path: file },
          plan: plan(0.01, 3, 5),
          output: path.join(built.work, `all${round}.parquet`),
        }),
      );
    }
  }
  const all = median(runs.map(({ ms }) => ms));
  console.log(
    `First preview of all 20 steps: ${first.ms.toFixed(0)} ms. ${SAMPLE} of the rows are looked at.`,
  );
  head();
  const lines = [
    ['the first screen', '<= 300 ms', edits],
    ['what each step did', '', whole],
  ].flatMap(([what, goal, of]) => Object.entries(of).map(([step, times]) => [what, goal, step, times]));
  for (const [what, goal, step, times] of lines) {
    const ms = median(times.map((one) => one.ms));
    const cpu = median(times.map((one) => one.cpu));
    row(
      `edit of step ${step} of 20 to ${what} / the run of all rows`,
      (ms / all).toFixed(4),
      goal,
      `${ms.toFixed(0)} ms (slowest ${Math.max(...times.map((one) => one.ms)).toFixed(0)}; CPU ${cpu.toFixed(0)} ms) / ${(all / 1000).toFixed(1)} s (CPU ${(median(runs.map((one) => one.cpu)) / 1000).toFixed(1)} s)`,
    );
  }
} finally {
  engine.dispose();
  built.remove();
}

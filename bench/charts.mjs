// Charts: the engine's histogram against the same SQL run raw by DuckDB's own Node client, over a Parquet file of 10 million
// rows; and ten lines of 100,000 points drawn, and appended to, against uPlot, in one page of Chromium, in turn.
// Usage: node bench/charts.mjs [rows, 1e7 unless said] [rounds, 5 unless said]
import { DuckDBInstance } from '@duckdb/node-api';
import { build } from 'esbuild';
import path from 'node:path';
import { startBrowser } from '../scripts/vscode/browser.mjs';
import { bundle, head, median, root, row } from './rig.mjs';

const rows = Number(process.argv[2] ?? 1e7);
const rounds = Number(process.argv[3] ?? 5);
const BINS = 30;
const LINES = 10;
const POINTS = 100_000;
const APPENDED = 1000;

async function histogram() {
  const built = await bundle();
  const file = path.join(built.work, 'numbers.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const raw = await instance.connect();
  await raw.run(
    `COPY (SELECT CASE WHEN i % 97 = 0 THEN NULL ELSE (hash(i) % 1000003) / 7.0 END AS x, hash(i + 1) % 5 AS c FROM range(${rows}) t(i))
     TO '${file}' (FORMAT parquet)`,
  );
  const engine = await built.engine();
  const ours = async () => {
    const start = performance.now();
    const { body } = await engine.call('chart', {
      chart: { chart: 1, kind: 'histogram', x: 'x', bins: BINS },
      source: { path: file },
    });
    return { ms: performance.now() - start, counts: body.panels[0].counts[0] };
  };
  const peer = async () => {
    const start = performance.now();
    const from = `read_parquet('${file}')`;
    const ends = (
      await raw.runAndReadAll(`SELECT min(x), max(x), count(*), count(x) FROM ${from}`)
    ).getRows();
    const [low, high] = ends[0].map(Number);
    const width = (high - low) / BINS;
    const counted = await raw.runAndReadAll(
      `SELECT least(${BINS - 1}, floor((x - ${low}) / ${width}))::INTEGER AS k, count(*) FROM ${from} WHERE x IS NOT NULL GROUP BY 1 ORDER BY 1`,
    );
    return { ms: performance.now() - start, counts: counted.getRows().map(([, n]) => Number(n)) };
  };
  try {
    const [first, second] = [await ours(), await peer()];
    if (JSON.stringify(first.counts) !== JSON.stringify(second.counts))
      throw new Error('They count differently.');
    const times = { ours: [], peer: [] };
    for (let round = 0; round < rounds; round += 1) {
      times.ours.push((await ours()).ms);
      times.peer.push((await peer()).ms);
    }
    const ratios = times.ours.map((ms, k) => ms / times.peer[k]);
    row(
      `histogram of ${(rows / 1e6).toFixed(0)} M rows by the engine / the same SQL by DuckDB’s Node client`,
      median(ratios).toFixed(2),
      '≤ 1.2',
      `${median(times.ours).toFixed(0)} ms / ${median(times.peer).toFixed(0)} ms`,
    );
  } finally {
    engine.dispose();
    raw.closeSync();
    built.remove();
  }
}

const PAGE = `
import uPlot from 'uplot';
import { chart } from '../webview/shared/chart';
import { growingSeries } from '../webview/shared/series';
import { render } from 'lit';

const value = (k, c) => Math.sin(k / 500 + c) * 100 + ((k * 7919 + c * 31) % 1000) / 20;
const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
const box = (name) => document.body.appendChild(Object.assign(document.createElement('div'), { id: name, style: 'width:1000px' }));

async function timed(work) {
  const start = performance.now();
  work();
  await frame();
  return performance.now() - start;
}

window.ours = async (lines, points, appended) => {
  const element = box('ours');
  const series = Array.from({ length: lines }, () => growingSeries());
  const spec = () => ({
    kind: 'line', label: 'Lines', xTitle: 'Step', yTitle: 'Value', height: 300,
    series: series.map((one, c) => ({ name: 'line ' + c, points: one.points() })),
  });
  const draw = await timed(() => {
    for (let k = 0; k < points; k++) for (let c = 0; c < lines; c++) series[c].append(k, value(k, c));
    render(chart(spec()), element);
  });
  const append = await timed(() => {
    for (let k = points; k < points + appended; k++) for (let c = 0; c < lines; c++) series[c].append(k, value(k, c));
    render(chart(spec()), element);
  });
  element.remove();
  return { draw, append };
};
window.peer = async (lines, points, appended) => {
  const element = box('peer');
  const data = [[], ...Array.from({ length: lines }, () => [])];
  const fill = (from, to) => {
    for (let k = from; k < to; k++) {
      data[0].push(k);
      for (let c = 0; c < lines; c++) data[c + 1].push(value(k, c));
    }
  };
  let plot;
  const draw = await timed(() => {
    fill(0, points);
    plot = new uPlot({ width: 1000, height: 300, scales: { x: { time: false } },
      series: [{}, ...Array.from({ length: lines }, (_, c) => ({ label: 'line ' + c, stroke: 'hsl(' + c * 36 + ' 70% 50%)', width: 2 }))] }, data, element);
  });
  const append = await timed(() => {
    fill(points, points + appended);
    plot.setData(data);
  });
  plot.destroy();
  element.remove();
  return { draw, append };
};
`;

async function drawing() {
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: path.join(root, 'bench'), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    logLevel: 'error',
    minify: true,
  });
  const browser = await startBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
    await page.setContent('<!doctype html><body></body>');
    await page.addScriptTag({ content: outputFiles[0].text });
    const run = (name) =>
      page.evaluate(([of, ...sizes]) => window[of](...sizes), [name, LINES, POINTS, APPENDED]);
    await run('ours');
    await run('peer');
    const all = { ours: [], peer: [] };
    for (let round = 0; round < rounds; round += 1)
      for (const name of ['ours', 'peer']) all[name].push(await run(name));
    for (const [what, goal] of [
      ['draw', '≤ 1.5'],
      ['append', '≤ 1.2'],
    ]) {
      const ratios = all.ours.map((one, k) => one[what] / all.peer[k][what]);
      const ms = (name) => median(all[name].map((one) => one[what])).toFixed(0);
      row(
        what === 'draw'
          ? `${LINES} lines of ${POINTS.toLocaleString('en-US')} points, from numbers to pixels / uPlot`
          : `${APPENDED.toLocaleString('en-US')} more points on each of them / uPlot`,
        median(ratios).toFixed(2),
        goal,
        `${ms('ours')} ms / ${ms('peer')} ms`,
      );
    }
  } finally {
    await browser.close();
  }
}

head();
await histogram();
await drawing();

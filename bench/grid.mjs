// The grid with 10 million rows of 20 text columns, scrolled, against regular-table: the main thread's time for each frame, in turn, in
// one page of Chromium each. Usage: node bench/grid.mjs [rounds, 5 unless said]
import { build } from 'esbuild';
import path from 'node:path';
import { startBrowser } from '../scripts/vscode/browser.mjs';
import { head, median, root, row } from './rig.mjs';

const rounds = Number(process.argv[2] ?? 5);
const FRAMES = 200;
const SIZE = { width: 1200, height: 600 };

const PAGE = `
import { createGrid } from '../webview/shared/grid';
import 'regular-table';


const ROWS = 1e7;
const COLUMNS = Array.from({ length: 20 }, (_, c) => 'column ' + c);
const cell = (r, c) => 'text ' + ((r * 31 + c * 7919) % 100003);
const host = document.body.appendChild(Object.assign(document.createElement('div'), { style: 'height:600px;width:1200px;position:relative' }));
const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

window.make = {
  async ours() {
    const grid = createGrid(host, {
      label: 'table',
      load: (offset, limit) => Promise.resolve(Array.from({ length: limit }, (_, k) => ({ cells: COLUMNS.map((_, c) => cell(offset + k, c)) }))),
      onError: (error) => { throw error; },
    });
    grid.setColumns(COLUMNS.map((name) => ({ name, type: 'text', sqlType: 'VARCHAR' })));
    grid.setTotal(ROWS);
    while (!host.textContent.includes(cell(3, 3))) await frame();
    window.scroller = host.querySelector('.grid');
  },
  async peer() {
    const table = document.createElement('regular-table');
    table.style.cssText = 'position:absolute;inset:0';
    host.append(table);
    table.setDataListener((x0, y0, x1, y1) => Promise.resolve({
      num_rows: ROWS, num_columns: COLUMNS.length, column_headers: COLUMNS.slice(x0, x1).map((name) => [name]),
      data: COLUMNS.slice(x0, x1).map((_, c) => Array.from({ length: y1 - y0 }, (_, k) => cell(y0 + k, x0 + c))),
    }));
    await table.draw();
    while (!host.textContent.includes(cell(3, 3))) await frame();
    window.scroller = table;
  },
};
/** A wheel's turn for each frame; resolves how many rows the eye has passed. */
window.scroll = async (frames) => {
  const before = host.textContent;
  for (let k = 0; k < frames; k++) {
    window.scroller.dispatchEvent(new WheelEvent('wheel', { deltaY: 66, deltaMode: 0, bubbles: true, cancelable: true }))
      && (window.scroller.scrollTop += 66);
    await frame();
  }
  await frame();
  if (host.textContent === before) throw new Error('nothing was scrolled');
};
`;

async function measure(browser, bundle, name) {
  const page = await browser.newPage({ viewport: SIZE });
  try {
    await page.setContent('<!doctype html><body style="margin:0"></body>');
    await page.addStyleTag({ content: bundle.css });
    await page.addScriptTag({ content: bundle.js });
    const client = await page.context().newCDPSession(page);
    await client.send('Performance.enable', { timeDomain: 'threadTicks' });
    const busy = async () =>
      (await client.send('Performance.getMetrics')).metrics.find((one) => one.name === 'TaskDuration').value *
      1000;
    const start = await page.evaluate(() => performance.now());
    await page.evaluate((which) => window.make[which](), name);
    const first = (await page.evaluate(() => performance.now())) - start;
    await page.evaluate((frames) => window.scroll(frames), 50);
    const before = await busy();
    await page.evaluate((frames) => window.scroll(frames), FRAMES);
    return { first, frame: ((await busy()) - before) / FRAMES };
  } finally {
    await page.close();
  }
}

const browser = await startBrowser();
try {
  const { outputFiles } = await build({
    stdin: { contents: PAGE, resolveDir: path.join(root, 'bench'), loader: 'ts' },
    outdir: root,
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    logLevel: 'error',
    loader: { '.ttf': 'dataurl' },
    minify: true,
  });
  const of = (end) => outputFiles.find((one) => one.path.endsWith(end)).text;
  const bundle = { js: of('.js'), css: of('.css') };
  const all = { ours: [], peer: [] };
  for (let round = 0; round <= rounds; round += 1)
    for (const name of ['ours', 'peer']) {
      const one = await measure(browser, bundle, name);
      if (round > 0) all[name].push(one); // the first warms up
    }
  head();
  for (const [key, what, goal] of [
    ['frame', 'grid of 10 M rows: work of the main thread for each scrolled frame / regular-table', '<= 0.6'],
    ['first', 'the same, made and first drawn / regular-table', '-'],
  ]) {
    const of = (name) => median(all[name].map((one) => one[key]));
    const ratio = median(all.ours.map((one, k) => one[key] / all.peer[k][key]));
    row(what, ratio.toFixed(2), goal, `${of('ours').toFixed(1)} ms / ${of('peer').toFixed(1)} ms`);
  }
} finally {
  await browser.close();
}

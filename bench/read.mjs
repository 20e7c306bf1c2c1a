// First rows of a small and a large CSV against pandas; then the whole profile of the large one with pages meanwhile, and its memory.
// Usage: node bench/read.mjs [large bytes, 1.25e9 unless said]; a file of another size is deleted at the end.
import fs from 'node:fs';
import path from 'node:path';
import { csvFile } from './data.mjs';
import { bundle, head, median, python, row, timed } from './rig.mjs';

const large = Number(process.argv[2] ?? 1.25e9);
const built = await bundle();
const first = path.join(built.work, 'run-first.mjs');
fs.writeFileSync(
  first,
  `import { firstPage } from './first.mjs';
const { page } = await firstPage(process.argv[2], { limit: 100 });
if (page.rows.length !== 100 || page.columns.length !== 20) process.exit(1);\n`,
);

/** Whole processes, alternated, so that what else the machine does meets all alike. */
function firstRows(smallFile, largeFile) {
  const ours = (file) => timed(process.execPath, [first, file]).ms;
  const pandas = (file) =>
    timed(python, ['-c', 'import sys, pandas; pandas.read_csv(sys.argv[1], nrows=100)', file]).ms;
  const rounds = Array.from({ length: 9 }, () => ({
    small: ours(smallFile),
    pandasSmall: pandas(smallFile),
    large: ours(largeFile),
    pandasLarge: pandas(largeFile),
  }));
  const of = (key) => median(rounds.map((round) => round[key]));
  const ratio = (a, b) => median(rounds.map((round) => round[a] / round[b])).toFixed(3);
  const ms = (a, b) => `${of(a).toFixed(0)} ms / ${of(b).toFixed(0)} ms`;
  row(
    'first 100 rows, large CSV, whole process / pandas nrows=100',
    ratio('large', 'pandasLarge'),
    '<= 0.25',
    ms('large', 'pandasLarge'),
  );
  row(
    'first 100 rows, 125 MB CSV, whole process / pandas nrows=100',
    ratio('small', 'pandasSmall'),
    '<= 0.25',
    ms('small', 'pandasSmall'),
  );
  row('first 100 rows, large / 125 MB', ratio('large', 'small'), '<= 1.2', ms('large', 'small'));
}

async function profile(file) {
  const engine = await built.engine();
  try {
    const { pid } = await engine.call('ping', {});
    const start = performance.now();
    const { table } = await engine.call('open', { source: { path: file } });
    let counted;
    const scan = engine.call(
      'scan',
      { table },
      {
        onProgress: ({ bytes, totalBytes }) => {
          if (bytes === totalBytes) counted ??= performance.now() - start;
        },
      },
    );
    const parts = [];
    const whole = engine.call(
      'profile',
      { table },
      { onProgress: ({ columns }) => parts.push({ columns: columns.length, at: performance.now() - start }) },
    );
    const pages = [];
    const paging = (async () => {
      for (let i = 0; i < 200; i += 1) {
        const from = performance.now();
        await engine.call('page', {
          table,
          offset: (i * 7919 * 31) % Math.floor(large / 300),
          limit: 100,
          early: true,
        });
        pages.push(performance.now() - from);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const { rows } = await scan;
    const scanned = performance.now() - start;
    const done = await whole;
    const end = performance.now() - start;
    await paging;
    const peak = /VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1] / 1024;
    const seconds = (value) => `${(value / 1000).toFixed(1)} s`;
    row(
      'after opening: rows counted · summary of a sample · types · all columns',
      '-',
      '-',
      `${seconds(counted)} · ${seconds(parts[0].at)} · ${seconds(scanned)} · ${seconds(end)} (${rows} rows, ${done.columns.length} columns, ${done.rejected} rejected)`,
    );
    row('peak memory of the engine meanwhile', '-', '-', `${peak.toFixed(0)} MB`);
    // The first ones wait for the row index.
    row(
      'a page of 100 rows at random meanwhile',
      '-',
      '-',
      `median ${median(pages).toFixed(1)} ms, longest but the first ${Math.max(...pages.slice(1)).toFixed(0)} ms`,
    );
  } finally {
    engine.dispose();
  }
}

try {
  const [smallFile, largeFile] = [await csvFile(125e6), await csvFile(large, { keep: large === 1.25e9 })];
  console.log(`large = ${(fs.statSync(largeFile).size / 1e9).toFixed(2)} GB`);
  head();
  firstRows(smallFile, largeFile);
  await profile(largeFile);
} finally {
  built.remove();
}

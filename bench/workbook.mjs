// An Excel workbook of 50,000 rows × 10 columns: all rows against exceljs, the first 100 against pandas.
// Usage: node bench/workbook.mjs [rows, 50000 unless said]
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder, buildOnce, npm } from '../scripts/lib/cache.mjs';
import { pythonEnvironment } from '../scripts/lib/python.mjs';
import { bundle, head, median, root, row, timed } from './rig.mjs';

const rows = Number(process.argv[2] ?? 50_000);
const python = pythonEnvironment('tables', ['test/formats/python/requirements.txt'], { complete: true });
const peer = buildOnce(path.join(cacheFolder(), 'exceljs-4.4.0'), (fresh) => {
  fs.writeFileSync(path.join(fresh, 'package.json'), '{"private":true}');
  npm(['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', 'exceljs@4.4.0'], {
    cwd: fresh,
  });
});

const MAKE = `
import sys, datetime, random, openpyxl
random.seed(7)
book = openpyxl.Workbook(write_only=True)
sheet = book.create_sheet("data")
sheet.append(["id", "name", "note", "city", "day", "at", "size", "weight", "count", "flag"])
day = datetime.datetime(2020, 1, 1)
for at in range(int(sys.argv[2])):
    sheet.append([at, f"name {at}", f"note {random.randrange(10**6)} of some words", random.choice(["Rome", "Oslo", "Lima"]),
        (day + datetime.timedelta(days=at % 900)).date(), day + datetime.timedelta(minutes=at), random.random() * 100,
        random.gauss(70, 9), random.randrange(1000), at % 3 == 0])
book.save(sys.argv[1])
`;

const built = await bundle({ xlsx: path.join(root, 'src/formats/xlsx.ts') });
const file = path.join(built.work, 'bench.xlsx');
execFileSync(python, ['-c', MAKE, file, String(rows)]);
const theirs = path.join(peer, 'all.cjs');
fs.writeFileSync(
  theirs,
  `const { Workbook } = require('exceljs');
new Workbook().xlsx.readFile(process.argv[2]).then((book) => {
  let cells = 0;
  book.worksheets[0].eachRow((row) => row.eachCell((cell) => { if (cell.value !== null) cells += 1; }));
  if (cells !== ${(rows + 1) * 10}) process.exit(1);
});\n`,
);
const all = path.join(built.work, 'run-all.mjs');
fs.writeFileSync(
  all,
  `import { xlsx } from './xlsx.mjs';
const { batches } = await xlsx.read({ path: process.argv[2], name: 'bench.xlsx' }, undefined, {});
let cells = 0;
for await (const batch of batches) for (const row of batch) for (const cell of row) if (cell !== null) cells += 1;
if (cells !== ${rows * 10}) process.exit(1);\n`,
);
const first = path.join(built.work, 'run-first.mjs');
fs.writeFileSync(
  first,
  `import { firstPage } from './first.mjs';
const { page } = await firstPage(process.argv[2], { limit: 100 });
if (page.rows.length !== 100 || page.columns.length !== 10) process.exit(1);\n`,
);
const engine = await built.engine();
try {
  head();
  const opened = async () => {
    // Another time of change: the copy of the time before is not used.
    fs.utimesSync(file, new Date(), new Date());
    const start = performance.now();
    const { table } = await engine.call('open', { source: { path: file } });
    const scanned = await engine.call('scan', { table });
    if (scanned.rows !== rows) throw new Error(`${scanned.rows} rows`);
    await engine.call('close', { table });
    return performance.now() - start;
  };
  const rounds = [];
  for (let round = 0; round < 5; round += 1) {
    rounds.push({
      all: timed(process.execPath, [all, file]).ms,
      exceljs: timed(process.execPath, [theirs, file]).ms,
      opened: await opened(),
      first: timed(process.execPath, [first, file]).ms,
      pandas: timed(python, ['-c', 'import sys, pandas; pandas.read_excel(sys.argv[1], nrows=100)', file]).ms,
    });
  }
  const of = (key) => median(rounds.map((one) => one[key]));
  const line = (name, a, b, goal) =>
    row(
      name,
      median(rounds.map((one) => one[a] / one[b])).toFixed(3),
      goal,
      `${of(a).toFixed(0)} / ${of(b).toFixed(0)} ms`,
    );
  line(`xlsx, ${rows} rows × 10, all cells, whole process / exceljs`, 'all', 'exceljs', '<= 0.25');
  line('the same, as typed table in the engine / exceljs', 'opened', 'exceljs', '-');
  line('xlsx, first 100 rows, whole process / pandas nrows=100', 'first', 'pandas', '<= 0.10');
} finally {
  engine.dispose();
  built.remove();
}

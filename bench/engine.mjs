// The engine against DuckDB itself: row index, pages, a wide table. In one process, in turn.
// Usage: node bench/engine.mjs [large bytes, 1.25e9 unless said]
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { csvFile, TYPES, wideFile } from './data.mjs';
import { bundle, head, median, row } from './rig.mjs';

const large = await csvFile(Number(process.argv[2] ?? 1.25e9));
const small = await csvFile(125e6);
const wide = wideFile();
const built = await bundle();
const instance = await DuckDBInstance.create(':memory:');
const duckdb = await instance.connect();
const engine = await built.engine();

const text = (value) => `'${value.replaceAll("'", "''")}'`;
const told = (file) =>
  `read_csv(${text(file)}, auto_detect=false, header=true, delim=',', quote='"', escape='"', columns={${Object.entries(
    TYPES,
  )
    .map(([name, type]) => `${name}: ${text(type)}`)
    .join(', ')}})`;
const query = async (sql) => (await duckdb.runAndReadAll(sql)).getRowsJS();

async function took(task) {
  const start = performance.now();
  await task();
  return performance.now() - start;
}

/** Both in turn; the ratio of a round meets the same load of the machine. */
async function compare(rounds, ours, peer) {
  const runs = [];
  for (let round = 0; round < rounds; round += 1) {
    runs.push({ ours: await took(() => ours(round)), peer: await took(() => peer(round)) });
  }
  return {
    ratio: median(runs.map((run) => run.ours / run.peer)),
    ours: median(runs.map((run) => run.ours)),
    peer: median(runs.map((run) => run.peer)),
  };
}

const ms = (value) => `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ms`;
const show = (what, goal, { ratio, ours, peer }) =>
  row(what, ratio.toFixed(4), goal, `${ms(ours)} / ${ms(peer)}`);

async function rowIndex() {
  const { indexRows } = await built.load('index');
  const options = { quote: '"', delimiter: ',', skip: 0, header: true, blankIsRecord: false };
  const counts = new Set();
  const result = await compare(
    5,
    async () => counts.add((await indexRows(large, options)).records),
    async () => counts.add(Number((await query(`SELECT count(*) FROM ${told(large)}`))[0][0])),
  );
  if (counts.size !== 1) throw new Error(`different rows: ${[...counts].join(', ')}`);
  show('row count and page index / DuckDB count(*)', '<= 0.6', result);
  return [...counts][0];
}

const place = (round, rows) => (round * 7919 * 31) % (rows - 100);

async function csvPages(rows) {
  const { table } = await engine.call('open', { source: { path: large } });
  await engine.call('scan', { table });
  const pages = [];
  for (let round = 0; round < 200; round += 1) {
    const offset = place(round, rows);
    const start = performance.now();
    const page = await engine.call('page', { table, offset, limit: 100 });
    pages.push(performance.now() - start);
    if (page.rows.length !== 100 || page.rows[0][0] !== offset) throw new Error(`wrong page at ${offset}`);
  }
  const middle = Math.floor(rows / 2);
  const peers = [];
  for (let round = 0; round < 3; round += 1) {
    peers.push(await took(() => query(`SELECT * FROM ${told(large)} LIMIT 100 OFFSET ${middle}`)));
  }
  show('a page at random of the CSV / DuckDB LIMIT OFFSET in its middle', '<= 0.005', {
    ratio: median(pages) / median(peers),
    ours: median(pages),
    peer: median(peers),
  });
  await engine.call('close', { table });
}

async function parquetPages() {
  const output = path.join(built.work, 'table.parquet');
  await query(`COPY (FROM ${told(small)}) TO ${text(output)} (FORMAT parquet)`);
  const { table, columns } = await engine.call('open', { source: { path: output } });
  const { rows } = await engine.call('scan', { table });
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  show(
    'a page of Parquet through engine and RPC / the same SQL raw',
    '<= 1.25',
    await compare(
      101,
      (round) => engine.call('page', { table, offset: place(round, rows), limit: 100 }),
      (round) =>
        query(
          `SELECT ${names} FROM read_parquet(${text(output)}, file_row_number=true)
           WHERE file_row_number BETWEEN ${place(round, rows)} AND ${place(round, rows) + 99} ORDER BY file_row_number`,
        ),
    ),
  );
  await engine.call('close', { table });
}

async function wideTable() {
  const paint = async () => {
    const { table } = await engine.call('open', { source: { path: wide } });
    const page = await engine.call('page', { table, offset: 0, limit: 100, early: true });
    if (page.rows.length !== 100 || page.columns.length !== 2000) throw new Error('wrong page');
    await engine.call('close', { table });
  };
  show(
    'open and first 100 rows of 2,000 columns / DuckDB that detects the format',
    '<= 0.05',
    await compare(5, paint, () => query(`SELECT * FROM read_csv(${text(wide)}) LIMIT 100`)),
  );
}

try {
  head();
  const rows = await rowIndex();
  await csvPages(rows);
  await parquetPages();
  await wideTable();
} finally {
  engine.dispose();
  duckdb.closeSync();
  instance.closeSync();
  built.remove();
}

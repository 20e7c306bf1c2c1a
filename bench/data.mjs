// CSV files of any size with the shapes of real tables: 20 columns, quoted text with line ends, missing cells, a late "N/A".
import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { cacheFolder } from '../scripts/lib/cache.mjs';

const BAD_ROW = 50_000;

/** A small, fast, seeded generator of numbers in [0, 1). */
function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const HEADER =
  'id,account,age,score,price,balance,created,birthday,plan,country,product,email,session,comment,flag,late,ratio,clicks,latitude,tag';
/** The columns as DuckDB's types. */
export const TYPES = {
  id: 'BIGINT',
  account: 'BIGINT',
  age: 'BIGINT',
  score: 'DOUBLE',
  price: 'DOUBLE',
  balance: 'DOUBLE',
  created: 'TIMESTAMP',
  birthday: 'DATE',
  plan: 'VARCHAR',
  country: 'VARCHAR',
  product: 'VARCHAR',
  email: 'VARCHAR',
  session: 'VARCHAR',
  comment: 'VARCHAR',
  flag: 'BOOLEAN',
  late: 'VARCHAR',
  ratio: 'DOUBLE',
  clicks: 'BIGINT',
  latitude: 'DOUBLE',
  tag: 'VARCHAR',
};
const WORDS = ['alpha', 'beta', 'größe', 'naïve', 'delta', 'quick', 'brown', 'señor', 'omega', 'plain'];
const PLANS = ['free', 'basic', 'team', 'pro', 'gold', 'trial', 'legacy', 'none'];

function line(i, random) {
  const whole = (n) => Math.floor(random() * n);
  const some = (share, text) => (random() < share ? '' : text);
  const words = Array.from({ length: 2 + whole(5) }, () => WORDS[whole(WORDS.length)]).join(' ');
  const kind = whole(20);
  const comment = kind === 0 ? `"${words}, and ""more"""` : kind === 1 ? `"${words}\n${words}"` : words;
  const hex = () =>
    whole(2 ** 32)
      .toString(16)
      .padStart(8, '0');
  const day = (n) => new Date(n * 86_400_000).toISOString().slice(0, 10);
  return [
    i,
    100_000_000 + whole(900_000_000),
    some(0.02, 18 + whole(70)),
    some(0.05, (random() * 100).toFixed(4)),
    (random() * 1000).toFixed(2),
    (random() * 1e6 - 5e5).toExponential(6),
    `${day(15_000 + whole(4000))} ${String(whole(24)).padStart(2, '0')}:${String(whole(60)).padStart(2, '0')}:${String(whole(60)).padStart(2, '0')}`,
    some(0.1, day(whole(15_000))),
    PLANS[whole(8)],
    `C${whole(196)}`,
    `product-${whole(5001)}`,
    `user${whole(500_000)}@example.org`,
    `${hex()}-${hex()}-${hex()}-${hex()}`,
    some(0.3, comment),
    whole(2) === 1 ? 'true' : 'false',
    i === BAD_ROW ? 'N/A' : some(0.1, whole(10_000)),
    random().toFixed(6),
    whole(50),
    (random() * 180 - 90).toFixed(5),
    some(0.3, WORDS[whole(10)]),
  ].join(',');
}

function dataFile(name) {
  const folder = path.join(process.env.MLL_BENCH_DATA ?? path.join(cacheFolder(), 'bench'));
  fs.mkdirSync(folder, { recursive: true });
  return path.join(folder, name);
}

/** The path of a file of 2,000 columns and 1,000 rows in the cache; made when absent. */
export function wideFile() {
  const file = dataFile('wide.csv');
  if (fs.existsSync(file)) return file;
  const random = seeded(2);
  const cell = [
    () => Math.floor(random() * 1000),
    () => random().toFixed(5),
    () => PLANS[Math.floor(random() * 8)],
    () => `2024-03-${String(1 + Math.floor(random() * 28)).padStart(2, '0')}`,
  ];
  const row = () => Array.from({ length: 2000 }, (_, at) => cell[at % 4]()).join(',');
  const names = Array.from({ length: 2000 }, (_, at) => `c${at}`).join(',');
  const lines = [names, ...Array.from({ length: 1000 }, row)];
  fs.writeFileSync(`${file}.${process.pid}`, `${lines.join('\n')}\n`);
  fs.renameSync(`${file}.${process.pid}`, file);
  return file;
}

/** So much stays free for the temporary files of who reads it. */
const SPARE_BYTES = 5e9;

/**
 * The path of a file of about so many bytes in the cache; made when absent. Unless `keep`, a file that was made now is deleted
 * when the process ends, however it ends by itself.
 */
export async function csvFile(bytes, { keep = true } = {}) {
  const file = dataFile(`table-${Math.round(bytes / 1e6)}MB.csv`);
  if (fs.existsSync(file)) return file;
  const { bavail, bsize } = fs.statfsSync(path.dirname(file));
  if (bavail * bsize < bytes + SPARE_BYTES) {
    throw new Error(
      `${((bytes + SPARE_BYTES) / 1e9).toFixed(1)} GB are needed in ${path.dirname(file)}, ${((bavail * bsize) / 1e9).toFixed(1)} GB are free. MLL_BENCH_DATA names another folder.`,
    );
  }
  const fresh = `${file}.${process.pid}`;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
  process.once('exit', () => {
    fs.rmSync(fresh, { force: true });
    if (!keep) fs.rmSync(file, { force: true });
  });
  await write(fresh, bytes);
  fs.renameSync(fresh, file);
  return file;
}

async function write(file, bytes) {
  const random = seeded(1);
  const out = fs.openSync(file, 'w');
  try {
    let written = fs.writeSync(out, `${HEADER}\n`);
    for (let i = 0; written < bytes;) {
      let block = '';
      for (const end = i + 5000; i < end; i += 1) block += `${line(i, random)}\n`;
      written += fs.writeSync(out, block);
      // Signals are heard between the blocks.
      await nextTurn();
    }
  } finally {
    fs.closeSync(out);
  }
}

if (process.argv[1] === import.meta.filename) {
  const bytes = Number(process.argv[2] ?? 125e6);
  const start = performance.now();
  console.log(await csvFile(bytes), `${((performance.now() - start) / 1000).toFixed(1)} s`);
}

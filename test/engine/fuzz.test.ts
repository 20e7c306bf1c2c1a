import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cell, Column, TableSource } from '../../src/core/table';
import { fits, tableRecords } from '../../src/formats/csv';
import { afterLines, isBlank } from '../../src/formats/dialect';
import { decodeExactly } from '../../src/formats/encode';
import { firstPage } from '../../src/formats/first-page';
import { PLAIN, readCell } from '../../src/formats/infer';
import { records } from '../../src/formats/records';
import { testPython } from '../python';
import { isStandIn } from '../../src/formats/stand-ins';
import { startEngine, type TestEngine } from './build';
import { made, type Case } from './fuzz-files';

/**
 * Made and mutated CSV files, read by the prefix reader, the row index, the engine's pages and DuckDB's SELECT, against Python's
 * csv module: no row may be lost, moved or changed, and what is no row must be listed with its own text. A sample runs in the
 * suite; MLL_FUZZ=100000 makes so many files, MLL_FUZZ_SEED begins elsewhere (with
 * MLL_FUZZ_PATH at the files that failed), and MLL_SHRINK=1 looks for the smallest that fails.
 */
const RUNS = Number(process.env.MLL_FUZZ ?? 120);
/** So many files are made, asked of Python and read by one SELECT together: starting a database takes longer than reading one. */
const TOGETHER = process.env.MLL_SHRINK === undefined ? 15 : 1;
/** In a long run the statistics, which have tests of their own, are made of each so-manieth file. */
const PROFILED = RUNS > 1000 ? 10 : 1;

/** So many files that take longer than this hang, also on a busy machine. */
const HANG_MS = 600_000;

let rig: TestEngine;
let reference: ReturnType<typeof spawn>;
let answers: AsyncIterator<string>;
beforeAll(async () => {
  rig = await startEngine({ memoryLimit: 2 ** 28 });
  reference = spawn(testPython(), [path.join(import.meta.dirname, 'fuzz-reference.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (!reference.stdout) throw new Error('no output');
  answers = readline.createInterface({ input: reference.stdout })[Symbol.asyncIterator]();
});
afterAll(() => {
  reference.stdin?.end();
  rig.remove();
});

/** The records of these texts as Python reads them. */
async function asked(
  texts: readonly { readonly text: string; readonly delimiter: string; readonly quote: string }[],
): Promise<string[][][]> {
  reference.stdin?.write(`${JSON.stringify(texts)}\n`);
  return JSON.parse(String((await answers.next()).value)) as string[][][];
}

/** As `toEqual`, of which only the failure is worth its time. */
function same(found: unknown, wanted: unknown, what: string): void {
  if (!isDeepStrictEqual(found, wanted)) expect(found, what).toEqual(wanted);
}

interface Read {
  readonly source: TableSource;
  readonly columns: readonly Column[];
  readonly expected: readonly Cell[][];
  readonly rejected: number;
}

const textOf = ({ bytes, dialect }: Case): string => {
  const text = decodeExactly(bytes, 'utf-8').replace(/^\uFEFF/, '');
  return text.slice(afterLines(text, dialect.skip));
};

/** The bytes at which the records of a table begin. */
function startsOf({ bytes, dialect }: Case, width: number): number[] {
  const text = bytes.toString('latin1').replace(/^ï»¿/, '');
  const from = afterLines(text, dialect.skip);
  const mark = bytes.length - text.length;
  const starts = [...tableRecords(text.slice(from), dialect, width)].map(({ start }) => mark + from + start);
  if (!dialect.header) return starts;
  // In a table of one column a blank line above the header is a record as well.
  const named = [...records(text.slice(from), dialect.delimiter, dialect.quote)].find(
    (record) => !isBlank(record),
  );
  return starts.filter((start) => start > mark + from + (named?.start ?? 0));
}

/** Reads a file in every way but SQL and holds all against the reference's records. */
async function hold(file: string, one: Case, given: readonly string[][], all: boolean): Promise<Read> {
  const { dialect } = one;
  const body = textOf(one);
  const ours = [...records(body, dialect.delimiter, dialect.quote)].filter((record) => !isBlank(record));
  same(
    ours.map(({ cells }) => cells),
    given.filter((cells) => cells.length > 0),
    'records',
  );
  const source = { path: file, dialect };
  const first = await firstPage(file, { source });
  const { table, columns: named, dialect: read } = await rig.engine.call('open', { source });
  try {
    const scan = await rig.engine.call('scan', { table });
    if (named.length === 0) return { source, columns: [], expected: [], rejected: 0 };
    const width = named.length;
    const head = dialect.header ? (ours[0]?.end ?? body.length) : 0;
    const found = [...tableRecords(body.slice(head), dialect, width)];
    expect(scan.rows + scan.rejected).toBe(found.length);
    // Whether short records are rows is the beginning's to say: it is taken from there.
    const short = found.filter(({ cells, wellQuoted }) => wellQuoted && cells.length < width).length;
    const padded = short > 0 && short >= found.filter((record) => !isBlank(record)).length * 0.05;
    const raw = found.map(({ start, end }) => body.slice(head + start, head + end));
    const isRow = found.map(
      (record, at) => fits(record, width, padded) && raw[at]?.includes('\uFFFD') === false,
    );
    const good = found.filter((_, at) => isRow[at]);
    expect([scan.rows, scan.rejected]).toEqual([good.length, found.length - good.length]);
    const expected = good.map(({ cells }) =>
      scan.columns.map(({ sqlType }, at) => readCell(cells[at] ?? '', sqlType, read ?? PLAIN)),
    );
    const page = await rig.engine.call('page', { table, offset: 0, limit: 1000 });
    same(page.rows, expected, 'page');
    if (
      scan.rejected === 0 &&
      first.page.columns.every(({ sqlType }, at) => sqlType === scan.columns[at]?.sqlType)
    )
      same(first.page.rows, expected.slice(0, 100), 'first page');
    const { rejects } = await rig.engine.call('profile', { table, ...(all ? {} : { sampleRows: 0 }) });
    const starts = startsOf(one, width);
    same(
      rejects.map(({ byte, raw: text }) => [byte, text]),
      raw.flatMap((text, at) => (isRow[at] ? [] : [[starts[at], text.replace(/\r?\n$|\r$/, '')]])),
      'problems',
    );
    return { source, columns: scan.columns, expected, rejected: scan.rejected };
  } finally {
    await rig.engine.call('close', { table });
  }
}

/** In SQL a cell that only stands for a missing value, and is none of its column's type, is missing. */
const inSql = (cell: Cell, { sqlType }: Column): Cell =>
  typeof cell === 'string' &&
  !['VARCHAR', 'JSON'].includes(sqlType) &&
  isStandIn(cell) &&
  !(sqlType === 'DOUBLE' && cell === 'NaN')
    ? null
    : cell;

/** All rows of all tables by one SELECT: each column stands under its place and type, so that no type gives way to another. */
async function select(tables: readonly Read[]): Promise<void> {
  const some = tables.filter(({ columns }) => columns.length > 0);
  if (some.length === 0) return;
  const slot = ({ sqlType }: Column, at: number): string => `${at} ${sqlType}`;
  const page = await rig.engine.call('sql', {
    sql: some
      .map(({ columns }, k) => {
        const cells = columns.map((column, at) => `t."c${at}" AS "${slot(column, at)}"`);
        return `SELECT ${k} AS k, ${cells.join(', ')} FROM t${k} AS t(${columns.map((_, at) => `"c${at}"`).join(', ')})`;
      })
      .join(' UNION ALL BY NAME '),
    tables: Object.fromEntries(some.map(({ source }, k) => [`t${k}`, source])),
    limit: 1000 * some.length,
  });
  const places = new Map(page.columns.map(({ name }, at) => [name, at]));
  some.forEach(({ columns, expected }, k) => {
    const wanted = columns.map((column, at) => places.get(slot(column, at)) ?? -1);
    const own = page.rows.filter(([table]) => table === k);
    same(
      own.map((row) => wanted.map((at) => row[at])),
      expected.map((row) => columns.map((column, at) => inSql(row[at] ?? null, column))),
      'SELECT',
    );
  });
}

async function blamed<T>(one: Case, task: Promise<T>): Promise<T> {
  return task.catch((cause: unknown) => {
    throw new Error(JSON.stringify({ ...one.dialect, bytes: one.bytes.toString('latin1') }), { cause });
  });
}

describe('made and mutated CSV files', () => {
  it('lose no row: the prefix reader, the engine and DuckDB read what Python reads', async () => {
    const seen = { rows: 0, rejected: 0, files: 0 };
    const { MLL_FUZZ_SEED: seed, MLL_FUZZ_PATH: place } = process.env;
    const files = Array.from({ length: TOGETHER }, (_, at) => path.join(rig.folder, `fuzz-${at}.csv`));
    await fc.assert(
      fc.asyncProperty(fc.tuple(...files.map(() => made)), async (cases) => {
        const given = await asked(
          cases.map((one) => ({
            text: textOf(one),
            delimiter: one.dialect.delimiter,
            quote: one.dialect.quote,
          })),
        );
        const read: Read[] = [];
        for (const [at, one] of cases.entries()) {
          const file = files[at] ?? '';
          fs.writeFileSync(file, one.bytes);
          read.push(await blamed(one, hold(file, one, given[at] ?? [], seen.files % PROFILED === 0)));
          seen.files += 1;
          if (seen.files % 1000 === 0) console.log(`${seen.files} files, ${seen.rows} rows`);
        }
        // Which of the files it was is found by reading each alone.
        await select(read).catch(async (cause: unknown) => {
          for (const [at, one] of cases.entries()) await blamed(one, select(read.slice(at, at + 1)));
          throw cause;
        });
        for (const { expected, rejected } of read) {
          seen.rows += expected.length;
          seen.rejected += rejected;
        }
      }),
      {
        numRuns: Math.ceil(RUNS / TOGETHER),
        timeout: HANG_MS,
        endOnFailure: process.env.MLL_SHRINK === undefined,
        ...(seed === undefined ? {} : { seed: Number(seed) }),
        ...(place === undefined ? {} : { path: place }),
      },
    );
    expect(seen.files).toBeGreaterThanOrEqual(RUNS);
    expect(seen.rows).toBeGreaterThan(1000);
    expect(seen.rejected).toBeGreaterThan(20);
    expect(rig.log.filter((line) => /exit|ended|restart/i.test(line))).toEqual([]);
  }, 86_400_000);
});

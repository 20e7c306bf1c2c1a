import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine, type TestEngine } from '../engine/build';
import { COLUMNS, filesIn, flowers, rowOf, type Files } from './rig';

/** The same table in every format, asked the same things. `table`: which of the file's. */
interface Maker {
  readonly file: string;
  readonly kind?: string;
  readonly table?: string;
}

const MAKERS: readonly Maker[] = [
  { file: 't.csv.gz' },
  { file: 'members.csv.gz', kind: 'csv.gz of 40 members' },
  { file: 't.csv.zst' },
  { file: 'frames.tsv.zst', kind: 'tsv.zst of 40 frames' },
  { file: 't.jsonl.gz' },
  { file: 't.ndjson.zst' },
  { file: 'compressed all the same.csv', kind: 'csv.gz' },
  { file: 't.json' },
  { file: 'pretty in utf-16.json', kind: 'json in utf-16' },
  { file: 't.json.gz' },
  { file: 'object.json', kind: 'json object', table: 'answer.flowers' },
  { file: 'lz4.feather', kind: 'feather lz4' },
  { file: 'zstd.feather', kind: 'feather zstd' },
  { file: 'plain.arrow', kind: 'feather uncompressed' },
  { file: 't.arrows', kind: 'arrow stream' },
  { file: 't.avro' },
  { file: 'deflate.avro', kind: 'avro deflate' },
  { file: 'snappy.avro', kind: 'avro snappy' },
  { file: 'zstd.avro', kind: 'avro zstandard' },
  { file: 'in truth of avro.json', kind: 'avro' },
  { file: 't.sqlite', table: 'flowers' },
  { file: 't.duckdb', table: 'flowers' },
  { file: 'in truth of duckdb.db', kind: 'duckdb', table: 'flowers' },
  { file: 't.xlsx', table: 'Garden' },
  { file: 'mac.xlsm', kind: 'xlsx of 1904' },
  { file: 'in truth a workbook.csv', kind: 'xlsx' },
  { file: 't.xls', table: 'Garden' },
  { file: 'mac.xls', kind: 'xls of 1904' },
  { file: 't.ods', table: 'Garden' },
  { file: 'in truth of OpenDocument.xlsx', kind: 'ods' },
];

let rig: TestEngine;
let files: Files;
beforeAll(async () => {
  rig = await startEngine();
  files = filesIn(rig.folder);
  files.makeAll(MAKERS.map((maker) => [kindOf(maker), maker.file]));
});
afterAll(() => rig.remove());

const kindOf = ({ file, kind }: Maker): string => kind ?? file.slice(file.indexOf('.') + 1);

describe.each(MAKERS)('$file', ({ file, table: name }) => {
  const sourceOf = (at: string): { path: string; table?: string } => ({
    path: at,
    ...(name === undefined ? {} : { table: name }),
  });

  it('holds the same table', async () => {
    const source = sourceOf(files.path(file));
    const { engine } = rig;
    const { table, bytes } = await engine.call('open', { source });
    expect(bytes).toBe(fs.statSync(source.path).size);
    const { rows, rejected, columns } = await engine.call('scan', { table });
    expect({ rows, rejected }).toEqual({ rows: 3000, rejected: 0 });
    expect(columns.map((one) => [one.name, one.type])).toEqual([
      ['id', 'integer'],
      ['name', 'text'],
      ['size', 'number'],
      ['flag', 'boolean'],
      ['day', 'date'],
      ['at', 'datetime'],
    ]);
    const all = await engine.call('page', { table, offset: 0, limit: 3000 });
    expect(all.rows).toEqual(flowers.map(rowOf));
    const sorted = await engine.call('page', {
      table,
      offset: 10,
      limit: 5,
      sort: [{ column: 'size', descending: true }],
    });
    const expected = flowers
      .filter((one) => one.size !== null)
      .toSorted((a, b) => (b.size ?? 0) - (a.size ?? 0) || a.id - b.id);
    expect(sorted.rows).toEqual(expected.slice(10, 15).map(rowOf));
    const profile = await engine.call('profile', { table });
    expect(profile.columns.map((one) => one.missing)).toEqual([
      0,
      flowers.filter((one) => one.name === null).length,
      273,
      0,
      0,
      231,
    ]);
    await engine.call('close', { table });
    const read = await engine.call('read', { source });
    expect({ rows: read.rows, named: read.columns.map((one) => one.name) }).toEqual({
      rows: 3000,
      named: COLUMNS,
    });
    const summed = await engine.call('sql', {
      sql: 'SELECT sum(id), sum(size) FROM t',
      tables: { t: source },
      limit: 1,
    });
    expect(summed.rows[0]).toEqual([4_498_500, flowers.reduce((sum, one) => sum + (one.size ?? 0), 0)]);
  });

  it('cut off anywhere is an error that names the file', async () => {
    const whole = fs.readFileSync(files.path(file));
    const places = [0.02, 0.1, 0.3, 0.5, 0.6, 0.8, 0.95].map((part) => Math.floor(whole.length * part));
    const cuts = [...places, whole.length - 500, whole.length - 5, whole.length - 1];
    const outcomes = await Promise.all(
      cuts.map((bytes, at) => {
        const source = sourceOf(files.write(`cut ${at} ${file}`, whole.subarray(0, bytes)));
        return rig.engine.call('read', { source }).catch((error: unknown) => error);
      }),
    );
    for (const [at, outcome] of outcomes.entries()) {
      expect(outcome, `${cuts[at] ?? 0} of ${whole.length} bytes`).toMatchObject({
        name: 'UserError',
        message: expect.stringContaining(`cut ${at} ${file}`) as string,
      });
    }
  });
});

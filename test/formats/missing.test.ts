import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Profile } from '../../src/core/table';
import { startEngine, type TestEngine } from '../engine/build';
import { filesIn, flowers, type Files, type Flower } from './rig';

/** What counts as missing is the same in every format: no value, an empty cell, and what people write for it among numbers. */
let rig: TestEngine;
let files: Files;
beforeAll(async () => {
  rig = await startEngine();
  files = filesIn(rig.folder);
});
afterAll(() => rig.remove());

const WRITTEN = ['NA', 'n/a', 'null', '-', 'N/A', ' ? '];
/** `size` is missing in 10 of 100 rows; `name` holds words for it, which may be values of a text. */
const rows: readonly Flower[] = flowers.slice(0, 100).map((one) => ({
  ...one,
  name: one.id % 20 === 7 ? 'n/a' : one.name,
}));
const written = rows.map((one, k) => ({ ...one, size: one.size ?? WRITTEN[(k / 11) % 6] ?? null }));

async function facts(
  path: string,
  table?: string,
): Promise<{ profile: Profile; checks: readonly unknown[] }> {
  const { engine } = rig;
  const source = { path, ...(table === undefined ? {} : { table }) };
  const { table: id } = await engine.call('open', { source });
  const profile = await engine.call('profile', { table: id });
  const missing = await engine.call('page', {
    table: id,
    offset: 0,
    limit: 100,
    filter: [{ is: 'missing', column: 'size' }],
  });
  expect(missing.rows.map(([key]) => key)).toEqual([0, 11, 22, 33, 44, 55, 66, 77, 88, 99]);
  const findings = await engine.call('checks', { table: id });
  await engine.call('close', { table: id });
  const checks = findings.flatMap(({ kind, column, rows: count, text }) =>
    kind === 'standIns' ? [[column, count, text]] : [],
  );
  return { profile, checks };
}

const quoted = (cell: string | number | boolean | null): string =>
  typeof cell === 'string' ? `"${cell.replaceAll('"', '""')}"` : String(cell ?? '');

it('is the same of a number that is not there, whatever the format', async () => {
  files.makeAll(
    [
      ['parquet', 't.parquet'],
      ['feather lz4', 't.feather'],
      ['avro', 't.avro'],
      ['duckdb', 't.duckdb'],
    ],
    rows,
  );
  files.makeAll(
    [
      ['xlsx', 't.xlsx'],
      ['xls', 't.xls'],
      ['ods', 't.ods'],
      ['sqlite', 't.sqlite'],
    ],
    written,
  );
  const lines = written.map((one) =>
    [one.id, one.name, one.size, one.flag, one.day, one.at].map(quoted).join(','),
  );
  files.write('t.csv', `${Object.keys(rows[0] ?? {}).join(',')}\n${lines.join('\n')}\n`);
  const filled = rows.flatMap(({ size }) => (size === null ? [] : [size]));
  const mean = filled.reduce((sum, one) => sum + one, 0) / filled.length;
  const noName = rows.filter(({ name }) => name === null).length;
  for (const ending of ['parquet', 'feather', 'avro', 'duckdb', 'xlsx', 'xls', 'ods', 'sqlite', 'csv']) {
    const table = ['duckdb', 'sqlite'].includes(ending) ? 'flowers' : undefined;
    const { profile, checks } = await facts(files.path(`t.${ending}`), table);
    const [, name, size] = profile.columns;
    expect([ending, size?.type, size?.missing, size?.min, size?.max]).toEqual([
      ending,
      'number',
      10,
      Math.min(...filled),
      Math.max(...filled),
    ]);
    expect(size?.mean).toBeCloseTo(mean, 9);
    // In a text such words may be values (NA is Namibia): they are said, and stay.
    expect([ending, name?.missing, name?.top.find(({ value }) => value === 'n/a')?.count]).toEqual([
      ending,
      noName,
      5,
    ]);
    expect([ending, checks]).toEqual([
      ending,
      [['name', 5, 'hold “n/a”, which often stands for a missing value']],
    ]);
  }
});

it('says which cells of a workbook or a database were taken for missing', async () => {
  files.makeAll(
    [
      ['xlsx', 'said.xlsx'],
      ['sqlite', 'said.sqlite'],
    ],
    written,
  );
  const said =
    '10 cells of size hold “-” or “?” or “N/A” or “NA” or “n/a” or “null”, which is no number: shown and counted as missing.';
  expect((await facts(files.path('said.xlsx'))).profile.notes).toEqual([
    'Above the table, and not in it: Flowers of the garden',
    said,
  ]);
  expect((await facts(files.path('said.sqlite'), 'flowers')).profile.notes).toEqual([said]);
});

it('leaves a column text of which most cells are such words, or any other text', async () => {
  const sizes = (of: (id: number) => unknown): unknown => rows.map((one) => ({ ...one, size: of(one.id) }));
  const typeIn = async (name: string, of: (id: number) => unknown): Promise<unknown> => {
    const { table } = await rig.engine.call('open', {
      source: { path: files.make('xlsx', name, sizes(of)) },
    });
    const { columns } = await rig.engine.call('scan', { table });
    await rig.engine.call('close', { table });
    return columns[2]?.type;
  };
  expect(await typeIn('half.xlsx', (id) => (id % 2 === 0 ? 'NA' : id))).toBe('integer');
  expect(await typeIn('most.xlsx', (id) => (id % 3 === 0 ? id : 'NA'))).toBe('text');
  expect(await typeIn('word.xlsx', (id) => (id === 9 ? 'NA' : id === 99 ? 'many' : id))).toBe('text');
});

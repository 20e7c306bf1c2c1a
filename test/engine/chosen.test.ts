import fs from 'node:fs';
import path from 'node:path';
import Papa from 'papaparse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cell } from '../../src/core/table';
import type { Condition, Sort, TableId } from '../../src/protocol';
import { startEngine, type TestEngine } from './build';

/** Rows that are chosen, sorted, searched and written, against the same done by hand. */
let rig: TestEngine;
let table: TableId;

interface Flower {
  readonly id: number;
  readonly kind: string | null;
  readonly size: number | null;
  readonly day: string;
}
const KINDS = ['Rose', 'rose', 'Tulip', 'ox-eye', 'São'];
/** A small generator of whole numbers: the same rows at each run. */
let state = 7;
const next = (below: number): number => {
  state = (state * 48_271) % 2_147_483_647;
  return state % below;
};
const flowers: readonly Flower[] = Array.from({ length: 5000 }, (_, id) => ({
  id,
  kind: next(9) === 0 ? null : (KINDS[next(KINDS.length)] ?? ''),
  size: next(7) === 0 ? null : next(400) / 4,
  day: `20${10 + next(10)}-0${1 + next(9)}-1${next(10)}`,
}));
const csv = (rows: readonly Flower[]): string =>
  [
    'id,kind,size,day',
    ...rows.map((one) => [one.id, one.kind ?? '', one.size ?? '', one.day].join(',')),
  ].join('\n');

beforeAll(async () => {
  rig = await startEngine();
  const file = path.join(rig.folder, 'flowers.csv');
  // Records that are no rows stand among them, so a row's place is not its line.
  const lines = csv(flowers).split('\n');
  lines.splice(1000, 0, 'this,record,has,too,many,cells');
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  ({ table } = await rig.engine.call('open', { source: { path: file } }));
});
afterAll(() => rig.remove());

async function ids(filter: readonly Condition[], sort: readonly Sort[] = []): Promise<readonly Cell[]> {
  const all: Cell[] = [];
  for (;;) {
    const page = await rig.engine.call('page', { table, offset: all.length, limit: 1700, filter, sort });
    all.push(...page.rows.map(([id]) => id ?? null));
    expect(page.places).toEqual(page.rows.map(([id]) => id));
    if (all.length >= page.total) return all;
  }
}
const by = (test: (one: Flower) => boolean): readonly number[] => flowers.filter(test).map(({ id }) => id);

describe('conditions', () => {
  it.each<[string, Condition, (one: Flower) => boolean]>([
    [
      'a range with both ends',
      { is: 'between', column: 'size', min: 10, max: 20.25 },
      (one) => one.size !== null && one.size >= 10 && one.size <= 20.25,
    ],
    [
      'a range without its upper end',
      { is: 'between', column: 'size', min: 10, max: 20, open: true },
      (one) => one.size !== null && one.size >= 10 && one.size < 20,
    ],
    [
      'not a range: missing cells stay',
      { is: 'between', column: 'size', max: 50, not: true },
      (one) => one.size === null || one.size > 50,
    ],
    [
      'a bound with a fraction on whole numbers',
      { is: 'between', column: 'id', min: 17.5, max: '20.5' },
      (one) => one.id >= 18 && one.id <= 20,
    ],
    [
      'dates',
      { is: 'between', column: 'day', min: '2013-02-01', max: '2014-01-31' },
      (one) => one.day >= '2013-02-01' && one.day <= '2014-01-31',
    ],
    [
      'chosen values, missing among them',
      { is: 'oneOf', column: 'kind', values: ['Rose', null] },
      (one) => one.kind === 'Rose' || one.kind === null,
    ],
    [
      'chosen numbers',
      { is: 'oneOf', column: 'size', values: [12.5, 80] },
      (one) => one.size === 12.5 || one.size === 80,
    ],
    [
      'not these values',
      { is: 'oneOf', column: 'kind', values: ['Rose'], not: true },
      (one) => one.kind !== 'Rose',
    ],
    ['nothing chosen', { is: 'oneOf', column: 'kind', values: [] }, () => false],
    [
      'text in any case',
      { is: 'matching', column: 'kind', text: 'OSE' },
      (one) => (one.kind ?? '').toLowerCase().includes('ose'),
    ],
    [
      'text in its case',
      { is: 'matching', column: 'kind', text: 'Ro', pattern: { matchCase: true } },
      (one) => (one.kind ?? '').includes('Ro'),
    ],
    [
      'a letter beyond ASCII in another case',
      { is: 'matching', column: 'kind', text: 'SÃO' },
      (one) => one.kind === 'São',
    ],
    [
      'signs of SQL and of patterns are text',
      { is: 'matching', column: 'kind', text: "%' OR 1=1 --" },
      () => false,
    ],
    [
      'a regular expression',
      { is: 'matching', column: 'kind', text: '^r.se$', pattern: { regex: true, matchCase: true } },
      (one) => one.kind === 'rose',
    ],
    [
      'text of a number',
      { is: 'matching', column: 'size', text: '.75' },
      (one) => one.size !== null && one.size % 1 === 0.75,
    ],
    ['missing', { is: 'missing', column: 'kind' }, (one) => one.kind === null],
    ['not missing', { is: 'missing', column: 'kind', not: true }, (one) => one.kind !== null],
  ])('%s', async (_, condition, test) => {
    expect(await ids([condition])).toEqual(by(test));
  });

  it('hold all together, in the chosen order of several columns, missing last', async () => {
    const filter: Condition[] = [
      { is: 'matching', column: 'kind', text: 'o' },
      { is: 'between', column: 'day', min: '2015-01-01' },
    ];
    const expected = flowers
      .filter((one) => (one.kind ?? '').toLowerCase().includes('o') && one.day >= '2015-01-01')
      .toSorted((a, b) => {
        if (a.size !== b.size) return a.size === null ? 1 : b.size === null ? -1 : b.size - a.size;
        return a.day === b.day ? a.id - b.id : a.day < b.day ? -1 : 1;
      });
    const sort: Sort[] = [
      { column: 'size', descending: true },
      { column: 'day', descending: false },
    ];
    expect(await ids(filter, sort)).toEqual(expected.map(({ id }) => id));
  });

  it('says which value or pattern is wrong, and what the columns are', async () => {
    await expect(ids([{ is: 'between', column: 'size', min: 'tall' }])).rejects.toThrow(
      '“tall” cannot be compared with the column size.',
    );
    await expect(
      ids([{ is: 'matching', column: 'kind', text: '(', pattern: { regex: true } }]),
    ).rejects.toThrow(/^The regular expression cannot be read: /);
    await expect(ids([{ is: 'missing', column: 'colour' }])).rejects.toThrow('There is no column "colour"');
    await expect(ids([], [{ column: 'colour', descending: true }])).rejects.toThrow(
      'There is no column "colour"',
    );
  });
});

describe('search', () => {
  const find = (text: string, from: [number, number], more: object = {}) =>
    rig.engine.call('find', { table, text, from: { row: from[0], column: from[1] }, ...more });
  const hits = flowers.flatMap((one) =>
    [String(one.id), one.kind, one.size === null ? null : String(one.size), one.day].flatMap(
      (cell, column) => (cell?.includes('99') ? [{ row: one.id, column }] : []),
    ),
  );

  it('goes from match to match, forwards and backwards and around', async () => {
    expect(hits.length).toBeGreaterThan(40);
    let from: [number, number] = [0, 0];
    for (const [k, hit] of hits.entries()) {
      const { match, matches, more } = await find('99', from);
      expect({ match, matches, more }).toEqual({
        match: { ...hit, ordinal: k + 1 },
        matches: hits.length,
        more: false,
      });
      from = [hit.row, hit.column + 1];
    }
    expect((await find('99', from)).match?.ordinal).toBe(1);
    expect((await find('99', [0, 0], { backwards: true })).match?.ordinal).toBe(hits.length);
    expect((await find('99', from, { backwards: true })).match?.ordinal).toBe(hits.length);
  });

  it('counts places in the chosen rows', async () => {
    const filter: Condition[] = [{ is: 'between', column: 'id', min: 1000 }];
    const sort: Sort[] = [{ column: 'id', descending: true }];
    const chosen = flowers.slice(1000).toReversed();
    const row = chosen.findIndex(({ kind }) => kind === 'Tulip');
    const { match } = await find('tulip', [0, 0], { filter, sort, columns: ['kind'] });
    expect(match).toEqual({ row, column: 1, ordinal: 1 });
  });

  it('finds nothing, and says so', async () => {
    expect(await find('no such text', [0, 0])).toEqual({ matches: 0, more: false });
    await expect(find('[', [0, 0], { pattern: { regex: true } })).rejects.toThrow(
      'The regular expression cannot be read',
    );
  });
});

describe('export', () => {
  const filter: Condition[] = [{ is: 'missing', column: 'size' }];
  const sort: Sort[] = [{ column: 'day', descending: true }];
  const expected = flowers
    .filter(({ size }) => size === null)
    .toSorted((a, b) => (a.day === b.day ? a.id - b.id : a.day < b.day ? 1 : -1));

  it.each(['csv', 'tsv', 'parquet', 'jsonl', 'xlsx'])('writes what is shown as .%s', async (ending) => {
    const output = path.join(rig.folder, `some é.${ending}`);
    const done = await rig.engine.call('exportTable', {
      table,
      filter,
      sort,
      columns: ['day', 'id', 'kind'],
      output,
    });
    expect(done).toEqual({ rows: expected.length, notes: [] });
    const made = await rig.engine.call('open', { source: { path: output } });
    const page = await rig.engine.call('page', { table: made.table, offset: 0, limit: 5000 });
    expect(page.columns.map(({ name }) => name)).toEqual(['day', 'id', 'kind']);
    expect(page.rows).toEqual(expected.map((one) => [one.day, one.id, one.kind]));
    await rig.engine.call('close', { table: made.table });
    expect(fs.readdirSync(rig.folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('never replaces the file that is shown, and knows its endings', async () => {
    const own = path.join(rig.folder, 'flowers.csv');
    const before = fs.readFileSync(own);
    await expect(rig.engine.call('exportTable', { table, output: own })).rejects.toThrow(
      'would replace the one that is shown',
    );
    await expect(rig.engine.call('exportTable', { table, output: `${own}.docx` })).rejects.toThrow(
      'Rows cannot be written as "flowers.csv.docx".',
    );
    expect(fs.readFileSync(own).equals(before)).toBe(true);
    expect(Papa.parse(before.toString(), { header: true }).data.length).toBeGreaterThan(5000);
  });
});

// Programs from examples: the blocks are run by DuckDB itself, as the recipe view does it.
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asNumber, atoms, atomsSql, combine, type ExampleColumn } from '../../src/recipe/by-example';

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

type Row = readonly (string | null)[];

async function run(sql: string): Promise<(string | null)[][]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowsJson().map((row) => row.map((cell) => (typeof cell === 'string' ? cell : null)));
}

/** What the program found from the examples gives for the other rows; undefined when none is found. */
async function learn(
  columns: readonly ExampleColumn[],
  examples: readonly (readonly [Row, string])[],
  others: readonly Row[],
): Promise<(string | null)[] | undefined> {
  const blocks = atoms(columns);
  const rows = examples.map(([row]) => row);
  const given = await run(atomsSql(blocks, columns, rows));
  const values = blocks.map((_, k) => given.map((row) => row[k] ?? null));
  const found = combine(
    blocks,
    values,
    examples.map(([, wanted]) => wanted),
  );
  if (found === undefined) return undefined;
  const made = await run(atomsSql([{ sql: found, cost: 0 }], columns, others));
  return made.map(([cell]) => cell ?? null);
}

const text = (name: string): ExampleColumn => ({ name, sqlType: 'VARCHAR' });

describe('one example is enough for', () => {
  test.each<[string, ExampleColumn[], [Row, string], Row[], (string | null)[]]>([
    [
      'a first word',
      [text('species')],
      [['Adelie Penguin (P. adeliae)'], 'Adelie'],
      [['Gentoo penguin'], [null]],
      ['Gentoo', null],
    ],
    [
      'what stands in brackets',
      [text('s')],
      [['Munich (DE)'], 'DE'],
      [['Paris (FR)'], ['Nowhere']],
      ['FR', null],
    ],
    ['the number in a text', [text('s')], [['about 12 kg'], '12'], [['7 kg'], ['some 130 kg']], ['7', '130']],
    [
      'the end of an address',
      [text('mail')],
      [['ada@example.org'], 'example.org'],
      [['bob@mail.example.com']],
      ['mail.example.com'],
    ],
    [
      'a name turned round',
      [text('name')],
      [['Lovelace, Ada'], 'Ada Lovelace'],
      [['Hopper, Grace']],
      ['Grace Hopper'],
    ],
    [
      'two columns in one',
      [text('first'), text('last')],
      [['ada', 'lovelace'], 'Ada LOVELACE'],
      [['grace', 'hopper']],
      ['Grace HOPPER'],
    ],
    [
      'initials',
      [text('first'), text('last')],
      [['Ada', 'Lovelace'], 'A. L.'],
      [['Grace', 'Hopper']],
      ['G. H.'],
    ],
    ['a file’s ending', [text('file')], [['a/b/photo.final.JPG'], 'jpg'], [['x.PNG']], ['png']],
    [
      'the year of a date',
      [{ name: 'd', sqlType: 'DATE' }],
      [['2024-03-09'], '2024'],
      [['1999-12-31']],
      ['1999'],
    ],
    [
      'the month’s name',
      [{ name: 'd', sqlType: 'DATE' }],
      [['2024-03-09'], 'March'],
      [['1999-12-31']],
      ['December'],
    ],
    [
      'a date written otherwise',
      [text('d')],
      [['25.12.2023'], '2023-12-25'],
      [['01.02.2024'], ['no date']],
      ['2024-02-01', null],
    ],
    ['a name with quotes', [text(`it's "new"`)], [["O'Neil; Ann"], 'Ann'], [['Smith; Bob']], ['Bob']],
  ])('%s', async (_, columns, example, others, outcome) => {
    expect(await learn(columns, [example], others)).toEqual(outcome);
  });
});

test('a second example tells what the first leaves open', async () => {
  const columns = [text('s')];
  const first: [Row, string] = [['2024-11-11'], '11'];
  expect(await learn(columns, [first], [['2024-05-17']])).toEqual(['05']);
  expect(await learn(columns, [first, [['2023-01-30'], '30']], [['2024-05-17']])).toEqual(['17']);
});

test('what no program makes is said to be so', async () => {
  const columns = [text('s')];
  expect(await learn(columns, [[['abc'], 'xyz']], [['def']])).toBeUndefined();
  expect(
    await learn(
      columns,
      [
        [['one'], '1'],
        [['two'], '2'],
      ],
      [['three']],
    ),
  ).toBeUndefined();
  expect(await learn(columns, [[['7'], 'Customer 7']], [['8']])).toBeUndefined();
  expect(
    await learn(
      columns,
      [
        [['7'], 'Customer 7'],
        [['12'], 'Customer 12'],
      ],
      [['8']],
    ),
  ).toEqual(['Customer 8']);
  // The same fixed text for all rows is not what anyone means.
  expect(await learn(columns, [[['abc'], 'constant']], [['def']])).toBeUndefined();
});

test('numbers become numbers only where their text says so', () => {
  expect(asNumber('x', ['12', '-3'])).toBe('TRY_CAST(x AS BIGINT)');
  expect(asNumber('x', ['12', '0.5'])).toBe('TRY_CAST(x AS DOUBLE)');
  expect(asNumber('x', ['007'])).toBeUndefined();
  expect(asNumber('x', ['12', 'a'])).toBeUndefined();
});

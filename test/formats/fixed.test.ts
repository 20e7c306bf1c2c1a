import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine, type TestEngine } from '../engine/build';
import { lookAt, type Looked } from '../engine/look';
import { detectCuts } from '../../src/formats/fixed';

/** Texts whose cells stand under each other, some of them empty or with blanks in them. */
let run: TestEngine;
beforeAll(async () => {
  run = await startEngine();
});
afterAll(() => run.remove());

const look = (name: string, content: string | Buffer, dialect?: object): Promise<Looked> =>
  lookAt(run, name, content, dialect);

const STAFF = `name       city         age  income
Anna       New York      34    1200
Bob        Paris          7     300

Charles M  Los Angeles   45   99999
Dora       Rome                  12
Émile                     5
`;
const STAFF_ROWS = [
  ['Anna', 'New York', 34, 1200],
  ['Bob', 'Paris', 7, 300],
  ['Charles M', 'Los Angeles', 45, 99999],
  ['Dora', 'Rome', null, 12],
  ['Émile', null, 5, null],
];

it.each<[string, string | Buffer]>([
  ['lf.txt', STAFF],
  ['crlf.dat', STAFF.replaceAll('\n', '\r\n')],
  ['open.data', STAFF.trimEnd()],
  ['latin1.txt', Buffer.from(STAFF, 'latin1')],
  ['wide.txt', Buffer.from(`\ufeff${STAFF}`, 'utf16le')],
])('cells that are empty or hold blanks are where the header says: %s', async (name, content) => {
  const table = await look(name, content);
  expect(table.names).toEqual(['name', 'city', 'age', 'income']);
  expect(table.types).toEqual(['VARCHAR', 'VARCHAR', 'BIGINT', 'BIGINT']);
  expect(table.rows).toEqual(STAFF_ROWS);
  expect(table.first).toEqual(STAFF_ROWS);
  expect(table.rejected).toBe(0);
  expect(table.dialect).toMatchObject({
    delimiter: ' ',
    cuts: [1, 12, 25, 30],
    gaps: true,
    quote: '',
    header: true,
    skip: 0,
  });
});

it('a title above, rules and a remark: what is no row is told, with its line', async () => {
  const table = await look(
    'report.txt',
    `Staff report 2024

name    place     n
-----   -------  --
Ann     New York  1
Bob               2
Eve     Rome      3
Ron     Bari      4
-------------------
a remark that stands across the columns
`,
  );
  expect(table.rows).toEqual([
    ['Ann', 'New York', 1],
    ['Bob', null, 2],
    ['Eve', 'Rome', 3],
    ['Ron', 'Bari', 4],
  ]);
  expect(table.dialect).toMatchObject({ cuts: [1, 9, 19], skip: 2 });
  expect(table.rejects.map(({ line, raw }) => [line, raw])).toEqual([
    [4, '-----   -------  --'],
    [9, '-------------------'],
    [10, 'a remark that stands across the columns'],
  ]);
  expect(new Set(table.reasons)).toEqual(
    new Set(['Its text does not stand under the names of the columns.']),
  );
});

it('a text that stands across a place far down is a problem, not two halves', async () => {
  const line = (k: number): string => `${String(k).padEnd(8)}${k % 7 === 0 ? '' : 'a b'.padEnd(6)}`.trimEnd();
  const lines = Array.from({ length: 9000 }, (_, k) => (k === 8000 ? '8000    a very long text' : line(k)));
  lines[8001] = '8001  wxyz';
  const table = await look('late.txt', `id      text\n${lines.join('\n')}\n`);
  expect([table.rejected, table.rejects[0]?.line, table.rejects[0]?.raw]).toEqual([1, 8003, '8001  wxyz']);
  expect(table.types).toEqual(['BIGINT', 'VARCHAR']);
});

describe('what the person chose', () => {
  it('the places of the cells', async () => {
    const table = await look('chosen.txt', 'id  code\n1   a b c\n2   d e f\n', {
      delimiter: ' ',
      cuts: [1, 5, 7],
    });
    expect(table.names).toEqual(['id', 'co', 'de']);
    expect(table.rows).toEqual([
      [1, 'a', 'b c'],
      [2, 'd', 'e f'],
    ]);
  });

  it('blanks divide, wherever they stand', async () => {
    const table = await look('blanks.txt', STAFF.replace('Émile', 'Emil '), { delimiter: ' ', cuts: [] });
    expect(table.rows.slice(0, 2)).toEqual([
      ['Anna', 'New', 'York', '34', 1200, null],
      ['Bob', 'Paris', '7', '300', null, null],
    ]);
    expect(table.dialect).toMatchObject({ cuts: [], quote: '"' });
  });

  it('a line that holds one blank is no empty line', async () => {
    const table = await look('blank.txt', 'a b\n1 2\n \n3 4\n5 6\n', { delimiter: ' ', cuts: [] });
    expect(table.rows.length + table.rejected).toBe(4);
    expect(table.rows).toContainEqual([5, 6]);
  });
});

it('where the cells of a text begin', () => {
  const cuts = (text: string): readonly number[] | undefined => detectCuts(text, true)?.cuts;
  expect(cuts('a   b\n1   2\n3   4\n5   6\n')).toEqual([1, 5]);
  expect(cuts('a    b\n1\n2\n3\n4\n')).toEqual([1, 6]);
  expect(cuts('   n name\n   1 A B\n  20 C\n 300\n')).toEqual([2, 6]);
});

it.each([
  ['prose', 'This is a text.\nIt has lines, 3 in all.\nNothing is a table.\nSo it is none.\n'],
  ['a list of numbers', 'n\n1\n2\n3\n4\n'],
  ['too few lines to tell', 'name    n\nAnn     1\nB C     2\n'],
  ['no numbers', 'a   b\nx   y\nz   w\nv   u\n'],
])('none of those: %s', (_, text) => {
  expect(detectCuts(text, true)).toBeUndefined();
});

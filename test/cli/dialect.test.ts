import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSandbox, type Sandbox } from './mll';

/** How a person says that a text table is read otherwise than was detected. */
let box: Sandbox;

beforeAll(() => {
  box = makeSandbox();
  // A title that looks like the header, decimal commas, a sign as delimiter that is none of the usual.
  box.write('odd.txt', 'a~b~c\nsite~value~note\nnorth~1,5~"x~y"\nsouth~2,25~z\n');
});
afterAll(() => box.remove());

interface Said {
  readonly chosen: object;
  readonly columns: readonly string[];
}
interface Rows {
  readonly columns: readonly { name: string; type: string }[];
  readonly rows: readonly (readonly unknown[])[];
}
const dialect = async (...args: string[]): Promise<Said> =>
  (await box.mll('--json', '--yes', 'data', 'dialect', 'odd.txt', ...args)).json() as Said;
const rows = async (name: string): Promise<Rows> =>
  (await box.mll('--json', 'data', 'preview', name)).json() as Rows;

describe('mll data dialect', () => {
  it('chooses parts one after the other; the others are detected', async () => {
    expect(await dialect()).toMatchObject({ chosen: {} });
    const chosen = await dialect('--delimiter', '~', '--decimal', ',');
    expect(chosen.chosen).toEqual({ delimiter: '~', decimal: ',' });
    expect((await dialect('--skip', '1')).columns).toEqual(['site', 'value', 'note']);
  });

  it('holds for everything that reads the file, and for the dataset that it becomes', async () => {
    const expected = [
      ['north', 1.5, 'x~y'],
      ['south', 2.25, 'z'],
    ];
    expect((await rows('odd.txt')).rows).toEqual(expected);
    await box.mll('--yes', 'data', 'add', 'odd.txt', '--name', 'sites');
    const { columns, rows: read } = await rows('sites');
    expect(read).toEqual(expected);
    expect(columns.map(({ type }) => type)).toEqual(['text', 'number', 'text']);
    const summed = await box.mll('--json', 'data', 'sql', 'select sum(value) from sites');
    expect((summed.json() as Rows).rows).toEqual([[3.75]]);
  });

  it('adds what stands for a missing value in a column', async () => {
    expect((await dialect('--missing', 'value=2,25')).chosen).toMatchObject({ missing: { value: ['2,25'] } });
    expect((await dialect('--missing', 'value=n.a.', 'note=z')).chosen).toMatchObject({
      missing: { value: ['2,25', 'n.a.'], note: ['z'] },
    });
    expect((await rows('odd.txt')).rows).toEqual([
      ['north', 1.5, 'x~y'],
      ['south', null, null],
    ]);
    const refused = await box.mll('--yes', 'data', 'dialect', 'odd.txt', '--missing', 'value');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('"value" names no column')]);
  });

  it('is forgotten on demand', async () => {
    const { chosen, columns } = await dialect('--detect');
    expect(chosen).toEqual({});
    expect(columns).not.toContain('site');
  });

  it('refuses what is no single sign', async () => {
    const refused = await box.mll('--yes', 'data', 'dialect', 'odd.txt', '--delimiter', '::');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('The delimiter must be one character');
    // What is wrong is not kept.
    expect((await box.mll('data', 'preview', 'odd.txt')).code).toBe(0);
  });
});

it('chooses the places of cells in fixed columns, and shows control characters by their pictures', async () => {
  // Two names run together in the header, which is not told from one.
  box.write('fixed.txt', 'id  codenote\n1   A  1one two\n2   B  2\n3      3\tx\u001b[31m\n');
  const said = (
    await box.mll(
      '--json',
      '--yes',
      'data',
      'dialect',
      'fixed.txt',
      '--delimiter',
      'space',
      '--cuts',
      '1,5,9',
    )
  ).json() as Said;
  expect(said).toMatchObject({
    chosen: { delimiter: ' ', cuts: [1, 5, 9] },
    columns: ['id', 'code', 'note'],
  });
  const shown = await box.mll('data', 'preview', 'fixed.txt');
  expect(shown.stdout).toBe(
    'id  code  note\n1   A  1  one two\n2   B  2\n3   3     ␉x␛[31m\n\nrows 1–3 of 3 rows\n',
  );
  const refused = await box.mll('--yes', 'data', 'dialect', 'fixed.txt', '--cuts', '5,1');
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining('"5,1" are no places in a line.'),
  ]);
  await box.mll('--yes', 'data', 'dialect', 'fixed.txt', '--detect');
  box.write('one.csv', 'a,"b\nc"\n1,"x\r\ny"\n');
  expect((await box.mll('data', 'preview', 'one.csv')).stdout).toBe('a  b↵c\n1  x↵y\n\nrows 1–1 of 1 row\n');
});

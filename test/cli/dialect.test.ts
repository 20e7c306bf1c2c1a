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

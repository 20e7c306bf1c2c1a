import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSandbox, type Sandbox } from './mll';

let box: Sandbox;
beforeAll(() => {
  box = makeSandbox();
  box.write('cities.csv', '\uFEFFid;city\r\n1;"Paris"\r\n2;Rome\n3;Oslo');
});
afterAll(() => box.remove());

const edit = (...args: string[]): ReturnType<Sandbox['mll']> =>
  box.mll('--json', 'data', 'edit', 'cities.csv', ...args);

describe('mll data edit', () => {
  it('puts a text into one cell and leaves the rest of the file alone', async () => {
    const done = await edit('--row', '3', '--column', 'city', '--value', 'Oslo; Norway');
    expect(done.json()).toMatchObject({ row: 3, column: 'city', before: 'Oslo', value: 'Oslo; Norway' });
    await edit('--row', '1', '--column', 'city', '--value', '');
    expect(readFileSync(path.join(box.folder, 'cities.csv'), 'utf8')).toBe(
      '\uFEFFid;city\r\n1;""\r\n2;Rome\n3;"Oslo; Norway"',
    );
  });

  it('says which row or column is not there', async () => {
    const row = await edit('--row', '9', '--column', 'city', '--value', 'x');
    expect(row.code).not.toBe(0);
    expect(row.json()).toMatchObject({ error: { message: 'There is no row 9: the table has 3 rows.' } });
    const column = await edit('--row', '1', '--column', 'town', '--value', 'x');
    expect(column.json()).toMatchObject({ error: { fix: 'The columns are: id, city.' } });
  });
});

describe('mll data checks', () => {
  it('looks at a target and at another table', async () => {
    const rows = Array.from(
      { length: 100 },
      (_, k) => `${k},${k < 5 ? 'rare' : 'usual'},${k < 5 ? 'r' : 'u'}`,
    );
    box.write('train.csv', `n,y,code\n${rows.join('\n')}\n`);
    box.write('test.csv', `n,y,code\n${rows.slice(3, 7).join('\n')}\n8,usual,v\n`);
    const done = await box.mll('--json', 'data', 'checks', 'test.csv', '--against', 'train.csv');
    expect(done.json()).toMatchObject({
      findings: [{ kind: 'overlap', rows: 4, filter: [{ is: 'rows', rows: [0, 1, 2, 3] }] }],
    });
    const target = await box.mll('data', 'checks', 'train.csv', '--target', 'y');
    expect(target.stdout).toContain('5 rows are of a small class of 2: moderate imbalance');
    expect(target.stdout).toContain("determines the target y (Theil's U = 1)");
  });
});

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testPython } from '../python';
import { makeSandbox, type Sandbox } from './mll';

let box: Sandbox;
beforeAll(async () => {
  box = makeSandbox('mll ordner ');
  // 400 sales in four files, of a shop and a year that only the folders tell.
  for (let part = 0; part < 4; part += 1) {
    const folder = path.join(
      box.folder,
      'sales',
      `shop=${part % 2 === 0 ? 'Süd' : 'Nord'}`,
      `year=${2020 + part}`,
    );
    fs.mkdirSync(folder, { recursive: true });
    const lines = Array.from({ length: 100 }, (_, at) => {
      const id = part * 100 + at;
      return `${id},${(id * 7) % 50},${(id * 7) % 50 > 25 ? 'many' : 'few'}`;
    });
    fs.writeFileSync(path.join(folder, `part-${part}.csv`), `${['id,pieces,class', ...lines].join('\n')}\n`);
  }
  fs.writeFileSync(path.join(box.folder, 'sales', 'returns.csv'), 'id,why\n1,broken\n');
  expect((await box.mll('--yes', 'init')).code).toBe(0);
  expect((await box.mll('--yes', 'env', 'use', testPython())).code).toBe(0);
});
afterAll(() => box.remove());

const done = <T>(...args: string[]): Promise<T> => box.done<T>(...args);

interface Preview {
  readonly columns: readonly { name: string }[];
  readonly rows: readonly unknown[][];
  readonly files: readonly string[];
  readonly total: number;
}

it('looks at a folder and at a pattern, and says which file a row is from and what is left out', async () => {
  const page = await done<Preview>('data', 'preview', 'sales', '--rows', '1', '--offset', '100');
  expect(page).toMatchObject({
    rows: [[300, 0, 'few', 'Nord', 2023]],
    total: 400,
    files: ['shop=Nord/year=2023/part-3.csv'],
  });
  expect(page.columns.map((one) => one.name)).toEqual(['id', 'pieces', 'class', 'shop', 'year']);
  const some = await done<Preview>('data', 'preview', 'sales/shop=N*/**/*.csv', '--rows', '1');
  expect(some).toMatchObject({ rows: [[100, 0, 'few', 'Nord', 2021]], total: 200 });
  const { rows, notes } = await done<{ rows: number; notes: string[] }>('data', 'profile', 'sales');
  expect({ rows, notes }).toEqual({
    rows: 400,
    notes: [
      '1 of 5 files not in the table (in no such folder, the others in folders of shop, year): returns.csv.',
    ],
  });
  const nothing = await box.mll('--json', 'data', 'preview', 'sales/*.parquet');
  expect({
    code: nothing.code,
    error: (nothing.json() as { error: { message: string } }).error.message,
  }).toEqual({
    code: 1,
    error: expect.stringMatching(/^No file is named by .*sales.\*\.parquet\.$/) as string,
  });
});

it('is a dataset, in SQL, checks and recipes, and what a model is trained on', async () => {
  expect(await done('data', 'add', 'sales')).toMatchObject({
    dataset: { name: 'sales', rows: 400, source: { path: 'sales' } },
  });
  expect(await done('data', 'add', 'sales/shop=*/year=2020/*.csv', '--name', 'first')).toMatchObject({
    dataset: { rows: 100, source: { path: 'sales/shop=*/year=2020/*.csv' } },
  });
  const sql = await done<{ rows: unknown[][] }>(
    'data',
    'sql',
    'SELECT shop, count(*), sum(id) FROM sales GROUP BY shop ORDER BY shop',
  );
  expect(sql.rows).toEqual([
    ['Nord', 200, 49_900],
    ['Süd', 200, 29_900],
  ]);
  const checked = await done<{ findings: { kind: string; column: string }[] }>('data', 'checks', 'sales');
  expect(checked.findings).toContainEqual(expect.objectContaining({ kind: 'id', column: 'id' }));
  expect(await done('data', 'export', 'sales', '-o', 'all.xlsx', '--columns', 'shop', 'id')).toMatchObject({
    rows: 400,
    notes: [],
  });
  expect(await done('data', 'preview', 'all.xlsx', '--rows', '1', '--offset', '399')).toMatchObject({
    columns: [{ name: 'shop' }, { name: 'id' }],
    rows: [['Süd', 299]],
    total: 400,
  });
  await done('recipe', 'suggest', 'sales', '--target', 'class', '-o', 'sales.recipe.yaml');
  const text = fs.readFileSync(path.join(box.folder, 'sales.recipe.yaml'), 'utf8');
  expect(text).toMatch(/^input: sales$/m);
  const ran = await done<{ rowsIn: number; rowsOut: number }>(
    ...['recipe', 'run', 'sales.recipe.yaml', '--input', 'sales', '--output', 'clean.parquet'],
  );
  expect(ran.rowsIn).toBe(400);
  const { run } = await done<{ run: { status: string } }>(
    ...['train', '--data', 'sales', '--target', 'class', '--algorithm', 'linear'],
  );
  expect(run.status).toBe('completed');
});

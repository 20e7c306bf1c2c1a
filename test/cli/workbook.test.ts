import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tablesPython } from '../formats/rig';
import { testPython } from '../python';
import { makeSandbox, type Sandbox } from './mll';

const PENGUINS = path.resolve(import.meta.dirname, '../../node_modules/vega-datasets/data/penguins.json');
/** A title, a blank row, the penguins; a sheet of notes before them. */
const MAKE = `
import json, sys, openpyxl
rows = json.load(open(sys.argv[1]))
book = openpyxl.Workbook()
book.active.title = "Notes"
book.active.append(["what", "by whom"])
book.active.append(["penguins", "K. Gorman"])
sheet = book.create_sheet("Pingüine")
sheet.append(["Penguins of the Palmer Archipelago"])
sheet.append([])
sheet.append(list(rows[0]))
for row in rows:
    sheet.append(list(row.values()))
book.save(sys.argv[2])
`;

let box: Sandbox;
beforeAll(async () => {
  box = makeSandbox('mll tabellen ');
  execFileSync(tablesPython(), ['-c', MAKE, PENGUINS, path.join(box.folder, 'penguins.xlsx')]);
  expect((await box.mll('--yes', 'init')).code).toBe(0);
  expect((await box.mll('--yes', 'env', 'use', testPython())).code).toBe(0);
});
afterAll(() => box.remove());

const done = <T>(...args: string[]): Promise<T> => box.done<T>(...args);

interface Preview {
  readonly columns: readonly { name: string }[];
  readonly rows: readonly unknown[][];
}

it('looks at a sheet, chooses it, and trains on it', async () => {
  const preview = (...args: string[]): Promise<Preview> =>
    done<Preview>('data', 'preview', 'penguins.xlsx', '--rows', '1', ...args);
  expect((await preview()).rows).toEqual([['penguins', 'K. Gorman']]);
  expect((await preview('--table', 'Pingüine')).rows[0]?.slice(0, 3)).toEqual(['Adelie', 'Torgersen', 39.1]);
  // That was for one look.
  expect((await preview()).rows).toEqual([['penguins', 'K. Gorman']]);
  expect(await done('data', 'add', 'penguins.xlsx')).toMatchObject({
    dataset: { name: 'penguins', rows: 1 },
  });
  expect(await done('data', 'tables', 'penguins', '--choose', 'Pingüine')).toEqual({
    tables: ['Notes', 'Pingüine'],
    chosen: 'Pingüine',
  });
  const profile = await done<{ rows: number; notes: string[] }>('data', 'profile', 'penguins');
  expect(profile).toMatchObject({
    rows: 344,
    notes: ['Above the table, and not in it: Penguins of the Palmer Archipelago'],
  });
  const sql = await done<{ rows: unknown[][] }>(
    'data',
    'sql',
    'SELECT count(*), max("Body Mass (g)") FROM penguins',
  );
  expect(sql.rows).toEqual([[344, 6300]]);
  const { run } = await done<{ run: { status: string; metrics: Record<string, number>; id: string } }>(
    'train',
    '--data',
    'penguins.xlsx',
    '--target',
    'Species',
    '--algorithm',
    'linear',
  );
  expect(run.status).toBe('completed');
  expect(run.metrics['test.accuracy'] ?? run.metrics.accuracy).toBeGreaterThan(0.9);
  const { dataset } = await done<{ dataset: { rows: number; columns: unknown[] } }>(
    'data',
    'show',
    'penguins',
  );
  expect(dataset.rows).toBe(344);
  expect(dataset.columns).toHaveLength(7);
  const refused = await box.mll('data', 'tables', 'penguins', '--choose', 'Nope', '--json');
  expect(refused.code).toBe(1);
  expect(JSON.stringify(refused.json())).toContain('has no table \\"Nope\\"');
  expect(fs.readdirSync(path.join(box.folder, '.ml', 'dialects'))).toHaveLength(1);
});

it('names the tables on one sheet, and reads the chosen one from then on', async () => {
  const make = `import sys, openpyxl
book = openpyxl.Workbook()
book.active.title = "Year"
for row in [["city", "amount"], ["Oslo", 10], [], ["Returns"], ["id", "city"], [1, "Lima"], [2, "Rome"]]:
    book.active.append(row)
book.save(sys.argv[1])`;
  execFileSync(tablesPython(), ['-c', make, path.join(box.folder, 'two.xlsx')]);
  const profile = await done<{ rows: number; notes: string[] }>('data', 'profile', 'two.xlsx');
  expect(profile).toMatchObject({
    rows: 1,
    notes: [
      'The sheet holds 2 tables, each opens by its name: Year!A1:B2 (this one) · Year!A5:B7 (under “Returns”)',
    ],
  });
  expect(await done('data', 'tables', 'two.xlsx', '--choose', 'Year!A5:B7')).toEqual({
    tables: ['Year'],
    chosen: 'Year!A5:B7',
  });
  expect(await done('data', 'add', 'two.xlsx')).toMatchObject({ dataset: { name: 'two', rows: 2 } });
  const sql = await done<{ rows: unknown[][] }>('data', 'sql', 'SELECT id, city FROM two ORDER BY 1');
  expect(sql.rows).toEqual([
    [1, 'Lima'],
    [2, 'Rome'],
  ]);
});

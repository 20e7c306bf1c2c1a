import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testPython } from '../python';
import { exportedPython } from '../recipe/exported';
import { makeSandbox, type Sandbox } from './mll';

let box: Sandbox;
beforeAll(() => {
  box = makeSandbox("mll it's {input} ");
});
afterAll(() => box.remove());

const DATA = `day,x,kind,note,y
${Array.from({ length: 200 }, (_, row) => {
  const x = row % 9 === 0 ? '' : ((row * 37) % 101) / 4;
  const kind = row % 13 === 0 ? '' : ['u', ' v ', 'it is "w"'][row % 3];
  return `2024-${String(1 + (row % 12)).padStart(2, '0')}-11,${x},"${(kind ?? '').replaceAll('"', '""')}",{input} ${row % 5},${row % 3 ? 'no' : 'yes'}`;
}).join('\n')}
`;

const RECIPE = `recipe: 1
input: data.csv
target: y
split: { test: 0.25, method: stratified, seed: 3 }
steps:
  - trim: { columns: [kind] }
  - fill_missing: { columns: [x], with: median }
    note: |
      the median; DROP TABLE x
      of the training part
  - fill_missing: { columns: [kind], with: mode }
  - drop_duplicates: { columns: [x, kind], keep: first }
  - encode: { columns: [kind], method: one_hot, unknown: other }
  - scale: { columns: [x], method: standard }
  - date_parts: { columns: [day], parts: [month] }
  - drop_columns: { columns: [note] }
    disabled: true
`;

/** The table that the SQL gives in a DuckDB of somebody else. */
function run(sql: string): string {
  const script = 'import duckdb, sys; duckdb.sql(open(sys.argv[1]).read()).write_csv(sys.argv[2])';
  const [from, to] = [path.join(box.folder, 'run.sql'), path.join(box.folder, 'run.csv')];
  fs.writeFileSync(from, sql);
  execFileSync(testPython(), ['-c', script, from, to]);
  return fs.readFileSync(to, 'utf8');
}

it('exported SQL gives the table that the recipe gives', async () => {
  box.write('data.csv', DATA);
  box.write('data.recipe.yaml', RECIPE);
  const made = await box.mll('recipe', 'run', 'data.recipe.yaml', '--output', 'out.csv');
  expect(made.code).toBe(0);
  const expected = fs.readFileSync(path.join(box.folder, 'out.csv'), 'utf8');
  expect(expected.split('\n').length).toBeGreaterThan(50);

  const plain = await box.mll('recipe', 'export', 'data.recipe.yaml', '--as', 'sql');
  expect(plain.code).toBe(0);
  expect(run(plain.stdout)).toBe(expected);
  expect(plain.stdout.split('\n').slice(0, 6)).toEqual([
    '-- data.recipe.yaml as SQL for DuckDB 1.5.',
    '-- What its steps remember was taken from the training part of 200 rows.',
    '-- 1. trim',
    '-- 2. fill_missing: the median; DROP TABLE x',
    '-- of the training part',
    '--',
  ]);

  const written = await box.mll('--json', 'recipe', 'export', 'data.recipe.yaml', '-o', 'steps.sql');
  const { sql, output } = written.json() as { sql: string; output: string };
  expect(sql.trimEnd()).toBe(plain.stdout.trimEnd());
  expect(fs.readFileSync(output, 'utf8')).toBe(sql);
  expect((await box.mll('--json', 'recipe', 'export', 'data.recipe.yaml', '-o', 'steps.sql')).code).toBe(1);
});

/** The tables that a notebook's last cell shows, as CSV, run cell by cell in a Python of somebody else. */
function runNotebook(file: string): string {
  const script = `
import json, sys
cells = [c["source"] for c in json.load(open(sys.argv[1]))["cells"] if c["cell_type"] == "code"]
names = {}
for cell in cells[:-1]:
    exec(cell, names)
head, last = cells[-1].rsplit("\\n", 1) if "\\n" in cells[-1] else ("", cells[-1])
exec(head, names)
out = eval(last, names)
import duckdb
(out if hasattr(out, "write_csv") and sys.argv[3] == "sql" else duckdb.sql("SELECT * FROM out")).write_csv(sys.argv[2])
`;
  const csv = path.join(box.folder, 'notebook.csv');
  execFileSync(testPython(), ['-c', script, file, csv, file.includes('sql') ? 'sql' : 'frame']);
  return fs.readFileSync(csv, 'utf8');
}

it.each(['pandas', 'sql'])('a notebook with %s gives the table that the recipe gives', async (as) => {
  const expected = fs.readFileSync(path.join(box.folder, 'out.csv'), 'utf8');
  const file = `${as}.ipynb`;
  const made = await box.mll('recipe', 'export', 'data.recipe.yaml', '--as', as, '-o', file);
  expect(made.code).toBe(0);
  const notebook = JSON.parse(fs.readFileSync(path.join(box.folder, file), 'utf8')) as {
    nbformat: number;
    cells: { cell_type: string; id: string; source: string }[];
  };
  expect(notebook.nbformat).toBe(4);
  expect(notebook.cells.map((cell) => cell.cell_type)).toEqual(
    as === 'sql' ? ['markdown', 'code', 'code'] : ['markdown', 'code', 'code', 'code'],
  );
  expect(notebook.cells.some((cell) => cell.source.includes('of the training part'))).toBe(true);
  const rows = (csv: string): string[][] =>
    csv
      .split('\n')
      .map((line) =>
        line
          .split(',')
          .map((cell) => (Number.isNaN(Number(cell)) || cell === '' ? cell : Number(cell).toPrecision(9))),
      );
  expect(rows(runNotebook(path.join(box.folder, file)))).toEqual(rows(expected));
});

it('each notebook is valid by nbformat', async () => {
  const files = ['sql', 'pandas', 'polars'].map((as) => path.join(box.folder, `valid-${as}.ipynb`));
  for (const [k, as] of ['sql', 'pandas', 'polars'].entries()) {
    const made = await box.mll('recipe', 'export', 'data.recipe.yaml', '--as', as, '-o', files[k] ?? '');
    expect(made.code).toBe(0);
  }
  const script = `
import sys, nbformat, warnings
warnings.simplefilter("error")
for file in sys.argv[1:]:
    notebook = nbformat.read(file, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    print(notebook.nbformat, notebook.nbformat_minor, len(notebook.cells))
`;
  const said = execFileSync(exportedPython(), ['-c', script, ...files], { encoding: 'utf8' });
  expect(said.trim().split('\n')).toEqual(['4 5 3', '4 5 4', '4 5 4']);
});

it('says what cannot be exported', async () => {
  fs.writeFileSync(path.join(box.folder, 'latin.csv'), Buffer.from('a,b\nJürgen,1\n', 'latin1'));
  box.write('latin.recipe.yaml', 'recipe: 1\ninput: latin.csv\nsteps: []\n');
  const latin = await box.mll('--json', 'recipe', 'export', 'latin.recipe.yaml');
  expect(latin.code).toBe(1);
  expect(latin.json()).toMatchObject({
    error: { kind: 'unsupported', fix: expect.stringContaining('UTF-8') as string },
  });
  expect((await box.mll('--json', 'recipe', 'export', 'latin.recipe.yaml', '--as', 'cobol')).code).toBe(2);
});

it('a file that would stand in the way of its own library is refused, whatever else the recipe does', async () => {
  box.write('data.csv', DATA);
  box.write('data.recipe.yaml', RECIPE);
  for (const name of ['pandas.py', 'Random.py']) {
    const refused = await box.mll('recipe', 'export', 'data.recipe.yaml', '--as', 'pandas', '-o', name);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/would be imported in the place of the library[^]*_recipe\.py/u);
    expect(fs.existsSync(path.join(box.folder, name))).toBe(false);
  }
  const made = await box.mll(
    'recipe',
    'export',
    'data.recipe.yaml',
    '--as',
    'pandas',
    '-o',
    'pandas_recipe.py',
  );
  expect(made.code).toBe(0);
  const out = execFileSync(exportedPython(), ['pandas_recipe.py'], { cwd: box.folder, encoding: 'utf8' });
  expect(out).toMatch(/\[\d+ rows x \d+ columns\]/u);
});

import fs from 'node:fs';
import path from 'node:path';
import Papa from 'papaparse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf, openWorkbench, type Workbench } from './workbench';

/** SQL over a file as a person uses it: by the button of the data view, with a mistake first. */
let bench: Workbench;
let species: Map<string, number>;

beforeAll(async () => {
  bench = await openWorkbench();
  const text = fs.readFileSync(path.join(bench.workspace, 'penguins.csv'), 'utf8').trim();
  const { data } = Papa.parse<Readonly<Record<string, string>>>(text, { header: true });
  species = new Map();
  for (const row of data) {
    const name = row.species ?? row.Species ?? '';
    species.set(name, (species.get(name) ?? 0) + 1);
  }
});
afterAll(() => bench.close());

describe('the SQL view', () => {
  it('marks a mistake, runs what is mended, and pages the result', async () => {
    await bench.contextMenu(bench.file('penguins.csv'), 'Query with SQL…');
    const frame = await bench.webview('.sql-editor .cm-content');
    const editor = frame.locator('.cm-content');
    const write = async (sql: string): Promise<void> => {
      await editor.click();
      await bench.page.keyboard.press('Control+a');
      await bench.page.keyboard.insertText(sql);
      await bench.page.keyboard.press('Control+Enter');
    };
    await write('SELECT species, count(*) AS n\nFROM pinguins GROUP BY 1');
    await frame.getByText('Line 2, column 6').waitFor();
    expect(await frame.locator('.sql-wrong').innerText()).toBe('pinguins');

    await write('SELECT species, count(*) AS n\nFROM penguins GROUP BY 1 ORDER BY 2 DESC');
    await frame.getByText(`${species.size} rows, 2 columns`).waitFor();
    const cell = (row: number, column: number) => frame.locator(`[id$="-${row + 1}-${column + 1}"]`);
    const expected = [...species].sort((a, b) => b[1] - a[1]);
    await expect.poll(() => cell(0, 0).innerText()).toBe(expected[0]?.[0]);
    expect(await cell(2, 1).innerText()).toBe(String(expected[2]?.[1]));
    expect(await faultsOf(frame)).toEqual([]);
    await bench.shot('sql');
  });

  it('saves the result as a dataset and the query as a file that opens again', async () => {
    let frame = await bench.webview('.sql-editor .cm-content');
    await frame.getByRole('button', { name: 'Save as Dataset…' }).click();
    await bench.chooseFile(path.join(bench.workspace, 'counts.csv'));
    await bench.press('Make Project', 3000);
    await frame.getByText('Dataset counts was added.').waitFor();
    const rows = [...species].sort((a, b) => b[1] - a[1]).map((one) => one.join(','));
    expect(fs.readFileSync(path.join(bench.workspace, 'counts.csv'), 'utf8')).toBe(
      `Species,n\n${rows.join('\n')}\n`,
    );
    await frame.getByText('SQL over penguins.csv').waitFor();
    await frame.getByText('2 tables can be asked').waitFor();

    await frame.getByRole('button', { name: 'Save SQL…' }).click();
    await bench.chooseFile(path.join(bench.workspace, 'counts.sql'));
    await frame.getByText('Saved as counts.sql.').waitFor();
    await bench.contextMenu(bench.file('counts.sql'), 'Query with SQL…');
    frame = await bench.webview('h1', 'SQL over counts.sql');
    expect(await frame.locator('.cm-content').innerText()).toContain('-- data: penguins.csv');
    await frame.locator('.cm-content').click();
    await bench.page.keyboard.press('Control+Enter');
    // The name of the file itself stays known beside `data`.
    await frame.getByText(`${species.size} rows, 2 columns`).waitFor();
  });
});

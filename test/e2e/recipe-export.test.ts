import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { laySample } from '../../scripts/lib/sample.mjs';
import { askingIn } from './asking';
import { openWorkbench, type Workbench } from './workbench';

/** A recipe as code, from the Explorer: on the clipboard, and as a file that opens. */
let bench: Workbench;
let workspace: string;
let state: string;
const TITLE = 'Export penguins.recipe.yaml as Code';

beforeAll(async () => {
  workspace = laySample(fs.mkdtempSync(path.join(os.tmpdir(), 'mll recipe export ')));
  state = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-recipe-export-'));
  fs.writeFileSync(
    path.join(workspace, 'penguins.recipe.yaml'),
    'recipe: 1\ninput: penguins.csv\nsteps:\n  - drop_missing: { columns: [Sex] }\n',
  );
  bench = await openWorkbench({ workspace, env: { MLL_STATE: state } });
});
afterAll(async () => {
  await bench.close();
  for (const folder of [workspace, state])
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

async function exportAs(language: string, place: string): Promise<void> {
  const { answer } = askingIn(bench);
  await bench.activity('Explorer');
  await bench.contextMenu(bench.file('penguins.recipe.yaml'), 'Export Recipe as Code…');
  await answer(TITLE, language);
  await bench.page.locator('.quick-input-box input[placeholder="Where to"]').waitFor();
  await answer(TITLE, place);
}

it('is put on the clipboard, and that is said', async () => {
  await exportAs('SQL', 'Clipboard');
  await expect.poll(() => bench.clipboard()).toMatch(/^-- penguins\.recipe\.yaml as SQL for DuckDB /);
  expect(await bench.clipboard()).toContain('WHERE NOT ("Sex" IS NULL)');
  await bench.command('Notifications: Show Notifications');
  await bench.page
    .locator('.notifications-center')
    .getByText('penguins.recipe.yaml is on the clipboard as SQL.')
    .waitFor();
});

it('is written to a file, which opens', async () => {
  const file = path.join(workspace, 'clean.py');
  await exportAs('polars', 'File…');
  await bench.chooseFile(file);
  await bench.page.getByRole('tab', { name: 'clean.py' }).waitFor();
  const code = fs.readFileSync(file, 'utf8');
  expect(code).toContain('import polars');
  expect(code).toContain('def prepare(');
});

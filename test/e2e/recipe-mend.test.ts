import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf, openWorkbench, type Workbench } from './workbench';

/** A recipe with mistakes is mended, in the view and as text; a recipe from elsewhere reads nothing unasked. */
let bench: Workbench;
let frame: Frame;
let workspace: string;
let elsewhere: string;

const inProject = (name: string): string => path.join(workspace, name);
const yaml = (): string => fs.readFileSync(inProject('sales.recipe.yaml'), 'utf8');
const step = (index: number): Locator => frame.locator(`[data-step="${index}"]`);
const SHOPS = ['Bergen', 'Bergen', 'Bergen', 'Oslo', 'Oslo', ' oslo', 'Bergn', 'Oslo', 'Bergen', 'Oslo'];

beforeAll(async () => {
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'mll mend '));
  elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), 'mll elsewhere '));
  const rows = Array.from(
    { length: 100 },
    (_, k) =>
      `2024-${String(1 + Math.floor(k / 25)).padStart(2, '0')}-${String(1 + (k % 25)).padStart(2, '0')},${SHOPS[k % 10] ?? ''},${k % 7 === 0 ? '' : k},memo ${k},${k % 3 === 0 ? 'yes' : 'no'}`,
  );
  fs.writeFileSync(inProject('sales.csv'), `day,shop,sold,memo,paid\n${rows.join('\n')}\n`);
  fs.writeFileSync(inProject('sizes.csv'), 'shop,size\nBergen,2\nOslo,3\n');
  fs.writeFileSync(
    inProject('sales.recipe.yaml'),
    `recipe: 1
input: sales.csv
target: paid
steps:
  - rename: { shop: place } # new name
  - drop_columns: { columns: [memo] }
  - trim: { columns: [shop] }
  - drop_missing: { columns: [day] }
  - fill_missing: { columns: [sold], with: median }
`,
  );
  fs.writeFileSync(path.join(elsewhere, 'secret.csv'), 'user,password\nada,hunter2\n');
  fs.writeFileSync(
    inProject('downloaded.recipe.yaml'),
    `recipe: 1\ninput: ${JSON.stringify(path.join(elsewhere, 'secret.csv'))}\nsteps: []\n`,
  );
  bench = await openWorkbench({ workspace });
});
afterAll(async () => {
  await bench.close();
  for (const folder of [workspace, elsewhere])
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

describe('the first thing that is opened in a folder which is no project', () => {
  it('a recipe as text has its marks', async () => {
    await bench.contextMenu(bench.file('sales.recipe.yaml'), 'Open With...');
    await bench.page
      .locator('.quick-input-list .monaco-list-row', { hasText: 'Text Editor' })
      .first()
      .click();
    const marks = bench.page.locator('.editor-instance .squiggly-error');
    await expect.poll(() => marks.count(), { timeout: 30_000 }).toBe(1);
    await bench.command('View: Close All Editors');
  });
});

describe('the recipe view', () => {
  it('says which later step lacks which column, and mends it at a click', async () => {
    await bench.contextMenu(bench.file('sales.recipe.yaml'), 'Open Recipe View');
    frame = await bench.webview('.step-broken', undefined, 60_000);
    await step(0)
      .getByText('Step 3 (Trim text) needs the column "shop", which is gone after this step.')
      .waitFor();
    await step(2).getByText('Column "shop" is no longer there: step 1 (rename) calls it "place".').waitFor();
    await frame.getByRole('heading', { name: 'Before step 3, which does not work' }).waitFor();
    expect(await faultsOf(frame)).toEqual([]);
    await bench.shot('recipe-mend');
    await step(2).getByRole('button', { name: 'Use "place" Here' }).click();
    await expect.poll(yaml).toMatch(/trim: \{ columns: \[ ?place ?\] \}/);
    await frame.locator('.step-broken').waitFor({ state: 'detached' });
    expect(yaml()).toContain('# new name');
    await frame.getByRole('button', { name: 'Undo' }).click();
    await step(2).getByRole('button', { name: 'Switch Off', exact: true }).click();
    await expect.poll(yaml).toMatch(/trim: .*\n +disabled: true/);
    await step(0).locator('.act-remove').click();
    await expect.poll(yaml).not.toContain('rename');
    await step(0).getByText('Drop columns').waitFor();
    await step(1).locator('.act-toggle').click();
    await frame.getByRole('heading', { name: 'After all steps' }).waitFor();
  });

  it('writes the new name into an expression that names a column which an earlier step renamed', async () => {
    const inside = inProject('inside.recipe.yaml');
    const steps = `  - rename: { shop: "the place" }\n  - compute: { long: "length(shop) > 4 OR shop = 'shop'" } # long names\n`;
    fs.writeFileSync(inside, `recipe: 1\ninput: sales.csv\nsteps:\n${steps}`);
    await bench.contextMenu(bench.file('inside.recipe.yaml'), 'Open Recipe View');
    frame = await bench.webview('.step-broken', undefined, 60_000);
    await step(1).getByText('Step 2 (compute) cannot be done: There is no column "shop".').waitFor();
    await frame.getByRole('heading', { name: 'Before step 2, which does not work' }).waitFor();
    await bench.shot('recipe-mend-inside');
    await step(1).getByRole('button', { name: 'Use "the place" Here' }).click();
    await frame.getByRole('heading', { name: 'After all steps' }).waitFor();
    const after = fs.readFileSync(inside, 'utf8');
    expect(after).toContain(
      `compute: { long: length("the place") > 4 OR "the place" = 'shop' } # long names`,
    );
    await bench.command('View: Close Editor');
    await bench.contextMenu(bench.file('sales.recipe.yaml'), 'Open Recipe View');
    frame = await bench.webview('[data-step="2"]', undefined, 60_000);
  });

  it('shows which steps an endpoint runs, and what a request must carry', async () => {
    await step(2).getByText('in preparing and training only').waitFor();
    await frame.getByRole('button', { name: 'Endpoint: 3 of 4 steps' }).click();
    const panel = frame.getByRole('region', { name: 'At an endpoint' });
    await panel.getByRole('heading', { name: 'Must be in a request (2)' }).waitFor();
    await panel.getByRole('heading', { name: 'May be left out, a step fills them (1)' }).waitFor();
    const named = await panel.locator('.request-columns li').allInnerTexts();
    expect(named.map((one) => one.replaceAll(/\s+/g, ' '))).toEqual([
      'day date',
      'shop text',
      'sold whole number, filled by step 4',
      'memo text',
    ]);
    expect(await faultsOf(frame)).toEqual([]);
    await bench.shot('recipe-endpoint');
    await panel.getByRole('button', { name: 'Close' }).click();
  });

  it('splits by what a form says, which counts the rows of each side', async () => {
    await frame.getByRole('button', { name: 'Split: none' }).click();
    const panel = frame.getByRole('region', { name: 'Split' });
    await panel.getByText(/rows to train on, \d+ rows to test on\./).waitFor();
    await panel.getByRole('combobox', { name: 'Method' }).click();
    await frame.getByRole('option', { name: 'time', exact: true }).click();
    await panel.getByText(/needs "column": the time column/).waitFor();
    await panel.getByRole('combobox', { name: 'Column of the time' }).click();
    await frame.getByRole('option', { name: 'day', exact: true }).click();
    await panel.getByText('79 rows to train on, 21 rows to test on.').waitFor();
    expect(await faultsOf(frame)).toEqual([]);
    await bench.shot('recipe-split');
    await panel.getByRole('button', { name: 'Save Split' }).click();
    // The first day of the test part is found in the data and written at once, so that the preview learns from the others only.
    await expect
      .poll(yaml)
      .toMatch(/^target: paid\nsplit: \{ test: 0\.2, method: time, column: day, cut: 2024-04-05 \}$/m);
    const lack = frame.getByText('From which time on rows are tested is not written yet');
    expect(await lack.count()).toBe(0);
    fs.writeFileSync(inProject('sales.recipe.yaml'), yaml().replace(', cut: 2024-04-05', ''));
    await lack.waitFor();
    await bench.shot('recipe-split-lack');
    await frame.getByRole('button', { name: 'Split: 20 % test, by time, day' }).waitFor();
  });

  it('shows near spellings with their rows, and writes those that are accepted', async () => {
    await frame.getByRole('button', { name: 'Add Step' }).click();
    await frame
      .getByRole('region', { name: 'Add a step' })
      .getByRole('textbox', { name: 'Search the steps' })
      .fill('spellings');
    await bench.page.keyboard.press('Enter');
    const form = frame.getByRole('form', { name: /^Add: Merge spellings/ });
    await form.getByRole('checkbox', { name: /^shop/ }).check();
    await form.getByText('2 spellings in all 100 rows may be meant to be another:').waitFor();
    // The white space went with the step before.
    const lines = await form.locator('.spelling').allInnerTexts();
    expect(lines.map((one) => one.replaceAll(/\s+/g, ' '))).toEqual([
      '“oslo” 10 rows → “Oslo” 40 rows; upper and lower case',
      '“Bergn” 10 rows → “Bergen” 40 rows; a letter or two: perhaps another word',
    ]);
    await form.getByRole('button', { name: 'Accept All But Near Ones' }).click();
    expect(await form.getByRole('checkbox', { name: /oslo/ }).isChecked()).toBe(true);
    await form.getByRole('checkbox', { name: /Bergn/ }).check();
    await form.getByText('This step can be used as it is.').waitFor();
    expect(await faultsOf(frame)).toEqual([]);
    await bench.shot('recipe-spellings');
    await form.getByRole('button', { name: 'Add Step' }).click();
    await expect
      .poll(yaml)
      .toMatch(/merge_variants: \{ columns: \[ ?shop ?\], as: \{ oslo: Oslo, Bergn: Bergen \} \}/);
    await step(4).getByText('20 cells changed').waitFor();
  });

  it('filters by a condition that is built by choosing, added to one that is written', async () => {
    await frame.getByRole('button', { name: 'Add Step' }).click();
    await frame
      .getByRole('region', { name: 'Add a step' })
      .getByRole('textbox', { name: 'Search the steps' })
      .fill('filter');
    await bench.page.keyboard.press('Enter');
    const form = frame.getByRole('form', { name: 'Add: Filter rows' });
    const choose = async (label: string, option: string): Promise<void> => {
      await form.getByRole('combobox', { name: label }).click();
      await form.getByRole('option', { name: option, exact: true }).click();
    };
    const written = form.getByRole('textbox', { name: 'Keep rows where' });
    // The columns are those at the step's place: an earlier step took this one away.
    await written.fill("memo = 'memo 1'");
    await form.getByText('There is no column "memo".').waitFor();
    await written.fill('sold < 10');
    await choose('Joined by', 'or');
    await choose('Column of the condition', 'sold');
    await choose('Comparison', '>=');
    await form.getByRole('textbox', { name: 'Value' }).fill('many');
    await form.getByText('Write a number, with a point before its decimals.').waitFor();
    await form.getByRole('textbox', { name: 'Value' }).fill('60');
    await form.getByRole('button', { name: 'Add Condition' }).click();
    await choose('Joined by', 'and');
    await choose('Column of the condition', 'shop');
    await choose('Comparison', 'is one of');
    await form.getByRole('textbox', { name: 'Value' }).fill('Oslo, Bergen');
    await form.getByRole('button', { name: 'Add Condition' }).click();
    await form.getByText('This step can be used as it is.').waitFor();
    expect(await faultsOf(frame)).toEqual([]);
    await bench.shot('recipe-filter');
    await form.getByRole('button', { name: 'Add Step' }).click();
    await expect
      .poll(yaml)
      .toContain(String.raw`"(sold < 10 OR \"sold\" >= 60) AND \"shop\" IN ('Oslo', 'Bergen')"`);
    await step(5)
      .getByText(/100 → 42 rows/)
      .waitFor();
    await frame.getByRole('button', { name: 'Undo' }).click();
    await step(5).waitFor({ state: 'detached' });
  });

  it('moves a step that is dragged onto another', async () => {
    const kinds = (): string[] => [...yaml().matchAll(/^ {2}- (\w+):/gm)].map((one) => String(one[1]));
    expect(kinds()).toEqual(['drop_columns', 'trim', 'drop_missing', 'fill_missing', 'merge_variants']);
    await step(4).dragTo(step(2), { sourcePosition: { x: 20, y: 12 }, targetPosition: { x: 20, y: 12 } });
    await expect
      .poll(kinds)
      .toEqual(['drop_columns', 'trim', 'merge_variants', 'drop_missing', 'fill_missing']);
    await frame.getByRole('button', { name: 'Undo' }).click();
    await expect
      .poll(kinds)
      .toEqual(['drop_columns', 'trim', 'drop_missing', 'fill_missing', 'merge_variants']);
  });
});

describe('the recipe as text', () => {
  const editor = (): Locator => bench.page.locator('.editor-instance .monaco-editor').first();
  const squiggles = (): Locator => editor().locator('.squiggly-error');

  /** So many mistakes are marked, and VS Code's own count says so: squiggles alone go already with the text they stand under. */
  async function expectMarks(count: number): Promise<void> {
    await expect.poll(() => squiggles().count(), { timeout: 30_000 }).toBe(count);
    await expect
      .poll(() => bench.page.locator('[id="status.problems"]').innerText())
      .toMatch(new RegExp(`^\\s*${count}\\b`));
  }

  /** The quick fixes at the next mark, as a person asks for them. */
  async function quickFix(title: string): Promise<void> {
    await editor().locator('.view-lines').click();
    await bench.page.keyboard.press('Control+Home');
    await bench.page.keyboard.press('F8');
    const message = editor().locator('.marker-widget');
    await message.waitFor();
    await bench.page.keyboard.press('Escape');
    await message.waitFor({ state: 'hidden' });
    const menu = bench.page.locator('.action-widget');
    // The keys go to the editor again once the message has given the focus back.
    await editor().locator('.native-edit-context:focus').waitFor({ state: 'attached' });
    // Asked again where no menu came: now and then it does not, for a reason that is not known.
    for (let attempt = 1; ; attempt += 1) {
      await bench.page.keyboard.press('Control+.');
      try {
        await menu.getByText(title, { exact: true }).waitFor({ timeout: 3000 });
        break;
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
    await bench.shot(`recipe-quick-fix-${title.replaceAll(/\W+/g, '-')}`);
    await menu.getByText(title, { exact: true }).click();
    await bench.page.keyboard.press('Control+s');
  }

  it('marks a step, an option and a column that are not there, and mends them by quick fixes', async () => {
    await bench.command('View: Close All Editors');
    const fine = yaml();
    fs.writeFileSync(
      inProject('sales.recipe.yaml'),
      `${fine}  - fil_missing: { columns: [sold], with: mean }
  - scale: { columns: [sold], methd: robust }
  - round: { columns: [solt], digits: 1 }
  - join: { with: sizes.csv, on: [shop] }
`,
    );
    await bench.contextMenu(bench.file('sales.recipe.yaml'), 'Open With...');
    await bench.page
      .locator('.quick-input-list .monaco-list-row', { hasText: 'Text Editor' })
      .first()
      .click();
    // The table that is joined lies beside the recipe, so the join is no mistake.
    await expectMarks(3);
    await bench.shot('recipe-squiggles');
    await quickFix('Change to "fill_missing"');
    await expect.poll(yaml).toContain('- fill_missing: { columns: [sold], with: mean }');
    await expectMarks(2);
    await quickFix('Change to "method"');
    await expect.poll(yaml).toContain('method: robust');
    await expectMarks(1);
    await quickFix('Change to "sold"');
    await expect.poll(yaml).toContain('round: { columns: [sold], digits: 1 }');
    await expectMarks(0);
    // What an earlier step took away is kept by a change of that step.
    fs.writeFileSync(inProject('sales.recipe.yaml'), `${yaml()}  - trim: { columns: [memo] }\n`);
    await expectMarks(1);
    await quickFix('Remove Step 1');
    await expect.poll(yaml).not.toContain('drop_columns');
    await expectMarks(0);
  });
});

describe('a recipe from elsewhere', () => {
  it('reads a file outside the folder only after the person agreed', async () => {
    await bench.command('View: Close All Editors');
    await bench.contextMenu(bench.file('downloaded.recipe.yaml'), 'Open Recipe View');
    frame = await bench.webview(
      '[role=alert]',
      /wants to read .*secret\.csv, a file outside of this folder/,
      60_000,
    );
    expect(await frame.getByText('hunter2').count()).toBe(0);
    expect(await faultsOf(frame)).toEqual([]);
    await bench.shot('recipe-outside');
    await frame.getByRole('button', { name: 'Read It' }).click();
    await frame.getByRole('gridcell', { name: 'hunter2' }).first().waitFor();
  });
});

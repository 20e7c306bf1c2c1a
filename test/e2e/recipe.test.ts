import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf, openWorkbench, type Workbench } from './workbench';

/** A recipe made and changed by hand, on a table with what people's tables have. No Python is needed. */
let bench: Workbench;
let frame: Frame;
let workspace: string;

const ROWS = 200;
const inProject = (name: string): string => path.join(workspace, name);
const yaml = (): string => fs.readFileSync(inProject('bookings.recipe.yaml'), 'utf8');
/** The steps of the recipe file, in order. */
const steps = (): string[] => [...yaml().matchAll(/^ {2}- (\w+):/gm)].map((one) => String(one[1]));
const step = (index: number): Locator => frame.locator(`[data-step="${index}"]`);

function bookings(): string {
  const rows = Array.from({ length: ROWS }, (_, k) =>
    [
      `BK-${1000 + k}`,
      ['Double', ' double', 'Suite'][k % 3],
      k % 25 === 0 ? 'on request' : `"€${(1000 + k * 7).toLocaleString('en-US')}.50"`,
      k % 10 === 0 ? '' : (k % 4) + 1,
      (k * 7919) % 13 < 5 ? 'Yes' : 'No',
    ].join(','),
  );
  return `Booking ID,Room,Price,Guests,Cancelled?\n${rows.join('\n')}\n`;
}

beforeAll(async () => {
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'mll recipe '));
  fs.writeFileSync(inProject('bookings.csv'), bookings());
  fs.writeFileSync(inProject('rooms.csv'), 'Room,Floor\nDouble,1\nSuite,2\n');
  bench = await openWorkbench({ workspace });
});
afterAll(async () => {
  await bench.close();
  fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

describe('the data view', () => {
  it('adds a file to the datasets from the Explorer, after asking to make the project', async () => {
    await bench.contextMenu(bench.file('bookings.csv'), 'Add to Datasets');
    expect(await bench.press('Cancel', 20_000)).toBe(true);
    expect(fs.existsSync(inProject('ml.yaml'))).toBe(false);
    await bench.contextMenu(bench.file('bookings.csv'), 'Add to Datasets');
    expect(await bench.press(/^Make/, 20_000)).toBe(true);
    await bench.treeRow('bookings').waitFor();
    await expect.poll(() => bench.treeRow('bookings').innerText()).toContain('200 rows, 5 columns');
  });

  it('is walked with the keyboard alone: cells, header, sort, column details', async () => {
    await bench.activity('Explorer');
    await bench.contextMenu(bench.file('bookings.csv'), 'Open Data View');
    frame = await bench.webview('[role=grid]', undefined, 60_000);
    await frame.getByText('all 200 rows').first().waitFor();
    await frame.getByRole('button', { name: 'Preprocess…' }).focus();
    const { keyboard } = bench.page;
    const active = (): Promise<string | null> =>
      frame.evaluate<string | null>(
        "document.getElementById(document.querySelector('[role=grid]').getAttribute('aria-activedescendant'))?.textContent.trim()",
      );
    const isGrid = (): Promise<boolean> =>
      frame.evaluate<boolean>("document.activeElement?.getAttribute('role') === 'grid'");
    // The first stop of the view leads past all its buttons.
    const isSkip = (): Promise<boolean> =>
      frame.evaluate<boolean>("document.activeElement?.textContent.trim() === 'Skip to the Table'");
    for (let tabs = 0; tabs < 5 && !(await isSkip()); tabs += 1) await keyboard.press('Shift+Tab');
    expect(await isSkip()).toBe(true);
    await keyboard.press('Enter');
    await expect.poll(isGrid).toBe(true);
    await keyboard.press('Control+Home');
    await expect.poll(active).toBe('BK-1000');
    await keyboard.press('ArrowDown');
    await keyboard.press('ArrowRight');
    await expect.poll(active).toBe('double');
    await keyboard.press('Control+End');
    await expect.poll(active).toBe('No');
    await keyboard.press('Control+Home');
    await keyboard.press('ArrowUp');
    await expect.poll(active).toContain('Booking ID');
    await keyboard.press('Enter');
    await keyboard.press('Enter');
    await expect
      .poll(() => frame.locator('[role=columnheader]', { hasText: 'Booking ID' }).getAttribute('aria-sort'))
      .toBe('descending');
    await frame.getByRole('gridcell', { name: 'BK-1199' }).first().waitFor();
    await keyboard.press('Space');
    await frame.getByRole('heading', { name: 'Booking ID' }).waitFor();
    expect(await faultsOf(frame)).toEqual([]);
  });

  it('says so when its file is deleted, and shows it again when it is back', async () => {
    fs.renameSync(inProject('bookings.csv'), inProject('bookings.away'));
    frame = await bench.webview('[role=alert]', /bookings\.csv/, 30_000);
    await bench.shot('deleted');
    fs.renameSync(inProject('bookings.away'), inProject('bookings.csv'));
    frame = await bench.webview('[role=grid]', undefined, 30_000);
    await frame.getByText('all 200 rows').first().waitFor();
  });
});

describe('the recipe view', () => {
  it('suggests what this table asks for', async () => {
    fs.writeFileSync(
      inProject('bookings.recipe.yaml'),
      '# Mine.\nrecipe: 1\ninput: bookings.csv\ntarget: Cancelled?\nsplit: { test: 0.2, method: stratified, cut: { No: 0.2, Yes: 0.2 } }\nsteps: []\n',
    );
    await bench.file('bookings.recipe.yaml').waitFor();
    await bench.contextMenu(bench.file('bookings.recipe.yaml'), 'Open Recipe View');
    frame = await bench.webview('.steps-none', undefined, 60_000);
    await frame.getByRole('button', { name: 'Suggest' }).click();
    const panel = frame.getByRole('region', { name: 'Suggestions' });
    await panel.getByText('looks like an identifier').waitFor();
    await panel.getByText(/are numbers stored as text, written with €/).waitFor();
    await bench.shot('suggest');
    await panel.getByRole('button', { name: /^Add All/ }).click();
    await expect
      .poll(steps)
      .toEqual(['drop_columns', 'trim', 'merge_variants', 'cast', 'fill_missing', 'fill_missing', 'encode']);
    expect(yaml()).toContain('# Mine.');
    expect(yaml()).toMatch(/merge_variants: \{ columns: \[ ?Room ?\], as: \{ double: Double \} \}/);
    expect(yaml()).toMatch(/cast: \{ columns: \[ ?Price ?\], to: number, thousands: ",", remove: € \}/);
    await frame.getByText('all 200 rows').first().waitFor();
  });

  it('makes a column by example, and the wanted values are in the file', async () => {
    const before = steps();
    // A later step drops the column: the new one is made before it.
    await frame.getByRole('button', { name: 'As in the data' }).click();
    await frame.getByRole('columnheader', { name: /Booking ID/ }).waitFor();
    await frame.getByRole('button', { name: 'By Example' }).click();
    const panel = frame.getByRole('region', { name: 'New column by example' });
    await panel.getByRole('textbox', { name: 'Name' }).fill('number');
    await panel.getByRole('textbox', { name: 'Wanted for BK-1000' }).fill('1000');
    await panel.getByText('Found:').waitFor();
    expect(await panel.getByRole('textbox', { name: 'Wanted for BK-1003' }).getAttribute('placeholder')).toBe(
      '1003',
    );
    await bench.shot('by-example');
    await panel.getByRole('button', { name: 'Add Step' }).click();
    await expect.poll(steps).toEqual(['compute', ...before]);
    expect(yaml()).toMatch(/number: ["']?TRY_CAST\(/);
    await step(0).getByText('5 → 6 columns').waitFor();
    await frame.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(steps).toEqual(before);
    await frame.getByRole('button', { name: 'As in the data' }).click();
  });

  it('duplicates a step and keeps a note with it', async () => {
    const before = steps();
    await step(0).locator('.act-duplicate').click();
    await expect.poll(steps).toEqual([before[0], ...before]);
    await step(1).locator('.act-note').click();
    const note = step(1).getByRole('textbox');
    await note.fill('twice: on purpose');
    // Another program writes the recipe: what is being typed outlives it.
    fs.writeFileSync(inProject('bookings.recipe.yaml'), yaml().replace('# Mine.', '# Mine, and yours.'));
    await bench.page.waitForTimeout(2000);
    expect(await note.inputValue()).toBe('twice: on purpose');
    await bench.page.keyboard.press('Enter');
    await expect.poll(yaml).toMatch(/note: ["']twice: on purpose["']/);
    expect(yaml()).toContain('# Mine, and yours.');
    await step(1).locator('.act-remove').click();
    await expect.poll(steps).toEqual(before);
  });

  it('offers the tables that can be joined: datasets, and what lies beside the recipe', async () => {
    // Before the step that makes 0/1 columns of the rooms.
    await step(1)
      .locator('.step-title')
      .click({ position: { x: 5, y: 5 } });
    await frame.getByRole('button', { name: 'Add Step' }).click();
    await frame
      .getByRole('region', { name: 'Add a step' })
      .getByRole('textbox', { name: 'Search the steps' })
      .fill('join');
    await bench.page.keyboard.press('Enter');
    const form = frame.getByRole('form', { name: /^Add: Join/ });
    await form.getByRole('combobox', { name: 'Table' }).fill('rooms.csv');
    const options = await form.locator('datalist option').all();
    const offered = await Promise.all(options.map((one) => one.getAttribute('value')));
    expect(offered).toEqual(expect.arrayContaining(['bookings', 'rooms.csv']));
    expect(offered).not.toContain('bookings.csv');
    await form.getByText('Still to fill: Column here: Column there').waitFor();
    // Before it is made, the form says what it will do: two of the rooms stand in the other table, one row each.
    await form.getByRole('textbox', { name: 'Column here 1' }).fill('Room');
    await form.getByRole('textbox', { name: 'Column there 1' }).fill('Room');
    await form
      .getByText(/^Many to one: a key stands in at most \d+ rows here, in at most 1 row of rooms\.csv\.$/)
      .waitFor();
    await form.getByText('Rows: 200 → 200.').waitFor();
    await bench.shot('join');
    await form.getByRole('button', { name: 'Cancel' }).click();
    await step(1)
      .locator('.step-title')
      .click({ position: { x: 5, y: 5 } });
  });

  it('moves, switches off, edits, adds and removes a step, and the file follows', async () => {
    await step(1)
      .getByRole('button', { name: /^Move step 2, .* up$/ })
      .click();
    await expect.poll(() => steps().slice(0, 2)).toEqual(['trim', 'drop_columns']);
    await step(1)
      .getByRole('button', { name: /^Switch step 2, .* off$/ })
      .click();
    await expect.poll(yaml).toMatch(/drop_columns: .*\n?.*disabled: true/);
    await frame.getByRole('columnheader', { name: /Booking ID/ }).waitFor();

    // By keyboard: Enter on the pencil, the form, Ctrl+Enter.
    await step(4)
      .getByRole('button', { name: /^Edit step 5, / })
      .focus();
    await bench.page.keyboard.press('Enter');
    const form = frame.getByRole('form', { name: /^Edit: Fill missing/ });
    await form.waitFor();
    expect(await faultsOf(frame)).toEqual([]);
    await form.getByRole('combobox', { name: 'With' }).focus();
    await bench.page.keyboard.type('mean');
    await form.getByText('This step can be used as it is.').waitFor();
    await bench.page.keyboard.press('Control+Enter');
    await expect.poll(yaml).toMatch(/fill_missing: \{.*with: mean/);

    await frame.getByRole('button', { name: 'Add Step' }).click();
    await frame
      .getByRole('region', { name: 'Add a step' })
      .getByRole('textbox', { name: 'Search the steps' })
      .fill('clip');
    await bench.page.keyboard.press('Enter');
    const added = frame.getByRole('form', { name: /^Add: Clip outliers/ });
    await added.getByRole('checkbox', { name: /^Price/ }).check();
    await added.getByText('This step can be used as it is.').waitFor();
    await added.getByRole('button', { name: 'Add Step' }).click();
    await expect
      .poll(steps)
      .toEqual([
        'trim',
        'drop_columns',
        'merge_variants',
        'cast',
        'fill_missing',
        'fill_missing',
        'encode',
        'clip_outliers',
      ]);
    await bench.shot('added');
    await step(7)
      .getByRole('button', { name: /^Remove step 8, / })
      .click();
    await expect.poll(() => steps().length).toBe(7);
    await frame.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => steps().at(-1)).toBe('clip_outliers');
    // Only now has VS Code done with its own writing of the file.
    await expect.poll(() => frame.getByRole('button', { name: 'Redo' }).isEnabled()).toBe(true);
  });

  it('follows the file when it is changed by hand, and says where a broken step stops the table', async () => {
    fs.writeFileSync(
      inProject('bookings.recipe.yaml'),
      yaml().replace('trim: { columns: [ Room ]', 'trim: { columns: [ Rooms ]'),
    );
    await step(0)
      .getByText(/There is no column "Rooms". Did you mean "Room"\?/)
      .waitFor();
    await frame.getByRole('heading', { name: 'Before step 1, which does not work' }).waitFor();
    await bench.shot('broken');
    expect(await frame.getByRole('button', { name: 'Run on All Rows…' }).isDisabled()).toBe(true);
    fs.writeFileSync(inProject('bookings.recipe.yaml'), yaml().replace('Rooms', 'Room'));
    await frame.getByRole('heading', { name: 'After all steps' }).waitFor();
  });

  it('splits by the classes of another target no more when it has none', async () => {
    const target = async (name: string): Promise<void> => {
      await frame.getByRole('combobox', { name: /^Target/ }).click();
      await frame.getByRole('option', { name, exact: true }).click();
    };
    await target('Guests');
    await expect.poll(yaml).toMatch(/^target: Guests\nsplit: \{ test: 0\.2, method: stratified \}$/m);
    await target('Price');
    await expect.poll(yaml).toMatch(/^target: Price\nsplit: \{ test: 0\.2, method: random \}$/m);
    await target('Cancelled?');
    await expect.poll(yaml).toMatch(/^target: Cancelled\?$/m);
  });

  it('runs on all rows into a Parquet file, which the data view shows', async () => {
    await frame.getByRole('button', { name: 'Run on All Rows…' }).click();
    await bench.chooseFile(inProject('clean.parquet'));
    await frame.getByText(/200 rows of 200 rows written to/).waitFor();
    expect(fs.existsSync(inProject('clean.parquet'))).toBe(true);
    await bench.pressNotification('Open Data View');
    frame = await bench.webview('h1', 'clean.parquet', 30_000);
    await frame.getByText('all 200 rows').first().waitFor();
    await frame.getByRole('columnheader', { name: /Room_Suite/ }).waitFor();
    await frame.getByRole('gridcell', { name: '1007.5', exact: true }).first().waitFor();
    await bench.shot('parquet');
  });
});

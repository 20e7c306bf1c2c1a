import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tablesPython } from '../formats/rig';
import { faultsOf, openWorkbench, type Workbench } from './workbench';

const MAKE = `
import sys, openpyxl
book = openpyxl.Workbook()
book.active.title = "Measured"
book.active.append(["Measured in May"])
book.active.append(["place", "height"])
for at in range(250):
    book.active.append([f"place {at}", at / 4])
other = book.create_sheet("Places & people")
other.append(["name", "since"])
other.append(["Zoë", 1999])
book.save(sys.argv[1])
two = openpyxl.Workbook()
two.active.title = "Year"
for row in [["city", "amount"], ["Oslo", 10], ["Bonn", 20], [], ["Returns"], ["id", "city"], [1, "Lima"]]:
    two.active.append(row)
two.save(sys.argv[2])
`;

let bench: Workbench;
let workspace: string;
let frame: Frame;
const badge = (text: string) => frame.locator('.data-title .badge', { hasText: text }).waitFor();

beforeAll(async () => {
  // Before the window opens: the Explorer draws its rows anew when a file comes, under the pointer that clicks one.
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'mll workbook '));
  execFileSync(tablesPython(), [
    '-c',
    MAKE,
    path.join(workspace, 'field book.xlsx'),
    path.join(workspace, 'two tables.xlsx'),
  ]);
  bench = await openWorkbench({ workspace });
  await bench.contextMenu(bench.file('field book.xlsx'), 'Open Data View');
  frame = await bench.webview('[role=grid]');
  await badge('all 250 rows');
});
afterAll(async () => {
  await bench.close();
  fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

it('shows a sheet, what stands above its table, and another sheet when it is chosen', async () => {
  await frame.getByText('Above the table, and not in it: Measured in May').waitFor();
  await frame.locator('.cell', { hasText: 'place 3' }).first().waitFor();
  expect(await frame.getByRole('button', { name: 'Open as Text' }).count()).toBe(0);
  const sheets = frame.getByRole('combobox', { name: 'Sheet or table' });
  expect(await sheets.locator('option').allInnerTexts()).toEqual(['Measured', 'Places & people']);
  expect(await faultsOf(frame)).toEqual([]);
  await bench.shot('workbook-first');
  await sheets.selectOption('Places & people');
  await badge('its 1 row');
  await frame.locator('.cell', { hasText: 'Zoë' }).waitFor();
  await expect.poll(() => frame.getByText('Above the table').count()).toBe(0);
  expect(await sheets.inputValue()).toBe('Places & people');
  await bench.shot('workbook-second');
  // To look at it nothing was written into the folder; what is done with it reads the same sheet.
  expect(fs.existsSync(path.join(workspace, 'ml.yaml'))).toBe(false);
  await frame.getByRole('button', { name: 'Add to Datasets' }).click();
  expect(await bench.press(/^Make/, 10_000)).toBe(true);
  await frame.getByRole('button', { name: 'In Datasets' }).waitFor();
  const kept = fs.readFileSync(path.join(workspace, '.ml/datasets/field-book.json'), 'utf8');
  expect(JSON.parse(kept)).toMatchObject({ rows: 1, columns: [{ name: 'name' }, { name: 'since' }] });
  await badge('its 1 row');
});

it('says that two tables stand on one sheet, and shows either', async () => {
  await bench.page.keyboard.press('Control+Shift+e');
  await bench.contextMenu(bench.file('two tables.xlsx'), 'Open Data View');
  frame = await bench.webview('h1', 'two tables.xlsx');
  await badge('all 2 rows');
  await frame
    .getByText(
      'The sheet holds 2 tables, each opens by its name: Year!A1:B3 (this one) · Year!A6:B7 (under “Returns”)',
    )
    .waitFor();
  const tables = frame.getByRole('combobox', { name: 'Sheet or table' });
  expect(await tables.locator('option').allInnerTexts()).toEqual(['Year', 'Year!A1:B3', 'Year!A6:B7']);
  await bench.shot('workbook-tables');
  await tables.selectOption('Year!A6:B7');
  await badge('its 1 row');
  await frame.locator('.cell', { hasText: 'Lima' }).waitFor();
  expect(await tables.inputValue()).toBe('Year!A6:B7');
  await tables.selectOption('Year');
  await badge('all 2 rows');
  expect(await faultsOf(frame)).toEqual([]);
});

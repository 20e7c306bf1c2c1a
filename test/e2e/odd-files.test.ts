import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { filesIn } from '../formats/rig';
import { openWorkbench, type Workbench } from './workbench';

/** Files as banks, offices and tools write them, opened by a person who knows nothing of their ways. */
let bench: Workbench;
let workspace: string;

const write = (name: string, content: string | Buffer): void =>
  fs.writeFileSync(path.join(workspace, name), content);

async function open(name: string): Promise<Frame> {
  await bench.contextMenu(bench.file(name), 'Open Data View');
  return bench.webview('h1', name, 60_000);
}
const badge = (frame: Frame, text: string) =>
  frame.locator('.data-title .badge', { hasText: text }).waitFor();
const cells = (frame: Frame, row: number): Promise<string[]> =>
  frame.locator(`.grid-row[aria-rowindex="${row + 1}"] [role=gridcell]`).allInnerTexts();

beforeAll(async () => {
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'mll odd '));
  const days = Array.from(
    { length: 40 },
    (_, k) => `0${1 + (k % 9)}.01.2024;Miete „Süd“ ${k};-1.${100 + k},25`,
  );
  const bank = `Konto;DE00\r\nVon;01.01.2024\r\n\r\nTag;Zweck;Betrag (€)\r\n${days.join('\r\n')}\r\n`;
  const cp1252 = bank.replaceAll('„', '\x84').replaceAll('“', '\x93').replaceAll('€', '\x80');
  write('bank.csv', Buffer.from(cp1252, 'latin1'));
  const part = `id,name,v\n${Array.from({ length: 50 }, (_, k) => `${k},n${k},${k / 4}`).join('\n')}\n`;
  write('behind.csv', part.repeat(3));
  write(
    'excel.tsv',
    Buffer.from('\uFEFFNév\tÁr\r\nAlma\t1\u00a0234,50\r\nKörte\t2\u00a0345,75\r\n', 'utf16le'),
  );
  const zeros = `<row><c><v>1</v></c>${' '.repeat(140_000_000)}</row>`;
  filesIn(workspace).make('zip', 'bomb.xlsx', {
    'xl/workbook.xml': '<workbook><sheets><sheet name="a"/></sheets></workbook>',
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${zeros}</sheetData></worksheet>`,
  });
  bench = await openWorkbench({ workspace });
});
afterAll(async () => {
  await bench.close();
  fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

it('a bank’s export: Windows-1252, lines above the table, decimal comma and thousands point', async () => {
  const frame = await open('bank.csv');
  await badge(frame, 'all 40 rows');
  await frame
    .getByText(
      'semicolon-separated, WINDOWS-1252, header, decimal comma, thousands point, first 3 lines left out',
    )
    .waitFor();
  await expect.poll(() => cells(frame, 1)).toEqual(['01.01.2024', 'Miete „Süd“ 0', '-1100.25']);
  await bench.shot('odd-bank');
});

it('files put behind each other: the headers between are listed as problems', async () => {
  const frame = await open('behind.csv');
  await badge(frame, 'all 150 rows');
  await frame
    .getByText(/2 records/)
    .first()
    .waitFor();
  await bench.shot('odd-behind');
});

it('Excel’s Unicode text', async () => {
  const frame = await open('excel.tsv');
  await badge(frame, 'all 2 rows');
  await expect.poll(() => cells(frame, 1)).toEqual(['Alma', '1234.5']);
});

it('a zip bomb is refused in words', async () => {
  await bench.contextMenu(bench.file('bomb.xlsx'), 'Open Data View');
  const frame = await bench.webview('body', 'was not unpacked', 60_000);
  await frame
    .getByText('bomb.xlsx was not unpacked: it grows to more than 300 times its size, as no table does.')
    .waitFor();
  await bench.shot('odd-bomb');
});

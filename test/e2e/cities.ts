import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { openWorkbench, type Workbench } from './workbench';

export const CITIES = ['Bonn', 'Lima', 'Oslo'];
/** The name of the table in the view. */
export const GRID = 'Rows of cities.csv';

interface City {
  readonly id: number;
  readonly city: string;
  readonly price: number;
  readonly note: string;
}

export interface OpenCities {
  readonly bench: Workbench;
  readonly frame: Frame;
  close(): Promise<void>;
}

export function cities(noteOf: (k: number) => string = (k) => `note ${k + 1}`): readonly City[] {
  return Array.from({ length: 300 }, (_, k) => ({
    id: k + 1,
    city: CITIES[k % 3] ?? '',
    price: (k * 37) % 101,
    note: noteOf(k),
  }));
}

export const badgeIn = (frame: Frame, text: string): Promise<void> =>
  frame.locator('.data-title .badge', { hasText: text }).waitFor();

/** A workbench in which a table of these rows was opened by keys alone. */
export async function openCities(rows: readonly City[]): Promise<OpenCities> {
  const workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'mll keys '));
  fs.writeFileSync(
    path.join(workspace, 'cities.csv'),
    `id,city,price,note\n${rows.map((one) => Object.values(one).join(',')).join('\n')}\n`,
  );
  const bench = await openWorkbench({ workspace });
  const { keyboard } = bench.page;
  await keyboard.press('Control+Shift+e');
  await bench.file('cities.csv').waitFor();
  for (const key of ['ArrowDown', 'Home', 'Enter']) await keyboard.press(key);
  await bench.page.locator('.tabs-container .tab', { hasText: 'cities.csv' }).waitFor();
  await bench.command('ML Lifecycle: Open Data View');
  const frame = await bench.webview('h1', 'cities.csv');
  await badgeIn(frame, 'all 300 rows');
  return {
    bench,
    frame,
    async close() {
      await bench.close();
      fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

import fs from 'node:fs';
import path from 'node:path';
import Papa from 'papaparse';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf, openWorkbench, type Workbench } from './workbench';

/** Charts of a table of 10,000 rows as a person makes them: from the data view, saved, and opened again. */
let bench: Workbench;
let frame: Frame;
type Strike = Readonly<Record<string, string>>;
let strikes: readonly Strike[];

const SIZE = 'Wildlife Size';
const COST = 'Cost Total $';
const PHASE = 'Phase of flight';
const SPEED = 'Speed IAS in knots';
const inProject = (name: string): string => path.join(bench.workspace, name);
const choose = (label: string, value: string) =>
  frame.getByRole('combobox', { name: label, exact: true }).selectOption({ label: value });
const badge = (text: string | RegExp) => frame.locator('.chart-title .badge', { hasText: text }).waitFor();
const heading = (text: string) => frame.getByRole('heading', { name: text, exact: true }).waitFor();
/** The numbers that stand below the picture, without their separators. */
const numbers = async (): Promise<string[][]> => {
  const rows = await frame.locator('.chart-rows tbody tr').all();
  return Promise.all(
    rows.map(async (row) =>
      (await row.locator('td').allTextContents()).map((cell) => cell.replaceAll(',', '')),
    ),
  );
};
const sum = (rows: readonly Strike[]): number => rows.reduce((all, row) => all + Number(row[COST]), 0);

beforeAll(async () => {
  bench = await openWorkbench();
  const text = fs.readFileSync(inProject('birdstrikes.csv'), 'utf8').trim();
  strikes = Papa.parse<Strike>(text, { header: true }).data;
  await bench.contextMenu(bench.file('birdstrikes.csv'), 'Open Data View');
  frame = await bench.webview('[role=grid]');
  await frame.locator('.data-title .badge', { hasText: 'all 10,000 rows' }).waitFor();
});
afterAll(() => bench.close());

describe('charts', () => {
  it('begin with what the columns suggest, and all rows', async () => {
    await frame.getByRole('button', { name: 'Charts' }).click();
    frame = await bench.webview('.chart-view');
    await badge('all 10,000 rows');
    await heading('Rows over Flight Date');
    expect(await faultsOf(frame)).toEqual([]);
    await bench.shot('chart-first');
  });

  it('bars: an aggregate for each category, with exact numbers', async () => {
    await choose('Chart', 'Bars');
    await choose('Category', SIZE);
    await choose('Value', 'Sum');
    await choose('Of', COST);
    await heading(`Sum of ${COST} by ${SIZE}`);
    await frame.getByText('Show as table').click();
    const sizes = [...new Set(strikes.map((one) => one[SIZE] ?? ''))];
    const expected = sizes
      .map((size) => ({ size, rows: strikes.filter((one) => one[SIZE] === size) }))
      .sort((a, b) => b.rows.length - a.rows.length)
      .map(({ size, rows }) => [size, String(sum(rows))]);
    await expect.poll(numbers, { timeout: 20_000 }).toEqual(expected);
    await bench.shot('chart-bar');
  });

  it('facets: a picture for each value, none of them lost', async () => {
    await choose('A picture for each', PHASE);
    const phases = new Set(strikes.map((one) => one[PHASE]).filter((one) => one !== ''));
    const pictures = Math.min(phases.size, 8) + (phases.size > 8 ? 1 : 0);
    const missing = strikes.some((one) => one[PHASE] === '') ? 1 : 0;
    await expect.poll(() => frame.locator('.picture').count()).toBe(pictures + missing);
    await expect
      .poll(async () => (await numbers()).reduce((all, row) => all + Number(row[2]), 0))
      .toBe(sum(strikes));
    expect(await faultsOf(frame)).toEqual([]);
    await bench.shot('chart-facets');
  });

  it('are saved as a file of the project and as a picture', async () => {
    await frame.getByRole('button', { name: 'Save Chart…' }).click();
    await bench.chooseFile(inProject('costs.chart.yaml'));
    await frame.getByText('Saved as costs.chart.yaml.').waitFor();
    expect(fs.readFileSync(inProject('costs.chart.yaml'), 'utf8').split('\n').sort()).toEqual(
      [
        '',
        'chart: 1',
        'data: birdstrikes.csv',
        'kind: bar',
        `x: ${SIZE}`,
        `y: ${COST}`,
        'aggregate: sum',
        `facet: ${PHASE}`,
      ].sort(),
    );
    await frame.getByRole('button', { name: 'Save Picture…' }).click();
    await bench.chooseFile(inProject('costs.png'));
    await frame.getByText('Picture saved as costs.png.').waitFor();
    const png = fs.readFileSync(inProject('costs.png')).toString('base64');
    const blank = await bench.page.context().newPage();
    // How many points have another colour than the corner: bars, letters and axes.
    const drawn = await blank.evaluate<{
      width: number;
      height: number;
      share: number;
      colours: number;
    }>(`(async () => {
      const image = new Image();
      image.src = 'data:image/png;base64,${png}';
      await image.decode();
      const canvas = document.createElement('canvas');
      canvas.width = image.width;
      canvas.height = image.height;
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const points = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
      const other = points.filter((one) => one !== points[0]).length;
      return { width: image.width, height: image.height, share: other / points.length, colours: new Set(points).size };
    })()`);
    await blank.close();
    expect(drawn.width).toBeGreaterThan(400);
    expect(drawn.height).toBeGreaterThan(400);
    expect(drawn.share).toBeGreaterThan(0.02);
    expect(drawn.colours).toBeGreaterThan(10);
  });

  it('scatter: of many rows it says what it shows', async () => {
    await choose('A picture for each', '(nothing)');
    await choose('Chart', 'Scatter');
    await choose('Horizontal', SPEED);
    await choose('Vertical', COST);
    await heading(`${COST} against ${SPEED}`);
    const both = strikes.filter((one) => one[SPEED] !== '' && one[COST] !== '').length;
    expect(both).toBeGreaterThan(5000);
    await frame.getByText(`${both.toLocaleString('en-US')} points are too many to draw one by one`).waitFor();
    await frame
      .getByText(`${(10_000 - both).toLocaleString('en-US')} rows left out: ${SPEED} is missing.`)
      .waitFor();
    await bench.shot('chart-density');
    await frame.getByRole('checkbox', { name: 'Draw a sample of points' }).click();
    await badge(`sample of 5,000 of ${both.toLocaleString('en-US')} rows`);
    await choose('Colour by', SIZE);
    await frame.getByRole('button', { name: 'Small', exact: true }).waitFor();
    expect(await faultsOf(frame)).toEqual([]);
    await bench.shot('chart-sample');
  });

  it('take the filter of the data view', async () => {
    await bench.page.locator('.tab', { hasText: /^birdstrikes\.csv/ }).click();
    frame = await bench.webview('[role=grid]');
    const at = Object.keys(strikes[0] ?? {}).indexOf(SIZE);
    await frame.locator('[id$="-1-1"]').click();
    for (let k = 0; k < at; k += 1) await bench.page.keyboard.press('ArrowRight');
    await bench.page.keyboard.press('ArrowUp');
    await bench.page.keyboard.press('Space');
    await frame.getByRole('checkbox', { name: 'Large' }).click();
    const large = strikes.filter((one) => one[SIZE] === 'Large').length.toLocaleString('en-US');
    await frame.locator('.data-title .badge', { hasText: `${large} of 10,000 rows` }).waitFor();
    // The panel of the column compares it by another one, over all rows.
    await frame.getByRole('combobox', { name: 'Compare by' }).selectOption(PHASE);
    await frame.getByRole('region', { name: `Values by ${PHASE}` }).waitFor();
    await bench.shot('chart-compare');
    await frame.getByRole('button', { name: 'Charts' }).click();
    frame = await bench.webview('.chart-view');
    await frame.getByText(`${SIZE}: Large`).waitFor();
    await choose('Chart', 'Histogram');
    await badge(`${large} of 10,000 rows match the filter`);
  });

  it('the file opens as the same chart, and follows the data', async () => {
    await bench.contextMenu(bench.file('costs.chart.yaml'), 'Open Chart');
    frame = await bench.webview('.chart-view', 'costs.chart.yaml');
    await heading(`Sum of ${COST} by ${SIZE}, for each ${PHASE}`);
    await frame.getByText('Show as table').click();
    await expect
      .poll(async () => (await numbers()).reduce((all, row) => all + Number(row[2]), 0))
      .toBe(sum(strikes));
    const lines = fs.readFileSync(inProject('birdstrikes.csv'), 'utf8').trimEnd().split('\n');
    fs.writeFileSync(inProject('birdstrikes.csv'), `${lines.slice(0, 5001).join('\n')}\n`);
    await badge('all 5,000 rows');
    await expect
      .poll(async () => (await numbers()).reduce((all, row) => all + Number(row[2]), 0))
      .toBe(sum(strikes.slice(0, 5000)));
    const head = (lines[0] ?? '').replace(PHASE, 'Phase of flights');
    fs.writeFileSync(inProject('birdstrikes.csv'), `${[head, ...lines.slice(1)].join('\n')}\n`);
    await frame.getByText(`The chart's column "${PHASE}" (facet) is not in this table.`).waitFor();
    await frame.getByText('Did you mean "Phase of flights"?').waitFor();
    await bench.shot('chart-gone');
    await choose('A picture for each', 'Phase of flights');
    await badge('all 10,000 rows');
    await frame.getByRole('button', { name: 'Save Chart', exact: true }).click();
    await frame.getByText('Saved as costs.chart.yaml.').waitFor();
    expect(fs.readFileSync(inProject('costs.chart.yaml'), 'utf8')).toContain('facet: Phase of flights');
  });

  it('is readable in every theme', async () => {
    for (const theme of ['light', 'contrast', 'dark'] as const) {
      await bench.theme(theme);
      expect(await faultsOf(frame)).toEqual([]);
      await bench.shot(`chart-${theme}`);
    }
  });
});

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TextShape } from '../../src/protocol';
import { startEngine, type TestEngine } from './build';

let rig: TestEngine;
beforeAll(async () => {
  rig = await startEngine();
});
afterAll(() => rig.remove());

async function shapeOf(name: string, cells: readonly string[]): Promise<TextShape> {
  const file = path.join(rig.folder, name);
  const lines = cells.map((cell, at) => `${at},"${cell.replaceAll('"', '""')}"`);
  fs.writeFileSync(file, `id,text\n${lines.join('\n')}\n`);
  const { table } = await rig.engine.call('open', { source: { path: file } });
  return rig.engine.call('textShape', { table, column: 'text' });
}

it('capitals, other letters and digits are one sign for each run, in all scripts; all else stays', async () => {
  const codes = ['BK-1000', 'BK-22', 'X-7', 'Ölfaß 3', 'ЖЗ-٣', '東京 1', 'bk-1000', 'BK-1000'];
  expect(await shapeOf('codes.csv', codes)).toEqual({
    cells: 8,
    length: { min: 3, max: 7, mean: (7 + 5 + 3 + 7 + 4 + 4 + 7 + 7) / 8 },
    distinct: 4,
    patterns: [
      { pattern: 'A-9', cells: 5 },
      { pattern: 'Aa 9', cells: 1 },
      { pattern: 'a 9', cells: 1 },
      { pattern: 'a-9', cells: 1 },
    ],
  });
});

it('of very many patterns the most frequent are listed, and all are counted', async () => {
  const cells = Array.from({ length: 60 }, (_, k) => (k < 30 ? 'Aa' : `${'-'.repeat(k - 29)}x`));
  const shape = await shapeOf('many.csv', cells);
  expect(shape).toMatchObject({ cells: 60, distinct: 31, length: { min: 2, max: 31 } });
  expect(shape.patterns).toHaveLength(10);
  expect(shape.patterns[0]).toEqual({ pattern: 'Aa', cells: 30 });
});

it('missing cells have no length, a text of megabytes has the pattern of its beginning', async () => {
  const shape = await shapeOf('long.csv', ['', `${'a1'.repeat(100)}${'#'.repeat(3_000_000)}`, 'b2']);
  expect(shape.cells).toBe(2);
  expect(shape.length).toEqual({ min: 2, max: 3_000_200, mean: 1_500_101 });
  expect(shape.patterns.map((one) => one.pattern.length)).toEqual([2, 200]);
});

it('is not asked of numbers', async () => {
  const file = path.join(rig.folder, 'numbers.csv');
  fs.writeFileSync(file, 'n\n1\n2\n');
  const { table } = await rig.engine.call('open', { source: { path: file } });
  await expect(rig.engine.call('textShape', { table, column: 'n' })).rejects.toThrow(
    '"n" is no column of text.',
  );
});

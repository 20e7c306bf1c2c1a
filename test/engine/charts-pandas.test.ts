import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChartGroup } from '../../src/protocol';
import { testPython } from '../python';
import { bodyOf, type ChartRig, label, priced, startCharts } from './charts-rig';

/** Box plots and matrices, against pandas. */
let charts: ChartRig;
const chart: ChartRig['chart'] = (...of) => charts.chart(...of);
const fault: ChartRig['fault'] = (...of) => charts.fault(...of);
const file = (name: string): string => charts.file(name);

beforeAll(async () => {
  charts = await startCharts();
});
afterAll(() => charts.rig.remove());

describe('boxes and matrices', () => {
  /** What pandas says of the same file. */
  let pandas: Readonly<{
    boxes: Readonly<Record<string, Readonly<Record<string, number>>>>;
    corr: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
    pairs: Readonly<Record<string, Readonly<Record<string, number>>>>;
    missing: readonly (readonly number[])[];
    cross: Readonly<Record<string, Readonly<Record<string, number>>>>;
  }>;
  beforeAll(() => {
    const out = execFileSync(testPython(), [
      path.join(import.meta.dirname, 'charts-reference.py'),
      file('sales.csv'),
    ]);
    pandas = JSON.parse(out.toString()) as typeof pandas;
  });

  it('box plots agree with pandas', async () => {
    const data = await chart({ kind: 'box', x: 'shop', y: 'price' });
    const { xs, panels } = bodyOf(data, 'box');
    xs.groups.forEach((group, k) => {
      const box = panels[0]?.boxes[0]?.[k];
      const expected = pandas.boxes[String(label(group))];
      if (!box || !expected) throw new Error('There is no such box.');
      const { rows: n, min, q1, median, q3, max, mean, whiskers, outliers } = box;
      expect([n, min, q1, median, q3, max, ...whiskers, outliers]).toEqual(
        ['n', 'min', 'q1', 'median', 'q3', 'max', 'low', 'high', 'outliers'].map((one) => expected[one]),
      );
      expect(mean).toBeCloseTo(expected.mean ?? NaN, 9);
    });
    fs.writeFileSync(file('far.csv'), `y\n${[...Array(100).keys(), 900, -700, 500].join('\n')}\n`);
    const far = bodyOf(await chart({ kind: 'box', y: 'y' }, 'far.csv'), 'box').panels[0]?.boxes[0]?.[0];
    expect([far?.outliers, far?.farthest, far?.whiskers]).toEqual([3, [-700, 500, 900], [0, 99]]);
  });

  it('correlations agree with pandas, pair by pair', async () => {
    const { columns, values, rows: pairs } = bodyOf(await chart({ kind: 'correlation' }), 'correlation');
    expect(columns).toEqual(['id', 'price', 'pieces', '__v']);
    columns.forEach((a, i) => {
      columns.forEach((b, j) => {
        expect(values[i]?.[j]).toBeCloseTo(pandas.corr[a]?.[b] ?? NaN, 9);
        expect(pairs[i]?.[j]).toBe(pandas.pairs[a]?.[b]);
      });
    });
    fs.writeFileSync(file('same.csv'), 'a,b\n1,5\n2,5\n3,5\n');
    const same = bodyOf(await chart({ kind: 'correlation' }, 'same.csv'), 'correlation');
    expect(same.values).toEqual([
      [1, null],
      [null, null],
    ]);
    expect((await fault({ kind: 'correlation', columns: ['id'] })).message).toContain(
      'two columns of numbers',
    );
  });

  it('missing cells are counted by blocks in file order', async () => {
    const data = await chart({ kind: 'missing' });
    const { columns, blocks, values } = bodyOf(data, 'missing');
    expect(columns).toEqual(['id', 'day', 'shop', 'kind', 'price', 'pieces', '__v']);
    expect([blocks.length, blocks[1]]).toEqual([60, { from: 50, rows: 50 }]);
    expect(values).toEqual(pandas.missing);
  });

  it('heat maps count each pair, of ranges too', async () => {
    const { xs, ys, panels } = bodyOf(await chart({ kind: 'heatmap', x: 'shop', y: 'kind' }), 'heatmap');
    ys.groups.forEach((kind, y) => {
      xs.groups.forEach((shop, x) => {
        const expected = pandas.cross[String(label(kind))]?.[String(label(shop))] ?? 0;
        expect(panels[0]?.rows[y]?.[x]).toBe(expected);
        expect(panels[0]?.values[y]?.[x]).toBe(expected === 0 ? null : expected);
      });
    });
    const ranges = bodyOf(
      await chart({ kind: 'heatmap', x: 'id', y: 'price', value: 'pieces', aggregate: 'max', bins: 6 }),
      'heatmap',
    );
    const spans = (groups: readonly ChartGroup[]): (readonly [number, number])[] =>
      groups.flatMap((one) => (one.is === 'range' ? [[one.min, one.max] as const] : []));
    expect(spans(ranges.xs.groups)).toEqual(
      [0, 500, 1000, 1500, 2000, 2500].map((from) => [from, from + 500]),
    );
    expect(ranges.ys.groups.at(-1)).toEqual({ is: 'missing' });
    spans(ranges.xs.groups).forEach(([from, to], x) => {
      spans(ranges.ys.groups).forEach(([low, high], y) => {
        const own = priced.filter((r) => r.id >= from && r.id < to && r.price >= low && r.price < high);
        expect(ranges.panels[0]?.values[y]?.[x]).toBe(
          own.length === 0 ? null : Math.max(...own.map((r) => r.pieces)),
        );
      });
    });
  });
});

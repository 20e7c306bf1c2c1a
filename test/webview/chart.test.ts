import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chartTable } from '../../webview/shared/chart-table';
import { compareMetric, metricInfo, metricText } from '../../webview/shared/metrics';
import { decimate, evenly, growingSeries } from '../../webview/shared/series';

describe('a growing series', () => {
  it('keeps every point while there is room', () => {
    const series = growingSeries(10);
    [3, 1, 2].forEach((y, x) => series.append(x, y));
    expect(series.points()).toEqual({ x: [0, 1, 2], y: [3, 1, 2] });
    expect([series.length, series.last]).toEqual([3, 2]);
  });

  it('keeps lowest and highest value, and few points, however long it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 400 }),
        (ys) => {
          const series = growingSeries(8);
          ys.forEach((y, x) => series.append(x, y));
          const { x, y } = series.points();
          expect(y.length).toBeLessThanOrEqual(4 * 8);
          expect(Math.min(...y)).toBe(Math.min(...ys));
          expect(Math.max(...y)).toBe(Math.max(...ys));
          // Every point is one that was appended, at its own place, in order.
          x.forEach((place, i) => expect(y[i]).toBe(ys[place]));
          expect([...x].sort((a, b) => a - b)).toEqual(x);
        },
      ),
    );
  });

  it('shows a value that is no finite number as a gap', () => {
    const series = growingSeries(10);
    [1, NaN, 2, Infinity].forEach((y, x) => series.append(x, y));
    expect(series.points()).toEqual({ x: [0, 1, 2, 3], y: [1, NaN, 2, NaN] });
    expect(series.last).toBe(Infinity);
  });

  it('keeps a gap when buckets are merged', () => {
    const series = growingSeries(2);
    [1, 2, NaN, 4, 5, 6, 7, 8, 9].forEach((y, x) => series.append(x, y));
    const { y } = series.points();
    expect(y.filter(Number.isNaN)).toHaveLength(1);
    expect([Math.min(...y.filter(Number.isFinite)), Math.max(...y.filter(Number.isFinite))]).toEqual([1, 9]);
  });

  it('leaves a short line as it is and thins a long one', () => {
    const short = { x: [0, 1], y: [5, 6] };
    expect(decimate(short)).toBe(short);
    const xs = Array.from({ length: 10_000 }, (_, i) => i);
    const spiked = decimate({ x: xs, y: xs.map((x) => (x === 7777 ? 99 : 0)) }, 100);
    expect(spiked.x.length).toBeLessThanOrEqual(400);
    expect(spiked.y[spiked.x.indexOf(7777)]).toBe(99);
  });

  it('picks places evenly, both ends among them', () => {
    expect(evenly(3, 5)).toEqual([0, 1, 2]);
    expect(evenly(101, 5)).toEqual([0, 25, 50, 75, 100]);
    expect(evenly(0, 5)).toEqual([]);
  });
});

describe('the table of a chart', () => {
  const base = { kind: 'line' as const, label: '', xTitle: 'Step', yTitle: 'Loss' };

  it('has one column for each series over the same places', () => {
    const table = chartTable({
      ...base,
      series: [
        { name: 'train', points: { x: [0, 1], y: [2, 1.5] } },
        { name: 'valid', points: { x: [0, 1], y: [2.1, NaN] } },
        { name: 'chance', points: { x: [0, 9], y: [0, 9] }, style: 'reference' },
      ],
    });
    expect(table.head).toEqual(['Step', 'train', 'valid']);
    expect(table.rows).toEqual([
      ['0', '2', '2.1'],
      ['1', '1.5', 'not a number'],
    ]);
    expect(table.note).toBe('');
  });

  it('has one row for each point where the places differ', () => {
    const table = chartTable({
      ...base,
      series: [
        { name: 'a', points: { x: [0], y: [1] } },
        { name: 'b', points: { x: [0.5, 1], y: [2, 3] } },
      ],
    });
    expect(table.head).toEqual(['Series', 'Step', 'Loss']);
    expect(table.rows).toEqual([
      ['a', '0', '1'],
      ['b', '0.5', '2'],
      ['b', '1', '3'],
    ]);
  });

  it('names the places of bars', () => {
    const table = chartTable({
      ...base,
      kind: 'bar',
      categories: ['red', 'green'],
      series: [{ name: 'n', points: { x: [0, 1], y: [4, 5] } }],
    });
    expect(table.head).toEqual(['Step', 'Loss']);
    expect(table.rows).toEqual([
      ['red', '4'],
      ['green', '5'],
    ]);
  });

  it('says what it leaves out', () => {
    const x = Array.from({ length: 1000 }, (_, i) => i);
    const table = chartTable({ ...base, series: [{ name: 'a', points: { x, y: x } }] });
    expect(table.rows).toHaveLength(200);
    expect(table.rows.at(-1)).toEqual(['999', '999']);
    expect(table.note).toBe('200 of 1,000 points, evenly chosen.');
  });
});

describe('metrics', () => {
  it.each([
    ['accuracy', 'Accuracy', 'higher', true],
    ['f1_macro', 'F1 (macro)', 'higher', false],
    ['precision_weighted', 'Precision (weighted)', 'higher', true],
    ['val_loss', 'Val loss', 'lower', false],
    ['roc_auc_ovr', 'ROC area (ovr)', 'higher', false],
    ['rmse', 'RMSE', 'lower', false],
    ['coverage', 'Coverage', undefined, false],
  ] as const)('knows %s', (name, title, better, share) => {
    expect(metricInfo(name)).toEqual({ title, better, share });
  });

  it('writes shares in per cent and never rounds to a false 100', () => {
    expect(metricText('accuracy', 0.9855)).toBe('98.6 %');
    expect(metricText('accuracy', 1)).toBe('100 %');
    expect(metricText('accuracy', 0.99999)).toBe('> 99.9 %');
    expect(metricText('rmse', 41.234)).toBe('41.23');
    expect(metricText('accuracy', NaN)).toBe('NaN');
  });

  it('judges a difference by the direction of the metric', () => {
    expect(compareMetric('accuracy', 0.9, 0.8)).toEqual({ text: '+10.0 points', verdict: 'better' });
    expect(compareMetric('rmse', 50, 40)).toEqual({ text: '+10', verdict: 'worse' });
    expect(compareMetric('rmse', 40, 50)).toEqual({ text: '−10', verdict: 'better' });
    expect(compareMetric('r2', 0.5, 0.5).verdict).toBe('equal');
    expect(compareMetric('coverage', 2, 1).verdict).toBe('unknown');
    expect(compareMetric('rmse', NaN, 1)).toEqual({ text: '–', verdict: 'unknown' });
  });
});

import { describe, expect, it } from 'vitest';
import type { Report, Run } from '../../src/protocol';
import { liveMetrics, reportCharts, shownCurves } from '../../webview/run/charts';
import { confusionCells, mostConfused } from '../../webview/run/confusion';
import { elapsed, shortHash } from '../../webview/run/state';
import { cut, logTail, matches, nextMatch, plainLine } from '../../webview/run/log';

describe('the log', () => {
  it('keeps the last lines and counts the others', () => {
    const log = logTail(10);
    for (let i = 0; i < 35; i++) log.append([`line ${i}`]);
    expect(log.lines.length + log.skipped).toBe(35);
    expect(log.lines.length).toBeLessThanOrEqual(20);
    expect(log.lines.at(-1)).toBe('line 34');
    expect(log.lines[0]).toBe(`line ${log.skipped}`);
  });

  it('takes a million lines at once', () => {
    const log = logTail(1000);
    log.append(Array.from({ length: 1_000_000 }, (_, i) => String(i)));
    expect([log.lines.length, log.skipped, log.lines[0]]).toEqual([1000, 999_000, '999000']);
  });

  it('leaves out metric lines, colours and what was overwritten', () => {
    const log = logTail();
    log.append(['@mll {"metric":"loss"}', '\u001b[31mred\u001b[0m text', ' 10%\r 50%\r100%', 'windows\r']);
    expect(log.lines).toEqual(['red text', '100%', 'windows']);
    expect(plainLine('\u001b[2K\u001b[1;32mok')).toBe('ok');
  });

  it('finds text in either case, round the end', () => {
    const found = matches(['Warning', 'b', 'no warning'], 'WARN');
    expect(found).toEqual([0, 2]);
    expect(nextMatch(found, -1, true)).toBe(0);
    expect(nextMatch(found, 0, true)).toBe(2);
    expect(nextMatch(found, 2, true)).toBe(0);
    expect(nextMatch(found, 0, false)).toBe(2);
    expect(nextMatch([], 0, true)).toBeUndefined();
    expect(matches(['a'], '')).toEqual([]);
  });

  it('cuts a line at its matches without losing a letter', () => {
    expect(cut('aXbxc', 'x')).toEqual([
      { text: 'a', match: false },
      { text: 'X', match: true },
      { text: 'b', match: false },
      { text: 'x', match: true },
      { text: 'c', match: false },
    ]);
    // One capital letter that becomes two small ones: places would not fit.
    expect(cut('İx', 'x')).toEqual([{ text: 'İx', match: false }]);
  });
});

describe('the confusion matrix', () => {
  const confusion = {
    labels: ['a', 'b', 'c'],
    counts: [
      [8, 2, 0],
      [5, 5, 0],
      [0, 0, 0],
    ],
  };

  it('has shares of the actual class; a class without rows has none', () => {
    const cells = confusionCells(confusion);
    expect(cells[0]?.[1]).toEqual({ count: 2, share: 0.2 });
    expect(cells[1]?.[0]).toEqual({ count: 5, share: 0.5 });
    expect(cells[2]?.map((cell) => cell.share)).toEqual([0, 0, 0]);
  });

  it('lists the pairs that are mistaken most, without the right ones', () => {
    expect(mostConfused(confusion, 1)).toEqual([{ actual: 'b', predicted: 'a', count: 5, share: 0.5 }]);
    expect(mostConfused(confusion, 9)).toHaveLength(2);
  });
});

const report: Report = {
  task: 'regression',
  target: 'y',
  algorithm: 'linear',
  rows: { train: 3, test: 3 },
  metrics: {},
  baseline: {},
  importance: [],
  mainMetric: 'rmse',
  leftOut: [],
  notes: [],
};

describe('charts of a run', () => {
  it('draws live metrics by name and makes a new chart only where something came', () => {
    const live = liveMetrics();
    live.append([
      { name: 'loss', value: 2, step: 0, time: 0 },
      { name: 'accuracy', value: 0.5, step: 0, time: 0 },
    ]);
    const [loss, accuracy] = live.charts();
    live.append([{ name: 'loss', value: 1, step: 1, time: 1 }]);
    const later = live.charts();
    expect(later.map((one) => one.title)).toEqual(['Loss', 'Accuracy']);
    expect(later[0]).not.toBe(loss);
    expect(later[1]).toBe(accuracy);
    expect(later[0]?.last).toBe('1');
    expect(later[0]?.spec.series[0]?.points).toEqual({ x: [0, 1], y: [2, 1] });
  });

  it('draws the algorithms of a comparison into one chart, by fold', () => {
    const live = liveMetrics();
    live.append([
      { name: 'linear_f1_macro', value: 0.6, step: 1, time: 0 },
      { name: 'linear_f1_macro', value: 0.7, step: 2, time: 1 },
      { name: 'hist_gradient_boosting_f1_macro', value: 0.5, step: 1, time: 2 },
      { name: 'f1_macro', value: 0.65, step: 10, time: 3 },
    ]);
    const [compared, final] = live.charts();
    expect(compared).toMatchObject({ title: 'F1 (macro) by fold', last: '', spec: { xTitle: 'Fold' } });
    expect(compared?.spec.series).toEqual([
      { name: 'Linear or logistic regression', points: { x: [1, 2], y: [0.6, 0.7] } },
      { name: 'Gradient boosting', points: { x: [1], y: [0.5] } },
    ]);
    expect(final).toMatchObject({ title: 'F1 (macro)', last: '0.65', spec: { xTitle: 'Step' } });
    expect(live.charts()).toHaveLength(2);
  });

  it('takes what is said at the end for the last value, not for a step back', () => {
    const live = liveMetrics();
    live.append([
      { name: 'accuracy', value: 0.9, step: 20, time: 0 },
      { name: 'accuracy', value: 0.95, step: 40, time: 1 },
      { name: 'accuracy', value: 0.97, step: 0, time: 2 },
      { name: 'log_loss', value: 0.2, step: 0, time: 2 },
    ]);
    const [accuracy, loss] = live.charts();
    expect(accuracy?.spec.series[0]?.points).toEqual({ x: [20, 40], y: [0.9, 0.95] });
    expect(accuracy).toMatchObject({ last: '97.0 %', points: 2, spec: { yMax: 1 } });
    expect(loss).toMatchObject({ last: '0.2', points: 1 });
    expect(loss?.spec.yMax).toBeUndefined();
  });

  it('draws residuals as actual minus predicted', () => {
    const charts = reportCharts({ ...report, residuals: { actual: [10, 20], predicted: [12, 15] } });
    expect(charts.map((one) => one.title)).toEqual(['Predicted and actual', 'Residuals']);
    expect(charts[0]?.spec.series[0]?.points).toEqual({ x: [10, 20], y: [12, 15] });
    expect(charts[0]?.spec.series[1]?.points).toEqual({ x: [10, 20], y: [10, 20] });
    expect(charts[1]?.spec.series[0]?.points).toEqual({ x: [12, 15], y: [-2, 5] });
  });

  it('has no chart without data and picks the weakest of many curves', () => {
    expect(reportCharts(report)).toEqual([]);
    expect(reportCharts({ ...report, roc: [], pr: [], residuals: { actual: [], predicted: [] } })).toEqual(
      [],
    );
    const curves = Array.from({ length: 9 }, (_, i) => ({
      label: `c${i}`,
      x: [0, 1],
      y: [0, 1],
      area: 1 - i / 10,
    }));
    expect(shownCurves(curves).map((one) => one.label)).toEqual(['c8', 'c7', 'c6', 'c5', 'c4', 'c3']);
    expect(reportCharts({ ...report, roc: curves })[0]?.note).toBe(
      'The 6 classes with the smallest area, of 9.',
    );
  });
});

describe('the header', () => {
  const queued = {
    id: 'r',
    kind: 'train',
    name: 'r',
    status: 'running',
    provider: 'local',
    metrics: {},
    dirty: false,
    params: {},
    submitted: '2026-11-23T14:00:00Z',
  } satisfies Run;
  const run: Run = { ...queued, started: '2026-11-23T14:00:10Z' };
  const now = Date.parse('2026-11-23T14:01:15Z');

  it('tells the time that a run takes, took or waits', () => {
    expect(elapsed(run, now)).toBe('1 min 5 s');
    expect(elapsed({ ...run, status: 'completed', ended: '2026-11-23T14:00:12Z' }, now)).toBe('2.0 s');
    expect(elapsed({ ...queued, status: 'queued' }, now)).toBe('waiting for 1 min 15 s');
    // Ended, but nobody saw when.
    expect(elapsed({ ...run, status: 'failed' }, now)).toBe('');
    // The clock was set back.
    expect(elapsed(run, now - 3_600_000)).toBe('0 ms');
  });

  it('shortens a hash', () => {
    expect(shortHash('sha256:b7d1e6c09a44ef')).toBe('b7d1e6c09a');
    expect(shortHash('abc')).toBe('abc');
  });
});

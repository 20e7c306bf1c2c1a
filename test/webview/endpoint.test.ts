import { describe, expect, it } from 'vitest';
import type {
  DriftColumn,
  DriftReport,
  Field,
  MonitorReport,
  Prediction,
  Signature,
} from '../../src/protocol';
import {
  controlOf,
  formOf,
  likeliest,
  observed,
  readFields,
  rowOf,
  unseen,
  type Value,
} from '../../webview/endpoint/form';
import {
  categoryShares,
  densitiesOf,
  driftVerdict,
  latency,
  outline,
  scoreText,
  timeStep,
  windowStart,
} from '../../webview/endpoint/monitor-text';
import { timelineCharts } from '../../webview/endpoint/timeline';
import { columnsByReason } from '../../src/words';
import { casesText, historyText, manyText, retrainText, stageOf } from '../../webview/endpoint/words';

const fields: Field[] = [
  { name: 'island', type: 'text', required: true, categories: ['Biscoe', 'Dream'] },
  { name: 'length', type: 'number', required: false, min: 32.1, max: 59.6, mean: 43.92 },
  { name: 'mass', type: 'integer', required: true, min: 2700, max: 6300 },
  { name: 'ringed', type: 'boolean', required: true },
  { name: 'seen', type: 'date', required: true, min: '2007-11-11', max: '2009-12-01' },
  { name: 'at', type: 'datetime', required: false },
  { name: 'remark', type: 'text', required: true },
];
const signature: Signature = {
  task: 'classification',
  inputs: fields,
  output: { name: 'species', type: 'text' },
  examples: [],
};
const row = {
  island: 'Biscoe',
  length: 46.1,
  mass: 4500,
  ringed: true,
  seen: '2007-11-27',
  at: '2007-11-27 09:15:00',
  remark: ' a  b ',
};
const field = (name: string): Field =>
  fields.find((one) => one.name === name) ?? { name, type: 'text', required: true };
const value = (text: string, part: Partial<Value> = {}): Value => ({
  text,
  missing: false,
  other: false,
  ...part,
});

describe('the form of a request', () => {
  it('gives back the row that it was filled with', () => {
    expect(rowOf(signature, formOf(signature, row))).toEqual({ row, errors: {} });
  });

  it('keeps what JSON numbers cannot: whole numbers beyond 2^53', () => {
    const big = { ...row, mass: '9007199254740993' };
    const values = formOf(signature, big);
    expect(rowOf(signature, values).row.mass).toBe('9007199254740993');
    expect(controlOf(field('mass'), values.mass ?? value(''))).toBe('text');
  });

  it('neither asks for nor sends what the model does not read', () => {
    const id: Field = { name: 'id', type: 'text', required: false, unread: true };
    const more: Signature = { ...signature, inputs: [id, ...fields] };
    expect(readFields(more)).toEqual({ read: fields, unread: ['id'] });
    expect(rowOf(more, formOf(more, { ...row, id: 'A-7' }))).toEqual({ row, errors: {} });
  });

  it('sends null for what is missing and refuses what the model needs', () => {
    const { row: read, errors } = rowOf(signature, formOf(signature, {}));
    expect(read).toEqual({ length: null, ringed: false, at: null, remark: '' });
    expect(Object.keys(errors)).toEqual(['island', 'mass', 'seen']);
  });

  it('names the field of a wrong value', () => {
    const values = {
      ...formOf(signature, row),
      length: value('heavy'),
      mass: value('1.5'),
      seen: value('soon'),
    };
    const { row: read, errors } = rowOf(signature, values);
    expect(errors).toEqual({
      length: '“heavy” is not a number.',
      mass: 'A whole number is needed here.',
      seen: 'A date is needed here, as 2026-11-23.',
    });
    expect(Object.keys(read)).toEqual(['island', 'ringed', 'at', 'remark']);
  });

  it('takes an empty box of an optional number as missing, and never infinity', () => {
    const read = (text: string) => rowOf(signature, { ...formOf(signature, row), length: value(text) });
    expect(read(' ').row.length).toBeNull();
    expect(read('1e999').errors.length).toBe('“1e999” is not a number.');
    expect(read('-2.5e1').row.length).toBe(-25);
  });

  it('offers a box for a category that training did not see', () => {
    const values = formOf(signature, { ...row, island: 'Humble' });
    expect(values.island).toEqual({ text: 'Humble', missing: false, other: true });
    expect(unseen(field('island'), value('Humble'))).toBe('Not seen in training.');
    expect(unseen(field('island'), value('Dream'))).toBe('');
  });

  it('warns outside of the observed range only', () => {
    expect(unseen(field('length'), value('59.6'))).toBe('');
    expect(unseen(field('length'), value('59.7'))).toBe('Outside of what training saw.');
    expect(unseen(field('length'), value('', { missing: true }))).toBe('');
    expect(unseen(field('seen'), value('2009-12-02'))).toBe('Outside of what training saw.');
    expect(unseen(field('seen'), value('2009-12-01'))).toBe('');
    expect(observed(field('length'))).toBe('32.1 to 59.6, mean 43.92');
    expect(observed(field('remark'))).toBe('');
  });

  it('shows a time with a zone as text, so that nothing of it is lost', () => {
    expect(controlOf(field('at'), value('2007-11-27T09:15:00Z'))).toBe('text');
    expect(controlOf(field('at'), value('2007-11-27 09:15:00'))).toBe('datetime');
  });

  it('adds up what is beyond the likeliest classes', () => {
    const shown = likeliest({ a: 0.1, b: 0.6, c: 0.2, d: 0.1 }, 3);
    expect(shown.map((one) => one.label)).toEqual(['b', 'c', '2 others']);
    expect(shown.at(-1)?.share).toBeCloseTo(0.2, 12);
    expect(likeliest({ a: 0.4, b: 0.6 }, 3).map((one) => one.text)).toEqual(['60 %', '40 %']);
  });
});

const ks: DriftColumn = {
  test: 'ks',
  score: 0.41,
  threshold: 0.05,
  drifted: false,
  reference: { edges: [0, 1, 2], counts: [1, 3] },
  current: { edges: [0, 1, 2], counts: [1, 3] },
};
const drift = (drifted: number, all: number, part: Partial<DriftReport> = {}): DriftReport => ({
  rows: 100,
  referenceRows: 275,
  tooFew: false,
  share: drifted / all,
  drifted: drifted / all >= 0.5,
  columns: Object.fromEntries(
    Array.from({ length: all }, (_, i) => [`c${i}`, { ...ks, drifted: i < drifted }]),
  ),
  ...part,
});

describe('the monitor in words', () => {
  it('puts the columns that were not compared together by reason', () => {
    const left = [
      { column: 'day', reason: 'Dates move.' },
      { column: 'id', reason: 'Not sent.' },
      { column: 'hour', reason: 'Dates move.' },
    ];
    expect(columnsByReason(left)).toEqual([
      { reason: 'Dates move.', columns: ['day', 'hour'] },
      { reason: 'Not sent.', columns: ['id'] },
    ]);
    expect(columnsByReason([])).toEqual([]);
  });

  it('gives the verdict on drift', () => {
    expect(driftVerdict(drift(3, 9), 100)).toBe(
      '3 of 9 columns drifted; below the half that counts as drift.',
    );
    expect(driftVerdict(drift(2, 4), 100)).toBe(
      '2 of 4 columns drifted; half or more counts as drift: the requests differ from the training data.',
    );
    expect(driftVerdict(drift(0, 4), 100)).toBe(
      'None of 4 columns drifted: the requests look like the training data.',
    );
    expect(driftVerdict(drift(0, 1, { tooFew: true, rows: 12, columns: {} }), 12)).toContain('12 of the 30');
    expect(driftVerdict(drift(0, 1, { tooFew: true, rows: 0, columns: {} }), 0)).toContain('no requests');
  });

  it('tells p-values from distances', () => {
    expect(scoreText(ks)).toBe('p 0.41, drift below 0.05');
    expect(scoreText({ ...ks, score: 1e-9 })).toBe('p < 0.0001, drift below 0.05');
    expect(scoreText({ ...ks, test: 'wasserstein', score: 0.2, threshold: 0.1 })).toBe(
      'distance 0.2, drift from 0.1',
    );
  });

  it('compares the categories of both sides, new ones and rare ones too', () => {
    expect(categoryShares({ a: 3, b: 1 }, { a: 1, c: 1 }, 5)).toEqual([
      { label: 'a', reference: 0.75, current: 0.5 },
      { label: 'b', reference: 0.25, current: 0 },
      { label: 'c', reference: 0, current: 0.5 },
    ]);
    expect(categoryShares({ a: 3, b: 1 }, { a: 1, c: 1 }, 2)[1]).toEqual({
      label: '2 others',
      reference: 0.25,
      current: 0.5,
    });
    expect(categoryShares({ a: 0 }, {}, 5)).toEqual([{ label: 'a', reference: 0, current: 0 }]);
  });

  it('draws densities, so that bins of unequal width are comparable', () => {
    expect(densitiesOf({ edges: [0, 1, 3], counts: [1, 2] })).toEqual([1 / 3, 1 / 3]);
    expect(densitiesOf({ edges: [5, 5], counts: [10] })).toEqual([1]);
    const box = { low: 0, high: 4, top: 1, width: 8, height: 10 };
    expect(outline({ edges: [0, 2, 4], counts: [1, 1] }, box)).toBe(
      'M0.00 10L0.00 7.50L4.00 7.50L4.00 7.50L8.00 7.50L8.00 10',
    );
  });

  it('computes windows and marks on the time axis', () => {
    const now = Date.parse('2026-11-23T14:00:00Z');
    expect(windowStart('1h', now)).toBe('2026-11-23T13:00:00.000Z');
    expect(windowStart('7d', now)).toBe('2026-11-16T14:00:00.000Z');
    expect(windowStart('all', now)).toBeUndefined();
    expect(timeStep(3_600_000)).toBe(15 * 60_000);
    expect(timeStep(23 * 3_600_000)).toBe(6 * 3_600_000);
  });

  it('writes latencies with a tenth where it matters', () => {
    expect([0, 0.01, 3.44, 9.96, 14.2, 1500].map(latency)).toEqual([
      '0 ms',
      '< 1 ms',
      '3.4 ms',
      '10 ms',
      '14 ms',
      '1.5 s',
    ]);
  });

  it('draws the timeline with gaps where there was no request', () => {
    const report: MonitorReport = {
      endpoint: 'e',
      requests: 3,
      rows: 3,
      errors: 1,
      latencyMs: null,
      timeline: [
        { time: 0, requests: 2, errors: 1, p95: 4 },
        { time: 3_600_000, requests: 0, errors: 0, p95: null },
        { time: 7_200_000, requests: 1, errors: 0, p95: 6 },
      ],
      drift: drift(0, 1),
      predictionDrift: null,
    };
    const [requests, slow] = timelineCharts(report);
    expect(requests?.spec.series.map((one) => one.points.y)).toEqual([
      [2, 0, 1],
      [1, 0, 0],
    ]);
    expect(slow?.spec.series[0]?.points.y).toEqual([4, NaN, 6]);
    expect([requests?.spec.xMin, requests?.spec.xMax, requests?.spec.xStep]).toEqual([
      0, 7_200_000, 1_800_000,
    ]);
    expect(timelineCharts({ ...report, timeline: [] })).toEqual([]);
    const [single] = timelineCharts({ ...report, timeline: report.timeline.slice(0, 1) });
    // One moment has no length of its own: a minute to either side.
    expect([single?.spec.xMin, single?.spec.xMax]).toEqual([-60_000, 60_000]);
  });
});

describe('answers in words', () => {
  const prediction: Prediction = { prediction: 'Gentoo' };
  const refused: Prediction = { prediction: null, error: { field: 'mass', message: 'no number' } };
  const result = (predictions: readonly Prediction[]) => ({
    predictions,
    latencyMs: { p50: 3.4, p95: 5, p99: 20 },
    ids: [],
  });
  const entry = { time: '2026-11-23T14:00:00Z', rows: [{}], result: null, error: null };

  it('sums up entries of the history', () => {
    expect(historyText({ ...entry, result: result([prediction]) })).toBe('Gentoo');
    expect(historyText({ ...entry, result: result([refused]) })).toBe('Refused: no number');
    expect(historyText({ ...entry, rows: [{}, {}], result: result([prediction, refused]) })).toBe('2 rows');
    expect(historyText({ ...entry, error: { kind: 'unavailable', message: 'gone' } })).toBe('Failed: gone');
    expect(historyText(entry)).toBe('No answer');
  });

  it('counts errors among many rows', () => {
    expect(manyText(result([prediction, refused]))).toBe(
      '2 rows answered, 1 error; latency 3.4 ms (median), 20 ms (slowest 1 %).',
    );
    const once = { ...result([prediction]), latencyMs: { p50: 20, p95: 20, p99: 20 } };
    expect(manyText(once)).toBe('1 row answered, no errors; latency 20 ms.');
  });

  it('tells how the cases fared', () => {
    const one = { name: 'a', message: '', latencyMs: 1 };
    expect(casesText([{ ...one, passed: true }])).toBe('The case passed.');
    expect(
      casesText([
        { ...one, passed: true },
        { ...one, passed: false },
      ]),
    ).toBe('1 case of 2 failed.');
  });

  it('tells what became of a retraining', () => {
    const retrained = (held: boolean, promoted: boolean) =>
      retrainText({
        run: {
          id: 'r',
          kind: 'train',
          name: 'r',
          status: 'completed',
          provider: 'local',
          metrics: {},
          submitted: '',
          dirty: false,
          params: {},
        },
        old: { model: 'm', version: 3, metrics: {} },
        new: { model: 'm', version: 4, metrics: {} },
        gate: { expression: '', held, reason: '' },
        promoted,
      });
    expect(retrained(true, true)).toBe('The gate held, and the endpoint answers with version 4 now.');
    expect(retrained(true, false)).toContain('version 4 can be deployed');
    expect(retrained(false, false)).toContain('did not hold');
    expect([
      stageOf('fold 1'),
      stageOf({ stage: 'fit', status: 'running' }),
      stageOf({ status: 'queued' }),
      stageOf(3),
    ]).toEqual(['fold 1', 'fit', 'queued', undefined]);
  });
});

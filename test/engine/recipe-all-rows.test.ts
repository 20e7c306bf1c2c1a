import { afterAll, expect, it } from 'vitest';
import type { CallContext } from '../../src/rpc';
import { call, closeSessions, csv, handlers, planOf, previewOf, step } from './recipe-rig';

afterAll(closeSessions);

const STEPS = [step('fill_missing', { columns: ['x'], with: 'median' }), step('limit', { rows: 70 })];
const all = (steps = STEPS, more: Partial<CallContext> = {}) =>
  handlers.recipePreview(
    { table: csv, plan: planOf(steps), sampleRows: 50, all: true, offset: 98, limit: 5, profile: false },
    { ...call, ...more },
  );

it('a preview on all rows counts them all, tells its progress, and leaves the sample as it was', async () => {
  const sample = await previewOf(STEPS);
  expect([sample.sampleRows, sample.totalRows]).toEqual([50, 100]);
  expect(sample.effects.map((one) => [one.rowsBefore, one.rowsAfter, one.changedCells])).toEqual([
    [50, 50, 5],
    [50, 50, 0],
  ]);
  const told: unknown[] = [];
  const whole = await all(STEPS, { progress: (value) => told.push(value) });
  expect([whole.sampleRows, whole.totalRows]).toEqual([100, 100]);
  expect(whole.effects.map((one) => [one.rowsBefore, one.rowsAfter, one.changedCells])).toEqual([
    [100, 100, 10],
    [100, 70, 0],
  ]);
  expect(whole.rows.map((one) => [one.row, one.state])).toEqual([
    [98, 'dropped'],
    [99, 'dropped'],
  ]);
  expect(told).toEqual([
    { stage: 'step 1 of 2', progress: 1 / 3 },
    { stage: 'step 2 of 2', progress: 2 / 3 },
  ]);
  // What was computed is kept: the time of the first step is that of its one run.
  const again = await all([STEPS[0] ?? step('limit'), step('limit', { rows: 60 })]);
  expect(again.effects.map((one) => one.rowsAfter)).toEqual([100, 60]);
  expect(again.effects[0]?.ms).toBe(whole.effects[0]?.ms);
  expect((await previewOf(STEPS)).effects).toEqual(sample.effects);
});

it('is given up when it is cancelled, and can be asked for again', async () => {
  const stop = new AbortController();
  const given = all([step('sort', { columns: ['x'] }), step('limit', { rows: 10 })], {
    signal: stop.signal,
    progress: () => stop.abort(),
  });
  await expect(given).rejects.toMatchObject({ name: 'AbortError' });
  expect((await all()).effects.map((one) => one.rowsAfter)).toEqual([100, 70]);
});

import { afterAll, expect, it } from 'vitest';
import type { Step } from '../../src/recipe/model';
import { call, closeSessions, csv, handlers, planOf, step } from './recipe-rig';

afterAll(closeSessions);

const ask = (steps: readonly Step[], rowsOnly: boolean) =>
  handlers.recipePreview(
    { table: csv, plan: planOf(steps), sampleRows: 50, offset: 3, limit: 6, profile: false, rowsOnly },
    call,
  );
const fill = step('fill_missing', { columns: ['x'], with: 'median' });
const scale = step('scale', { columns: ['x'], method: 'standard' });
const compute = (factor: number): Step => step('compute', { y: `x * ${factor}` });
const lag = step('lag', { columns: ['x'], by: [1], order: 'x' });

it('gives the rows after an edit before it is known what each step did, and the same rows', async () => {
  await ask([fill, compute(2), scale], false);
  const edited = [fill, compute(3), scale];
  const first = await ask(edited, true);
  expect(first.effects).toEqual([]);
  expect(first.rows.map((one) => one.row)).toEqual([3, 4, 5, 6, 7, 8]);
  const whole = await ask(edited, false);
  expect(whole.effects).toHaveLength(3);
  expect({ ...first, effects: whole.effects }).toEqual(whole);
  // What stands is not asked for again.
  expect((await ask(edited, true)).effects).toHaveLength(3);
});

it('leaves out no row that a step drops, and shows it as it was', async () => {
  const steps = [fill, step('filter', { keep: 'x > 5' }), compute(4)];
  const first = await ask(steps, true);
  expect(first.effects).toEqual([]);
  const { rows, columns } = await ask(steps, false);
  expect(first.rows).toEqual(rows);
  expect(first.columns).toEqual(columns);
  expect(new Set(rows.map((one) => one.state))).toEqual(new Set(['same', 'dropped']));
});

it.each([
  ['learns after a window', [lag, scale], 2, undefined],
  ['makes rows anew', [fill, step('aggregate', { by: ['g'], values: { n: 'count' } })], 2, undefined],
  ['cannot be done', [fill, step('compute', { y: "CAST('a' AS INTEGER)" }), scale], 2, 1],
])('does the steps one by one where one %s', async (_, steps, effects, failed) => {
  const first = await ask(steps, true);
  expect(first.effects).toHaveLength(effects);
  const at = first.effects.findIndex((one) => one.error !== undefined);
  expect(at < 0 ? undefined : at).toBe(failed);
  expect((await ask(steps, false)).rows).toEqual(first.rows);
});

import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import { steps as catalogue } from '../../src/recipe/catalogue';
import { compile, examine } from '../../src/recipe/compile';
import { parse } from '../../src/recipe/document';
import { newRecipe } from '../../src/recipe/edit';
import type { Recipe } from '../../src/recipe/model';
import { PART, ROW } from '../../src/recipe/plan';
import { runSql } from '../../src/recipe/render';
import { same } from './exported';
import { howMany, PATIENCE, randomCases, randomKinds, type Case } from './random';
import { columnsOf, fit, makeTables, open, others } from './rig';

vi.setConfig({ testTimeout: PATIENCE, hookTimeout: PATIENCE });

let session: Session;
let cases: readonly Case[];
beforeAll(async () => {
  session = await open();
  cases = await randomCases(session, howMany(30), 20_261_126);
});
afterAll(() => session.close());

/** The rows that a case gives, as JSON, in their order. */
async function rowsOf({ plan, fitted, relation }: Case): Promise<unknown[]> {
  const select = `SELECT * EXCLUDE (${ROW}, ${PART}) FROM (${runSql(plan, fitted, relation)}) ORDER BY ${ROW}`;
  const { rows } = await session.all(`SELECT CAST(to_json(t) AS VARCHAR) FROM (${select}) AS t`);
  return rows.map((row) => JSON.parse(String(row[0])) as unknown);
}

it('random recipes have every step that plain columns allow', () => {
  const kinds = randomKinds(1000);
  // No column is nested.
  expect(catalogue.map(({ info }) => info.kind).filter((kind) => !kinds.has(kind))).toEqual(['flatten']);
});

it('written and read again a recipe is the same, whatever is in it', () => {
  for (const { recipe } of cases) {
    const steps = recipe.steps.map((step, k) => ({
      ...step,
      ...(k % 3 === 0 ? { disabled: true } : {}),
      ...(k % 2 === 0 ? { note: ` # "${step.kind}": it's\n- so` } : {}),
    }));
    const whole: Recipe = { ...recipe, input: "a: 'b' #.csv", steps };
    const { recipe: back, problems } = parse(newRecipe(whole));
    expect(problems).toEqual([]);
    expect(back).toEqual(JSON.parse(JSON.stringify(whole)));
  }
});

it('a step that is switched off is as if it were not there', async () => {
  for (const { recipe, relation, tables } of cases) {
    const columns = await columnsOf(session, relation);
    const known = await others(session, tables);
    const off = cases.flatMap((one) => one.recipe.steps).slice(0, 3);
    const mixed = recipe.steps.flatMap((step, k) => [
      { ...(off[k % off.length] ?? step), disabled: true },
      step,
    ]);
    const plain = examine(recipe, columns, known).plan;
    const { steps, ...head } = examine({ ...recipe, steps: mixed }, columns, known).plan;
    // Only what a message says of a step's place may differ.
    const text = JSON.stringify(steps.map((one) => ({ ...one, index: (one.index - 1) / 2 })));
    const placed = (said: string): string => said.replaceAll(/step \d+ \(/gu, 'step (');
    expect({ ...head, steps: placed(text) }).toEqual({
      ...plain,
      steps: placed(JSON.stringify(plain.steps)),
    });
  }
});

it('rows keep their side of the split when rows are appended', async () => {
  for (const { recipe, relation } of cases) {
    const plan = compile({ ...recipe, steps: [] }, await columnsOf(session, relation));
    const side = `CASE WHEN (${plan.split ?? 'NULL'}) THEN 'test' ELSE 'train' END`;
    const sides = async (table: string): Promise<unknown[]> =>
      (await session.all(`SELECT ${side} FROM ${table}`)).rows.map((row) => row[0]);
    const before = await sides(relation);
    const more = `(SELECT * FROM ${relation} UNION ALL SELECT * REPLACE (coalesce(n, 0) + 1 AS n) FROM ${relation})`;
    const after = await sides(more);
    expect(after).toHaveLength(2 * before.length);
    expect(after.slice(0, before.length)).toEqual(before);
  }
});

/** Steps whose outcome is of the order of the rows, or of which row comes first. */
const ORDERED = new Set([
  ...['limit', 'drop_duplicates', 'sample', 'sort', 'lag', 'rolling', 'fill_missing', 'aggregate', 'pivot'],
  ...['explode', 'append', 'unpivot', 'join'],
]);

it('the order of the rows in the file does not matter to steps that have none', async () => {
  let compared = 0;
  for (const one of cases) {
    if (one.plan.steps.some(({ kind, history }) => history === true || ORDERED.has(kind))) continue;
    await makeTables(session, one.plan, one.tables);
    const relation = `(SELECT * FROM ${one.relation} AS t ORDER BY md5(CAST(to_json(t) AS VARCHAR)))`;
    const other = { ...one, relation, fitted: await fit(session, one.plan, relation) };
    expect(same(other.fitted, one.fitted), JSON.stringify(one.recipe)).toBe(true);
    const sorted = async (of: Case): Promise<string[]> =>
      (await rowsOf({ ...of, fitted: one.fitted })).map((row) => JSON.stringify(row)).sort();
    expect(await sorted(other), JSON.stringify(one.recipe)).toEqual(await sorted(one));
    compared += 1;
  }
  expect(compared).toBeGreaterThan(cases.length / 10);
});

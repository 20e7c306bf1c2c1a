import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import { steps } from '../../src/recipe/catalogue';
import type { Recipe } from '../../src/recipe/model';
import { PART, ROW } from '../../src/recipe/plan';
import { runSql } from '../../src/recipe/render';
import { codeOf, runExported, same } from './exported';
import { howMany, PATIENCE, randomCases } from './random';
import { compile } from '../../src/recipe/compile';
import { columnsOf, fit, makeTables, open, step } from './rig';

const CASES = howMany(45);
/** Steps that have words of their own in pandas and polars. */
const NATIVE = steps.filter((one) => one.code !== undefined).map((one) => one.info.kind);

vi.setConfig({ testTimeout: PATIENCE, hookTimeout: PATIENCE });

let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

it('SQL, pandas and polars give the table that the engine gives', async () => {
  const cases = [
    ...(await randomCases(session, CASES, 7)),
    ...(await randomCases(session, CASES, 8, NATIVE)),
    ...(await randomCases(session, 8, 9, ['join'])),
  ];
  const written = cases.map(codeOf);
  const outcomes = runExported(written);
  for (const [k, { plan, fitted, relation, tables }] of cases.entries()) {
    await makeTables(session, plan, tables);
    const select = `SELECT * EXCLUDE (${ROW}, ${PART}) FROM (${runSql(plan, fitted, relation)}) ORDER BY ${ROW}`;
    const { rows } = await session.all(`SELECT CAST(to_json(t) AS VARCHAR) FROM (${select}) AS t`);
    const expected = rows.map((row) => JSON.parse(String(row[0])) as unknown);
    for (const language of ['sql', 'pandas', 'polars']) {
      const code = String(written[k]?.[language]);
      const found = outcomes[k]?.[language];
      expect(found?.error, code).toBeUndefined();
      const given = (found?.rows ?? []).map((row) => JSON.parse(row) as unknown);
      if (!same(given, expected)) expect(given, `case ${k}, ${language}:\n${code}`).toEqual(expected);
    }
  }
  // Steps that have words of their own in a library are written in them.
  const native = written.map((one) => String(one.polars)).join('\n');
  for (const word of ['fill_null', '.shift(', '.join(', '.unique(', '.drop(', '.rename(', 'pl.Int64']) {
    expect(native.includes(word), word).toBe(true);
  }
});

it('says how rows are split only where a step goes by the part of a row', async () => {
  const relation = "(SELECT * FROM (VALUES (1.0::DOUBLE, 'a'), (NULL, 'b')) AS t(x, g))";
  const written = async (steps: Recipe['steps']): Promise<boolean[]> => {
    const recipe: Recipe = { recipe: 1, split: { test: 0.5, method: 'random' }, steps };
    const plan = compile(recipe, await columnsOf(session, relation));
    const fitted = await fit(session, plan, relation);
    const code = codeOf({ recipe, plan, relation, tables: {}, fitted });
    return ['sql', 'pandas', 'polars'].map((language) => String(code[language]).includes('md5'));
  };
  const fill = step('fill_missing', { columns: ['x'], with: 'median' });
  expect(await written([fill])).toEqual([false, false, false]);
  expect(await written([fill, step('drop_duplicates')])).toEqual([true, true, true]);
});

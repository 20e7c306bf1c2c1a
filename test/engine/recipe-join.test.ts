import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { JoinFacts } from '../../src/protocol';
import { stepOf } from '../../src/recipe/catalogue';
import { examine } from '../../src/recipe/compile';
import type { Step } from '../../src/recipe/model';
import { call, closeSessions, COLUMNS, csv, folder, handlers, step } from './recipe-rig';

/** How two tables fit by their keys, counted before the step is made. */
afterAll(closeSessions);

const other = path.join(folder, 'floors.csv');
// x: 0 and 1 once, 2 twice, 200 nowhere here, a missing key; g: "a" thrice.
writeFileSync(
  other,
  'x,g,when,y\n0,a,2024-01-01,p\n1,a,2024-01-01,q\n2,a,2024-01-01,r\n2,b,2024-01-01,s\n200,,2024-01-01,t\n,z,2024-01-01,u\n',
);

async function factsOf(steps: readonly Step[], sampleRows = 1000): Promise<JoinFacts> {
  const last = steps.at(-1);
  const matching = last && stepOf(last.kind)?.matching?.(last.options);
  if (!matching) throw new Error('no join');
  const { plan } = examine({ recipe: 1, steps }, COLUMNS, new Map([['floors', COLUMNS]]));
  return handlers.recipeJoin(
    {
      table: csv,
      plan: { ...plan, steps: plan.steps.filter((one) => one.index < steps.length - 1) },
      tables: { floors: { path: other } },
      sampleRows,
      matching,
    },
    call,
  );
}
const on = (keys: readonly string[] | Readonly<Record<string, string>>): Step =>
  step('join', { with: 'floors', on: keys, columns: ['y'], prefix: 'o_' });

it('counts the rows of a key, those that match and those that do not, on either side', async () => {
  expect(await factsOf([on(['x'])])).toEqual({
    rows: 100,
    exact: true,
    otherRows: 6,
    mostHere: 1,
    mostThere: 2,
    // 0, 1 and 2 match here; 2 does so twice.
    matched: 3,
    unused: 2,
    pairs: 4,
  });
});

it('takes several keys, of other names, and rows as the steps before leave them', async () => {
  // After filtering, x is 4 to 99 without those that end in 3, and g is trimmed: a, b, c in turn.
  const steps = [step('filter', { keep: 'x >= 4' }), step('trim', { columns: ['g'] }), on({ g: 'g' })];
  const inG = (letter: number): number =>
    Array.from({ length: 96 }, (_, k) => k + 4).filter((x) => x % 10 !== 3 && x % 3 === letter).length;
  expect(await factsOf(steps)).toEqual({
    rows: inG(0) + inG(1) + inG(2),
    exact: true,
    otherRows: 6,
    mostHere: Math.max(inG(0), inG(1), inG(2)),
    mostThere: 3,
    matched: inG(0) + inG(1),
    unused: 2,
    pairs: 3 * inG(0) + inG(1),
  });
  expect(await factsOf([on({ x: 'x', g: 'g' })])).toMatchObject({ mostHere: 1, mostThere: 1, matched: 1 });
});

it('says that only the first rows were looked at, and that nothing matches', async () => {
  expect(await factsOf([step('filter', { keep: 'x > 2' }), on(['x'])], 20)).toEqual({
    rows: 15,
    exact: false,
    otherRows: 6,
    mostHere: 1,
    mostThere: 2,
    matched: 0,
    unused: 6,
    pairs: 0,
  });
});

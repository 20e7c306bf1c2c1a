import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { call, closeSessions, folder, handlers, planOf, step } from './recipe-rig';

afterAll(closeSessions);

it('three cells of a million that do not fit are counted and shown', async () => {
  const file = path.join(folder, 'million.csv');
  const bad = new Map([
    [7, 'n/a'],
    [500_000, '12;5'],
    [999_999, 'seven'],
  ]);
  const cells = Array.from({ length: 1_000_000 }, (_, k) => `1,${bad.get(k) ?? k},2024-01-01,yes`);
  writeFileSync(file, `x,g,when,y\n${cells.join('\n')}\n`);
  const steps = [step('cast', { columns: ['g'], to: 'integer' })];
  const output = path.join(folder, 'cast.parquet');
  const done = await handlers.recipeRun(
    { source: { path: file }, plan: planOf(steps), part: 'all', output },
    call,
  );
  expect(done).toMatchObject({ rowsIn: 1_000_000, rowsOut: 1_000_000, rejected: 0 });
  expect(done.expectations).toEqual([
    {
      step: 0,
      rule: 'cast',
      columns: ['g'],
      severity: 'warn',
      allow: 0,
      holds: false,
      rows: 1_000_000,
      broken: 3,
      examples: [
        { row: 8, cells: ['n/a'] },
        { row: 500_001, cells: ['12;5'] },
        { row: 1_000_000, cells: ['seven'] },
      ],
      message:
        '3 of 1,000,000 rows have cells of g that do not read as integer, and become missing: row 8 (n/a), row 500,001 (12;5), row 1,000,000 (seven).',
    },
  ]);
});

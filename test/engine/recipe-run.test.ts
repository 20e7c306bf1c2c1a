import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import type { Step } from '../../src/recipe/model';
import { PART, ROW, type FittedValue } from '../../src/recipe/plan';
import { baseSql, fitSql, readFit, stepsSql } from '../../src/recipe/render';
import { call, closeSessions, context, folder, handlers, planOf, read, step } from './recipe-rig';

/** Several of DuckDB's row groups, so that order and row numbers hold across threads. */
const ROWS = 300_000;
const large = path.join(folder, 'large.csv');
const expected = path.join(folder, 'expected.csv');
const output = path.join(folder, 'out.csv');
let session: Session;

beforeAll(async () => {
  const lines = Array.from({ length: ROWS }, (_, k) => {
    const x = k % 11 === 3 ? '' : String((k * 7919) % 1000);
    const g = k % 13 === 5 ? '' : `{input} \\ it's ${(k * 104_729) % 300}`;
    return `${x},"${g}",2024-01-${String((k % 28) + 1).padStart(2, '0')},${k % 4 === 0 ? 'yes' : 'no'}`;
  });
  writeFileSync(large, `x,g,when,y\n${lines.join('\n')}\n`);
  session = await context.session([large, expected]);
});
afterAll(closeSessions);

describe('a run over many rows writes byte for byte what the plan says', () => {
  const split = { test: 0.2, method: 'random', seed: 5 } as const;
  it.each<[string, Step[], 'train' | 'all']>([
    ['no step', [], 'all'],
    ['one pass', [step('trim', { columns: ['g'] }), step('compute', { z: 'x / 3' })], 'all'],
    [
      'fits',
      [
        step('fill_missing', { columns: ['x'], with: 'median', indicator: true }),
        step('encode', { columns: ['g'], method: 'ordinal' }),
        step('encode', { columns: ['y'] }),
      ],
      'all',
    ],
    ['a frequency', [step('encode', { columns: ['g'], method: 'frequency' })], 'train'],
    [
      'drops',
      [
        step('fill_missing', { columns: ['g'], with: 'previous' }),
        step('drop_duplicates', { columns: ['x', 'g'], keep: 'last' }),
        step('filter', { keep: 'x IS NULL OR x > 10' }),
        step('encode', { columns: ['g'], unknown: 'error', method: 'ordinal' }),
      ],
      'train',
    ],
    ['the rows above', [step('fill_missing', { columns: ['x', 'g'], with: 'previous' })], 'all'],
  ])('%s', async (_, steps, part) => {
    const plan = planOf(steps, { split });
    await session.run(`CREATE OR REPLACE TEMP TABLE base AS ${baseSql(plan, `(${read(large)})`)}`);
    const fitted: Record<string, FittedValue>[] = [];
    for (const [k, one] of plan.steps.entries()) {
      const before = `(${stepsSql(plan, { fitted: 1, steps: fitted }, 'base', k)})`;
      const row = one.fit === undefined ? [['{}']] : (await session.all(fitSql(one.fit, before))).rows;
      fitted.push(readFit(String(row[0]?.[0])));
    }
    rmSync(expected, { force: true });
    const where = part === 'all' ? 'TRUE' : `${PART} = 'train'`;
    const rows = `SELECT * EXCLUDE (${ROW}, ${PART}) FROM (${stepsSql(plan, { fitted: 1, steps: fitted }, 'base')}) WHERE ${where}`;
    await session.run(`COPY (${rows} ORDER BY ${ROW}) TO '${expected.replaceAll("'", "''")}' (HEADER)`);
    const wanted = readFileSync(expected);

    const source = { path: large };
    const out = await handlers.recipeRun({ source, plan, part, output }, call);
    expect(out.fitted).toEqual({ fitted: 1, steps: fitted });
    expect(readFileSync(output).equals(wanted)).toBe(true);
    expect(out.rowsIn).toBe(ROWS);
    const again = await handlers.recipeRun({ source, plan, part, output, fitted: out.fitted }, call);
    expect(readFileSync(output).equals(wanted)).toBe(true);
    expect({ ...again, output: '' }).toEqual({ ...out, output: '' });
  });
});

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { shortest } from '../../src/engine/recipe-split';
import { compile } from '../../src/recipe/compile';
import type { Split, Step } from '../../src/recipe/model';
import type { PlanColumn } from '../../src/recipe/plan';
import { guessTarget, suggest } from '../../src/recipe/suggest';
import {
  call,
  closeSessions,
  COLUMNS,
  context,
  csv,
  folder,
  handlers,
  planOf,
  previewOf,
  read,
  step,
  TEXT,
} from './recipe-rig';

afterAll(closeSessions);

describe('preview', () => {
  it('marks changed cells, new columns, removed columns and dropped rows', async () => {
    const out = await previewOf([
      step('fill_missing', { columns: ['x'], with: 'constant', value: -1 }),
      step('compute', { double: 'x * 2' }),
      step('filter', { keep: 'x <> 1' }),
      step('drop_columns', { columns: ['when'] }),
    ]);
    expect(out.columns.map((one) => `${one.name}:${one.state}`)).toEqual([
      'x:same',
      'g:same',
      'y:same',
      'double:new',
    ]);
    expect(out.removedColumns).toEqual(['when']);
    expect(out.rows).toEqual([
      { row: 0, state: 'same', cells: [0, 'a', 'yes', 0], changed: [] },
      { row: 1, state: 'dropped', cells: [1, 'b', 'no', null], changed: [] },
      { row: 2, state: 'same', cells: [2, ' c', 'no', 4], changed: [] },
      { row: 3, state: 'same', cells: [-1, 'a', 'no', -2], changed: [{ column: 0, before: null }] },
      { row: 4, state: 'same', cells: [4, 'b', 'yes', 8], changed: [] },
    ]);
    expect(out.effects.map((one) => ({ ...one, ms: 0 }))).toEqual([
      {
        index: 0,
        rowsBefore: 50,
        rowsAfter: 50,
        columnsBefore: 4,
        columnsAfter: 4,
        newMissing: -5,
        changedCells: 5,
        ms: 0,
      },
      {
        index: 1,
        rowsBefore: 50,
        rowsAfter: 50,
        columnsBefore: 4,
        columnsAfter: 5,
        newMissing: 0,
        changedCells: 0,
        ms: 0,
      },
      {
        index: 2,
        rowsBefore: 50,
        rowsAfter: 49,
        columnsBefore: 5,
        columnsAfter: 5,
        newMissing: 0,
        changedCells: 0,
        ms: 0,
      },
      {
        index: 3,
        rowsBefore: 49,
        rowsAfter: 49,
        columnsBefore: 5,
        columnsAfter: 4,
        newMissing: 0,
        changedCells: 0,
        ms: 0,
      },
    ]);
    expect([out.sampleRows, out.totalRows]).toEqual([50, 100]);
  });
  it('computes again only from the changed step on', async () => {
    const first = [
      step('trim', { columns: ['g'] }),
      step('encode', { columns: ['g'] }),
      step('scale', { columns: ['x'] }),
    ];
    const a = await previewOf(first);
    const b = await previewOf([
      first[0] ?? step(''),
      first[1] ?? step(''),
      step('scale', { columns: ['x'], method: 'robust' }),
    ]);
    // The very same measured times: those steps did not run again.
    expect(b.effects.slice(0, 2)).toEqual(a.effects.slice(0, 2));
    expect(b.columns.map((one) => one.name)).toEqual(['x', 'when', 'y', 'g_a', 'g_b', 'g_c', 'g_other']);
  });
  it('profiles the outcome over the sample, without the dropped rows', async () => {
    const steps = [
      step('fill_missing', { columns: ['x'], with: 'constant', value: -1 }),
      step('filter', { keep: "g <> 'b'" }),
      step('compute', { twice: 'x * 2' }),
      step('drop_columns', { columns: ['when'] }),
    ];
    const { profile } = await previewOf(steps, { profile: true });
    // Rows 0 … 49 but those with k % 3 = 1; x is missing where k % 10 = 3.
    expect([profile?.rows, profile?.exact]).toEqual([33, false]);
    expect(profile?.columns.map((one) => `${one.name} ${one.missing} ${one.distinct}`)).toEqual([
      'x 0 31',
      'g 0 2',
      'y 0 2',
      'twice 0 31',
    ]);
    const [x, g] = profile?.columns ?? [];
    expect([x?.min, x?.max, x?.top[0]]).toEqual([-1, 48, { value: -1, count: 3 }]);
    expect(x?.histogram?.counts.reduce((sum, one) => sum + one, 0)).toBe(33);
    expect(g?.top).toEqual([
      { value: 'a', count: 17 },
      { value: ' c', count: 16 },
    ]);
    const before = await previewOf(steps, { profile: true, upTo: 0, sampleRows: 500 });
    expect([before.profile?.rows, before.profile?.exact, before.profile?.columns[0]?.missing]).toEqual([
      100,
      true,
      10,
    ]);
    expect((await previewOf(steps)).profile).toBeNull();
    const none = await previewOf([step('filter', { keep: 'x < -5' })], { profile: true });
    expect(none.profile?.columns.map((one) => one.distinct)).toEqual([0, 0, 0, 0]);
  });
  it('stops before a failing step and says why', async () => {
    const out = await previewOf([
      step('trim', { columns: ['g'] }),
      step('compute', { z: 'nosuch + 1' }),
      step('drop_columns', { columns: ['x'] }),
    ]);
    expect(out.effects).toHaveLength(2);
    expect(out.effects[1]?.error?.message).toContain(
      'Step 2 (compute) cannot be done: There is no column "nosuch".',
    );
    expect(out.columns).toHaveLength(4);
  });
});

describe('run', () => {
  const run = (output: string, steps: readonly Step[], more = {}) =>
    handlers.recipeRun(
      { source: { path: csv }, plan: planOf(steps), output: path.join(folder, output), ...more },
      call,
    );
  it('writes all rows in order and says what was dropped', async () => {
    const out = await run('out ü.csv', [
      step('trim', { columns: ['g'] }),
      step('drop_missing', { columns: ['x'] }),
      step('filter', { keep: "g = 'c'" }),
    ]);
    expect(out.rowsIn).toBe(100);
    expect(out.dropped).toEqual([
      { step: 1, kind: 'drop_missing', rows: 10 },
      { step: 2, kind: 'filter', rows: 60 },
    ]);
    const lines = readFileSync(out.output, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(out.rowsOut + 1);
    expect(lines.slice(0, 3)).toEqual(['x,g,when,y', '2,c,2024-01-03,no', '5,c,2024-01-06,no']);
    expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([]);
  });
  it('writes jsonl and parquet, and parts that add up', async () => {
    const plan = planOf([], { split: { test: 0.3, method: 'random', seed: 1 } });
    const test = await handlers.recipeRun(
      { source: { path: csv }, plan, part: 'test', output: path.join(folder, 'test.jsonl') },
      call,
    );
    const train = await handlers.recipeRun(
      { source: { path: csv }, plan, part: 'train', output: path.join(folder, 'train.parquet') },
      call,
    );
    expect(test.rowsOut + train.rowsOut).toBe(100);
    expect(test.rowsOut).toBeGreaterThan(15);
    expect(JSON.parse(readFileSync(test.output, 'utf8').split('\n')[0] ?? '')).toHaveProperty('when');
  });
  it('leaves nothing behind when it fails, and never replaces its input', async () => {
    const bad = run('bad.csv', [step('cast', { columns: ['g'], to: 'number', invalid: 'error' })]);
    await expect(bad).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('of g that do not read as number: row 1 (a), row 2 (b)') as string,
    });
    expect(existsSync(path.join(folder, 'bad.csv'))).toBe(false);
    await expect(run('some data.csv', [])).rejects.toMatchObject({ kind: 'conflict' });
    await expect(run('x.xlsx', [])).rejects.toMatchObject({ kind: 'unsupported' });
  });
});

describe('split', () => {
  const cut = (split: Split, target = 'y') =>
    handlers.splitCut({ source: { path: csv }, recipe: { recipe: 1, target, split, steps: [] } }, call);
  const sides = async (
    split: Split,
    file = csv,
    columns: readonly PlanColumn[] = COLUMNS,
  ): Promise<string[]> => {
    const plan = compile({ recipe: 1, target: 'y', split, steps: [] }, columns);
    const session = await context.session([file]);
    const { rows } = await session.all(
      `SELECT y, "when", x, CASE WHEN (${plan.split ?? 'FALSE'}) THEN 'test' ELSE 'train' END FROM (${read(file)})`,
    );
    return rows.map((row) => row.join('|'));
  };
  it('stratified: the share is kept in each class, exactly', async () => {
    const split: Split = { test: 0.2, method: 'stratified', seed: 3 };
    const cuts = await cut(split);
    expect(Object.keys(cuts)).toEqual(['no', 'yes']);
    const rows = await sides({ ...split, cut: cuts });
    expect(rows.filter((row) => row.startsWith('yes') && row.endsWith('test'))).toHaveLength(5);
    expect(rows.filter((row) => row.startsWith('no') && row.endsWith('test'))).toHaveLength(15);
  });
  it('a row keeps its side when rows are appended and a column turns from whole numbers to decimals', async () => {
    const split: Split = {
      test: 0.2,
      method: 'stratified',
      seed: 3,
      cut: await cut({ test: 0.2, method: 'stratified', seed: 3 }),
    };
    const before = await sides(split);
    const longer = path.join(folder, 'longer.csv');
    writeFileSync(longer, `${TEXT}1000,z,2025-01-01,maybe\n1001,z,,\n`);
    expect((await sides(split, longer)).slice(0, 100)).toEqual(before);
    const decimals = COLUMNS.map((one) => (one.name === 'x' ? { ...one, sqlType: 'DOUBLE' } : one));
    expect(await sides(split, csv, decimals)).toEqual(before);
  });
  it('time: later rows are tested', async () => {
    const split: Split = { test: 0.25, method: 'time', column: 'when' };
    expect(await cut(split)).toBe('2024-01-20');
    const rows = await sides({ ...split, cut: '2024-01-20' });
    expect(rows.every((row) => (row.split('|')[1] ?? '') >= '2024-01-20' === row.endsWith('test'))).toBe(
      true,
    );
    expect(await cut({ ...split, column: 'x' })).toBe(75);
  });
  it('group: a group is never torn', async () => {
    const rows = await sides({ test: 0.5, method: 'group', column: 'when' });
    expect(new Set(rows.map((row) => `${row.split('|')[1] ?? ''} ${row.split('|')[3] ?? ''}`)).size).toBe(28);
    expect(new Set(rows.map((row) => row.split('|')[3])).size).toBe(2);
  });
  it('refuses a class column without classes', async () => {
    await expect(cut({ test: 0.2, method: 'stratified', column: 'nosuch' })).rejects.toMatchObject({
      kind: 'invalid',
    });
  });
  it('writes the fewest decimals that cut between two hashes', () => {
    expect(shortest(0.123, 0.456)).toBe(0.29);
    expect(shortest(0.10001, 0.10002)).toBe(0.100015);
    expect(shortest(undefined, 0.2)).toBe(0);
    expect(shortest(0.3, undefined)).toBe(1);
    expect(shortest(0.5, 0.5)).toBe(0.5);
  });
});

describe('facts and suggestions', () => {
  it('counts duplicates, white space and columns that give the target away', async () => {
    const facts = await handlers.recipeFacts({ source: { path: csv }, target: 'y' }, call);
    expect(facts).toEqual({
      rows: 100,
      duplicates: 0,
      untrimmed: { g: 33 },
      spellings: {},
      leaks: [{ column: 'when', share: 1, base: 0.75 }],
    });
    const leaky = path.join(folder, 'leaky.csv');
    writeFileSync(
      leaky,
      `x,g,when,y\n${Array.from({ length: 60 }, (_, k) => `1,${k % 3 === 0 ? 'A' : 'B'},,${k % 3 === 0 ? 'no' : 'yes'}`).join('\n')}\n`,
    );
    expect(await handlers.recipeFacts({ source: { path: leaky }, target: 'y' }, call)).toMatchObject({
      duplicates: 58,
      leaks: [{ column: 'g', share: 1, base: 2 / 3 }],
    });
  });
  it('says nothing about an empty table', () => {
    const empty = { rows: 0, exact: true, rejects: [], rejected: 0, dialect: null, columns: [] };
    expect(suggest(empty, undefined)).toEqual([]);
    expect(guessTarget(empty)).toBeUndefined();
  });
});

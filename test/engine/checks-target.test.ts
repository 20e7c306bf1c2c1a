import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckFinding } from '../../src/protocol';
import { startEngine, type TestEngine } from './build';

/** Checks that need a target or another table: numbers that were worked out by hand. */
let rig: TestEngine;
beforeAll(async () => {
  rig = await startEngine();
});
afterAll(() => rig.remove());

const KINDS = new Set(['imbalance', 'leakage', 'overlap']);

function file(name: string, rows: readonly (readonly unknown[])[]): string {
  const made = path.join(rig.folder, name);
  fs.writeFileSync(made, rows.map((row) => `${row.join(',')}\n`).join(''));
  return made;
}

async function check(
  source: string,
  more: { target?: string; against?: string },
): Promise<readonly (CheckFinding & { readonly shown: readonly unknown[] })[]> {
  const { table } = await rig.engine.call('open', { source: { path: source } });
  const against =
    more.against === undefined ? {} : { against: { name: 'other', source: { path: more.against } } };
  const target = more.target === undefined ? {} : { target: more.target };
  const all = await rig.engine.call('checks', { table, ...target, ...against });
  const found = [];
  for (const one of all.filter(({ kind }) => KINDS.has(kind))) {
    const page = await rig.engine.call('page', { table, offset: 0, limit: 1000, filter: one.filter ?? [] });
    found.push({ ...one, shown: page.places ?? [] });
  }
  await rig.engine.call('close', { table });
  return found;
}

describe('checks with a target', () => {
  it('find small classes, with their rows', async () => {
    const rows = Array.from({ length: 200 }, (_, k) => [k, k % 20 === 0 ? 'yes' : 'no']);
    const found = await check(file('small.csv', [['n', 'y'], ...rows]), { target: 'y' });
    expect(found.map(({ kind, column, rows: count }) => [kind, column, count])).toEqual([
      ['imbalance', 'y', 10],
    ]);
    expect(found[0]?.text).toContain('moderate imbalance, the largest has 19 times the rows of “yes”');
    expect(found[0]?.shown).toEqual(Array.from({ length: 10 }, (_, k) => k * 20));
    const even = rows.map(([n], k) => [n, k % 3 === 0 ? 'yes' : 'no']);
    expect(await check(file('even.csv', [['n', 'y'], ...even]), { target: 'y' })).toEqual([]);
  });

  it('find columns that give a class away, by value and by bin, and no id', async () => {
    // Of 400 rows: code is the class, amount is below 1000 for one and above for the other, noise says nothing, id is unique.
    const rows = Array.from({ length: 400 }, (_, k) => {
      const yes = k % 2 === 0;
      return [
        `u${k}`,
        yes ? 'Y' : 'N',
        (yes ? 5000 : 0) + ((k * 37) % 997),
        (k * 7919) % 13,
        yes ? 'yes' : 'no',
      ];
    });
    const found = await check(file('leak.csv', [['id', 'code', 'amount', 'noise', 'y'], ...rows]), {
      target: 'y',
    });
    expect(found.map(({ kind, column, rows: count }) => [kind, column, count])).toEqual([
      ['leakage', 'code', 400],
      // The largest range: the greatest of the smaller amounts begins its first bin.
      ['leakage', 'amount', 201],
    ]);
    expect(found[0]?.text).toContain(
      "determines the target y (Theil's U = 1): “N” is no in 200 of 200; “Y” is yes in 200 of 200. Is",
    );
    expect(found[1]?.text).toContain('988 to 5,986 is yes in 200 of 201; 2 to 984 is no in 199 of 199 (');
    const large = rows.flatMap(([, , amount], k) => (Number(amount) >= 988 ? [k] : []));
    expect(found[1]?.shown).toEqual(large);
  });

  it("measure Theil's U as it is defined", async () => {
    // 100 rows of x = a hold 99 yes and 1 no, 100 of x = b hold 100 no: U = 1 − H(Y|X) ÷ H(Y).
    const rows = Array.from({ length: 200 }, (_, k) => [k < 100 ? 'a' : 'b', k < 99 ? 'yes' : 'no']);
    const h = (...p: number[]): number => -p.reduce((sum, one) => sum + one * Math.log(one), 0);
    const u = 1 - (0.5 * h(0.99, 0.01)) / h(99 / 200, 101 / 200);
    const found = await check(file('u.csv', [['x', 'y'], ...rows]), { target: 'y' });
    expect(u).toBeGreaterThan(0.95);
    expect(found[0]?.text).toContain(
      `nearly determines the target y (Theil's U = ${Math.floor(u * 1000) / 1000}): “a” is yes in 99 of 100; “b” is no in 100 of 100.`,
    );
  });

  it('find columns that give a number away', async () => {
    const rows = Array.from({ length: 500 }, (_, k) => [
      k / 10,
      ((k * 7919) % 500) / 7,
      k / 10 + (k % 3) * 0.01,
    ]);
    const found = await check(file('numbers.csv', [['same', 'noise', 'y'], ...rows]), { target: 'y' });
    expect(found.map(({ kind, column }) => [kind, column])).toEqual([['leakage', 'same']]);
    expect(found[0]?.text).toContain('η² = 0.99');
  });

  it('say when there is no such column', async () => {
    await expect(check(file('none.csv', [['a'], [1], [2]]), { target: 'b' })).rejects.toMatchObject({
      kind: 'invalid',
    });
  });
});

describe('checks against another table', () => {
  it('find exactly the rows that both have, missing cells among them', async () => {
    const train = file('train.csv', [
      ['a', 'b', 'c'],
      [1, 'x', ''],
      [2, 'y', 5],
      [3, '', ''],
      [1, 'x', ''],
    ]);
    const test = file('test.csv', [
      ['b', 'a', 'c'],
      ['x', 1, ''],
      ['', 3, ''],
      ['y', 2, 6],
    ]);
    const found = await check(train, { against: test });
    expect(found.map(({ kind, rows, shown }) => [kind, rows, shown])).toEqual([['overlap', 3, [0, 2, 3]]]);
    expect(found[0]?.text).toContain('are also in other');
    expect(
      await check(train, {
        against: file('far.csv', [
          ['a', 'b', 'c'],
          [9, 'z', 1],
        ]),
      }),
    ).toEqual([]);
  });

  it('compare what both have, and refuse where that is nothing', async () => {
    const train = file('wide.csv', [
      ['a', 'only'],
      [1, 'p'],
      [2, 'q'],
    ]);
    const found = await check(train, {
      against: file('narrow.csv', [
        ['a', 'more'],
        [2, 'z'],
      ]),
    });
    expect(found.map(({ rows, shown }) => [rows, shown])).toEqual([[1, [1]]]);
    expect(found[0]?.text).toContain('in the columns that both have (1 of 2)');
    await expect(check(train, { against: file('apart.csv', [['z'], [1]]) })).rejects.toMatchObject({
      kind: 'invalid',
    });
  });
});

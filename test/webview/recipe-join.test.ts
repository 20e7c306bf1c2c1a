import { describe, expect, it } from 'vitest';
import type { JoinFacts, Step } from '../../src/protocol';
import { joinTexts, rowsOut } from '../../webview/recipe/join-text';

const FACTS: JoinFacts = {
  rows: 100,
  exact: true,
  otherRows: 6,
  mostHere: 4,
  mostThere: 2,
  matched: 30,
  unused: 1,
  pairs: 42,
};
const join = (options: Step['options']): Step => ({ kind: 'join', options: { with: 'rooms', ...options } });

describe('what a join will do', () => {
  it.each([
    [{}, undefined],
    [{ matches: 'first' }, 100],
    [{ matches: 'many' }, 112],
    [{ kind: 'inner', matches: 'first' }, 30],
    [{ kind: 'inner', matches: 'many' }, 42],
    [{ kind: 'semi' }, 30],
    [{ kind: 'anti' }, 70],
  ])('%j gives %s rows', (options, rows) => {
    expect(rowsOut(FACTS, options)).toBe(rows);
  });

  it('keeps every row where each key stands there once', () => {
    expect(rowsOut({ ...FACTS, mostThere: 1, pairs: 30 }, {})).toBe(100);
  });

  it('is said with cardinality, matches on either side and the rows', () => {
    expect(joinTexts(FACTS, join({ matches: 'many' }))).toEqual([
      'Many to many: a key stands in at most 4 rows here, in at most 2 rows of rooms.',
      '30 of 100 rows have a match, 70 have none; 1 of 6 rows of rooms is not used.',
      'Rows: 100 → 112.',
    ]);
    expect(joinTexts(FACTS, join({})).at(-1)).toBe(
      'It would stop: choose what happens where several rows of rooms match.',
    );
  });

  it('says that every row there is used', () => {
    expect(joinTexts({ ...FACTS, unused: 0 }, join({}))[1]).toBe(
      '30 of 100 rows have a match, 70 have none; every row of rooms is used.',
    );
  });

  it('says that it looked at a part', () => {
    const [, second] = joinTexts({ ...FACTS, exact: false, matched: 1 }, join({ matches: 'first' }));
    expect(second).toBe(
      '1 of 100 rows looked at has a match, 99 have none; 1 of 6 rows of rooms is not used by them.',
    );
  });
});

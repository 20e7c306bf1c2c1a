import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import { canonical } from '../../src/recipe/split';
import { text } from '../../src/recipe/sql';
import { open } from './rig';

let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

/** Cells whose canonical text is not what the definition says: as a double where the cell is one, else as it is. */
async function different(sqlType: string, cells: string, definition: string): Promise<unknown> {
  const { rows } = await session.all(
    `SELECT cell, ${canonical({ name: 'cell', sqlType })} AS said, ${definition} AS meant FROM (${cells}) WHERE said <> meant OR said IS NULL`,
  );
  return rows;
}

const ENDS = [
  '',
  '7',
  '7.5',
  'nf',
  'NF',
  'an',
  'AN',
  'nfinity',
  'nfinite',
  'e5',
  ' 7',
  '-7',
  'x',
  '7x',
  '_1',
];

it('a text is the number that it can be cast to, whatever it begins with', async () => {
  const ends = ENDS.map((end) => `(${text(end)})`).join(', ');
  const beginnings = `SELECT chr(CAST(range AS INTEGER)) AS b FROM range(1, 1024) UNION ALL VALUES ('I'), ('Na'), ('+'), (' -'), ('１'), ('∞'), ('')`;
  const cells = `SELECT b || e AS cell FROM (${beginnings}), (VALUES ${ends}) AS ends(e) UNION ALL SELECT NULL`;
  const definition = `coalesce(CAST(TRY_CAST(cell AS DOUBLE) AS VARCHAR), cell, chr(30))`;
  expect(await different('VARCHAR', cells, definition)).toEqual([]);
  const { rows } = await session.all(`SELECT count(*), count(TRY_CAST(cell AS DOUBLE)) FROM (${cells})`);
  expect(Number(rows[0]?.[0])).toBe(1030 * ENDS.length + 1);
  expect(Number(rows[0]?.[1])).toBeGreaterThan(100);
});

it.each(['TINYINT', 'INTEGER', 'BIGINT', 'UBIGINT', 'HUGEINT'])(
  'a whole number of %s is the same text as the double',
  async (sqlType) => {
    const near = ['0', '1', '127', '2147483647', '999999999999998', '9007199254740992', '1e18'];
    const whole = near.flatMap((one) =>
      ['+', '-'].flatMap((sign) => [-1, 0, 1, 2].map((more) => `(${sign}CAST(${one} AS HUGEINT) + ${more})`)),
    );
    const cells = `SELECT DISTINCT TRY_CAST(n AS ${sqlType}) AS cell FROM (VALUES ${whole.join(', ')}) AS numbers(n)`;
    expect(
      await different(sqlType, cells, `coalesce(CAST(CAST(cell AS DOUBLE) AS VARCHAR), chr(30))`),
    ).toEqual([]);
  },
);

it('7, 7.0 and the texts of both agree', async () => {
  const texts = await Promise.all(
    [
      ['BIGINT', '7'],
      ['DOUBLE', '7.0'],
      ['VARCHAR', "'7'"],
      ['VARCHAR', "' 7.0'"],
      ["ENUM('7')", "'7'"],
    ].map(async ([sqlType = '', cell = '']) => {
      const { rows } = await session.all(
        `SELECT ${canonical({ name: 'cell', sqlType })} FROM (SELECT CAST(${cell} AS ${sqlType}) AS cell)`,
      );
      return rows[0]?.[0];
    }),
  );
  expect(texts).toEqual(['7.0', '7.0', '7.0', '7.0', '7.0']);
});

import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { plainMessage } from '../../src/engine/recipe-expressions';
import { call, closeSessions, COLUMNS, csv, folder, handlers, planOf, step } from './recipe-rig';

afterAll(closeSessions);

it('columns of a similar name are those of the table, never the hidden ones', () => {
  const said = (near: string): string =>
    plainMessage(
      new Error(
        `Binder Error: Referenced column "mont" not found in FROM clause!\nCandidate bindings: ${near}`,
      ),
    );
  expect(said('"__mll_row"')).toBe('There is no column "mont".');
  expect(said('"month", "__mll_part", "a, b"')).toBe(
    'There is no column "mont". Columns with a similar name: "month", "a, b".',
  );
});

describe('expressions', () => {
  const check = (...expressions: string[]) =>
    handlers.checkExpressions({ columns: COLUMNS, expressions }, call);
  it('accepts what computes on one row', async () => {
    const fine = [
      'x / 2',
      "lower(g) || '-' || coalesce(y, 'none')",
      'CASE WHEN x BETWEEN 1 AND 5 THEN 1 ELSE 0 END',
      "g IN ('a', 'b') AND NOT y IS NULL",
      'CAST(x AS DOUBLE) ** 2',
      "date_diff('day', \"when\", DATE '2024-02-01')",
      'list_sum(list_transform([x, 2], lambda v: v + 1))',
      "g LIKE 'a%' OR regexp_matches(g, '^b')",
      'x -- a comment',
      "lpad(g, 10, '0') || rpad(g, CAST(20 AS INTEGER), ' ')",
      "printf('%05d', x) || format('{:>8} {}', g, x)",
      "replace(replace(replace(g, 'a', 'b'), 'c', ''), ' ', '')",
    ];
    expect(await check(...fine)).toEqual(fine.map(() => null));
  });
  it.each([
    '(SELECT 1)',
    "(SELECT content FROM read_text('/etc/passwd'))",
    "x IN (SELECT x FROM read_csv('/etc/passwd'))",
    'EXISTS (SELECT 1)',
    "getenv('HOME')",
    "current_setting('temp_directory')",
    "read_text('/etc/passwd')",
    'sum(x) OVER ()',
    'sum(x)',
    'count(*)',
    '*',
    'COLUMNS(*)',
    '?',
    '$1',
    'random()',
    'now()',
    'x), (1',
    "1) FROM read_csv('/etc/passwd') --",
    "1) FROM t; COPY t TO '/tmp/x.csv'; SELECT (1",
    'x; SET lock_configuration = false',
    'INSTALL httpfs',
    "ATTACH '/tmp/a.db'",
    'x) AS a FROM t UNION SELECT (1',
    'x) FROM t WHERE (true',
    'x) FROM t GROUP BY (x',
    '{input}',
    '__mll_row',
    'main.getenv(g)',
    'x /* unclosed',
    '',
    "nextval('s')",
    'query(g)',
    "error('x')",
    'list_aggregate([x], g)',
    "getvariable('a')",
    // Other ways to write a function, and other places to put one.
    `"GetEnv"('HOME')`,
    'system.main.getenv(g)',
    'g.read_text()',
    "{'a': getenv('HOME')}",
    "list_transform([1], lambda v: getenv('HOME'))",
    "[getenv(v) FOR v IN ['HOME']]",
    "list_sum([x] ORDER BY getenv('HOME'))",
    "TRY(getenv('HOME'))",
    "x[getenv('HOME')]",
    "INTERVAL (getenv('HOME')) DAY",
    "CASE getenv('HOME') WHEN 'a' THEN 1 END",
    // Other ways to write a query, among them files that stand for tables.
    "x IN (FROM 'some data.csv')",
    "(FROM read_csv('/etc/passwd'))",
    '(TABLE t)',
    '(VALUES (1))',
    'ARRAY(SELECT 1)',
    'x = ANY (SELECT 1)',
    'x) FROM pg_catalog.t --',
    'x -- )\n) FROM t; SELECT (1',
    'x) FROM t QUALIFY (true',
    'x) FROM t TABLESAMPLE (1) --',
    // Other statements.
    'PRAGMA database_list',
    'CALL pragma_version()',
    'SET threads = 1',
    'CREATE MACRO f() AS 1',
    // Columns by place, pattern or all; what is no column.
    '#1',
    't.*',
    '* EXCLUDE (x)',
    "COLUMNS(c -> c LIKE '%')",
    'UNPACK(COLUMNS(*))',
    'DEFAULT',
    // The clock, which gives another answer each time.
    'current_date',
    'CURRENT_TIMESTAMP',
    'localtime',
    'today()',
    // Types and orders that are looked up by name.
    "CAST('a' AS ENUM('a'))",
    'g::regclass',
    'g COLLATE nocase',
    // Letters that look like others, ends of text, numbers and depths beyond the engine.
    "ｇetenv('HOME')",
    'x ＋ 1',
    'x\0',
    '1e400',
    // A small table must not fill the memory.
    'lpad(g, 2000000000)',
    "rpad(g, 20000, '.')",
    'lpad(g, x)',
    'lpad(g, 10 ** 9)',
    "printf('%2000000000d', x)",
    "printf('%*d', x, x)",
    "format('{:>2000000000}', g)",
    "format('{:{}}', g, x)",
    'format(g, x)',
    "replace(replace(replace(replace(g, 'a', 'aaaaaaaa'), 'a', 'aaaaaaaa'), 'a', 'aaaaaaaa'), 'a', 'aaaaaaaa')",
    'list_reduce([g, g, g], lambda a, b: a || a || b)',
    'list_transform([1], lambda a: list_transform([1], lambda b: list_transform([1], lambda c: list_transform([1], lambda d: d))))',
    Array(5000).fill('x').join(' + '),
    `${'NOT '.repeat(20_000)}x`,
  ])('refuses %s', async (attack) => {
    const [answer] = await check(attack);
    expect(answer).toBeTypeOf('string');
    // The compiler refuses these without an engine.
    if (['', '{input}', '__mll_row', 'x\0'].includes(attack)) return;
    const plan = planOf([step('filter', { keep: attack })]);
    await expect(
      handlers.recipePreview({ table: csv, plan, sampleRows: 5, offset: 0, limit: 1, profile: false }, call),
    ).rejects.toMatchObject({ kind: 'invalid' });
    await expect(
      handlers.recipeRun({ source: { path: csv }, plan, output: path.join(folder, 'attack.csv') }, call),
    ).rejects.toMatchObject({ kind: 'invalid' });
    expect(existsSync(path.join(folder, 'attack.csv'))).toBe(false);
  });
  it('reads a regular expression that would backtrack in time (RE2)', async () => {
    const slow = `regexp_matches('${'a'.repeat(5000)}!', '^(a|aa)+$') AND g LIKE 'a%'`;
    const out = await handlers.recipePreview(
      {
        table: csv,
        plan: planOf([step('filter', { keep: slow })]),
        sampleRows: 50,
        offset: 0,
        limit: 1,
        profile: false,
      },
      call,
    );
    expect(out.effects.map((one) => [one.rowsAfter, one.error])).toEqual([[0, undefined]]);
  });
  it('names the missing column and the wrong type', async () => {
    expect(await check('xx + 1', 'g + 1')).toEqual([
      expect.stringContaining('There is no column "xx"'),
      expect.stringMatching(/No function matches|Could not|convert/u),
    ]);
  });
});

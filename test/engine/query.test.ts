import fs from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors';
import type { TableSource } from '../../src/core/table';
import { startEngine, type TestEngine } from './build';

/** The user's SQL: what it gives, where it is wrong, and what it cannot reach. */
let rig: TestEngine;
let tables: Record<string, TableSource>;
const file = (name: string): string => path.join(rig.folder, name);
const call = (sql: string, signal?: AbortSignal) =>
  rig.engine.call('query', { sql, tables }, signal ? { signal } : {});

async function fault(sql: string): Promise<UserError> {
  const error: unknown = await call(sql).catch((reason: unknown) => reason);
  if (!(error instanceof UserError)) throw new Error(`No UserError: ${String(error)}`);
  return error;
}

beforeAll(async () => {
  rig = await startEngine();
  const rows = Array.from(
    { length: 5000 },
    (_, id) => `${id},${id % 7 === 0 ? '' : `k${id % 3}`},${id - 2500}`,
  );
  fs.writeFileSync(file('a.csv'), `id,kind,v\n${rows.join('\n')}\n1,2,3,4,5,6\n`);
  fs.writeFileSync(file('b c.csv'), 'kind,title\nk0,zero\nk1,one\nk1,uno\n');
  tables = { a: { path: file('a.csv') }, data: { path: file('a.csv') }, 'b c': { path: file('b c.csv') } };
});
afterAll(() => rig.remove());

describe('a result', () => {
  it('joins tables, and its pages are of one run in its own order', async () => {
    const made = await call(
      'SELECT data.id, "b c".title FROM data JOIN "b c" USING (kind) ORDER BY id DESC, title;\n-- done\n',
    );
    // kind is missing in every seventh row; k0 has one title, k1 two, k2 none.
    const expected = Array.from({ length: 5000 }, (_, k) => 4999 - k).flatMap((id) =>
      id % 7 === 0 || id % 3 === 2
        ? []
        : id % 3 === 0
          ? [[id, 'zero']]
          : [
              [id, 'one'],
              [id, 'uno'],
            ],
    );
    expect(made.rows).toBe(expected.length);
    expect(made.rejected).toBe(1);
    expect(made.columns.map(({ name, type }) => [name, type])).toEqual([
      ['id', 'integer'],
      ['title', 'text'],
    ]);
    const page = await rig.engine.call('queryPage', { query: made.query, offset: 1200, limit: 300 });
    expect(page.rows).toEqual(expected.slice(1200, 1500));
    expect([page.total, page.offset, page.exact]).toEqual([expected.length, 1200, true]);
    await rig.engine.call('queryClose', { query: made.query });
    await expect(rig.engine.call('queryPage', { query: made.query, offset: 0, limit: 1 })).rejects.toThrow(
      'This result is no longer there.',
    );
  });

  it('goes exactly into a file: sums of integers stay integers', async () => {
    const made = await call(
      `SELECT kind, sum(v) AS total, sum(v::HUGEINT) * 9007199254740993 AS big, sum(9007199254740993)::HUGEINT * 1e6::HUGEINT AS "h ""q"
       FROM a GROUP BY kind ORDER BY kind NULLS LAST`,
    );
    const total = (test: (id: number) => boolean): number =>
      Array.from({ length: 5000 }, (_, id) => id)
        .filter(test)
        .reduce((sum, id) => sum + id - 2500, 0);
    const sums = [0, 1, 2].map((k) => total((id) => id % 7 !== 0 && id % 3 === k));
    sums.push(total((id) => id % 7 === 0));
    for (const [name, sqlTypes] of [
      ['out.parquet', ['BIGINT', 'DECIMAL(38,0)', 'DECIMAL(38,0)']],
      ['out.csv', undefined],
    ] as const) {
      await rig.engine.call('queryExport', { query: made.query, output: file(name) });
      const opened = await rig.engine.call('open', { source: { path: file(name) } });
      const page = await rig.engine.call('page', { table: opened.table, offset: 0, limit: 10 });
      expect(page.rows.map((row) => [row[0], row[1]])).toEqual(
        ['k0', 'k1', 'k2', null].map((kind, k) => [kind, sums[k]]),
      );
      expect(page.rows.map((row) => String(row[2]))).toEqual(
        sums.map((sum) => String(BigInt(sum) * 9007199254740993n)),
      );
      if (sqlTypes) expect(page.columns.slice(1).map(({ sqlType }) => sqlType)).toEqual(sqlTypes);
    }
    // Excel holds 15 digits, so the larger numbers are text there, and that is said; twice, because it leaves nothing behind.
    for (const name of ['out.xlsx', 'again.xlsx']) {
      const { notes } = await rig.engine.call('queryExport', { query: made.query, output: file(name) });
      expect(notes).toEqual(['8 cells of more than 15 digits written as text.']);
    }
    const book = await rig.engine.call('open', { source: { path: file('again.xlsx') } });
    const sheet = await rig.engine.call('page', { table: book.table, offset: 0, limit: 10 });
    expect(sheet.rows.map(([kind, sum, big]) => [kind, sum, String(big)])).toEqual(
      ['k0', 'k1', 'k2', null].map((kind, k) => [
        kind,
        sums[k],
        String(BigInt(sums[k] ?? 0) * 9007199254740993n),
      ]),
    );
    expect(fs.readdirSync(rig.folder).filter((one) => one.endsWith('.part'))).toEqual([]);
    await expect(
      rig.engine.call('queryExport', { query: made.query, output: file('x.xls') }),
    ).rejects.toThrow('Rows cannot be written as "x.xls".');
  });

  it('is cancelled in the middle, and the engine goes on', async () => {
    const abort = new AbortController();
    const running = call(
      'SELECT count(*) FROM a x, a y, a z WHERE hash(x.v + y.v) > hash(z.v * 2)',
      abort.signal,
    );
    setTimeout(() => abort.abort(), 300);
    await expect(running).rejects.toThrow(/abort|cancel/i);
    expect((await call('SELECT 1 AS one')).rows).toBe(1);
  });
});

describe('what is wrong', () => {
  it.each([
    ['SELECT id,\n  nothing FROM a', 2, 3, 'Referenced column "nothing" not found'],
    ['SELECT * FRM a', 1, 14, 'syntax error at or near "a"'],
    ["-- ä\nSELECT 'äöü', ü FROM a", 2, 15, 'Referenced column "ü" not found'],
    [`SELECT ${'id, '.repeat(200)}nix FROM a`, 1, 808, 'Referenced column "nix" not found'],
    ['SELECT *\nFROM elsewhere', 2, 6, 'Table with name elsewhere does not exist'],
    ["SELECT\n\nCAST(kind || 'x' AS INT) FROM a", 3, 1, 'Could not convert string'],
    ["SELECT id FROM a WHERE kind = 'k", 1, 31, 'unterminated quoted string'],
  ])('has its place: %s', async (sql, line, column, message) => {
    const error = await fault(sql);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('LINE');
    expect(error.kind).toBe('invalid');
    expect(error.fix).toContain('a, data, b c');
    expect(error.place).toEqual({ line, column });
  });

  it.each([
    ['DROP VIEW a', 'Only one SELECT'],
    ['SELECT 1; SELECT 2', 'Only one SELECT'],
    ["COPY a TO 'x.csv'", 'file system operations are disabled'],
    ['', 'There is no SQL'],
    ["SET memory_limit = '9GB'", 'Only one SELECT'],
  ])('only reads: %s', async (sql, message) => {
    expect((await fault(sql)).message).toContain(message);
  });

  it('asks nobody in the network', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked += 1;
      response.end('x\n1\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    for (const from of [`'http://127.0.0.1:${port}/x.csv'`, `read_csv('http://127.0.0.1:${port}/x.csv')`])
      expect((await fault(`SELECT * FROM ${from}`)).message).not.toBe('');
    server.close();
    expect(asked).toBe(0);
    // Else a function or a file of an extension that is not built in would be fetched without a word.
    const settings = await rig.engine.call('sql', {
      sql: `SELECT current_setting('autoinstall_known_extensions'), current_setting('autoload_known_extensions')`,
      tables: {},
      limit: 1,
    });
    expect(settings.rows).toEqual([[false, false]]);
  });

  it('reads no file that is not open', async () => {
    fs.writeFileSync(file('secret.csv'), 'x\n1\n');
    for (const path of [file('secret.csv'), '/etc/passwd']) {
      expect((await fault(`SELECT * FROM read_csv('${path}')`)).message).toMatch(
        /disabled|not allowed|Permission/i,
      );
      expect((await fault(`SELECT * FROM '${path}'`)).message).not.toContain('root:');
    }
  });
});

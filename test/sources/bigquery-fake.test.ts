// What only a small stand-in can tell truly: paging, waiting, cancel, bytes, limits and codes of failures.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors';
import type { Source } from '../../src/core/source';
import { createSource } from '../../src/sources/bigquery';
import { changeEnvironment, withoutGoogle } from '../environment';
import { type FakeBigQuery, startFakeBigQuery } from '../rigs/google/bigquery/fake';
import { PEOPLE_TABLE } from '../rigs/google/bigquery/people';
import { agreeing, kindOf, PEOPLE, refusing, sourceContract } from './source.contract';

let fake: FakeBigQuery;
let source: Source;
let restore: () => void;

const people = PEOPLE_TABLE;

beforeAll(async () => {
  fake = await startFakeBigQuery();
  restore = changeEnvironment({ ...withoutGoogle(), BIGQUERY_EMULATOR_HOST: fake.url });
  source = await createSource({ project: 'payer' });
});
afterAll(async () => {
  restore();
  await fake.stop();
});
beforeEach(() => {
  fake.tables.clear();
  fake.tables.set('shop.sales.people', people);
  fake.projects.splice(0, Infinity, 'shop', 'other');
  fake.seen.length = 0;
  fake.failures.length = 0;
  fake.violations.length = 0;
  fake.cancelled.length = 0;
  fake.mostRows = Infinity;
  fake.accuracy = 'PRECISE';
  fake.answer = () => undefined;
});

sourceContract('BigQuery, a small stand-in', async () => {
  const own = await startFakeBigQuery();
  own.tables.set('shop.sales.people', people);
  own.projects.push('shop');
  own.answer = (sql) =>
    sql.includes('nme')
      ? {
          fields: [],
          rows: [],
          error: { reason: 'invalidQuery', message: 'Unrecognized name: nme; Did you mean name? at [1:8]' },
        }
      : { fields: [{ name: 'n', type: 'INTEGER' }], rows: [[String(PEOPLE.length)]] };
  const back = changeEnvironment({ ...withoutGoogle(), BIGQUERY_EMULATOR_HOST: own.url });
  const made = await createSource({ project: 'shop' });
  back();
  return {
    source: made,
    dataset: 'bigquery://shop/sales/',
    table: 'bigquery://shop/sales/people',
    fresh: (name) => `bigquery://shop/sales/${name}`,
    select: (what) => `SELECT ${what} FROM \`shop\`.\`sales\`.\`people\``,
    dispose: () => own.stop(),
  };
});

async function failure(work: Promise<unknown>): Promise<UserError> {
  const error: unknown = await work.catch((one: unknown) => one);
  if (error instanceof UserError) return error;
  throw new Error(`no UserError: ${String(error)}`);
}

describe('BigQuery', () => {
  const table = 'bigquery://shop/sales/people';
  const posts = (): { configuration: Record<string, unknown> }[] =>
    fake.seen
      .filter(({ method }) => method === 'POST')
      .map(({ body }) => body as { configuration: Record<string, unknown> });

  test('opening a table asks for metadata and rows, and never for a query', async () => {
    await source.schema(table);
    await source.page(table, { offset: 0, limit: 100 });
    expect(fake.seen.map(({ method }) => method)).not.toContain('POST');
    expect(fake.seen.at(-1)?.path).toMatch(/\/tables\/people\/data\?/);
    expect(fake.violations).toEqual([]);
  });

  test('follows pages of lists and of rows until all is there', async () => {
    fake.projects.push('a-third');
    for (const name of ['a', 'b', 'c', 'd', 'e']) fake.tables.set(`shop.sales.${name}`, people);
    const first = await source.list('bigquery://shop/sales/', { limit: 4 });
    expect(first.nodes).toHaveLength(4);
    const second = await source.list('bigquery://shop/sales/', { limit: 4, next: first.next ?? '' });
    expect(second.nodes.map(({ name }) => name)).toEqual(['d', 'e']);
    expect(second.next).toBeUndefined();
    // One answer holds two rows, whatever was asked for.
    fake.mostRows = 2;
    const page = await source.page(table, { offset: 1, limit: 100 });
    expect(page.rows.map(([id]) => id)).toEqual([2, 3, 4]);
    expect((await source.page(table, { offset: 0, limit: 3 })).rows.map(([id]) => id)).toEqual([1, 2, 3]);
    expect(fake.violations).toEqual([]);
  });

  test('asks for the shown columns alone', async () => {
    await source.page(table, { offset: 0, limit: 1, columns: ['name', 'id'] });
    expect(decodeURIComponent(fake.seen.at(-1)?.path ?? '')).toContain('selectedFields=id,name');
  });

  test('the project that pays and those of the settings stand beside the listed ones', async () => {
    const more = await createSource({ project: 'payer', projects: ['bigquery-public-data', 'shop'] });
    const { nodes } = await more.list('');
    expect(nodes.map(({ name }) => name)).toEqual(['shop', 'other', 'payer', 'bigquery-public-data']);
  });

  test('lists partitions and reads the rows of one without a query', async () => {
    fake.tables.set('shop.sales.days', {
      ...people,
      partitionedBy: 'born',
      partitions: { '20240102': [1, 2], '20240101': [0] },
    });
    const { nodes } = await source.list('bigquery://shop/sales/');
    expect(nodes.find(({ name }) => name === 'days')).toMatchObject({ partitioned: true });
    const partitions = await source.list('bigquery://shop/sales/days');
    expect(partitions.nodes.map(({ kind, name }) => [kind, name])).toEqual([
      ['partition', '20240101'],
      ['partition', '20240102'],
    ]);
    const one = 'bigquery://shop/sales/days$20240102';
    expect(await source.schema(one)).toMatchObject({ kind: 'partition', rows: 2, free: true });
    expect((await source.page(one, { offset: 0, limit: 10 })).rows.map(([id]) => id)).toEqual([2, 3]);
    expect(fake.seen.map(({ method }) => method)).not.toContain('POST');
    fake.answer = () => ({ fields: [{ name: 'n', type: 'INTEGER' }], rows: [['2']] });
    await source.profile({ table: one }, agreeing().asked);
    expect(posts().length).toBeGreaterThan(1);
    for (const { configuration } of posts())
      expect(JSON.stringify(configuration.query)).toContain(
        'WHERE `born` >= DATE \\"2024-01-02\\" AND `born` < DATE \\"2024-01-03\\"',
      );
    expect(fake.violations).toEqual([]);
  });

  test('a view has no rows without a query, and says so before it is asked', async () => {
    fake.tables.set('shop.sales.seen', { ...people, type: 'VIEW' });
    const view = await source.schema('bigquery://shop/sales/seen');
    expect(view).toMatchObject({ kind: 'view', free: false });
    expect(view.rows).toBeUndefined();
    const error = await failure(source.page(view.uri, { offset: 0, limit: 10 }));
    expect(error.kind).toBe('invalid');
  });

  test('nested, repeated and exact values', async () => {
    fake.tables.set('shop.sales.wide', {
      fields: [
        { name: 'n', type: 'NUMERIC' },
        { name: 'b', type: 'BIGNUMERIC' },
        { name: 't', type: 'TIMESTAMP' },
        { name: 'd', type: 'DATETIME' },
        { name: 'raw', type: 'BYTES' },
        { name: 'geo', type: 'GEOGRAPHY' },
        { name: 'j', type: 'JSON' },
        { name: 'tags', type: 'STRING', mode: 'REPEATED' },
        {
          name: 'lines',
          type: 'RECORD',
          mode: 'REPEATED',
          fields: [
            { name: 'sku', type: 'INTEGER' },
            { name: 'price', type: 'NUMERIC' },
            { name: 'at', type: 'TIMESTAMP' },
            { name: 'notes', type: 'STRING', mode: 'REPEATED' },
          ],
        },
        { name: 'f', type: 'FLOAT' },
      ],
      rows: [
        [
          '99999999999999999999999999999.999999999',
          '0.00000000000000000000000000000000000001',
          '1767225600123456',
          '2026-01-01T00:00:00.5',
          'aGk=',
          'POINT(1 2)',
          '{"a": [1, 2.50]}',
          [{ v: 'x' }, { v: 'y"z' }],
          [{ v: { f: [{ v: '9007199254740993' }, { v: '1.10' }, { v: '-1' }, { v: [{ v: 'n' }] }] } }],
          'NaN',
        ],
        [null, null, '-62135596800000000', null, null, null, null, [], [], '-Infinity'],
      ],
    });
    const { columns, rows } = await source.page('bigquery://shop/sales/wide', { offset: 0, limit: 10 });
    expect(columns.map(({ name, type, sqlType }) => `${name} ${type} ${sqlType}`)).toEqual([
      'n number NUMERIC',
      'b number BIGNUMERIC',
      't datetime TIMESTAMP',
      'd datetime DATETIME',
      'raw other BYTES',
      'geo other GEOGRAPHY',
      'j other JSON',
      'tags other ARRAY<STRING>',
      'lines other ARRAY<STRUCT<sku INT64, price NUMERIC, at TIMESTAMP, notes ARRAY<STRING>>>',
      'f number FLOAT64',
    ]);
    expect(rows).toEqual([
      [
        '99999999999999999999999999999.999999999',
        '0.00000000000000000000000000000000000001',
        '2026-01-01T00:00:00.123456Z',
        '2026-01-01T00:00:00.5',
        'aGk=',
        'POINT(1 2)',
        '{"a": [1, 2.50]}',
        '["x","y\\"z"]',
        '[{"sku":9007199254740993,"price":1.10,"at":"1969-12-31T23:59:59.999999Z","notes":["n"]}]',
        'NaN',
      ],
      [null, null, '0001-01-01T00:00:00Z', null, null, null, null, '[]', '[]', '-Infinity'],
    ]);
  });

  test('a table of 5,000 columns is read as any other', async () => {
    const fields = Array.from({ length: 5000 }, (_, k) => ({ name: `c${k}`, type: 'INTEGER' }));
    fake.tables.set('shop.sales.broad', { fields, rows: [fields.map((_, k) => String(k))] });
    const uri = 'bigquery://shop/sales/broad';
    expect((await source.schema(uri)).columns).toHaveLength(5000);
    const page = await source.page(uri, { offset: 0, limit: 1, columns: ['c4999', 'c0'] });
    expect(page.rows).toEqual([[4999, 0]]);
    // Each query holds a part of the columns; asked for are all of them, once.
    fake.answer = () => ({ fields: [{ name: 'n', type: 'INTEGER' }], rows: [['1']] });
    const { asked, shown } = agreeing();
    const profile = await source.profile({ table: uri }, asked);
    expect(profile.columns).toHaveLength(5000);
    expect(shown).toHaveLength(1);
    expect(shown[0]?.queries).toBe(50 + 125);
    expect(fake.violations).toEqual([]);
  });

  test('a query reads the bytes of its columns: the dry run says so before, and its limit is what was shown', async () => {
    const { asked, shown } = agreeing();
    const of = await source.schema(table);
    const some = source.selectSql({ table, columns: ['score'] }, of);
    const all = source.selectSql({ table }, of);
    await source.query(some, { action: 'Look' }, asked);
    await source.query(all, { action: 'Look' }, asked);
    const rest = 4 * 8 * PEOPLE.length;
    expect(shown.map(({ bytes }) => bytes)).toEqual([30_000_000, 80_000_000 + rest]);
    expect(shown[0]).toMatchObject({ bound: 'exactly', where: 'BigQuery, project payer, location EU' });
    const [dry, run] = posts().map(({ configuration }) => configuration);
    expect(dry).toMatchObject({ dryRun: true });
    expect(run?.dryRun).toBeUndefined();
    expect(run?.query).toMatchObject({
      useLegacySql: false,
      useQueryCache: true,
      maximumBytesBilled: String(Math.ceil(30_000_000 / 2 ** 20) * 2 ** 20),
    });
    expect(fake.violations).toEqual([]);
  });

  test('what was asked before comes from the cache and costs nothing', async () => {
    const { asked } = agreeing();
    const sql = 'SELECT name FROM sales.people';
    const first = await source.query(sql, { action: 'Look' }, asked);
    const again = await source.query(sql, { action: 'Look' }, asked);
    expect([first.cached, again.cached]).toEqual([false, true]);
    expect([first.billed > 0, again.billed]).toEqual([true, 0]);
  });

  test('a query over its limit ends without a charge, and the message names the setting', async () => {
    const low = { agree: () => Promise.resolve({ limit: 11_000_000 }) };
    const error = await failure(source.query('SELECT name, born FROM sales.people', { action: 'Look' }, low));
    expect(error.kind).toBe('quota');
    expect(error.message).toMatch(/it would be billed for \d+(\.\d)? MB, and the limit is 11\.0 MB\.$/);
    expect(error.fix).toMatch(/maximumBytesBilled/);
  });

  test('waits for a query that is not done, and ends it when the person cancels', async () => {
    fake.answer = () => ({ fields: [{ name: 'n', type: 'INTEGER' }], rows: [['7']], pending: 3 });
    const { asked } = agreeing();
    const result = await source.query('SELECT 7 AS n', { action: 'Look' }, asked);
    expect((await source.resultPage(result.result, { offset: 0, limit: 5 })).rows).toEqual([[7]]);

    fake.answer = () => ({ fields: [], rows: [], pending: Infinity });
    fake.seen.length = 0;
    const abort = new AbortController();
    const waiting = source.query('SELECT 8', { action: 'Look' }, { ...asked, signal: abort.signal });
    while (!fake.seen.some(({ path }) => path.includes('/queries/mll_')))
      await new Promise((go) => setTimeout(go, 5));
    abort.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
    expect(fake.cancelled).toHaveLength(1);
    expect(fake.violations).toEqual([]);
  });

  test('results are read page by page, from any row on', async () => {
    const rows = Array.from({ length: 25 }, (_, k) => [String(k)]);
    fake.answer = () => ({ fields: [{ name: 'k', type: 'INTEGER' }], rows });
    fake.mostRows = 4;
    const { asked } = agreeing();
    const result = await source.query('SELECT k FROM t', { action: 'Look' }, asked);
    expect(result.rows).toBe(25);
    const page = await source.resultPage(result.result, { offset: 10, limit: 9 });
    expect(page.rows.map(([k]) => k)).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18]);
    expect(page.total).toBe(25);
  });

  test('nothing runs without a yes', async () => {
    expect(await kindOf(source.profile({ table }, refusing))).toBe('cancelled');
    expect(posts().every(({ configuration }) => configuration.dryRun === true)).toBe(true);
  });

  test('parameters travel with their types', async () => {
    const { asked } = agreeing();
    const params = { least: { type: 'INT64', value: '5' } };
    await source.query('SELECT @least', { action: 'Look', params }, asked);
    expect(posts().at(-1)?.configuration.query).toMatchObject({
      parameterMode: 'NAMED',
      queryParameters: [{ name: 'least', parameterType: { type: 'INT64' }, parameterValue: { value: '5' } }],
    });
    expect(fake.violations).toEqual([]);
  });

  test('a script of several statements goes as it is written, and what it reads is said to be at least that', async () => {
    const script =
      'DECLARE most INT64 DEFAULT 3;\nCREATE TEMP TABLE few AS SELECT id FROM sales.people WHERE id <= most AND id >= @least;\nSELECT COUNT(*) AS n FROM few;';
    fake.accuracy = 'LOWER_BOUND';
    fake.answer = (sql) =>
      sql === script ? { fields: [{ name: 'n', type: 'INTEGER' }], rows: [['2']] } : undefined;
    const { asked, shown } = agreeing();
    const params = { least: { type: 'INT64', value: '2' } };
    const { result } = await source.query(script, { action: 'Run the script', params }, asked);
    expect(shown).toMatchObject([{ action: 'Run the script', bound: 'at least', queries: 1 }]);
    expect((await source.resultPage(result, { offset: 0, limit: 5 })).rows).toEqual([[2]]);
    // Of the dry run and of the run.
    expect(posts().map(({ configuration }) => configuration.query)).toMatchObject([
      { query: script, queryParameters: [{ name: 'least' }] },
      { query: script, queryParameters: [{ name: 'least' }], maximumBytesBilled: '1000000000000' },
    ]);
    expect(fake.violations).toEqual([]);
  });

  test('an estimate that is no bound is passed on as such', async () => {
    const { asked, shown } = agreeing();
    fake.accuracy = 'UNKNOWN';
    await source.query('SELECT name FROM sales.people', { action: 'Look' }, asked);
    fake.accuracy = 'UPPER_BOUND';
    await source.query('SELECT name, id FROM sales.people', { action: 'Look' }, asked);
    expect(shown.map(({ bound }) => bound)).toEqual(['unknown', 'at most']);
  });

  test('a result is kept as a table or a view', async () => {
    const { asked } = agreeing();
    const target = 'bigquery://shop/sales/kept';
    const made = await source.save('SELECT 1 AS one', { table: target, as: 'table', replace: false }, asked);
    expect(made).toMatchObject({ kind: 'table', uri: target });
    expect(posts().at(-1)?.configuration.query).toMatchObject({
      destinationTable: { projectId: 'shop', datasetId: 'sales', tableId: 'kept' },
      writeDisposition: 'WRITE_EMPTY',
    });
    await source.save('SELECT 1 AS one', { table: target, as: 'view', replace: true }, asked);
    const { query } = posts().at(-1)?.configuration as { query: { query: string } };
    expect(query.query).toBe('CREATE OR REPLACE VIEW `shop`.`sales`.`kept` AS\nSELECT 1 AS one');
    expect(fake.violations).toEqual([]);
  });

  test('a table is exported as Parquet; a view is not', async () => {
    expect(await source.exportTo(table, 'gs://bucket/x/*.parquet')).toEqual({ files: 1 });
    expect(posts().at(-1)?.configuration.extract).toEqual({
      sourceTable: { projectId: 'shop', datasetId: 'sales', tableId: 'people' },
      destinationUris: ['gs://bucket/x/*.parquet'],
      destinationFormat: 'PARQUET',
    });
    fake.tables.set('shop.sales.seen', { ...people, type: 'VIEW' });
    expect(await kindOf(source.exportTo('bigquery://shop/sales/seen', 'gs://b/*'))).toBe('unsupported');
    expect(fake.violations).toEqual([]);
  });
});

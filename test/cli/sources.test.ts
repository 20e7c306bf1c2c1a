import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { changeEnvironment, withoutGoogle } from '../environment';
import { type FakeBigQuery, startFakeBigQuery } from '../rigs/google/bigquery/fake';
import { PEOPLE_TABLE } from '../rigs/google/bigquery/people';
import { PEOPLE } from '../sources/source.contract';
import { makeSandbox, type Sandbox } from './mll';

const TABLE = 'bigquery://shop/sales/people';
let fake: FakeBigQuery;
let box: Sandbox;
let restore: () => void;

const settings = (sources: object): string =>
  box.write('ml.yaml', JSON.stringify({ project: 'shop', stores: { gs: { project: 'payer' } }, sources }));
/** Bodies of jobs that were really started. */
const started = (): unknown[] =>
  fake.seen
    .filter(({ method, path }) => method === 'POST' && path.endsWith('/jobs'))
    .map(({ body }) => body as { configuration: { dryRun?: boolean } })
    .filter(({ configuration }) => configuration.dryRun !== true);

beforeAll(async () => {
  fake = await startFakeBigQuery();
  restore = changeEnvironment({ ...withoutGoogle(), BIGQUERY_EMULATOR_HOST: fake.url });
  box = makeSandbox();
  fake.projects.push('shop');
  fake.tables.set('shop.sales.people', PEOPLE_TABLE);
  fake.tables.set('shop.sales.seen', { ...PEOPLE_TABLE, type: 'VIEW' });
});
afterAll(async () => {
  box.remove();
  restore();
  await fake.stop();
});
beforeEach(() => {
  settings({ bigquery: { prices: { query: 5 } } });
  fake.seen.length = 0;
  fake.violations.length = 0;
  fake.answer = () => ({ fields: [{ name: 'n', type: 'INTEGER' }], rows: [['4']] });
});

it('lists what there is, and shows a table, without a query', async () => {
  const { nodes } = await box.done<{ nodes: { uri: string; kind: string }[] }>(
    'sources',
    'list',
    'bigquery://shop/sales',
  );
  expect(nodes.map(({ uri, kind }) => [uri, kind])).toEqual([
    [TABLE, 'table'],
    ['bigquery://shop/sales/seen', 'view'],
  ]);
  const { stdout } = await box.mll('sources', 'show', TABLE);
  expect(stdout).toMatch(/4 rows, .* MB, EU/);
  expect(stdout).toMatch(/big +INT64/);
  expect(started()).toEqual([]);
});

it('a table becomes a dataset without a download, and its rows are read for nothing', async () => {
  const { dataset } = await box.done<{ dataset: object }>('data', 'add', TABLE);
  expect(dataset).toMatchObject({ name: 'people', source: { path: TABLE }, rows: PEOPLE.length });
  expect(fake.seen.some(({ path }) => path.includes('/data?'))).toBe(false);
  const page = await box.done<{ rows: unknown[][]; total: number }>(
    'data',
    'preview',
    'people',
    '--rows',
    '2',
  );
  expect(page.rows.map(([id]) => id)).toEqual([1, 2]);
  expect(page.rows[0]?.at(-1)).toBe('9007199254740993');
  expect(page.total).toBe(PEOPLE.length);
  expect(started()).toEqual([]);
  expect(fake.violations).toEqual([]);
});

it('a dry run says bytes, price and limit, and runs nothing', async () => {
  const sql = 'SELECT score FROM `shop.sales.people`';
  const { estimate } = await box.done<{ estimate: object }>('sources', 'sql', '--dry-run', sql);
  expect(estimate).toMatchObject({
    bytes: 30_000_000,
    bound: 'exactly',
    perTiB: { price: 5, source: 'from ml.yaml' },
  });
  const { stdout } = await box.mll('sources', 'sql', '--dry-run', sql);
  expect(stdout).toMatch(
    /Reads: 30\.0 MB\nPrice: USD 5 per TiB \(from ml\.yaml\)\nCost: less than USD 0\.01/,
  );
  settings({});
  expect((await box.mll('sources', 'sql', '--dry-run', sql)).stdout).toMatch(
    /Price: not known here, see https:\/\/cloud/,
  );
  expect(started()).toEqual([]);
});

it('a query is not run without a yes; with one its rows and what was billed are printed', async () => {
  const sql = 'SELECT COUNT(score) AS n FROM `shop.sales.people`';
  const asked = await box.mll('sources', 'sql', sql);
  expect(asked.code).toBe(1);
  expect(asked.stderr).toMatch(/Reads: 30\.0 MB/);
  expect(started()).toEqual([]);
  const { rows, billed } = await box.done<{ rows: unknown[][]; billed: number }>('sources', 'sql', sql);
  expect(rows).toEqual([[4]]);
  expect(billed).toBe(Math.ceil(30_000_000 / 2 ** 20) * 2 ** 20);
  const again = await box.done<{ cached: boolean; billed: number }>('sources', 'sql', sql);
  expect(again).toMatchObject({ cached: true, billed: 0 });
});

it('a query over the limit of the settings is refused before it is asked for', async () => {
  settings({ bigquery: { maximumBytesBilled: '20 MB' } });
  const { code, json } = await box.mll(
    '--yes',
    '--json',
    'sources',
    'sql',
    'SELECT score FROM `shop.sales.people`',
  );
  expect(code).toBe(1);
  expect(json()).toMatchObject({
    error: { kind: 'quota', message: expect.stringMatching(/limit is 20\.0 MB/) as string },
  });
  expect(started()).toEqual([]);
});

it('a profile shows what it reads before it runs', async () => {
  const { code, stderr } = await box.mll('data', 'profile', TABLE);
  expect(code).toBe(1);
  expect(stderr).toMatch(/Profile bigquery:\/\/shop\/sales\/people\nReads: .* in 2 queries/);
  expect(started()).toEqual([]);
});

it('a wrong size of the limit names the line', async () => {
  box.write('ml.yaml', 'project: shop\nsources:\n  bigquery:\n    maximumBytesBilled: lots\n');
  const { json } = await box.mll('--json', 'sources', 'list');
  expect(json()).toMatchObject({
    error: {
      kind: 'invalid',
      message: expect.stringMatching(/line 4: .*not a size such as 10 GB/) as string,
    },
  });
});

it('what works on files says how to come by one', async () => {
  const { json } = await box.mll('--json', 'data', 'export', TABLE, '-o', 'people.csv');
  expect(json()).toMatchObject({
    error: { kind: 'unsupported', fix: expect.stringMatching(/mll sources export/) as string },
  });
});

it('a parameter that is none is wrong', async () => {
  const { json } = await box.mll('--json', 'sources', 'sql', 'SELECT @a', '--param', 'a');
  expect(json()).toMatchObject({
    error: { kind: 'invalid', fix: expect.stringMatching(/NAME:INT64=5/) as string },
  });
});

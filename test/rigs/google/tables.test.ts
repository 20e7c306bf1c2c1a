// The stand-ins for BigQuery, driven by Google's own Python client, and read by ours: both see the same.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tablesPython } from '../../../scripts/lib/google-rig.mjs';
import { createSource } from '../../../src/sources/bigquery';
import { changeEnvironment, withoutGoogle } from '../../environment';
import { PEOPLE } from '../../sources/source.contract';
import { startTablesServer, tablesServerLacks, type TablesServer } from './bigquery/emulator';
import { type FakeBigQuery, startFakeBigQuery } from './bigquery/fake';
import { fillPeople, PEOPLE_TABLE } from './bigquery/people';

interface Seen {
  readonly datasets: string[];
  readonly tables: string[];
  readonly schema: [string, string][];
  readonly rows: unknown[][];
  readonly dry: boolean;
  readonly result: { readonly n: number }[];
}

async function client(url: string, project: string, dataset: string): Promise<Seen> {
  const script = path.join(import.meta.dirname, 'tables.py');
  const { stdout } = await promisify(execFile)(tablesPython(), [script, url, project, dataset], {
    env: { ...process.env, METADATA_SERVER_DETECTION: 'none' },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Seen;
}

/** What both have to see. */
async function sameAs(url: string, project: string, seen: Seen): Promise<void> {
  const back = changeEnvironment({ ...withoutGoogle(), BIGQUERY_EMULATOR_HOST: url });
  const source = await createSource({ project });
  back();
  const table = `bigquery://${project}/sales/people`;
  const { nodes } = await source.list(`bigquery://${project}/sales/`);
  expect(nodes.map(({ name }) => name)).toEqual(seen.tables);
  expect((await source.schema(table)).columns.map(({ name }) => name)).toEqual(
    seen.schema.map(([name]) => name),
  );
  const ours = (await source.page(table, { offset: 0, limit: 100 })).rows;
  expect(ours.map((row) => row.map(String))).toEqual(seen.rows.map((row) => row.map(asText)));
}

/** A value of Python's as our cell's text. */
const asText = (value: unknown): string =>
  typeof value === 'number' &&
  !Number.isSafeInteger(value) &&
  Number.isInteger(value) &&
  Math.abs(value) < 1e19
    ? BigInt(value).toString()
    : String(value);

describe('a small stand-in', () => {
  let fake: FakeBigQuery;
  beforeAll(async () => {
    fake = await startFakeBigQuery();
    fake.tables.set('test.sales.people', PEOPLE_TABLE);
    fake.projects.push('test');
    fake.answer = () => ({
      fields: [{ name: 'n', type: 'INTEGER' }],
      rows: [[String(PEOPLE.length)]],
    });
  });
  afterAll(() => fake.stop());

  test('Google’s client completes the same flow on it, as Google’s description has it', async () => {
    const seen = await client(fake.url, 'test', 'sales');
    expect(seen).toMatchObject({ datasets: ['sales'], tables: ['people'], dry: true, result: [{ n: 4 }] });
    expect(seen.rows).toHaveLength(PEOPLE.length);
    expect(fake.violations).toEqual([]);
    await sameAs(fake.url, 'test', { ...seen, rows: seen.rows.map((row) => row.map(exact)) });
  });
});

/** JSON of JavaScript loses digits of whole numbers: those are compared as the stand-in has them. */
function exact(value: unknown): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !Number.isInteger(value)) return value;
  const found = PEOPLE.find(({ big }) => Number(big) === value);
  return found ? String(found.big) : value;
}

const lacks = tablesServerLacks();
describe.skipIf(lacks !== undefined)(`bigquery-emulator${lacks === undefined ? '' : `: ${lacks}`}`, () => {
  let server: TablesServer;
  beforeAll(async () => {
    server = await startTablesServer();
    await server.createDataset('sales');
    await fillPeople(server, 'sales');
  });
  afterAll(() => server.stop());

  test('Google’s client and ours see the same', async () => {
    const seen = await client(server.url, 'test', 'sales');
    // The emulator lists the dataset of results, which BigQuery hides; it is called as no other.
    const datasets = seen.datasets.filter((one) => !/^[0-9a-f-]{36}$/.test(one));
    expect(datasets).toEqual(['sales']);
    expect(seen).toMatchObject({ tables: ['people'], dry: true, result: [{ n: 4 }] });
    await sameAs(server.url, 'test', { ...seen, rows: seen.rows.map((row) => row.map(exact)) });
  });
});

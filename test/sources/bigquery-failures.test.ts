// Failures of BigQuery in words, and what is tried again.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors';
import type { Source } from '../../src/core/source';
import { createSource } from '../../src/sources/bigquery';
import { changeEnvironment, withoutGoogle } from '../environment';
import { type FakeBigQuery, startFakeBigQuery } from '../rigs/google/bigquery/fake';
import { PEOPLE_TABLE } from '../rigs/google/bigquery/people';
import { agreeing, kindOf, PEOPLE } from './source.contract';

let fake: FakeBigQuery;
let source: Source;
let restore: () => void;

beforeAll(async () => {
  fake = await startFakeBigQuery();
  restore = changeEnvironment({ ...withoutGoogle(), BIGQUERY_EMULATOR_HOST: fake.url });
  source = await createSource({ project: 'payer' });
  fake.tables.set('shop.sales.people', PEOPLE_TABLE);
  fake.projects.push('shop');
});
afterAll(async () => {
  restore();
  await fake.stop();
});
beforeEach(() => {
  fake.seen.length = 0;
  fake.failures.length = 0;
  fake.violations.length = 0;
});

async function failure(work: Promise<unknown>): Promise<UserError> {
  const error: unknown = await work.catch((one: unknown) => one);
  if (error instanceof UserError) return error;
  throw new Error(`no UserError: ${String(error)}`);
}

describe('failures of BigQuery', () => {
  const table = 'bigquery://shop/sales/people';

  const FAILURES = [
    [
      403,
      'accessDenied',
      'Access Denied: Table shop:sales.people: User does not have bigquery.tables.getData permission.',
      'permission',
    ],
    [404, 'notFound', 'Not found: Table shop:sales.people was not found in location EU', 'notFound'],
    [
      403,
      'quotaExceeded',
      'Quota exceeded: Your project exceeded quota for free query bytes scanned.',
      'quota',
    ],
    [403, 'billingNotEnabled', 'Billing has not been enabled for this project.', 'permission'],
    [400, 'invalid', 'Cannot read and write in different locations: source: US, destination: EU', 'invalid'],
    [403, 'responseTooLarge', 'Response too large to return.', 'quota'],
    [409, 'duplicate', 'Already Exists: Table shop:sales.people', 'conflict'],
    [401, 'authError', 'Invalid Credentials', 'auth'],
  ] as const;
  test.each(FAILURES)('%i %s is worded', async (status, reason, message, kind) => {
    fake.failures.push({ path: /people/, status, reason, message });
    const error = await failure(source.schema(table));
    expect([error.kind, error.message]).toEqual([
      kind,
      expect.stringMatching(/^Could not look at bigquery:/),
    ]);
    expect(error.fix).toBeTruthy();
  });

  test('a passing failure of the service is tried again, a lasting one is worded', async () => {
    const one = {
      path: /people/,
      status: 503,
      reason: 'backendError',
      message: 'Error encountered during execution. Retrying may solve the problem.',
    };
    fake.failures.push(one);
    expect((await source.schema(table)).rows).toBe(PEOPLE.length);
    fake.failures.push(one, one, one);
    expect(await kindOf(source.schema(table))).toBe('unavailable');
  });

  test('a query whose start got lost is not run twice', async () => {
    fake.failures.push({ path: /\/jobs$/, status: 503, reason: 'backendError', message: 'try again' });
    const { asked } = agreeing();
    await source.query('SELECT name FROM sales.people', { action: 'Look' }, asked);
    const ids = fake.seen
      .filter(
        ({ method, path, body }) =>
          method === 'POST' &&
          path.endsWith('/jobs') &&
          (body as { configuration: { dryRun?: boolean } }).configuration.dryRun !== true,
      )
      .map(({ body }) => (body as { jobReference: { jobId: string } }).jobReference.jobId);
    expect(new Set(ids).size).toBe(1);
  });
});

describe('BigQuery’s API is switched off', () => {
  const off = {
    path: /./,
    status: 403,
    reason: 'accessNotConfigured',
    message:
      'BigQuery API has not been used in project payer before or it is disabled. Enable it by visiting …',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'SERVICE_DISABLED',
        domain: 'googleapis.com',
        metadata: {
          service: 'bigquery.googleapis.com',
          consumer: 'projects/payer',
          activationUrl:
            'https://console.developers.google.com/apis/api/bigquery.googleapis.com/overview?project=payer',
        },
      },
    ],
  };
  const mend = {
    reason:
      'Could not check the query: an API that this needs is switched off in the project (BigQuery API has not been used in project payer before or it is disabled).',
    fix: 'Switch it on: https://console.developers.google.com/apis/api/bigquery.googleapis.com/overview?project=payer, or with "gcloud services enable bigquery.googleapis.com --project payer". It takes a few minutes until it works.',
    action: {
      title: 'Open Console',
      command: 'vscode.open',
      args: ['https://console.developers.google.com/apis/api/bigquery.googleapis.com/overview?project=payer'],
    },
  };

  test('the doctor says it, with the link and the command', async () => {
    expect(await source.check?.()).toEqual([
      {
        name: 'BigQuery: queries',
        ok: true,
        reason:
          'Queries may be run (BigQuery, project payer, location EU); asked by a dry run, which is free.',
      },
    ]);
    fake.failures.push(off);
    expect(await source.check?.()).toEqual([{ name: 'BigQuery: queries', ok: false, ...mend }]);
    expect(fake.seen.map(({ method }) => method)).toEqual(['POST', 'POST']);
  });

  test('whoever opens a table is told the same', async () => {
    fake.failures.push(off);
    const error = await failure(source.schema('bigquery://shop/sales/people'));
    expect([error.kind, error.fix, error.actions]).toEqual(['permission', mend.fix, [mend.action]]);
  });
});

describe('an authorised view', () => {
  const view = 'bigquery://shop/shown/orders';
  beforeEach(() => {
    fake.tables.set('shop.raw.orders', { ...PEOPLE_TABLE, hidden: true });
    fake.tables.set('shop.shown.orders', { ...PEOPLE_TABLE, type: 'VIEW', authorised: true });
    fake.violations.length = 0;
    fake.answer = () => ({
      fields: [{ name: 'id', type: 'INTEGER' }],
      rows: PEOPLE.map(({ id }) => [String(id)]),
    });
  });

  test('opens by what is known of it, and is read by a query whose bytes are shown, while its tables stay closed', async () => {
    const known = await source.schema(view);
    expect(known).toMatchObject({ kind: 'view', free: false });
    expect(known.columns.map(({ name }) => name)).toEqual(['id', 'name', 'score', 'born', 'active', 'big']);
    expect(fake.seen.map(({ method }) => method)).toEqual(['GET']);
    const { asked, shown } = agreeing();
    const sql = source.selectSql({ table: view, columns: ['id', 'name'] }, known);
    const { result, rows } = await source.query(sql, { action: 'Read rows' }, asked);
    expect(rows).toBe(PEOPLE.length);
    expect(shown).toMatchObject([{ action: 'Read rows', bytes: 50_000_000 + 8 * PEOPLE.length }]);
    const page = await source.resultPage(result, { offset: 1, limit: 2 });
    expect(page.rows).toEqual([[2], [3]]);
    // Nothing of it goes to its tables, nor to a list of rows, which a view has not.
    for (const { path, body } of fake.seen)
      expect(`${path} ${JSON.stringify(body)}`).not.toMatch(/\braw\b|\/data\b/);
    expect(fake.violations).toEqual([]);
  });

  test('its tables themselves are refused in words', async () => {
    for (const work of [
      source.schema('bigquery://shop/raw/orders'),
      source.query('SELECT id FROM `shop.raw.orders`', { action: 'Look' }, agreeing().asked),
    ]) {
      const error = await failure(work);
      expect(error.kind).toBe('permission');
      expect(error.message).toContain('User does not have permission to query table shop:raw.orders');
      expect(error.fix).toBeTruthy();
    }
  });

  test('a view that is not authorised says which table is closed, before anything is agreed to', async () => {
    fake.tables.set('shop.shown.orders', { ...PEOPLE_TABLE, type: 'VIEW', authorised: false });
    const known = await source.schema(view);
    const { asked, shown } = agreeing();
    const error = await failure(
      source.query(source.selectSql({ table: view }, known), { action: 'Read rows' }, asked),
    );
    expect([error.kind, error.message]).toEqual([
      'permission',
      expect.stringContaining('permission to query table shop:raw.orders'),
    ]);
    expect(shown).toEqual([]);
  });
});

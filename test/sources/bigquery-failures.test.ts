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

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { changeEnvironment, withoutGoogle } from '../environment';
import { type FakeBigQuery, startFakeBigQuery } from '../rigs/google/bigquery/fake';
import { PEOPLE_TABLE } from '../rigs/google/bigquery/people';
import { type Rest, startRest } from '../rigs/google/vertex/rest';
import { makeSandbox, type Sandbox } from './mll';

/** What queries cost by Google's catalogue, which a small server stands in for; its prices are made up. */
let fake: FakeBigQuery;
let catalogue: Rest;
let box: Sandbox;
let restore: () => void;
let skus: object[];
let asked: string[];

const sku = (description: string, dollars: number, more: object = {}): object => ({
  description,
  category: {
    resourceFamily: 'ApplicationServices',
    resourceGroup: 'OnDemandAnalysis',
    usageType: 'OnDemand',
  },
  serviceRegions: ['eu'],
  pricingInfo: [
    {
      pricingExpression: {
        usageUnit: 'TiBy',
        tieredRates: [
          { startUsageAmount: 0, unitPrice: { currencyCode: 'USD', units: '0', nanos: 0 } },
          {
            startUsageAmount: 1,
            unitPrice: {
              currencyCode: 'USD',
              units: String(Math.floor(dollars)),
              nanos: Math.round((dollars % 1) * 1e9),
            },
          },
        ],
      },
    },
  ],
  ...more,
});
const SQL = 'SELECT score FROM `shop.sales.people`';
const dryRun = async (): Promise<string> => (await box.mll('sources', 'sql', '--dry-run', SQL)).stdout;
const kept = (): string => path.join(box.state, 'prices', 'bigquery-eu.json');

beforeAll(async () => {
  fake = await startFakeBigQuery();
  fake.tables.set('shop.sales.people', PEOPLE_TABLE);
  catalogue = await startRest(undefined);
  catalogue.on('GET', '/v1/services', () => ({
    status: 200,
    body: {
      services: [
        { name: 'services/1', displayName: 'BigQuery Storage API' },
        { name: 'services/2', displayName: 'BigQuery' },
      ],
    },
  }));
  catalogue.on('GET', '/v1/services/2/skus', (_, { query }) => {
    asked.push(query.get('pageToken') ?? '');
    const at = Number(query.get('pageToken') ?? '0');
    return {
      status: 200,
      body: { skus: skus.slice(at, at + 2), nextPageToken: at + 2 < skus.length ? String(at + 2) : '' },
    };
  });
  restore = changeEnvironment({
    ...withoutGoogle(),
    BIGQUERY_EMULATOR_HOST: fake.url,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDBILLING: `${catalogue.url}/`,
  });
  box = makeSandbox();
  box.write('ml.yaml', JSON.stringify({ project: 'shop', stores: { gs: { project: 'payer' } } }));
});
afterAll(async () => {
  box.remove();
  restore();
  await catalogue.stop();
  await fake.stop();
});
beforeEach(() => {
  asked = [];
  fs.rmSync(kept(), { force: true });
});

it('the price of the location is Google’s own, with the day on which it was asked for, and is kept', async () => {
  skus = [
    sku('Active Logical Storage (eu)', 0.5, {
      category: { resourceGroup: 'Storage', usageType: 'OnDemand' },
    }),
    sku('Analysis (us-east4)', 9, { serviceRegions: ['us-east4'] }),
    sku('Analysis (eu)', 7.25),
  ];
  const first = await dryRun();
  expect(first).toMatch(
    /Price: USD 7\.25 per TiB \(on demand, Cloud Billing catalogue, \d{4}-\d\d-\d\d; the first 1 TiB of a month is free\)\n/,
  );
  expect(JSON.parse(fs.readFileSync(kept(), 'utf8'))).toMatchObject({ price: 7.25, freeTiB: 1 });
  expect(asked).toEqual(['', '2']);
  expect(await dryRun()).toBe(first);
  expect(asked).toHaveLength(2);
});

it.each([
  ['no price for the location', () => [sku('Analysis (us)', 6, { serviceRegions: ['us'] })]],
  ['two prices for it', () => [sku('Analysis (eu)', 6), sku('Other Analysis (eu)', 7)]],
  [
    'a price of another unit',
    () => [
      sku('Analysis (eu)', 6, {
        pricingInfo: [
          { pricingExpression: { usageUnit: 'GiBy', tieredRates: [{ unitPrice: { units: '6' } }] } },
        ],
      }),
    ],
  ],
  ['none that is paid by the byte', () => [sku('Slots (eu)', 6, { category: { resourceGroup: 'Slots' } })]],
])('%s: not known, with a link', async (_, given) => {
  skus = given();
  expect(await dryRun()).toContain('Price: not known here, see https://cloud.google.com/bigquery/pricing\n');
  expect(fs.existsSync(kept())).toBe(false);
});

it('a catalogue that may not be asked stops no query', async () => {
  catalogue.refuse = () => ({
    status: 403,
    reason: 'SERVICE_DISABLED',
    message: 'Cloud Billing API is off.',
  });
  const { code, stdout } = await box.mll('sources', 'sql', '--dry-run', SQL);
  catalogue.refuse = undefined;
  expect(code).toBe(0);
  expect(stdout).toContain('Price: not known here, see https://cloud.google.com/bigquery/pricing\n');
});

it('a price of ml.yaml goes before the catalogue', async () => {
  skus = [sku('Analysis (eu)', 7.25)];
  box.write(
    'ml.yaml',
    JSON.stringify({
      project: 'shop',
      stores: { gs: { project: 'payer' } },
      sources: { bigquery: { prices: { query: 5 } } },
    }),
  );
  expect(await dryRun()).toContain('Price: USD 5 per TiB (from ml.yaml)\n');
  expect(asked).toEqual([]);
});

import type { Answer, Rest } from './rest';

/** What of a project is asked before it is used: APIs, billing, quotas, permissions; and Google's catalogue of prices. */
export class Project {
  readonly enabled = new Set(
    ['aiplatform', 'storage', 'logging', 'monitoring', 'bigquery', 'cloudbilling'].map(
      (one) => `${one}.googleapis.com`,
    ),
  );
  billing = true;
  /** Processors at a time in each region. */
  readonly quota: Record<string, number> = { custom_model_training_cpus: 42, custom_model_serving_cpus: 30 };
  /** Service accounts that the login may run jobs as. */
  readonly actAs = new Set<string>();
  /** Made-up prices, in the form of Cloud Billing's catalogue. */
  skus: object[] = [
    ...machine('Training/Pipelines', 'N1', 40, 5),
    ...machine('Online/Batch Prediction', 'N1', 36, 4),
    // Of other terms, and of another place.
    sku('Vertex AI: Spot Training/Pipelines on N1 Predefined Instance Core', 10, 'h', 'Preemptible'),
    sku('Vertex AI: Online/Batch Prediction N1 Predefined Instance Core', 99, 'h', 'OnDemand', [
      'us-central1',
    ]),
  ];

  serve(rest: Rest): void {
    rest.on('GET', '/v1/projects/:project/services', ({ project = '' }) =>
      ok({ services: [...this.enabled].map((one) => ({ name: `projects/${project}/services/${one}` })) }),
    );
    rest.on('GET', '/v1/projects/:project/billingInfo', () => ok({ billingEnabled: this.billing }));
    rest.on(
      'POST',
      '/v1/projects/-/serviceAccounts/:email\\:testIamPermissions',
      ({ email = '' }, { body }) =>
        ok(this.actAs.has(email) ? { permissions: (body as { permissions: string[] }).permissions } : {}),
    );
    rest.on(
      'GET',
      '/v1beta1/projects/:project/services/:service/consumerQuotaMetrics/:metric',
      ({ metric = '' }) => {
        const limit = this.quota[metric.split('/').at(-1) ?? ''];
        if (limit === undefined)
          return { status: 404, body: { error: { code: 404, message: 'Not found.' } } };
        const quotaBuckets = [
          { effectiveLimit: '-1' },
          { effectiveLimit: String(limit), dimensions: { region: 'europe-west1' } },
        ];
        return ok({ consumerQuotaLimits: [{ quotaBuckets }] });
      },
    );
    // One page each, so that the second is asked for.
    rest.on('GET', '/v1/services', (_, { query }) =>
      query.get('pageToken') === null
        ? ok({ services: [{ name: 'services/1', displayName: 'Cloud Storage' }], nextPageToken: 'next' })
        : ok({ services: [{ name: 'services/2', displayName: 'Vertex AI' }], nextPageToken: '' }),
    );
    rest.on('GET', '/v1/services/2/skus', (_, { query }) => {
      const start = Number(query.get('pageToken') ?? '0');
      const end = start + 3;
      return ok({
        skus: this.skus.slice(start, end),
        nextPageToken: end < this.skus.length ? String(end) : '',
      });
    });
  }
}

const ok = (body: object): Answer => ({ status: 200, body });

/** `milli`: thousandths of a dollar for one hour. */
function sku(
  description: string,
  milli: number,
  usageUnit: string,
  usageType = 'OnDemand',
  serviceRegions = ['europe-west1'],
): object {
  return {
    description,
    category: { usageType },
    serviceRegions,
    pricingInfo: [
      {
        pricingExpression: {
          usageUnit,
          tieredRates: [{ unitPrice: { currencyCode: 'USD', units: '0', nanos: milli * 1e6 } }],
        },
      },
    ],
  };
}

const machine = (use: string, family: string, core: number, memory: number): object[] => [
  sku(`Vertex AI: ${use} on ${family} Predefined Instance Core in EMEA`, core, 'h'),
  sku(`Vertex AI: ${use} on ${family} Predefined Instance Ram in EMEA`, memory, 'GiBy.h'),
];

import { z } from 'zod';

/** What Google sells (Cloud Billing Catalog API), as far as it is read. */
const SERVICES = z.looseObject({
  services: z.array(z.looseObject({ name: z.string(), displayName: z.string() })).default([]),
  nextPageToken: z.string().optional(),
});
const SKU = z.looseObject({
  description: z.string(),
  category: z.looseObject({ usageType: z.string().default(''), resourceGroup: z.string().default('') }),
  serviceRegions: z.array(z.string()).default([]),
  pricingInfo: z
    .array(
      z.looseObject({
        pricingExpression: z.looseObject({
          usageUnit: z.string(),
          tieredRates: z.array(
            z.looseObject({
              startUsageAmount: z.number().default(0),
              unitPrice: z.looseObject({
                currencyCode: z.string().default('USD'),
                units: z.string().default('0'),
                nanos: z.number().default(0),
              }),
            }),
          ),
        }),
      }),
    )
    .default([]),
});
export type Sku = z.infer<typeof SKU>;
const SKUS = z.looseObject({ skus: z.array(SKU).default([]), nextPageToken: z.string().optional() });

/** Asks the catalogue; `route` is relative to its address. */
export type AskCatalogue = (route: string, query: Readonly<Record<string, string>>) => Promise<unknown>;

/** All that Google sells of a service, by the service's name there; nothing where it has no such service. */
export async function googleCatalogue(ask: AskCatalogue, service: string): Promise<readonly Sku[]> {
  const asked = (route: string, pageToken: string | undefined): Promise<unknown> =>
    ask(route, { pageSize: '5000', ...(pageToken === undefined ? {} : { pageToken }) });
  const token = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
  let name: string | undefined;
  for (let next: string | undefined; name === undefined;) {
    const page = SERVICES.parse(await asked('v1/services', next));
    name = page.services.find((one) => one.displayName === service)?.name;
    next = token(page.nextPageToken);
    if (next === undefined) break;
  }
  if (name === undefined) return [];
  const found: Sku[] = [];
  for (let next: string | undefined; ;) {
    const page = SKUS.parse(await asked(`v1/${name}/skus`, next));
    found.push(...page.skus);
    next = token(page.nextPageToken);
    if (next === undefined) return found;
  }
}

/** The price that lasts: of the highest tier, in USD for one `unit`; undefined where it is of another unit or currency. */
export function lastRate({ pricingInfo }: Sku, unit: RegExp): number | undefined {
  const { usageUnit = '', tieredRates = [] } = pricingInfo.at(-1)?.pricingExpression ?? {};
  const rate = tieredRates.at(-1)?.unitPrice;
  if (!rate || !unit.test(usageUnit) || rate.currencyCode !== 'USD') return undefined;
  return Number(rate.units) + rate.nanos / 1e9;
}

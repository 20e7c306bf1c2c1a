import { z } from 'zod';
import type { QueryPrice } from '../core/source';
import { googleCatalogue, lastRate, type Sku } from '../stores/google-catalogue';
import type { BigQueryClient } from './bigquery-client';

const SERVICE = 'BigQuery';
/** What queries read, paid by the byte. */
const GROUP = 'OnDemandAnalysis';
const TIB = /^TiBy$/;

/** gcloud's own variable moves the catalogue. A server that stands in for BigQuery has no prices of Google's. */
function address(): string | undefined {
  const { CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDBILLING: moved, BIGQUERY_EMULATOR_HOST: emulator } =
    process.env;
  const given = moved ?? (emulator === undefined ? 'https://cloudbilling.googleapis.com/' : undefined);
  return given?.replace(/\/*$/, '/');
}

/** What a TiB that a query reads in a location costs by Google's catalogue; undefined where it has no or no single price for it. */
export async function queryPrice(
  client: BigQueryClient,
  location: string,
  signal?: AbortSignal,
): Promise<QueryPrice | undefined> {
  const base = address();
  if (base === undefined) return undefined;
  const ask = (route: string, params: Readonly<Record<string, string>>): Promise<unknown> =>
    client.call({ at: `${base}${route}`, params, doing: 'ask for the prices' }, z.unknown(), signal);
  return priceIn(await googleCatalogue(ask, SERVICE), location);
}

/** Exported for its test. */
export function priceIn(skus: readonly Sku[], location: string): QueryPrice | undefined {
  const fitting = skus.filter(
    ({ category, serviceRegions }) =>
      category.resourceGroup === GROUP &&
      category.usageType === 'OnDemand' &&
      serviceRegions.includes(location.toLowerCase()),
  );
  const prices = new Set(fitting.flatMap((one) => lastRate(one, TIB) ?? []));
  const [price] = prices;
  if (price === undefined || prices.size !== 1) return undefined;
  const rates = fitting[0]?.pricingInfo.at(-1)?.pricingExpression.tieredRates ?? [];
  const free = rates.find((one) => one.startUsageAmount > 0)?.startUsageAmount;
  const [first] = rates;
  const isFree = first?.unitPrice.units === '0' && first.unitPrice.nanos === 0;
  return { price, ...(isFree && rates.length === 2 && free !== undefined ? { freeTiB: free } : {}) };
}

import { bytes } from '../words';
import type { QueryEstimate } from './source';

const TIB = 2 ** 40;

/** USD that the queries cost at most (or, where the dry run cannot tell, at least); undefined where the price is not known. */
export function queryCost({ perTiB, bytes: read }: QueryEstimate): number | undefined {
  return perTiB && (perTiB.price * read) / TIB;
}

const usd = (value: number): string =>
  value > 0 && value < 0.01
    ? 'less than USD 0.01'
    : `USD ${(Math.ceil(Math.round(value * 1e6) / 1e4) / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })}`;

/** What is read, in words: `1.2 GB`, `at most 1.2 GB`. */
export function readText({ bytes: read, bound }: Pick<QueryEstimate, 'bytes' | 'bound'>): string {
  if (bound === 'unknown') return 'BigQuery cannot say beforehand how much';
  return bound === 'exactly' ? bytes(read) : `${bound} ${bytes(read)}`;
}

/** The estimate as lines of text, for a terminal and for a dialog alike. */
export function queryLines(estimate: QueryEstimate): string[] {
  const { queries, perTiB, pricePage, limit, where, notes = [] } = estimate;
  const cost = queryCost(estimate);
  const isOpen = estimate.bound === 'unknown' || estimate.bound === 'at least';
  return [
    `Reads: ${readText(estimate)}${queries > 1 ? ` in ${queries} queries` : ''}`,
    perTiB === undefined || cost === undefined
      ? `Price: not known here, see ${pricePage}`
      : `Price: USD ${perTiB.price} per TiB (${perTiB.source})`,
    ...(cost === undefined ? [] : [`Cost: ${isOpen ? 'at least ' : ''}${usd(cost)} at that price`]),
    `Limit: a query that would be billed for more than ${bytes(limit)} ends without a charge`,
    `Where: ${where}`,
    ...notes,
  ];
}

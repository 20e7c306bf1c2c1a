import type { MachineUse } from '../../core/provider';
import { abort, type Clients } from './clients';

/** Pages of quotas that are looked through: SageMaker has some thousand. */
const MOST_PAGES = 60;
const USES: Readonly<Record<MachineUse, string>> = {
  train: 'training job usage',
  prepare: 'processing job usage',
  endpoint: 'endpoint usage',
};

/** As AWS calls the quota of a machine for one use. */
export const quotaName = (machine: string, use: MachineUse, spot = false): string =>
  `${machine} for ${spot ? 'spot ' : ''}${USES[use]}`;

/** Quotas of SageMaker in a region by their names, those that `wanted` says yes to; it ends early once `enough` are found. */
export async function findQuotas(
  clients: Clients,
  region: string,
  wanted: (name: string) => boolean,
  enough = Infinity,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const { sdk, quotas } = await clients.account(region);
  const found = new Map<string, number>();
  let next: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const page = await clients.calling('look at the quotas', () =>
      quotas.send(
        new sdk.ListServiceQuotasCommand({
          ServiceCode: 'sagemaker',
          MaxResults: 100,
          ...(next === undefined ? {} : { NextToken: next }),
        }),
        abort(signal),
      ),
    );
    for (const one of page.Quotas ?? []) {
      if (one.QuotaName !== undefined && wanted(one.QuotaName)) found.set(one.QuotaName, one.Value ?? 0);
    }
    next = page.NextToken;
    if (next === undefined || found.size >= enough) break;
  }
  return found;
}

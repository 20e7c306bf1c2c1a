import type { protos } from '@google-cloud/aiplatform';
import type { OperationsClient } from 'google-gax';
import { until } from '../cloud/waiting';
import type { Clients } from './clients';

type Operation = protos.google.longrunning.IOperation;
/** A client of Vertex AI that has operations which take a while. */
interface Operating {
  readonly operationsClient: OperationsClient;
}
export type Started = readonly [{ readonly name?: string | undefined }, ...unknown[]];

/**
 * Starts an operation and resolves once it has ended well; what it failed with comes worded. Google's own wait gives up after ten
 * minutes, which a deployment may well take.
 */
export async function carriedOut(
  clients: Clients,
  client: Operating,
  doing: string,
  start: () => Promise<Started>,
  signal?: AbortSignal,
): Promise<void> {
  const [{ name = '' }] = await clients.calling(doing, start, signal);
  await until(async () => {
    const operation = await clients.calling(doing, () => read(client, name), signal);
    if (operation.done !== true) return undefined;
    if (!operation.error) return true;
    const { code, message } = operation.error;
    const failed = Object.assign(new Error(message ?? ''), { code: code ?? 2, details: message ?? '' });
    return clients.calling(doing, () => Promise.reject(failed));
  }, signal);
}

async function read(client: Operating, name: string): Promise<Operation> {
  const [operation] = (await client.operationsClient.getOperation({ name } as never)) as unknown as [
    Operation,
  ];
  return operation;
}

/** True while an operation on this resource has not ended. */
export async function isBusy(clients: Clients, client: Operating, name: string): Promise<boolean> {
  return clients.calling('look at the endpoint', async () => {
    for await (const one of client.operationsClient.listOperationsAsync({ name } as never, {
      autoPaginate: false,
    })) {
      if (one.done !== true) return true;
    }
    return false;
  });
}

import type { Host } from '../../core/api';
import type { Resource } from '../../core/provider';
import { abort, type Clients } from './clients';
import type { Config } from './config';
import { priceOf } from './prices';

/** Whether the job of that name is a training job; all others of ours are processing jobs. */
export const isTrainingJob = (name: string): boolean => /-\d{4}-train-/.test(name);

interface Running {
  readonly type: string | undefined;
  readonly count: number;
  readonly since: Date | undefined;
  readonly spot: boolean;
}

/** The machine of a job that runs, and what it has cost since it began; of a Spot machine, whose price nobody tells, only which it is. */
export async function soFar(
  from: { host: Host; clients: Clients; config: Config },
  name: string,
  signal?: AbortSignal,
): Promise<Pick<Resource, 'machine' | 'cost'>> {
  const { host } = from;
  const { type, count, since, spot } = await look(from, name, signal);
  if (type === undefined) return {};
  const machine = count === 1 ? type : `${count} × ${type}`;
  const use = isTrainingJob(name) ? 'train' : 'prepare';
  const price = spot ? undefined : await priceOf(from, type, use, signal);
  if (price === undefined) return { machine };
  const hours = since === undefined ? 0 : (host.now().getTime() - since.getTime()) / 3_600_000;
  return { machine, cost: price.price * count * Math.max(0, hours) };
}

async function look(
  { clients, config }: { clients: Clients; config: Config },
  name: string,
  signal?: AbortSignal,
): Promise<Running> {
  const { sdk, client } = await clients.sagemaker(config.region);
  if (isTrainingJob(name)) {
    const said = await client.send(
      new sdk.DescribeTrainingJobCommand({ TrainingJobName: name }),
      abort(signal),
    );
    const { InstanceType: type, InstanceCount: count = 1 } = said.ResourceConfig ?? {};
    return { type, count, since: said.TrainingStartTime, spot: said.EnableManagedSpotTraining ?? false };
  }
  const said = await client.send(
    new sdk.DescribeProcessingJobCommand({ ProcessingJobName: name }),
    abort(signal),
  );
  const { InstanceType: type, InstanceCount: count = 1 } = said.ProcessingResources?.ClusterConfig ?? {};
  return { type, count, since: said.ProcessingStartTime, spot: false };
}

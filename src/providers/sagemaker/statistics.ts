import type { Measured } from '../../core/monitor';
import { abort, type Clients } from './clients';
import { VARIANT } from './endpoint-requests';

const NAMESPACE = 'AWS/SageMaker';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Without a beginning: so many days back. */
const DAYS = 7;

/** What CloudWatch measured of an endpoint since then: all requests, captured or not. Latencies are the model's, in ms. */
export async function measured(
  clients: Clients,
  of: { region: string; endpoint: string; since: Date | undefined; now: Date },
  signal?: AbortSignal,
): Promise<Measured> {
  const { sdk, client } = await clients.metrics(of.region);
  const end = Math.ceil(of.now.getTime() / MINUTE) * MINUTE;
  const begin = Math.floor((of.since?.getTime() ?? end - DAYS * DAY) / MINUTE) * MINUTE;
  // One number for the whole time, in CloudWatch's steps.
  const period = Math.max(60, Math.ceil((end - begin) / MINUTE) * 60);
  const query = (Id: string, MetricName: string, Stat: string) => ({
    Id,
    MetricStat: {
      Metric: {
        Namespace: NAMESPACE,
        MetricName,
        Dimensions: [
          { Name: 'EndpointName', Value: of.endpoint },
          { Name: 'VariantName', Value: VARIANT },
        ],
      },
      Period: period,
      Stat,
    },
  });
  const { MetricDataResults = [] } = await clients.calling('ask for the measurements', () =>
    client.send(
      new sdk.GetMetricDataCommand({
        StartTime: new Date(begin),
        EndTime: new Date(end),
        MetricDataQueries: [
          query('requests', 'Invocations', 'Sum'),
          query('errors4', 'Invocation4XXErrors', 'Sum'),
          query('errors5', 'Invocation5XXErrors', 'Sum'),
          query('p50', 'ModelLatency', 'p50'),
          query('p95', 'ModelLatency', 'p95'),
          query('p99', 'ModelLatency', 'p99'),
        ],
      }),
      abort(signal),
    ),
  );
  const values = (id: string): readonly number[] =>
    MetricDataResults.find((one) => one.Id === id)?.Values ?? [];
  const sum = (id: string): number => values(id).reduce((all, one) => all + one, 0);
  // Microseconds.
  const most = (id: string): number => Math.max(0, ...values(id)) / 1000;
  return {
    requests: sum('requests'),
    errors: sum('errors4') + sum('errors5'),
    latencyMs: { p50: most('p50'), p95: most('p95'), p99: most('p99') },
  };
}

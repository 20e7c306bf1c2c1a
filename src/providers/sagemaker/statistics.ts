import type { Measured } from '../../core/monitor';
import { abort, type Clients } from './clients';
import { VARIANT } from './endpoint-requests';

const NAMESPACE = 'AWS/SageMaker';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Without a beginning: so many days back. */
const DAYS = 7;

/** What a period must be a multiple of, in seconds, for values that begin so long ago (CloudWatch's MetricStat: 15 and 63 days). */
export const stepSeconds = (age: number): number => (age > 63 * DAY ? 3600 : age > 15 * DAY ? 300 : 60);

/** The whole time as one period, in CloudWatch's steps: full minutes in ms, and seconds. */
export function windowOf(
  since: Date | undefined,
  now: Date,
): { readonly begin: number; readonly end: number; readonly period: number } {
  const end = Math.ceil(now.getTime() / MINUTE) * MINUTE;
  const begin = Math.floor((since?.getTime() ?? end - DAYS * DAY) / MINUTE) * MINUTE;
  const step = stepSeconds(end - begin);
  return { begin, end, period: Math.max(step, Math.ceil((end - begin) / 1000 / step) * step) };
}

/** What CloudWatch measured of an endpoint since then: all requests, captured or not. Latencies are the model's, in ms. */
export async function measured(
  clients: Clients,
  of: { region: string; endpoint: string; since: Date | undefined; now: Date },
  signal?: AbortSignal,
): Promise<Measured> {
  const { sdk, client } = await clients.metrics(of.region);
  const { begin, end, period } = windowOf(of.since, of.now);
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

/** One point an hour, as far back as can be asked for without much. */
const STEP_SECONDS = 60 * 60;
const LOOK_BACK_DAYS = 14;

/**
 * The end of the last hour in which the endpoint was asked, since then but no longer ago than two weeks; undefined where there was none.
 * It is never earlier than the request itself.
 */
export async function lastRequest(
  clients: Clients,
  of: { region: string; endpoint: string; since: Date; now: Date },
  signal?: AbortSignal,
): Promise<Date | undefined> {
  const { sdk, client } = await clients.metrics(of.region);
  const hour = STEP_SECONDS * 1000;
  const begin = Math.max(of.since.getTime(), of.now.getTime() - LOOK_BACK_DAYS * DAY);
  const { MetricDataResults = [] } = await clients.calling('ask for the requests', () =>
    client.send(
      new sdk.GetMetricDataCommand({
        StartTime: new Date(Math.floor(begin / hour) * hour),
        EndTime: new Date(Math.ceil(of.now.getTime() / hour) * hour),
        ScanBy: 'TimestampDescending',
        MetricDataQueries: [
          {
            Id: 'requests',
            MetricStat: {
              Metric: {
                Namespace: NAMESPACE,
                MetricName: 'Invocations',
                Dimensions: [
                  { Name: 'EndpointName', Value: of.endpoint },
                  { Name: 'VariantName', Value: VARIANT },
                ],
              },
              Period: STEP_SECONDS,
              Stat: 'Sum',
            },
          },
        ],
      }),
      abort(signal),
    ),
  );
  const { Timestamps: times = [], Values: values = [] } = MetricDataResults[0] ?? {};
  const asked = times.filter((_, at) => (values[at] ?? 0) > 0).map((one) => one.getTime());
  return asked.length === 0 ? undefined : new Date(Math.max(...asked) + hour);
}

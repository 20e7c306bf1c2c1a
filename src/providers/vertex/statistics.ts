import { z } from 'zod';
import type { Measured } from '../../core/monitor';
import type { Clients } from './clients';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Without a beginning: so many days back. */
const DAYS = 7;
const STEP_SECONDS = 60 * 60;
const LOOK_BACK_DAYS = 14;

const SERIES = z.looseObject({
  timeSeries: z
    .array(
      z.looseObject({
        metric: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }).optional(),
        points: z
          .array(
            z.looseObject({
              interval: z.looseObject({ endTime: z.string() }),
              value: z.looseObject({ int64Value: z.string().optional(), doubleValue: z.number().optional() }),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});
type Series = z.infer<typeof SERIES>['timeSeries'];

export interface Of {
  /** Google Cloud's project, by its id. */
  readonly account: string;
  /** Vertex AI's id of the endpoint. */
  readonly id: string;
  readonly since: Date | undefined;
  readonly now: Date;
}

async function series(
  clients: Clients,
  { account, id }: Of,
  asked: {
    readonly metric: string;
    readonly begin: number;
    readonly end: number;
    readonly seconds: number;
    readonly aligner: string;
    readonly reducer: string;
  },
  signal?: AbortSignal,
): Promise<Series> {
  const type = `aiplatform.googleapis.com/prediction/online/${asked.metric}`;
  const query = {
    filter: `metric.type="${type}" AND resource.labels.endpoint_id="${id}"`,
    'interval.startTime': new Date(asked.begin).toISOString(),
    'interval.endTime': new Date(asked.end).toISOString(),
    'aggregation.alignmentPeriod': `${asked.seconds}s`,
    'aggregation.perSeriesAligner': asked.aligner,
    'aggregation.crossSeriesReducer': asked.reducer,
    ...(asked.metric === 'response_count'
      ? { 'aggregation.groupByFields': 'metric.labels.response_code' }
      : {}),
  };
  const found = await clients.calling('ask for the measurements', () =>
    clients.ask('MONITORING', `v3/projects/${account}/timeSeries`, { query }, signal),
  );
  return SERIES.parse(found).timeSeries;
}

/** What Cloud Monitoring measured of an endpoint since then: all requests, captured or not. Latencies are the model's, in ms. */
export async function measured(clients: Clients, of: Of, signal?: AbortSignal): Promise<Measured> {
  const end = Math.ceil(of.now.getTime() / MINUTE) * MINUTE;
  const begin = Math.floor((of.since?.getTime() ?? end - DAYS * DAY) / MINUTE) * MINUTE;
  // One number for the whole time.
  const seconds = Math.max(60, Math.ceil((end - begin) / MINUTE) * 60);
  const counts = await series(
    clients,
    of,
    { metric: 'response_count', begin, end, seconds, aligner: 'ALIGN_SUM', reducer: 'REDUCE_SUM' },
    signal,
  );
  const latency = async (share: number): Promise<number> => {
    const [found] = await series(
      clients,
      of,
      {
        metric: 'model_latencies',
        begin,
        end,
        seconds,
        aligner: `ALIGN_PERCENTILE_${share}`,
        reducer: 'REDUCE_MAX',
      },
      signal,
    );
    return Math.max(0, ...(found?.points ?? []).map(({ value }) => value.doubleValue ?? 0));
  };
  const sum = (some: Series): number =>
    some.flatMap((one) => one.points).reduce((all, { value }) => all + Number(value.int64Value ?? 0), 0);
  const failed = counts.filter((one) => !(one.metric?.labels.response_code ?? '200').startsWith('2'));
  const [p50, p95, p99] = await Promise.all([latency(50), latency(95), latency(99)]);
  return { requests: sum(counts), errors: sum(failed), latencyMs: { p50, p95, p99 } };
}

/**
 * The end of the last hour in which the endpoint was asked, since then but no longer ago than two weeks; undefined where there was none.
 * It is never earlier than the request itself.
 */
export async function lastRequest(clients: Clients, of: Of, signal?: AbortSignal): Promise<Date | undefined> {
  const hour = STEP_SECONDS * 1000;
  const oldest = of.now.getTime() - LOOK_BACK_DAYS * DAY;
  const begin = Math.floor(Math.max(of.since?.getTime() ?? 0, oldest) / hour) * hour;
  const end = Math.ceil(of.now.getTime() / hour) * hour;
  const counts = await series(
    clients,
    of,
    {
      metric: 'response_count',
      begin,
      end,
      seconds: STEP_SECONDS,
      aligner: 'ALIGN_SUM',
      reducer: 'REDUCE_SUM',
    },
    signal,
  );
  const asked = counts
    .flatMap((one) => one.points)
    .filter(({ value }) => Number(value.int64Value ?? 0) > 0)
    .map(({ interval }) => Date.parse(interval.endTime));
  return asked.length === 0 ? undefined : new Date(Math.max(...asked));
}

import type { Rest } from './rest';

interface Point {
  readonly time: number;
  readonly endpoint: string;
  readonly status: number;
  readonly ms: number;
}

/** Of Cloud Monitoring the series of online prediction (`timeSeries.list`), aligned over one period. */
export class Measurements {
  /** What was answered; a test may write of another time. */
  readonly points: Point[] = [];

  add(endpoint: string, status: number, ms: number): void {
    this.points.push({ time: Date.now(), endpoint: endpoint.split('/').at(-1) ?? '', status, ms });
  }

  serve(rest: Rest): void {
    rest.on('GET', '/v3/projects/:project/timeSeries', (_, { query }) => {
      const filter = query.get('filter') ?? '';
      const metric = /metric\.type="aiplatform\.googleapis\.com\/prediction\/online\/(\w+)"/.exec(
        filter,
      )?.[1];
      const endpoint = /resource\.labels\.endpoint_id="([^"]+)"/.exec(filter)?.[1];
      const begin = Date.parse(query.get('interval.startTime') ?? '');
      const end = Date.parse(query.get('interval.endTime') ?? '');
      const period = Number(
        /^(\d+)s$/.exec(query.get('aggregation.alignmentPeriod') ?? '')?.[1] ?? Number.NaN,
      );
      if (!metric || !endpoint || !(begin < end) || !(period >= 60))
        return { status: 400, body: { error: { code: 400, message: 'The request cannot be read.' } } };
      const all = this.points.filter(
        (one) => one.endpoint === endpoint && one.time > begin && one.time <= end,
      );
      const series =
        metric === 'response_count'
          ? this.counts(all, end, period)
          : this.latencies(all, end, query.get('aggregation.perSeriesAligner') ?? '');
      return { status: 200, body: series.length === 0 ? {} : { timeSeries: series } };
    });
  }

  /** One series for each code; points newest first, each at the end of its period. */
  private counts(all: readonly Point[], end: number, period: number): object[] {
    return [...new Set(all.map((one) => one.status))].map((code) => {
      const steps = new Map<number, number>();
      for (const one of all.filter(({ status }) => status === code)) {
        const step = Math.floor((end - one.time) / (period * 1000));
        steps.set(step, (steps.get(step) ?? 0) + 1);
      }
      return {
        metric: { labels: { response_code: String(code) } },
        points: [...steps]
          .toSorted(([a], [b]) => a - b)
          .map(([step, count]) => ({
            interval: { endTime: new Date(end - step * period * 1000).toISOString() },
            value: { int64Value: String(count) },
          })),
      };
    });
  }

  private latencies(all: readonly Point[], end: number, aligner: string): object[] {
    const share = Number(/^ALIGN_PERCENTILE_(\d\d)$/.exec(aligner)?.[1] ?? '50') / 100;
    const sorted = all.map((one) => one.ms).toSorted((a, b) => a - b);
    const doubleValue = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
    if (doubleValue === undefined) return [];
    return [{ points: [{ interval: { endTime: new Date(end).toISOString() }, value: { doubleValue } }] }];
  }
}

import type { Cell } from '../core/table';
import type { EngineApi } from '../protocol';
import type { Handlers } from '../rpc';
import type { EngineContext } from './context';
import { captureLines } from './drift-captures';

const BINS = 60;
/** Widths of the timeline's bins, in seconds. */
const WIDTHS = [1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 86_400, 7 * 86_400];

/** Counts captured lines: one line is a row; rows of one request share its latency and the head of their ids. */
export function createTraffic(context: EngineContext): Handlers<EngineApi>['traffic'] {
  return async ({ captureFiles, since }, { signal }) => {
    const nothing = { requests: 0, rows: 0, errors: 0, latencyMs: null, timeline: [] };
    if (captureFiles.length === 0) return nothing;
    const session = await context.session(captureFiles);
    try {
      await session.run(
        `CREATE TEMP TABLE requests AS
         SELECT regexp_replace(id, '[-.:/#]\\d+$', '') AS request, min(moment) AS moment, max(ms) AS ms,
                count(*) FILTER (NOT failed) AS rows, count(*) FILTER (failed OR wrong) AS errors
         FROM (${captureLines(captureFiles, since)}) GROUP BY 1`,
        signal,
      );
      const { rows } = await session.all(
        `SELECT count(*)::DOUBLE, sum(rows)::DOUBLE, sum(errors)::DOUBLE, epoch(min(moment)), epoch(max(moment)),
                quantile_cont(ms, [0.5, 0.95, 0.99])[1], quantile_cont(ms, [0.5, 0.95, 0.99])[2], quantile_cont(ms, [0.5, 0.95, 0.99])[3]
         FROM requests`,
        signal,
      );
      const [requests = 0, rowCount = 0, errors = 0, first = 0, last = 0, p50, p95, p99] = rows[0] ?? [];
      if (requests === 0) return nothing;
      const width =
        WIDTHS.find((one) => (Number(last) - Number(first)) / one <= BINS) ?? WIDTHS.at(-1) ?? 86_400;
      const bins = await session.all(
        `SELECT floor(epoch(moment) / ${width})::DOUBLE * ${width * 1000} AS bin, count(*)::DOUBLE, sum(errors)::DOUBLE, quantile_cont(ms, 0.95)
         FROM requests WHERE moment IS NOT NULL GROUP BY 1 ORDER BY 1`,
        signal,
      );
      const number = (cell: Cell | undefined): number => Number(cell ?? 0);
      return {
        requests: number(requests),
        rows: number(rowCount),
        errors: number(errors),
        latencyMs: typeof p50 === 'number' ? { p50, p95: number(p95), p99: number(p99) } : null,
        timeline: bins.rows.map(([time, count, wrong, slow]) => ({
          time: number(time),
          requests: number(count),
          errors: number(wrong),
          p95: typeof slow === 'number' ? slow : null,
        })),
      };
    } finally {
      session.close();
    }
  };
}

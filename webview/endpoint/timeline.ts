import type { MonitorReport } from '../../src/protocol';
import type { ChartSpec } from '../shared/chart-table';
import { count, dateTime, plural, timeOfDay } from '../shared/format';
import { latency, timeStep } from './monitor-text';

const MINUTE = 60_000;

/** The charts over time of a report; none when there was no request. */
export function timelineCharts({ timeline }: MonitorReport): readonly { title: string; spec: ChartSpec }[] {
  if (timeline.length === 0) return [];
  const x = timeline.map((bin) => bin.time);
  const first = x[0] ?? 0;
  const last = x.at(-1) ?? first;
  const xText = (time: number): string =>
    last - first > 36 * 3_600_000 ? dateTime(time) : timeOfDay(time).replace(/:\d\d(?=( |$))/, '');
  const requests = timeline.reduce((sum, bin) => sum + bin.requests, 0);
  const slowest = timeline.reduce((most, bin) => Math.max(most, bin.p95 ?? 0), 0);
  const xStep = timeStep(last - first);
  // A whole number of steps: with any other length the marks are no round times.
  const range =
    last > first
      ? { xMin: last - Math.ceil((last - first) / xStep) * xStep, xMax: last, xStep }
      : { xMin: first - MINUTE, xMax: first + MINUTE, xStep: MINUTE };
  return [
    {
      title: 'Requests and errors',
      spec: {
        kind: 'line',
        label: `Requests over time: ${plural(requests, 'request')} from ${dateTime(first)} to ${dateTime(last)}.`,
        xTitle: 'Time',
        yTitle: '',
        yMin: 0,
        xText,
        ...range,
        yText: (n) => (Number.isInteger(n) ? count(n) : ''),
        series: [
          { name: 'Requests', points: { x, y: timeline.map((bin) => bin.requests) } },
          { name: 'Errors', points: { x, y: timeline.map((bin) => bin.errors) } },
        ],
        height: 180,
      },
    },
    {
      title: 'Latency p95',
      spec: {
        kind: 'line',
        label: `Latency (p95) over time, at most ${latency(slowest)}.`,
        xTitle: 'Time',
        yTitle: '',
        yMin: 0,
        xText,
        ...range,
        yText: latency,
        series: [{ name: 'p95', points: { x, y: timeline.map((bin) => bin.p95 ?? NaN) } }],
        height: 180,
      },
    },
  ];
}

import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataChart } from '../../src/protocol';
import { startEngine, type TestEngine } from './build';

/** Two numbers of 8 bytes each: far more than the engine may hold here. */
const ROWS = 12_000_000;
const LIMIT = 2 ** 27;
let run: TestEngine;
let table: string;

beforeAll(async () => {
  run = await startEngine({ memoryLimit: LIMIT });
  const file = path.join(run.folder, 'large.parquet');
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT (i * 7919 % 1000)::DOUBLE + CASE WHEN i % 1000000 = 0 THEN 5000 ELSE 0 END AS amount,
       i % 3 AS kind, TIMESTAMP '2020-01-01' + to_seconds(i * 10) AS at
     FROM range(${ROWS}) t(i)) TO '${file.replaceAll("'", "''")}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  ({ table } = await run.engine.call('open', { source: { path: file } }));
}, 120_000);
afterAll(() => {
  run.remove();
});

const draw = async (chart: Omit<DataChart, 'chart'>) =>
  run.engine.call('chart', { table, chart: { chart: 1, ...chart } });

describe('charts of more rows than the engine may hold', () => {
  it.each([
    { kind: 'histogram', x: 'amount', bins: 10 },
    { kind: 'bar', x: 'kind', y: 'amount', aggregate: 'distinct' },
    { kind: 'line', x: 'at', y: 'amount', aggregate: 'median', step: 'month', colour: 'kind' },
    { kind: 'scatter', x: 'amount', y: 'kind' },
    { kind: 'scatter', x: 'amount', y: 'kind', sample: true },
    { kind: 'heatmap', x: 'kind', y: 'at', value: 'amount', aggregate: 'median' },
    { kind: 'correlation' },
    { kind: 'missing' },
  ] as const)('$kind', async (chart) => {
    expect(await draw(chart)).toMatchObject({ rows: ROWS, matched: ROWS, body: { kind: chart.kind } });
  });

  it('box', async () => {
    const { body, estimated } = await draw({ kind: 'box', x: 'kind', y: 'amount' });
    if (body.kind !== 'box') throw new Error('It is a box plot.');
    expect(estimated).toBe(true);
    const [boxes = []] = body.panels[0]?.boxes ?? [];
    expect(boxes.map((box) => [box?.rows, box?.outliers, box?.farthest])).toEqual(
      [0, 1, 2].map(() => [ROWS / 3, 4, [5000, 5000, 5000, 5000]]),
    );
    for (const box of boxes) {
      expect(box?.whiskers).toEqual([0, 999]);
      for (const [of, q] of [
        [box?.q1, 250],
        [box?.median, 500],
        [box?.q3, 750],
      ] as const)
        expect(Math.abs((of ?? 0) - q)).toBeLessThan(5);
    }
  });
});

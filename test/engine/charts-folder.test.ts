import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChartData, DataChart } from '../../src/protocol';
import { startCharts, type ChartRig } from './charts-rig';

let charts: ChartRig;
const MONTHS = ['2023-01', '2023-02', '2024-05'];

/** The file of the rig without its header, and which rows go to which month. */
function parts(): string[][] {
  const [, ...lines] = fs.readFileSync(charts.file('sales.csv'), 'utf8').trimEnd().split('\n');
  return MONTHS.map((_, at) => lines.filter((__, row) => row % 3 === at));
}

function write(name: string, lines: readonly string[]): void {
  const file = charts.file(name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `id,day,shop,kind,price,pieces,__v\n${lines.join('\n')}\n`);
}

beforeAll(async () => {
  charts = await startCharts();
  const { rig } = charts;
  const lines = parts();
  // Points come in the order of the rows.
  write('one.csv', lines.flat());
  for (const [at, month] of MONTHS.entries()) {
    write(`flat/${month}.csv`, lines[at] ?? []);
    write(`flat/note ${month}.txt`, lines[at] ?? []);
    write(`hive/month=${month}/part.csv`, lines[at] ?? []);
    const output = charts.file(`parquet/${month}.parquet`);
    fs.mkdirSync(path.dirname(output), { recursive: true });
    const { query } = await rig.engine.call('query', {
      sql: 'SELECT * FROM t',
      tables: { t: { path: charts.file(`flat/${month}.csv`) } },
    });
    await rig.engine.call('queryExport', { query, output });
  }
});
afterAll(() => charts.rig.remove());

const KINDS: readonly Omit<DataChart, 'chart'>[] = [
  { kind: 'histogram', x: 'price', bins: 12 },
  { kind: 'bar', x: 'kind', y: 'pieces', aggregate: 'sum' },
  { kind: 'line', x: 'day', step: 'month' },
  { kind: 'scatter', x: 'price', y: 'pieces' },
  { kind: 'box', x: 'shop', y: 'price' },
  { kind: 'heatmap', x: 'shop', y: 'pieces' },
  { kind: 'correlation', columns: ['price', 'pieces', 'id'] },
];

/** What is drawn; sums of floating point numbers depend on the order of the rows in their last digits. */
const drawn = ({ body, rows, matched, leftOut }: ChartData): unknown =>
  JSON.parse(JSON.stringify({ body, rows, matched, leftOut }), (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(9)) : value,
  );

describe.each(['hive', 'flat/*.csv', 'parquet', 'parquet/*.parquet'])('charts of %s', (many) => {
  it.each(KINDS)('draw the same as of one file: $kind', async (wanted) => {
    expect(drawn(await charts.chart(wanted, many))).toEqual(drawn(await charts.chart(wanted, 'one.csv')));
  });
});

it('a partition is a column that a chart can count', async () => {
  const { body } = await charts.chart({ kind: 'bar', x: 'month' }, 'hive');
  const bars = JSON.stringify(body);
  for (const month of MONTHS) expect(bars).toContain(month);
  const one = await charts.chart(
    { kind: 'histogram', x: 'price', filter: [{ is: 'oneOf', column: 'month', values: ['2024-05'] }] },
    'hive',
  );
  expect([one.rows, one.matched]).toEqual([3000, 1000]);
});

it('a file that comes is in the next chart', async () => {
  write('growing/a.csv', parts()[0] ?? []);
  const wanted = { kind: 'histogram', x: 'pieces' } as const;
  expect((await charts.chart(wanted, 'growing/*.csv')).rows).toBe(1000);
  write('growing/b.csv', parts()[1] ?? []);
  expect((await charts.chart(wanted, 'growing/*.csv')).rows).toBe(2000);
  fs.rmSync(charts.file('growing/a.csv'));
  expect((await charts.chart(wanted, 'growing/*.csv')).rows).toBe(1000);
  expect((await charts.chart(wanted, 'growing')).rows).toBe(1000);
});

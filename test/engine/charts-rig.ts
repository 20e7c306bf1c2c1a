import fs from 'node:fs';
import path from 'node:path';
import { UserError } from '../../src/core/errors';
import type { ChartBody, ChartData, ChartGroup, DataChart } from '../../src/protocol';
import { startEngine, type TestEngine } from './build';

type Wanted = Omit<DataChart, 'chart'>;

export interface ChartRig {
  readonly rig: TestEngine;
  readonly file: (name: string) => string;
  /** The chart of a table, `sales.csv` unless said. */
  readonly chart: (wanted: Wanted, name?: string, signal?: AbortSignal) => Promise<ChartData>;
  readonly fault: (wanted: Wanted, name?: string) => Promise<UserError>;
}

export interface Row {
  readonly id: number;
  readonly day: string;
  readonly shop: string;
  readonly kind: string | null;
  readonly price: number | null;
  readonly pieces: number;
  readonly v: number;
}
export const SHOPS = ['Nord', 'Süd, "alt"', 'West'];
export const rows: Row[] = Array.from({ length: 3000 }, (_, id) => ({
  id,
  // 1 January 2023 and every 8 hours from there; March has no rows.
  day: new Date(Date.UTC(2023, 0, 1) + (id < 177 ? id : id + 93) * 8 * 3_600_000).toISOString().slice(0, 19),
  shop: SHOPS[(id * 7) % 11 < 6 ? 0 : (id * 7) % 11 < 9 ? 1 : 2] ?? '',
  kind: id % 10 === 3 ? null : `k${(id * id) % 50}`,
  price: id % 13 === 5 ? null : ((id * 37) % 1000) / 8,
  pieces: ((id * 3) % 17) + 1,
  v: id % 4,
}));
const text = (value: string): string => (/[",]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
export const priced = rows.flatMap((row) => (row.price === null ? [] : [{ ...row, price: row.price }]));
export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** An engine and the table of {@link rows}. */
export async function startCharts(): Promise<ChartRig> {
  const rig = await startEngine();
  const file = (name: string): string => path.join(rig.folder, name);
  const lines = rows.map((row) =>
    [row.id, row.day, text(row.shop), row.kind ?? '', row.price ?? '', row.pieces, row.v].join(','),
  );
  fs.writeFileSync(file('sales.csv'), `id,day,shop,kind,price,pieces,__v\n${lines.join('\n')}\n`);
  const chart: ChartRig['chart'] = (wanted, name = 'sales.csv', signal) =>
    rig.engine.call(
      'chart',
      { chart: { chart: 1, ...wanted }, source: { path: file(name) } },
      signal ? { signal } : {},
    );
  return {
    rig,
    file,
    chart,
    async fault(wanted, name) {
      const error: unknown = await chart(wanted, name).catch((reason: unknown) => reason);
      if (!(error instanceof UserError)) throw new Error(`No UserError: ${String(error)}`);
      return error;
    },
  };
}

export function bodyOf<K extends ChartBody['kind']>(
  data: ChartData,
  kind: K,
): Extract<ChartBody, { kind: K }> {
  if (data.body.kind !== kind) throw new Error(`It is a ${data.body.kind}.`);
  return data.body as Extract<ChartBody, { kind: K }>;
}

export const label = (group: ChartGroup): unknown =>
  group.is === 'value' ? group.value : group.is === 'step' ? new Date(group.from).toISOString() : group.is;

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChartData } from '../../src/protocol';
import { makeSandbox, type Sandbox } from './mll';

/** The numbers of a chart file in the terminal. */
let box: Sandbox;

beforeAll(() => {
  box = makeSandbox();
  box.write('sales.csv', 'shop,price\nNord,10\nNord,20\nSüd,5\nSüd,\n,1\n');
  box.write('mean.chart.yaml', 'chart: 1\ndata: sales.csv\nkind: bar\nx: shop\ny: price\naggregate: mean\n');
});
afterAll(() => box.remove());

describe('mll data chart', () => {
  it('prints the numbers, of which rows they are, and what was left out', async () => {
    const { code, stdout } = await box.mll('data', 'chart', 'sales.csv', '--spec', 'mean.chart.yaml');
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.trim().replaceAll(/ {2,}/g, ' ')),
    ).toEqual([
      'Mean of price by shop',
      '',
      'shop Mean of price',
      'Nord 15',
      'Süd 5',
      'missing 1',
      '',
      'all 5 rows',
      '1 row left out: price is missing.',
    ]);
  });

  it('as one JSON document, of the table that the file names', async () => {
    const data = (await box.mll('--json', 'data', 'chart', '--spec', 'mean.chart.yaml')).json() as ChartData;
    expect([data.rows, data.drawn]).toEqual([5, 4]);
    expect(data.body).toMatchObject({ kind: 'bar', panels: [{ values: [[15, 5, 1]], rows: [[2, 1, 1]] }] });
  });

  it('of another table, and says what does not fit', async () => {
    box.write('other.csv', 'shop,prices\nOst,3\n');
    const other = await box.mll('data', 'chart', 'other.csv', '--spec', 'mean.chart.yaml');
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('The chart\'s column "price" (y) is not in this table.');
    expect(other.stderr).toContain('Did you mean "prices"?');
    box.write('none.chart.yaml', 'chart: 1\nkind: missing\n');
    expect((await box.mll('data', 'chart', '--spec', 'none.chart.yaml')).stderr).toContain(
      'Name one: mll data chart',
    );
    expect((await box.mll('data', 'chart', 'other.csv', '--spec', 'none.chart.yaml')).code).toBe(0);
    expect((await box.mll('data', 'chart', 'other.csv', '--spec', 'gone.chart.yaml')).code).toBe(1);
    expect((await box.mll('data', 'chart', 'other.csv')).code).toBe(2);
  });
});

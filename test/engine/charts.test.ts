import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChartBody } from '../../src/protocol';
import { bodyOf, type ChartRig, label, priced, type Row, rows, SHOPS, startCharts, sum } from './charts-rig';

/** The numbers of charts, against numbers that are counted here row by row. */
let charts: ChartRig;
const chart: ChartRig['chart'] = (...of) => charts.chart(...of);
const fault: ChartRig['fault'] = (...of) => charts.fault(...of);
const file = (name: string): string => charts.file(name);

beforeAll(async () => {
  charts = await startCharts();
});
afterAll(() => charts.rig.remove());

describe('a histogram', () => {
  it('counts each value once, in the bins whose edges it says', async () => {
    const data = await chart({ kind: 'histogram', x: 'price', bins: 7 });
    const { edges, panels } = bodyOf(data, 'histogram');
    const [low, high] = [Math.min(...priced.map((r) => r.price)), Math.max(...priced.map((r) => r.price))];
    expect([edges.length, edges[0], edges.at(-1)]).toEqual([8, low, high]);
    const expected = edges
      .slice(0, -1)
      .map(
        (from, k) =>
          priced.filter(
            ({ price }) => price >= from && (price < (edges[k + 1] ?? 0) || (k === 6 && price === high)),
          ).length,
      );
    expect(panels).toEqual([{ counts: [expected] }]);
    expect(sum(expected)).toBe(priced.length);
    expect([data.rows, data.matched, data.drawn]).toEqual([3000, 3000, priced.length]);
    expect(data.leftOut).toEqual([{ column: 'price', why: 'missing', rows: 3000 - priced.length }]);
  });

  it('puts a value that is an edge above it, where the quotient says otherwise', async () => {
    const values = Array.from({ length: 1001 }, (_, k) => k / 10);
    fs.writeFileSync(file('tenths.csv'), `x\n${values.join('\n')}\n`);
    for (const bins of [3, 7, 10, 49, 100, 200]) {
      const { edges, panels } = bodyOf(
        await chart({ kind: 'histogram', x: 'x', bins }, 'tenths.csv'),
        'histogram',
      );
      const expected = edges
        .slice(0, -1)
        .map(
          (from, k) => values.filter((x) => x >= from && (x < (edges[k + 1] ?? 0) || k === bins - 1)).length,
        );
      expect(panels[0]?.counts[0]).toEqual(expected);
    }
  });

  it('has bins of equally many whole numbers', async () => {
    const { edges, panels } = bodyOf(await chart({ kind: 'histogram', x: 'pieces', bins: 5 }), 'histogram');
    expect(edges).toEqual([1, 5, 9, 13, 17, 21]);
    const expected = [1, 5, 9, 13, 17].map(
      (from) => rows.filter((r) => r.pieces >= from && r.pieces < from + 4).length,
    );
    expect(panels[0]?.counts[0]).toEqual(expected);
  });

  it('is divided by colour and facet, missing among the groups', async () => {
    const data = await chart({ kind: 'histogram', x: 'price', bins: 2, colour: 'shop', facet: 'kind' });
    expect(data.colours.groups.map(label)).toEqual(['Nord', 'Süd, "alt"', 'West']);
    const { edges, panels } = bodyOf(data, 'histogram');
    const names = new Set(priced.flatMap(({ kind }) => (kind === null ? [] : [kind])));
    const kinds = [...names].map((kind) => ({ kind, n: priced.filter((row) => row.kind === kind).length }));
    kinds.sort((a, b) => b.n - a.n || (a.kind < b.kind ? -1 : 1));
    const shown = kinds.slice(0, 8).map(({ kind }) => kind);
    expect(data.facets.groups.map(label)).toEqual([...shown, 'other', 'missing']);
    expect(data.facets.groups[8]).toEqual({ is: 'other', values: kinds.length - 8 });
    const facets = [
      ...shown.map((one) => (row: Row) => row.kind === one),
      (row: Row) => row.kind !== null && !shown.includes(row.kind),
      (row: Row) => row.kind === null,
    ];
    const middle = edges[1] ?? 0;
    expect(panels).toEqual(
      facets.map((inFacet) => ({
        counts: SHOPS.map((shop) => {
          const own = priced.filter((row) => inFacet(row) && row.shop === shop);
          const below = own.filter(({ price }) => price < middle).length;
          return [below, own.length - below];
        }),
      })),
    );
  });

  it('of dates, of one value alone, of nothing, and of what is no number', async () => {
    const dated = bodyOf(await chart({ kind: 'histogram', x: 'day', bins: 10 }), 'histogram');
    expect(sum(dated.panels[0]?.counts[0] ?? [])).toBe(3000);
    expect(dated.edges[0]).toBe(Date.UTC(2023, 0, 1));
    fs.writeFileSync(file('few.csv'), 'a,b,c\n5.5,,x\n5.5,,y\n,,z\n');
    const one = bodyOf(await chart({ kind: 'histogram', x: 'a' }, 'few.csv'), 'histogram');
    expect([one.edges, one.panels]).toEqual([[5, 6], [{ counts: [[2]] }]]);
    const filter = [{ is: 'matching', column: 'c', text: 'nothing' }] as const;
    const none = await chart({ kind: 'histogram', x: 'a', filter }, 'few.csv');
    expect([none.matched, none.drawn, bodyOf(none, 'histogram').edges]).toEqual([0, 0, []]);
    expect((await fault({ kind: 'histogram', x: 'c' }, 'few.csv')).message).toContain('"c" is text');
  });
});

describe('a bar chart', () => {
  it('aggregates each category; all others are one bar', async () => {
    const data = await chart({ kind: 'bar', x: 'id', y: 'price', aggregate: 'sum' });
    const { xs, panels } = bodyOf(data, 'bar');
    // Equal numbers of rows: the first values are the ones that are shown.
    expect(xs.groups.slice(0, 3).map(label)).toEqual([0, 1, 2]);
    expect(xs.groups[30]).toEqual({ is: 'other', values: priced.length - 30 });
    const values = panels[0]?.values[0] ?? [];
    expect(sum(values.map(Number))).toBe(sum(priced.map((r) => r.price)));
    expect(values[0]).toBe(priced[0]?.price);
  });

  it.each([
    ['count', (list: readonly Row[]) => list.length],
    ['sum', (list: readonly Row[]) => sum(list.map((r) => r.pieces))],
    ['mean', (list: readonly Row[]) => sum(list.map((r) => r.pieces)) / list.length],
    ['min', (list: readonly Row[]) => Math.min(...list.map((r) => r.pieces))],
    ['max', (list: readonly Row[]) => Math.max(...list.map((r) => r.pieces))],
    ['distinct', (list: readonly Row[]) => new Set(list.map((r) => r.pieces)).size],
    [
      'median',
      (list: readonly Row[]) => {
        const sorted = list.map((r) => r.pieces).sort((a, b) => a - b);
        const middle = (sorted.length - 1) / 2;
        return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
      },
    ],
  ] as const)('%s by shop, in the order of their rows', async (aggregate, expected) => {
    const { xs, panels } = bodyOf(await chart({ kind: 'bar', x: 'shop', y: 'pieces', aggregate }), 'bar');
    const shops = SHOPS.map((shop) => rows.filter((row) => row.shop === shop)).sort(
      (a, b) => b.length - a.length,
    );
    expect(xs.groups.map(label)).toEqual(shops.map((list) => list[0]?.shop));
    const values = panels[0]?.values[0] ?? [];
    shops.forEach((list, k) => expect(values[k]).toBeCloseTo(expected(list), 9));
    expect(panels[0]?.rows[0]).toEqual(shops.map((list) => list.length));
  });

  it('counts the rows that the filter leaves, and says of how many', async () => {
    const filter = [
      { is: 'between', column: 'pieces', min: 10 },
      { is: 'missing', column: 'kind' },
    ] as const;
    const data = await chart({ kind: 'bar', x: 'shop', filter, colour: '__v' });
    const left = rows.filter((row) => row.pieces >= 10 && row.kind === null);
    expect([data.rows, data.matched, data.drawn]).toEqual([3000, left.length, left.length]);
    const { xs, panels } = bodyOf(data, 'bar');
    expect(data.colours.groups.map(label)).toEqual(
      [0, 1, 2, 3].filter((v) => left.some((row) => row.v === v)),
    );
    data.colours.groups.forEach((colour, c) => {
      xs.groups.forEach((shop, k) => {
        const n = left.filter((row) => row.v === label(colour) && row.shop === label(shop)).length;
        expect(panels[0]?.values[c]?.[k]).toBe(n === 0 ? null : n);
      });
    });
  });

  it('of dates has a bar for each step', async () => {
    const { xs, panels } = bodyOf(await chart({ kind: 'bar', x: 'day', step: 'year' }), 'bar');
    expect(xs.groups.map(label)).toEqual(
      ['2023', '2024', '2025'].map((year) => `${year}-01-01T00:00:00.000Z`),
    );
    expect(panels[0]?.values[0]).toEqual(
      ['2023', '2024', '2025'].map((year) => rows.filter((row) => row.day.startsWith(year)).length),
    );
  });

  it('of rows that are named by their places', async () => {
    const filter = [{ is: 'rows', column: '', rows: [0, 5, 2999], name: 'three' }] as const;
    const data = await chart({ kind: 'bar', x: 'id', filter });
    expect(bodyOf(data, 'bar').xs.groups.map(label)).toEqual([0, 5, 2999]);
  });

  it('knows equal rows apart', async () => {
    fs.writeFileSync(file('copies.csv'), 'a,b\nx,1\nx,1\nx,2\ny,1\ny,1\ny,1\n');
    const filter = [{ is: 'duplicate', column: '' }] as const;
    const { panels } = bodyOf(await chart({ kind: 'bar', x: 'a', filter }, 'copies.csv'), 'bar');
    expect(panels[0]?.values).toEqual([[2, 1]]);
  });
});

describe('a line', () => {
  it('has every step, those without rows too', async () => {
    const { steps, panels } = bodyOf(await chart({ kind: 'line', x: 'day', step: 'month' }), 'line');
    const month = (ms: number): string => new Date(ms).toISOString().slice(0, 7);
    expect(steps.slice(0, 4).map((ms) => new Date(ms).toISOString())).toEqual(
      ['01', '02', '03', '04'].map((m) => `2023-${m}-01T00:00:00.000Z`),
    );
    const expected = steps.map((ms) => rows.filter((row) => row.day.startsWith(month(ms))).length);
    expect(expected[2]).toBe(0);
    expect(panels[0]?.values[0]).toEqual(expected);
    expect(sum(expected)).toBe(3000);
    const mean = bodyOf(
      await chart({ kind: 'line', x: 'day', y: 'price', aggregate: 'mean', step: 'month', colour: 'shop' }),
      'line',
    );
    const first = priced
      .filter((row) => row.day.startsWith('2023-01') && row.shop === 'Nord')
      .map((r) => r.price);
    expect(mean.panels[0]?.values[0]?.[0]).toBeCloseTo(sum(first) / first.length, 9);
    expect(mean.panels[0]?.values.map((line) => line[2])).toEqual([null, null, null]);
  });

  it('begins weeks on Monday, chooses a step by the span, and says when there are too many', async () => {
    const weeks = bodyOf(await chart({ kind: 'line', x: 'day', step: 'week' }), 'line').steps;
    expect(new Date(weeks[0] ?? 0).toISOString().slice(0, 10)).toBe('2022-12-26');
    expect(weeks.every((ms) => new Date(ms).getUTCDay() === 1)).toBe(true);
    const data = await chart({ kind: 'line', x: 'day' });
    expect(data.chart.step).toBe('week');
    const error = await fault({ kind: 'line', x: 'day', step: 'minute' });
    expect(error.message).toContain('One point for each minute makes');
    expect((await fault({ kind: 'line', x: 'price' })).message).toContain('needs a date');
    expect((await fault({ kind: 'line' })).message).toContain('needs a column for x');
  });
});

describe('a scatter chart', () => {
  it('draws every row where it can', async () => {
    const data = await chart({ kind: 'scatter', x: 'price', y: 'pieces', colour: 'shop' });
    const body = bodyOf(data, 'scatter');
    if (body.shows === 'density') throw new Error('These are few.');
    expect(body.shows).toBe('all');
    const pairs = (x: readonly number[], y: readonly number[]): string[] =>
      x.map((one, k) => `${one} ${y[k]}`).sort();
    SHOPS.forEach((shop, c) => {
      const points = body.panels[0]?.points[c];
      const own = priced.filter((row) => row.shop === shop);
      expect(pairs(points?.x ?? [], points?.y ?? [])).toEqual(
        pairs(
          own.map((r) => r.price),
          own.map((r) => r.pieces),
        ),
      );
    });
  });

  it('of very many rows counts all of them in bins, or draws the same sample each time', async () => {
    const many = Array.from({ length: 20_000 }, (_, k) => [(k * 37) % 500, (k * 91) % 300, k % 3] as const);
    fs.writeFileSync(file('many.csv'), `x,y,c\n${many.map((row) => row.join(',')).join('\n')}\n`);
    const wanted = { kind: 'scatter', x: 'x', y: 'y', colour: 'c', bins: 10 } as const;
    const body = bodyOf(await chart(wanted, 'many.csv'), 'scatter');
    if (body.shows !== 'density') throw new Error('These are many.');
    expect(body.xEdges).toEqual(Array.from({ length: 11 }, (_, k) => k * 50));
    const expected = new Map<string, number[]>();
    for (const [x, y, c] of many) {
      const key = `${Math.floor(x / 50)} ${Math.floor(y / 30)}`;
      const counts = expected.get(key) ?? [0, 0, 0];
      counts[c] = (counts[c] ?? 0) + 1;
      expected.set(key, counts);
    }
    const cells = body.panels[0]?.cells ?? [];
    expect(cells.length).toBe(expected.size);
    for (const cell of cells) {
      const counts = expected.get(`${cell.x} ${cell.y}`) ?? [];
      expect(cell.rows).toBe(sum(counts));
      expect(counts[cell.colour]).toBe(Math.max(...counts));
    }
    const sample = async (): Promise<ChartBody> =>
      (await chart({ ...wanted, sample: true }, 'many.csv')).body;
    const first = await sample();
    if (first.kind !== 'scatter' || first.shows !== 'sample') throw new Error('It is a sample.');
    expect(sum(first.panels[0]?.points.map(({ x }) => x.length) ?? [])).toBe(5000);
    expect(await sample()).toEqual(first);
  });
});

describe('fields and files', () => {
  it('names the nearest column when one is gone', async () => {
    const error = await fault({ kind: 'bar', x: 'shop', y: 'prise', aggregate: 'mean' });
    expect([error.kind, error.message]).toEqual([
      'notFound',
      `The chart's column "prise" (y) is not in this table.`,
    ]);
    expect(error.fix).toContain('Did you mean "price"?');
    // What this kind does not use does not matter.
    await chart({ kind: 'bar', x: 'shop', y: 'prise' });
    await chart({ kind: 'missing', x: 'gone' });
  });

  it('says what does not fit', async () => {
    expect((await fault({ kind: 'bar', x: 'shop', y: 'kind', aggregate: 'mean' })).message).toContain(
      '"kind" is text',
    );
    expect((await fault({ kind: 'bar', x: 'shop', aggregate: 'mean' })).message).toContain(
      'needs a column for y',
    );
  });

  it('reads the file anew when it has changed', async () => {
    fs.writeFileSync(file('grows.csv'), 'a\nx\ny\n');
    const wanted = { kind: 'bar', x: 'a' } as const;
    expect(bodyOf(await chart(wanted, 'grows.csv'), 'bar').panels[0]?.values).toEqual([[1, 1]]);
    fs.writeFileSync(file('grows.csv'), 'a\nx\ny\nx\nz\n');
    expect(bodyOf(await chart(wanted, 'grows.csv'), 'bar').panels[0]?.values).toEqual([[2, 1, 1]]);
  });

  it('is the same from Parquet and from a table that is open', async () => {
    const { query } = await charts.rig.engine.call('query', {
      sql: 'SELECT *, id::HUGEINT AS huge FROM data',
      tables: { data: { path: file('sales.csv') } },
    });
    await charts.rig.engine.call('queryExport', { query, output: file('sales.parquet') });
    const wanted = { kind: 'histogram', x: 'price', colour: 'shop', facet: 'kind', bins: 12 } as const;
    const [text, parquet] = [await chart(wanted), await chart(wanted, 'sales.parquet')];
    expect(parquet.body).toEqual(text.body);
    const { table } = await charts.rig.engine.call('open', { source: { path: file('sales.csv') } });
    const open = await charts.rig.engine.call('chart', { table, chart: { chart: 1, ...wanted } });
    expect(open).toEqual(text);
    await charts.rig.engine.call('close', { table });
  });

  it('ends when it is cancelled, and the next one is drawn', async () => {
    const abort = new AbortController();
    const sql = 'SELECT * FROM range(3000000) t(i)';
    const { query } = await charts.rig.engine.call('query', { sql, tables: {} });
    await charts.rig.engine.call('queryExport', { query, output: file('long.csv') });
    const running = chart({ kind: 'box', y: 'i' }, 'long.csv', abort.signal);
    abort.abort();
    await expect(running).rejects.toThrow('Cancelled');
    const box = bodyOf(await chart({ kind: 'box', y: 'i' }, 'long.csv'), 'box').panels[0]?.boxes[0]?.[0];
    expect([box?.rows, box?.median, box?.outliers]).toEqual([3_000_000, 1_499_999.5, 0]);
  });
});

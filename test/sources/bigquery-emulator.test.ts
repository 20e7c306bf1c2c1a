// What GoogleSQL answers, from bigquery-emulator: the contract suite, and profile, charts and recipes held against the engine's.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Source } from '../../src/core/source';
import type { ColumnProfile, Page, Profile } from '../../src/core/table';
import { compile } from '../../src/recipe/compile';
import { duckType, googleRecipe } from '../../src/recipe/googlesql';
import type { Step } from '../../src/recipe/model';
import type { ChartData, Condition, DataChart } from '../../src/protocol';
import { createSource } from '../../src/sources/bigquery';
import { changeEnvironment, withoutGoogle } from '../environment';
import { type ChartRig, label, priced, rows, SHOPS, startCharts, sum } from '../engine/charts-rig';
import { startTablesServer, tablesServerLacks, type TablesServer } from '../rigs/google/bigquery/emulator';
import { fillPeople } from '../rigs/google/bigquery/people';
import { agreeing, kindOf, refusing, sourceContract } from './source.contract';

const lacks = tablesServerLacks();
const why = lacks === undefined ? '' : ` (skipped: ${lacks})`;

async function openSource(url: string): Promise<Source> {
  const back = changeEnvironment({ ...withoutGoogle(), BIGQUERY_EMULATOR_HOST: url });
  const source = await createSource({ project: 'test' });
  back();
  return source;
}

describe.skipIf(lacks !== undefined)(`bigquery-emulator${why}`, () => {
  sourceContract('bigquery-emulator', async () => {
    const server = await startTablesServer();
    await server.createDataset('sales');
    await fillPeople(server, 'sales');
    return {
      source: await openSource(server.url),
      dataset: 'bigquery://test/sales/',
      table: 'bigquery://test/sales/people',
      fresh: (name) => `bigquery://test/sales/${name}`,
      select: (what) => `SELECT ${what} FROM \`test.sales.people\``,
      noPages: true,
      dispose: () => server.stop(),
    };
  });

  describe('held against the engine', () => {
    const table = 'bigquery://test/shop/sales';
    let server: TablesServer;
    let source: Source;
    let charts: ChartRig;
    beforeAll(async () => {
      charts = await startCharts();
      server = await startTablesServer();
      await server.createDataset('shop');
      await server.sql(
        'CREATE TABLE shop.sales (id INT64, day DATETIME, shop STRING, kind STRING, price FLOAT64, pieces INT64, __v INT64)',
      );
      const text = (value: string | null): string => (value === null ? 'NULL' : JSON.stringify(value));
      for (let from = 0; from < rows.length; from += 500) {
        const values = rows
          .slice(from, from + 500)
          .map(
            (one) =>
              `(${one.id}, DATETIME '${one.day}', ${text(one.shop)}, ${text(one.kind)}, ${one.price === null ? 'NULL' : `CAST('${one.price}' AS FLOAT64)`}, ${one.pieces}, ${one.v})`,
          );
        await server.sql(
          `INSERT INTO shop.sales (id, day, shop, kind, price, pieces, __v) VALUES ${values.join(', ')}`,
        );
      }
      source = await openSource(server.url);
    });
    afterAll(async () => {
      charts.rig.remove();
      await server.stop();
    });

    test('the profile says the same of each column', { timeout: 300_000 }, async () => {
      const { asked } = agreeing();
      const there = await source.profile({ table }, asked);
      const { engine } = charts.rig;
      const { table: opened } = await engine.call('open', { source: { path: charts.file('sales.csv') } });
      const here: Profile = await engine.call('profile', { table: opened });
      expect(there.rows).toBe(here.rows);
      for (const [at, mine] of here.columns.entries()) compare(there.columns[at], mine);
    });

    test('lengths and patterns of texts are the same', async () => {
      const { table: opened } = await charts.rig.engine.call('open', {
        source: { path: charts.file('sales.csv') },
      });
      for (const column of ['shop', 'kind']) {
        const { asked, shown } = agreeing();
        const there = await source.textShape({ table }, column, asked);
        expect(there).toEqual(await charts.rig.engine.call('textShape', { table: opened, column }));
        expect(shown.map((one) => one.action)).toEqual([`Lengths and patterns of ${column} in ${table}`]);
      }
    });

    test('so they are of capitals, letters and digits of all scripts, of long texts, and without a cell', async () => {
      const cells = [
        'BK-1000',
        'BK-22',
        'Ölfaß 3',
        'ЖЗ-٣',
        '東京 1',
        'bk-1000',
        '',
        '𝒳😀 é',
        'a1'.repeat(150),
      ];
      const many = Array.from({ length: 12 }, (_, k) => `${'-'.repeat(k + 1)}x`);
      const text = [...cells, ...many];
      const json = path.join(charts.rig.folder, 'texts.jsonl');
      fs.writeFileSync(json, text.map((t) => JSON.stringify({ t, none: null })).join('\n'));
      await server.sql('CREATE TABLE shop.texts (t STRING, none STRING, n INT64)');
      await server.sql(
        `INSERT INTO shop.texts (t, none, n) VALUES ${text.map((t) => `(${JSON.stringify(t)}, NULL, 1)`).join(', ')}`,
      );
      const { table: opened } = await charts.rig.engine.call('open', { source: { path: json } });
      const of = { table: 'bigquery://test/shop/texts' };
      expect(await source.textShape(of, 't', agreeing().asked)).toEqual(
        await charts.rig.engine.call('textShape', { table: opened, column: 't' }),
      );
      const nothing = { cells: 0, length: null, distinct: 0, patterns: [] };
      expect(await source.textShape(of, 'none', agreeing().asked)).toEqual(nothing);
      expect(await kindOf(source.textShape(of, 'n', agreeing().asked))).toBe('invalid');
      expect(await kindOf(source.textShape(of, 't', refusing))).toBe('cancelled');
    });

    const CHARTS: readonly Omit<DataChart, 'chart'>[] = [
      { kind: 'histogram', x: 'price', bins: 12 },
      { kind: 'histogram', x: 'pieces', bins: 5, colour: 'shop' },
      { kind: 'histogram', x: 'day', bins: 8 },
      { kind: 'bar', x: 'shop' },
      { kind: 'bar', x: 'kind', y: 'price', aggregate: 'mean' },
      { kind: 'bar', x: 'pieces', colour: 'shop' },
      { kind: 'bar', x: 'day', step: 'month' },
      { kind: 'line', x: 'day', step: 'month', y: 'price', aggregate: 'sum', colour: 'shop' },
      { kind: 'line', x: 'day', step: 'week' },
      { kind: 'heatmap', x: 'shop', y: 'pieces' },
      { kind: 'scatter', x: 'price', y: 'pieces', facet: 'shop' },
      { kind: 'correlation' },
      { kind: 'bar', x: 'day', step: 'day' },
      { kind: 'heatmap', x: 'day', y: 'shop', step: 'quarter', value: 'price', aggregate: 'max' },
      { kind: 'bar', x: 'shop', y: 'kind', aggregate: 'distinct' },
      { kind: 'histogram', x: 'price', filter: [{ is: 'oneOf', column: 'shop', values: ['West'] }] },
    ];
    test.each(CHARTS)('a chart counts the same: %j', async (wanted) => {
      const { asked } = agreeing();
      const there = await source.chart({ table }, { chart: 1, ...wanted }, asked);
      const here = await charts.chart(wanted);
      expect(plain(there)).toEqual(plain(here));
    });

    test('the chart of missing cells is one block', async () => {
      const { body } = await source.chart({ table }, { chart: 1, kind: 'missing' }, agreeing().asked);
      const missing = (key: 'price' | 'kind'): number => rows.filter((one) => one[key] === null).length;
      expect(body).toEqual({
        kind: 'missing',
        columns: ['id', 'day', 'shop', 'kind', 'price', 'pieces', '__v'],
        blocks: [{ from: 0, rows: rows.length }],
        values: [[0, 0, 0, missing('kind'), missing('price'), 0, 0]],
      });
    });

    // The emulator takes quartiles of rows that are not sorted: what follows from them is held against them.
    test('a box is true to its quartiles', async () => {
      const chart = { chart: 1, kind: 'box', x: 'shop', y: 'price' } as const;
      const { body, estimated } = await source.chart({ table }, chart, agreeing().asked);
      expect(estimated).toBe(true);
      if (body.kind !== 'box') throw new Error(`It is a ${body.kind}.`);
      expect(body.xs.groups.map(label)).toEqual(SHOPS);
      for (const [at, shop] of SHOPS.entries()) {
        const box = body.panels[0]?.boxes[0]?.[at];
        const values = priced.filter((one) => one.shop === shop).map(({ price }) => price);
        values.sort((a, b) => a - b);
        const { q1 = NaN, q3 = NaN } = box ?? {};
        const [low, high] = [q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)];
        const within = values.filter((one) => one >= low && one <= high);
        const outside = values.filter((one) => one < low || one > high);
        expect(box).toMatchObject({
          rows: values.length,
          min: values[0],
          max: values.at(-1),
          ...(within.length === 0 ? {} : { whiskers: [within[0], within.at(-1)] }),
          outliers: outside.length,
          farthest: [
            ...outside.filter((one) => one < low).slice(0, 25),
            ...outside.filter((one) => one > high).slice(-25),
          ],
        });
        expect(box?.mean).toBeCloseTo(sum(values) / values.length, 9);
      }
    });

    test('a table that is called as one of its columns', async () => {
      await server.sql('CREATE TABLE shop.price (price FLOAT64, shop STRING)');
      await server.sql(
        "INSERT INTO shop.price (price, shop) VALUES (1.5, 'Nord'), (NULL, 'West'), (4, 'Nord')",
      );
      const own = 'bigquery://test/shop/price';
      const { columns } = await source.profile({ table: own }, agreeing().asked);
      expect(columns.map((one) => [one.name, one.missing, one.max])).toEqual([
        ['price', 1, 4],
        ['shop', 0, 'West'],
      ]);
    });

    const RECIPES: readonly Step[][] = [
      [{ kind: 'drop_columns', options: { columns: ['day', 'kind'] } }],
      [{ kind: 'select_columns', options: { columns: ['price', 'id'] } }],
      [{ kind: 'rename', options: { shop: 'branch "x"' } }],
      [{ kind: 'move_columns', options: { columns: ['price', 'shop'], to: 'front' } }],
      [{ kind: 'drop_missing', options: { columns: ['price'] } }],
      [{ kind: 'drop_missing', options: {} }],
      [{ kind: 'fill_missing', options: { columns: ['price'], with: 'mean', indicator: true } }],
      [{ kind: 'fill_missing', options: { columns: ['price'], with: 'median', indicator: false } }],
      [
        {
          kind: 'fill_missing',
          options: { columns: ['kind'], with: 'constant', value: 'none "\\ here', indicator: false },
        },
      ],
      [
        {
          kind: 'trim',
          options: { columns: ['shop'], case: 'upper', inner: 'single', unicode: 'nfc', empty: 'missing' },
        },
      ],
      [{ kind: 'round', options: { columns: ['price'], digits: 1, to: 'nearest' } }],
      [
        {
          kind: 'replace',
          options: { columns: ['shop'], values: { 'Süd, "alt"': 'South', West: null }, match: 'whole' },
        },
      ],
      [{ kind: 'replace', options: { columns: ['shop'], values: { o: '0' }, match: 'part' } }],
      [{ kind: 'filter', options: { keep: "price > 20 AND (shop = 'Nord' OR kind IS NULL)" } }],
      [{ kind: 'set_where', options: { column: 'pieces', where: 'pieces > 10', value: 10 } }],
      [
        {
          kind: 'filter',
          options: { keep: "pieces >= 2.5 AND price BETWEEN 10 AND 50.5 AND shop LIKE 'N%'" },
        },
      ],
      [{ kind: 'filter', options: { keep: "day >= DATE '2023-06-01' AND kind IN ('k1', 'k4')" } }],
      [{ kind: 'compute', options: { both: 'price * pieces - 1' } }],
      [
        {
          kind: 'compute',
          options: {
            tenth: 'pieces * 0.1',
            said: "upper(shop) || '-' || coalesce(kind, 'none')",
            dear: 'price > 20.5',
            many: 'CASE WHEN pieces > 3 THEN length(shop) ELSE 0 END',
          },
        },
      ],
      [
        { kind: 'rename', options: { price: 'cost', id: 'Number' } },
        { kind: 'filter', options: { keep: 'cost < 30.25 AND NOT number = 7' } },
        { kind: 'rename', options: { Number: 'id' } },
      ],
      [
        { kind: 'drop_missing', options: { columns: ['kind'] } },
        { kind: 'fill_missing', options: { columns: ['price'], with: 'mean', indicator: false } },
        { kind: 'round', options: { columns: ['price'], digits: 0, to: 'nearest' } },
        { kind: 'drop_columns', options: { columns: ['day'] } },
      ],
    ];
    test.each(
      RECIPES.map(
        (steps) =>
          [
            steps.map(({ kind, options }) => `${kind} ${JSON.stringify(options)}`).join(' | '),
            steps,
          ] as const,
      ),
    )('a recipe gives the same table: %s', async (_, steps) => {
      const { asked } = agreeing();
      const { columns } = await source.schema(table);
      const known = columns.map((one) => ({ name: one.name, sqlType: duckType(one.sqlType) }));
      const plan = compile({ recipe: 1, steps }, known);
      const { sql, unsayable } = googleRecipe(plan, '`test`.`shop`.`sales`');
      expect(unsayable).toEqual([]);
      const { result } = await source.query(sql ?? '', { action: 'Look' }, asked);
      const there = await source.resultPage(result, { offset: 0, limit: 5000 });
      const { engine } = charts.rig;
      const output = charts.file('out.parquet');
      await engine.call('recipeRun', { source: { path: charts.file('sales.csv') }, plan, output });
      const { table: opened } = await engine.call('open', { source: { path: output } });
      const here = await engine.call('page', { table: opened, offset: 0, limit: 5000 });
      expect(there.columns.map(({ name, type }) => [name, type])).toEqual(
        here.columns.map(({ name, type }) => [name, type]),
      );
      expect(sorted(there.rows)).toEqual(sorted(here.rows));
    });

    test('the rows of one partition are those of its day', async () => {
      const known = await source.schema(table);
      const by = { column: 'day', required: true, by: 'DAY' } as const;
      const sql = source.selectSql(
        { table: `${table}$20230502`, columns: ['id', 'day'] },
        { ...known, partition: by },
      );
      const { result } = await source.query(sql, { action: 'Look' }, agreeing().asked);
      const found = await source.resultPage(result, { offset: 0, limit: 10 });
      const wanted = rows.filter(({ day }) => day.startsWith('2023-05-02')).map(({ id, day }) => [id, day]);
      expect(wanted).toHaveLength(3);
      expect(sorted(found.rows)).toEqual(sorted(wanted));
    });

    const FILTERS: readonly Condition[][] = [
      [{ is: 'between', column: 'price', min: 20, max: 60.5 }],
      [{ is: 'between', column: 'price', min: 20, max: 60.5, open: true, not: true }],
      [{ is: 'oneOf', column: 'shop', values: ['Süd, "alt"', 'West'] }],
      [{ is: 'oneOf', column: 'kind', values: ['k4', null] }],
      [{ is: 'matching', column: 'kind', text: 'K1' }],
      [{ is: 'matching', column: 'kind', text: '^k[12]$', pattern: { regex: true } }],
      [{ is: 'missing', column: 'price' }],
      [
        { is: 'missing', column: 'price', not: true },
        { is: 'between', column: 'pieces', max: 3 },
      ],
      [{ is: 'between', column: 'day', min: '2023-05-01', max: '2023-06-01T08:00:00' }],
    ];
    test.each(FILTERS)('a filter chooses the same rows: %j', async (...filter) => {
      const { asked } = agreeing();
      const known = await source.schema(table);
      const sort = [{ column: 'id', descending: true }];
      const sql = source.selectSql({ table, filter, sort, columns: ['id'] }, known);
      const { result } = await source.query(sql, { action: 'Look' }, asked);
      const there = await source.resultPage(result, { offset: 0, limit: 5000 });
      const { engine } = charts.rig;
      const { table: opened } = await engine.call('open', { source: { path: charts.file('sales.csv') } });
      const here = await engine.call('page', {
        table: opened,
        offset: 0,
        limit: 5000,
        filter,
        sort,
        columns: ['id'],
      });
      expect(there.rows).toEqual(here.rows);
    });
  });
});

/** Rows in any order, numbers to twelve digits: sums are added up in another order there. A decimal may end in zeros here. */
const sorted = (all: Page['rows']): string[] =>
  all
    .map((row) =>
      JSON.stringify(
        row.map((cell) => {
          if (typeof cell === 'number') return Number(cell.toPrecision(12));
          return typeof cell === 'string' && /^-?\d+\.\d+$/.test(cell) ? cell.replace(/\.?0+$/, '') : cell;
        }),
      ),
    )
    .sort();

/** BigQuery estimates distinct values, quantiles and the most frequent ones; here there are few enough to be exact. */
function compare(there: ColumnProfile | undefined, here: ColumnProfile): void {
  expect(there).toMatchObject({ name: here.name, type: here.type, missing: here.missing });
  if (!there) return;
  expect([there.min, there.max]).toEqual([here.min, here.max]);
  if (here.mean !== null) {
    expect(there.mean).toBeCloseTo(here.mean, 9);
    expect(there.sd).toBeCloseTo(here.sd ?? NaN, 9);
  }
  if (here.distinct <= 10) {
    const counts = (one: ColumnProfile): unknown[] =>
      one.top
        .map(({ value, count }) => [value, count])
        .sort((a, b) => String(a[0]).localeCompare(String(b[0])));
    expect(counts(there)).toEqual(counts(here));
    expect(there.distinct).toBe(here.distinct);
  }
  expect(there.histogram?.counts.reduce((sum, n) => sum + n, 0)).toBe(
    here.histogram?.counts.reduce((sum, n) => sum + n, 0),
  );
}

/** What is drawn, without what names types and files; sums to nine digits. */
function plain({ matched, drawn, leftOut, colours, facets, body }: ChartData): unknown {
  const groups = (one: ChartData['colours']): unknown => [one.column?.name ?? null, one.groups];
  const rounded: unknown = JSON.parse(
    JSON.stringify(body, (key, value: unknown) => {
      if (typeof value === 'number') return Number(value.toPrecision(9));
      if (key === 'column' && typeof value === 'object' && value !== null && 'name' in value)
        return value.name;
      // Points come in any order.
      if (key === 'points' && Array.isArray(value)) {
        return (value as { x: number[]; y: number[] }[]).map(({ x, y }) =>
          x.map((one, at) => `${one} ${String(y[at])}`).sort(),
        );
      }
      return value;
    }),
  );
  return { matched, drawn, leftOut, colours: groups(colours), facets: groups(facets), body: rounded };
}

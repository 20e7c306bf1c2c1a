import type { Cell } from '../../core/table';
import type { DensityCell } from '../../protocol';
import { binsOf, binSql } from './bins';
import { axisSql, type ChartRows } from './held';
import { coloursAndFacets, type Drawn, type DrawKind, factsOf, mustBe } from './kind';

/** Points that are drawn one by one: of all facets together. */
const MOST_POINTS = 5000;
const BINS = 40;

/** Points of two numbers or dates; of very many rows their density in bins, or a sample. */
export const drawScatter: DrawKind = async (rows) => {
  const xColumn = mustBe(rows.needed('x'), 'a number or a date');
  const yColumn = mustBe(rows.needed('y'), 'a number or a date');
  const facts = await factsOf(rows, [
    { column: xColumn, as: 'axis' },
    { column: yColumn, as: 'axis' },
  ]);
  const { colours, facets } = await coloursAndFacets(rows, facts.where);
  const placed = `SELECT ${facets.place} AS f, ${colours.place} AS c, (${axisSql(xColumn)}) AS x, (${axisSql(yColumn)}) AS y`;
  const from = `FROM ${rows.from}${colours.join}${facets.join} WHERE ${facts.where}`;
  const isDense = facts.drawn > MOST_POINTS && rows.chart.sample !== true;
  const base = { facts, colours, facets };
  if (isDense) {
    const [x, y] = facts.spans;
    const { bins = BINS } = rows.chart;
    const body = await density(rows, `${placed} ${from}`, {
      facets: facets.groups.length,
      bins,
      x: { span: x ?? [0, 0], whole: xColumn.type === 'integer' },
      y: { span: y ?? [0, 0], whole: yColumn.type === 'integer' },
    });
    return { ...base, body, chosen: { bins } };
  }
  const isAll = facts.drawn <= MOST_POINTS;
  // By the row's number, so that the same rows are drawn each time.
  const sql = isAll
    ? `${placed} ${from}`
    : `SELECT f, c, x, y FROM (${placed}, row_number() OVER () AS n ${from}) ORDER BY hash(n), n LIMIT ${MOST_POINTS}`;
  const points = facts.drawn === 0 ? [] : await rows.all(sql);
  const panels = facets.groups.map(() => ({
    points: colours.groups.map(() => ({ x: [] as number[], y: [] as number[] })),
  }));
  for (const [facet, colour, x, y] of points) {
    const line = panels[Number(facet)]?.points[Number(colour)];
    line?.x.push(Number(x));
    line?.y.push(Number(y));
  }
  return { ...base, body: { kind: 'scatter', shows: isAll ? 'all' : 'sample', panels } };
};

interface Side {
  readonly span: readonly [number, number];
  readonly whole: boolean;
}

async function density(
  rows: ChartRows,
  points: string,
  { facets, bins, x, y }: { facets: number; bins: number; x: Side; y: Side },
): Promise<Drawn['body']> {
  const xBins = binsOf(...x.span, bins, x.whole);
  const yBins = binsOf(...y.span, bins, y.whole);
  const counted: Cell[][] = await rows.all(
    `SELECT f, i, j, sum(n), arg_max(c, (n, -c)) FROM (
       SELECT f, c, ${binSql('x', xBins)} AS i, ${binSql('y', yBins)} AS j, count(*) AS n FROM (${points}) GROUP BY ALL
     ) GROUP BY f, i, j ORDER BY f, i, j`,
  );
  const panels = Array.from({ length: facets }, () => ({ cells: [] as DensityCell[] }));
  for (const [f, i, j, n, c] of counted) {
    panels[Number(f)]?.cells.push({ x: Number(i), y: Number(j), rows: Number(n), colour: Number(c) });
  }
  return { kind: 'scatter', shows: 'density', xEdges: xBins.edges, yEdges: yBins.edges, panels };
}

import type { Cell } from '../../core/table';
import { belong, binsOf, binSql } from './bins';
import { UNDIVIDED } from './groups';
import { axisSql } from './held';
import { coloursAndFacets, type DrawKind, factsOf, mustBe } from './kind';

const BINS = 30;

/** Rows by bins of a number or a date. */
export const drawHistogram: DrawKind = async (rows) => {
  const column = mustBe(rows.needed('x'), 'a number or a date');
  const facts = await factsOf(rows, [{ column, as: 'axis' }]);
  const { colours, facets } = await coloursAndFacets(rows, facts.where);
  const { bins: wanted = BINS } = rows.chart;
  const [low = 0, high = 0] = facts.spans[0] ?? [];
  const bins = binsOf(low, high, wanted, column.type === 'integer');
  const edges = facts.drawn === 0 ? [] : bins.edges;
  const allFinite = facts.leftOut.every(({ why }) => why !== 'infinite');
  // Constants would be keys of each group; so seldom is there a colour or a facet that it is worth its line.
  const keys = [...(facets === UNDIVIDED ? [] : ['f']), ...(colours === UNDIVIDED ? [] : ['c']), 'k'];
  const count = (place: string): Promise<Cell[][]> =>
    rows.all(
      `SELECT ${keys.includes('f') ? 'f' : '0'}, ${keys.includes('c') ? 'c' : '0'}, ${place} AS k, count(*), min(x), max(x) FROM (
         SELECT ${facets.place} AS f, ${colours.place} AS c, ${axisSql(column, allFinite)} AS x
         FROM ${rows.from}${colours.join}${facets.join}
       ) WHERE x IS NOT NULL GROUP BY ${keys.join(', ')}`,
    );
  const last = edges.length - 2;
  const within = (place: Cell | undefined): number => Math.max(0, Math.min(last, Number(place)));
  let counted = facts.drawn === 0 ? [] : await count(`floor(${bins.near('x')})`);
  // Seldom: a value lies so near to an edge that the quotient puts it on the wrong side.
  const isRight = counted.every(([, , k, , from, to]) => belong(bins, within(k), Number(from), Number(to)));
  if (!isRight) counted = await count(binSql('x', bins));
  const panels = facets.groups.map(() => ({
    counts: colours.groups.map(() => new Array<number>(Math.max(0, edges.length - 1)).fill(0)),
  }));
  for (const [facet, colour, bin, count] of counted) {
    const line = panels[Number(facet)]?.counts[Number(colour)];
    if (line) line[within(bin)] = (line[within(bin)] ?? 0) + Number(count);
  }
  return { facts, colours, facets, body: { kind: 'histogram', edges, panels }, chosen: { bins: wanted } };
};

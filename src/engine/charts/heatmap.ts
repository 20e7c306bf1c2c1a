import { divide, plainGroups, UNDIVIDED } from './groups';
import { aggregated, type DrawKind, factsOf, HOLDS, valuesOf } from './kind';

const MOST_PLACES = 40;
const RANGES = 20;
const MOST_FACETS = 8;

/** A number for each pair of categories or ranges: rows, or an aggregate of a column. */
export const drawHeatmap: DrawKind = async (rows) => {
  const [xColumn, yColumn] = [rows.needed('x'), rows.needed('y')];
  const what = aggregated(rows, 'value');
  const facts = await factsOf(rows, what.needs);
  const { where } = facts;
  const { bins = RANGES, step } = rows.chart;
  const options = { most: MOST_PLACES, ranges: Math.min(bins, MOST_PLACES), step, where };
  const xs = await divide(rows, xColumn, options);
  const ys = await divide(rows, yColumn, options);
  const facets = await divide(rows, rows.column('facet'), { most: MOST_FACETS, ranges: 5, where });
  const estimated = what.aggregate === 'median' && facts.drawn > HOLDS;
  const cells =
    facts.drawn === 0
      ? []
      : await rows.all(
          `SELECT ${facets.place} AS __f, ${ys.place} AS __y, ${xs.place} AS __x, count(*), ${what.sql(estimated)}
           FROM ${rows.from}${xs.join}${ys.join}${facets.join} WHERE ${where} GROUP BY 1, 2, 3`,
        );
  await Promise.all([xs.drop(), ys.drop()]);
  return {
    facts,
    colours: UNDIVIDED,
    facets,
    body: {
      kind: 'heatmap',
      xs: plainGroups(xs),
      ys: plainGroups(ys),
      panels: valuesOf(facets.groups.length, ys.groups.length, xs.groups.length, cells, null),
    },
    chosen: { bins },
    ...(estimated ? { estimated } : {}),
  };
};

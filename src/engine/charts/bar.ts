import { divide, plainGroups } from './groups';
import { aggregated, coloursAndFacets, type DrawKind, factsOf, HOLDS, isDated, valuesOf } from './kind';

const MOST_BARS = 30;

/** A number for each category: rows, or an aggregate of a column. Missing is a category of its own. */
export const drawBar: DrawKind = async (rows) => {
  const column = rows.needed('x');
  const what = aggregated(rows, 'y');
  const facts = await factsOf(rows, what.needs);
  const { where } = facts;
  const xs = await divide(rows, column, { most: MOST_BARS, step: rows.chart.step, where });
  const { colours, facets } = await coloursAndFacets(rows, where);
  const estimated = what.aggregate === 'median' && facts.drawn > HOLDS;
  const cells =
    facts.drawn === 0
      ? []
      : await rows.all(
          `SELECT ${facets.place} AS __f, ${colours.place} AS __c, ${xs.place} AS __x, count(*), ${what.sql(estimated)}
           FROM ${rows.from}${xs.join}${colours.join}${facets.join} WHERE ${where} GROUP BY 1, 2, 3`,
        );
  await xs.drop();
  const [first] = xs.groups;
  return {
    facts,
    colours,
    facets,
    body: {
      kind: 'bar',
      xs: plainGroups(xs),
      panels: valuesOf(facets.groups.length, colours.groups.length, xs.groups.length, cells, null),
    },
    chosen: isDated(column) && first?.is === 'step' ? { step: first.step } : {},
    ...(estimated ? { estimated } : {}),
  };
};

import type { Cell } from '../../core/table';
import type { Box } from '../../protocol';
import { divide, plainGroups, UNDIVIDED } from './groups';
import { axisSql } from './held';
import { coloursAndFacets, type DrawKind, factsOf, HOLDS, mustBe } from './kind';

const MOST_BOXES = 20;
const RANGES = 8;
/** Values beyond the fences that are drawn, on each side of a box. */
const FARTHEST = 25;
/** Tukey (Exploratory Data Analysis, 1977): beyond so many interquartile ranges from the quartiles a value is an outlier. */
const FENCE = 1.5;

let made = 0;

/** Quartiles, whiskers and outliers of a number, for each category. */
export const drawBox: DrawKind = async (rows) => {
  const column = mustBe(rows.needed('y'), 'a number or a date');
  const facts = await factsOf(rows, [{ column, as: 'axis' }]);
  const { where } = facts;
  const xColumn = rows.column('x');
  const xs = xColumn
    ? await divide(rows, xColumn, { most: MOST_BOXES, ranges: RANGES, step: rows.chart.step, where })
    : UNDIVIDED;
  const { colours, facets } = await coloursAndFacets(rows, where);
  const estimated = facts.drawn > HOLDS;
  const quantile = estimated ? 'approx_quantile' : 'quantile_cont';
  const points = `SELECT ${facets.place} AS f, ${colours.place} AS c, ${xs.place} AS k, ${axisSql(column)} AS y
    FROM ${rows.from}${xs.join}${colours.join}${facets.join} WHERE ${where}`;
  const fences = `fences_${made++}`;
  // Two passes: what lies beyond the fences is known only when the quartiles are. These are a table, of which DuckDB knows that it
  // is small: of a WITH it does not, and holds all points in memory to look up the quartiles in them.
  const found: Cell[][] = [];
  if (facts.drawn > 0) {
    await rows.run(
      `CREATE OR REPLACE TEMP TABLE ${fences} AS
       SELECT *, q[1] - ${FENCE} * (q[3] - q[1]) AS lower, q[3] + ${FENCE} * (q[3] - q[1]) AS upper FROM (
         SELECT f, c, k, count(*) AS n, min(y) AS low, max(y) AS high, avg(y) AS mean, ${quantile}(y, [0.25, 0.5, 0.75]) AS q
         FROM (${points}) GROUP BY f, c, k
       )`,
    );
    found.push(
      ...(await rows.all(
        `SELECT f, c, k, any_value(n), any_value(low), any_value(q[1]), any_value(q[2]), any_value(q[3]), any_value(high), any_value(mean),
           min(y) FILTER (WHERE y >= lower), max(y) FILTER (WHERE y <= upper),
           count(*) FILTER (WHERE y < lower OR y > upper),
           to_json(min(y, ${FARTHEST}) FILTER (WHERE y < lower)), to_json(max(y, ${FARTHEST}) FILTER (WHERE y > upper))
         FROM (${points}) AS points JOIN ${fences} USING (f, c, k)
         GROUP BY f, c, k`,
      )),
    );
    await rows.run(`DROP TABLE ${fences}`);
  }
  await xs.drop();
  const panels = facets.groups.map(() => ({
    boxes: colours.groups.map(() => new Array<Box | null>(xs.groups.length).fill(null)),
  }));
  for (const cells of found) {
    const line = panels[Number(cells[0])]?.boxes[Number(cells[1])];
    if (line) line[Number(cells[2])] = boxOf(cells.slice(3));
  }
  return {
    facts,
    colours,
    facets,
    body: { kind: 'box', xs: plainGroups(xs), panels },
    ...(estimated ? { estimated } : {}),
  };
};

function boxOf(cells: readonly Cell[]): Box {
  const [rows = 0, min = 0, q1 = 0, median = 0, q3 = 0, max = 0, mean = 0, low = 0, high = 0, outliers = 0] =
    cells.map(Number);
  const listed = (json: Cell | undefined): number[] =>
    typeof json === 'string' ? (JSON.parse(json) as number[]) : [];
  const farthest = [...listed(cells[10]), ...listed(cells[11]).toReversed()];
  return { rows, min, q1, median, q3, max, mean, whiskers: [low, high], outliers, farthest };
}

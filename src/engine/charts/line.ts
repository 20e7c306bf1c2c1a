import { UserError } from '../../core/errors';
import { fittingStep, stepsBetween } from '../../core/time-steps';
import { axisSql } from './held';
import { aggregated, coloursAndFacets, type DrawKind, factsOf, HOLDS, mustBe, valuesOf } from './kind';
import { allStepsSql, stepSql } from './steps';
import { count } from './texts';

/** Steps that are chosen by themselves, and most of them. */
const STEPS = 400;
const MOST_STEPS = 20_000;

/** A number for each step of time: rows, or an aggregate of a column. Steps without rows are there, too. */
export const drawLine: DrawKind = async (rows) => {
  const column = mustBe(rows.needed('x'), 'a date');
  const what = aggregated(rows, 'y');
  const facts = await factsOf(rows, [{ column, as: 'axis' }, ...what.needs]);
  const { where } = facts;
  const { colours, facets } = await coloursAndFacets(rows, where);
  const [low = 0, high = 0] = facts.spans[0] ?? [];
  const step = rows.chart.step ?? fittingStep(low, high, STEPS);
  const lines = colours.groups.length * facets.groups.length;
  const many = stepsBetween(low, high, step) * lines;
  if (many > MOST_STEPS) {
    throw new UserError(
      'invalid',
      `One point for each ${step} makes ${count(many)} points${lines > 1 ? ` on ${count(lines)} lines` : ''}; ${count(MOST_STEPS)} can be drawn.`,
      { fix: 'Choose a longer step, or filter the rows to a shorter time.' },
    );
  }
  const estimated = what.aggregate === 'median' && facts.drawn > HOLDS;
  const isEmpty = facts.drawn === 0;
  const steps = isEmpty ? [] : (await rows.all(allStepsSql(low, high, step))).map(([from]) => Number(from));
  const places = new Map(steps.map((from, k) => [from, k]));
  const cells = isEmpty
    ? []
    : await rows.all(
        `SELECT ${facets.place} AS __f, ${colours.place} AS __c, ${stepSql(axisSql(column), step)} AS __x, count(*), ${what.sql(estimated)}
         FROM ${rows.from}${colours.join}${facets.join} WHERE ${where} GROUP BY 1, 2, 3`,
      );
  const placed = cells.map(([f = null, c = null, from = null, n = null, value = null]) => [
    f,
    c,
    places.get(Number(from)) ?? -1,
    n,
    value,
  ]);
  // Where there are no rows there are none to count and to add up; anything else has no value.
  const none =
    what.aggregate === 'count' || what.aggregate === 'sum' || what.aggregate === 'distinct' ? 0 : null;
  return {
    facts,
    colours,
    facets,
    body: {
      kind: 'line',
      step,
      steps,
      panels: valuesOf(facets.groups.length, colours.groups.length, steps.length, placed, none),
    },
    chosen: { step },
    ...(estimated ? { estimated } : {}),
  };
};

import { isAbort } from '../core/errors';
import type { RecipePreview } from '../protocol';
import { PART, ROW, type FittedValue, type Plan, type PlanStep } from '../recipe/plan';
import { fitSql, readFit, stepsSql } from '../recipe/render';
import type { Session } from './duckdb';
import { keyOf, type Level, page } from './recipe-page';
import { dear } from './recipe-run';

type Rows = Pick<RecipePreview, 'columns' | 'removedColumns' | 'rows'>;

/**
 * Some rows of the outcome of steps, by one query over the last outcome that stands (and one for each step that learns), before the
 * outcome of each step is made as a table and counted. `levels`: the sample, then what stands of the outcomes. Undefined where
 * nothing is saved by that (also where a step learns from what a join or window would have to give again each time), where a step
 * makes rows anew, or fails: then the steps are to be done one by one.
 */
export async function firstRows(
  session: Session,
  levels: readonly Level[],
  plan: Plan,
  steps: readonly PlanStep[],
  { offset, limit }: { readonly offset: number; readonly limit: number },
  signal: AbortSignal,
): Promise<Rows | undefined> {
  const [base] = levels;
  if (base === undefined || steps.some((step) => step.rows === 'remake')) return undefined;
  const missing = steps.findIndex((step, k) => levels[k + 1]?.key !== keyOf(step));
  const from = levels[missing];
  if (missing < 0 || from === undefined) return undefined;
  const rest = steps.slice(missing);
  const values: Record<string, FittedValue>[] = [];
  const select = (): string =>
    stepsSql({ ...plan, steps: rest.slice(0, values.length) }, { fitted: 1, steps: values }, from.table);
  try {
    for (const [k, { fit }] of rest.entries()) {
      if (fit === undefined) {
        values.push({});
        continue;
      }
      if (rest.slice(0, k).some(dear)) return undefined;
      const { rows } = await session.all(fitSql(fit, `(${select()})`), signal);
      values.push(readFit(String(rows[0]?.[0])));
    }
    const all = select();
    const { columns } = await session.all(`SELECT * EXCLUDE (${ROW}, ${PART}) FROM (${all}) LIMIT 0`, signal);
    const [first, end] = [Math.floor(offset), Math.floor(offset + limit)];
    const some = `(SELECT * FROM (${all}) WHERE ${ROW} >= ${first} AND ${ROW} < ${end})`;
    return await page(session, base, { table: some, columns }, { offset, limit }, signal);
  } catch (error) {
    if (isAbort(error)) throw error;
    return undefined;
  }
}

import type { Recipe } from './model';
import { PART, ROW, type Fitted, type Plan } from './plan';
import { renderStep, runSql, tableSql } from './render';
import { list } from './sql';

export interface ExportRequest {
  /** The recipe file's name. */
  readonly name: string;
  readonly recipe: Recipe;
  readonly plan: Plan;
  readonly fitted: Fitted;
  /** A SELECT that reads the input, with its path. */
  readonly relation: string;
  readonly rows: number;
  /** SELECTs that read the other tables, by the names in the recipe. */
  readonly tables?: Readonly<Record<string, string>>;
}

/** The plan without its split, where no step (as code) asks for the part of a row: what is learnt stands there already. */
export function withoutUnusedSplit(plan: Plan, steps: readonly string[]): Plan {
  if (plan.split === undefined || steps.some((code) => code.includes(PART))) return plan;
  const rest = { ...plan };
  Reflect.deleteProperty(rest, 'split');
  return rest;
}

/** Types and functions whose outcome goes by the time zone of the session. */
const ZONED = /with time zone|timestamptz|to_timestamp|%z/iu;

/**
 * The recipe as one SELECT that DuckDB 1.5 runs as it stands: all rows through all steps, in the order of the file. What the steps
 * remember stands in it as values, so that it gives the same table whoever runs it; where moments with a time zone
 * are among its cells, a statement before it sets the session to UTC.
 */
export function exportSql({
  name,
  recipe,
  plan,
  fitted,
  relation,
  rows,
  tables = {},
}: ExportRequest): string {
  const active = recipe.steps.flatMap((step, index) =>
    step.disabled === true
      ? []
      : [comment(`${index + 1}. ${step.kind}${step.note === undefined ? '' : `: ${step.note}`}`)],
  );
  const with_ = (plan.tables ?? []).map(
    (table) => `${table.relation} AS (${tableSql(table, tables[table.name] ?? '')})`,
  );
  const steps = plan.steps.map((step, k) => renderStep(step, fitted.steps[k] ?? {}, 'df'));
  const query = runSql(withoutUnusedSplit(plan, steps), fitted, `(${relation})`);
  const columns = [plan, ...(plan.tables ?? [])].flatMap((one) => ('input' in one ? one.input : one.columns));
  // A zone of the session that runs it would give other hours.
  const zoned = columns.some((one) => ZONED.test(one.sqlType)) || ZONED.test(query);
  return [
    comment(`${name} as SQL for DuckDB 1.5.`),
    comment(`What its steps remember was taken from the training part of ${rows} rows.`),
    ...active,
    ...(zoned ? [`SET TimeZone = 'UTC';`] : []),
    ...(with_.length === 0 ? [] : [`WITH ${with_.join(',\n')}`]),
    `SELECT * EXCLUDE (${list([ROW, PART])}) FROM (`,
    query,
    `) AS __mll_out ORDER BY ${ROW};`,
    '',
  ].join('\n');
}

/** Each line of the text as a comment. */
function comment(text: string): string {
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => `-- ${line}`.trimEnd())
    .join('\n');
}

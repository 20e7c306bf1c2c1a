import { UserError } from '../core/errors';
import {
  INPUT,
  PART,
  ROW,
  type Expectation,
  type Fitted,
  type FittedScalar,
  type FittedValue,
  type ItemPart,
  type Plan,
  type PlanColumn,
  type PlanStep,
  type PlanTable,
  type Template,
  type TemplatePart,
} from './plan';
import { identifier, list, text } from './sql';

function scalarLiteral(value: FittedScalar): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return text(value);
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (!Number.isFinite(value)) return 'NULL';
  return Number.isSafeInteger(value) ? String(value === 0 ? 0 : value) : `'${String(value)}'::DOUBLE`;
}

const DOUBLE = /^'(.*)'::DOUBLE$/u;

/** A fitted value as the SQL literal that the plan's contract prescribes. */
export function literal(value: FittedValue): string {
  if (!isList(value)) return scalarLiteral(value);
  const items = value.map(scalarLiteral);
  const plain = value.every((item) => item === null || typeof item === 'number');
  if (!plain || !items.some((item) => DOUBLE.test(item))) return `[${items.join(', ')}]`;
  // DuckDB plans a list of thousands of casts twenty times longer than it takes to read their text.
  return `'[${items.map((item) => DOUBLE.exec(item)?.[1] ?? item).join(', ')}]'::DOUBLE[]`;
}

function isList(value: FittedValue): value is readonly FittedScalar[] {
  return Array.isArray(value);
}

/** SQL with every {input} replaced by a relation (a name, or a SELECT in brackets). */
export function fillInput(sql: string, relation: string): string {
  return sql.split(INPUT).join(relation);
}

/** A step's transform as one SELECT over `relation`. `write`: how the SQL of a fitted value is written, by its name. */
export function renderStep(
  step: PlanStep,
  values: Readonly<Record<string, FittedValue>>,
  relation: string,
  template: Template = step.transform,
  write: (name: string, sql: string) => string = (_, sql) => sql,
): string {
  const fitted = (name: string): FittedValue => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) {
      throw new UserError(
        'invalid',
        `The fitted values of step ${step.index + 1} (${step.kind}) have no "${name}".`,
        {
          fix: 'Fit the recipe again: the fitted values belong to another version of it.',
        },
      );
    }
    return value;
  };
  const render = (part: TemplatePart): string => {
    if (typeof part === 'string') return fillInput(part, relation);
    if ('value' in part) return write(part.value, literal(fitted(part.value)));
    const items = fitted(part.each);
    if (!isList(items)) throw new TypeError(`"${part.each}" is no list.`);
    if (items.length === 0) return part.empty;
    const list = items
      .map((item, position) => part.body.map((piece) => renderItem(piece, item, position)).join(''))
      .join(part.join);
    return write(part.each, list);
  };
  return template.map(render).join('');
}

function renderItem(part: ItemPart, item: FittedScalar, position: number): string {
  if (typeof part === 'string') return part;
  if ('item' in part) return scalarLiteral(item);
  if ('position' in part) return String(position);
  return identifier(part.identifier.prefix + String(item) + part.identifier.suffix);
}

/** More columns than these stand on a line each: people read exported code. */
const FEW_COLUMNS = 4;

/** Columns with the types that the plan was compiled against. */
function typed(columns: readonly PlanColumn[], between = ', '): string {
  const casts = columns.map(({ name, sqlType }) =>
    sqlType === '' || sqlType.replaceAll('"', '') === 'NULL'
      ? identifier(name)
      : `CAST(${identifier(name)} AS ${sqlType}) AS ${identifier(name)}`,
  );
  return casts.join(between);
}

/** The relation s0 of the plan over a table: raw columns, row numbers from 0 and parts. */
export function baseSql(plan: Plan, relation: string): string {
  const columns = typed(plan.input, plan.input.length > FEW_COLUMNS ? ',\n  ' : ', ');
  return `SELECT *, ${partSql(plan)} AS ${PART} FROM (SELECT ${columns}, row_number() OVER () - 1 AS ${ROW} FROM ${relation}) AS __mll_raw`;
}

/** The relation s0 without row numbers: a database reads it with all its threads, and numbers rows where it keeps them. */
export function partedSql(plan: Plan, relation: string): string {
  return `SELECT *, ${partSql(plan)} AS ${PART} FROM (SELECT ${typed(plan.input)} FROM ${relation}) AS __mll_raw`;
}

function partSql({ split }: Plan): string {
  return split === undefined ? `'train'` : `CASE WHEN (${split}) THEN 'test' ELSE 'train' END`;
}

/** The training rows of a relation, in brackets, as a fit query reads them. */
export function trainRows(relation: string): string {
  return `(SELECT * FROM ${relation} WHERE ${PART} = 'train') AS __mll_train`;
}

/** A fit query whose one cell is its row as JSON, so that numbers arrive exact in every language. */
export function fitSql(fit: string, relation: string): string {
  return `SELECT CAST(to_json(__mll_fit) AS VARCHAR) AS fitted FROM (${fillInput(fit, trainRows(relation))}) AS __mll_fit`;
}

/** The fitted values in the one cell of {@link fitSql}. */
export function readFit(json: string): Record<string, FittedValue> {
  return JSON.parse(json) as Record<string, FittedValue>;
}

/** The query of a step's check over all rows before it, whose one cell is its row as JSON. */
export function checkSql(sql: string, relation: string): string {
  return `SELECT CAST(to_json(__mll_check) AS VARCHAR) FROM (${fillInput(sql, relation)}) AS __mll_check`;
}

/** The outcome in the one cell of {@link checkSql}; undefined for a step without a check. */
export function readCheck({ check, index }: PlanStep, json: string): Expectation | undefined {
  if (check === undefined) return undefined;
  const { rows, broken, examples, message } = JSON.parse(json) as Pick<
    Expectation,
    'rows' | 'broken' | 'examples' | 'message'
  >;
  const { rule, columns, severity, allow } = check;
  const holds = broken <= allow * rows;
  const outcome = { holds, rows, broken, examples, message: broken === 0 ? '' : message };
  return { step: index, rule, columns, severity, allow, ...outcome };
}

/** One SELECT over the relation s0 named `base`: the first `upTo` steps (default: all), hidden columns included. */
export function stepsSql(plan: Plan, fitted: Fitted, base: string, upTo = plan.steps.length): string {
  const steps = plan.steps.slice(0, upTo).map((step, k) => ({ step, values: fitted.steps[k] ?? {} }));
  return chain('', steps, base);
}

function chain(
  first: string,
  steps: readonly {
    step: PlanStep;
    values: Readonly<Record<string, FittedValue>>;
    template?: Template | undefined;
  }[],
  base: string,
): string {
  const parts = first === '' ? [] : [first];
  let last = base;
  steps.forEach(({ step, values, template }, k) => {
    const name = `__mll_s${k + 1}`;
    parts.push(`${name} AS (${renderStep(step, values, last, template)})`);
    last = name;
  });
  return `${parts.length === 0 ? '' : `WITH ${parts.join(',\n')}\n`}SELECT * FROM ${last}`;
}

/** The plan with the fitted values in its SQL: an executor has nothing left to fit. */
export function bound(plan: Plan, fitted: Fitted): Plan {
  if (JSON.stringify(fitted).includes(INPUT)) {
    throw new UserError(
      'unsupported',
      `A fitted value holds the text "${INPUT}", which a plan cannot carry.`,
      {
        fix: 'Replace it in a step before.',
      },
    );
  }
  const steps = plan.steps.map((step, k) => {
    const values = fitted.steps[k] ?? {};
    const { serving } = step;
    const made = {
      ...step,
      transform: [renderStep(step, values, INPUT)],
      ...(serving === undefined ? {} : { serving: [renderStep(step, values, INPUT, serving)] }),
    };
    Reflect.deleteProperty(made, 'fit');
    return made;
  });
  return { ...plan, steps };
}

/** One SELECT over a table: the whole plan, hidden columns included, in no order. */
export function runSql(plan: Plan, fitted: Fitted, relation: string): string {
  const steps = plan.steps.map((step, k) => ({ step, values: fitted.steps[k] ?? {} }));
  return chain(`__mll_s0 AS (${baseSql(plan, relation)})`, steps, '__mll_s0');
}

/** The relation of another table of the plan over a SELECT that reads it in its order. */
export function tableSql(table: PlanTable, select: string): string {
  return `SELECT ${typed(table.columns)}, row_number() OVER () - 1 AS ${ROW} FROM (${select}) AS __mll_other`;
}

/** Why no endpoint can run this step, and what to do; undefined where it can. */
export function servingRefusal(step: PlanStep): { readonly why: string; readonly fix: string } | undefined {
  if (step.history === true) {
    return {
      why: 'reads earlier rows, which a request to an endpoint does not carry',
      fix:
        step.kind === 'fill_missing'
          ? 'Fill with median, mode or a constant instead, or use this recipe only to prepare data.'
          : 'Write "request: true" in it when each request will carry the earlier rows too, or use this recipe only to prepare data.',
    };
  }
  if (step.rows !== 'remake') return undefined;
  return {
    why: 'makes rows anew, which a request to an endpoint cannot',
    fix: 'Run the recipe to a file and train on that, or move the step into a recipe of its own.',
  };
}

/** Whether the step runs when a request is answered, where no row may be dropped. */
export function isServed(step: PlanStep): boolean {
  return step.rows === 'keep' || step.serving !== undefined;
}

/** A step that needs earlier rows, or makes rows anew, is a UserError that names it: no endpoint can run it. */
export function assertServable(plan: Plan): void {
  for (const step of plan.steps) {
    const refusal = servingRefusal(step);
    if (refusal === undefined) continue;
    const { why, fix } = refusal;
    throw new UserError('unsupported', `Step ${step.index + 1} (${step.kind}) ${why}.`, { fix });
  }
}

/**
 * The serving transform (`transform.sql`): steps that keep rows, fitted values filled in, one SELECT over {input}, ordered by row,
 * without hidden columns and target; see {@link assertServable}.
 */
export function servingSql(plan: Plan, fitted: Fitted): string {
  assertServable(plan);
  const steps = plan.steps
    .map((step, k) => ({ step, values: fitted.steps[k] ?? {}, template: step.serving }))
    .filter(({ step }) => isServed(step));
  const first = `__mll_s0 AS (SELECT ${typed(plan.input)}, ${ROW}, ${PART} FROM ${INPUT})`;
  const hidden = [ROW, PART, ...(plan.target === undefined ? [] : [plan.target])];
  return `SELECT * EXCLUDE (${list(hidden)}) FROM (\n${chain(first, steps, '__mll_s0')}\n) AS __mll_out ORDER BY ${ROW}`;
}

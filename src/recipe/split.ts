import { z } from 'zod';
import type { ColumnType } from '../core/table';
import type { Recipe, Split } from './model';
import { ROW, type PlanColumn, type PlanFolds } from './plan';
import { isNumeric, kindOf, missing, type Schema } from './schema';
import { double, identifier, text } from './sql';
import type { StepProblem } from './step';

const splitOptions = z.strictObject({
  test: z
    .number()
    .gt(0, 'must be more than 0')
    .lt(1, 'must be less than 1')
    .optional()
    .describe(
      'Share of rows in the test part, 0 to 1; with folds it may be left out: all rows are trained on',
    ),
  folds: z
    .int()
    .min(2, 'must be at least 2')
    .max(20, 'must be at most 20')
    .optional()
    .describe(
      'Training is scored in so many folds of the training part, each by a model and a recipe fitted without it',
    ),
  method: z
    .enum(['random', 'stratified', 'group', 'time'])
    .default('random')
    .describe('By row; by row with equal shares per class; whole groups together; later rows are tested'),
  seed: z.int().optional().describe('Another number gives another split'),
  column: z
    .string()
    .optional()
    .describe('The group or time column; for stratified the classes (default: the target)'),
  key: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Columns whose text decides the side of a row; default: the whole row'),
  cut: z
    .union([z.string(), z.number(), z.record(z.string(), z.number())])
    .optional()
    .describe('Written once by the lifecycle, so that rows keep their side when the data grows'),
});

export const splitSchema = splitOptions.refine((one) => one.test !== undefined || one.folds !== undefined, {
  message: 'needs "test": the share of rows in the test part, or "folds"',
});

/** A class with at least this many rows on average can be split class by class. */
const ROWS_PER_CLASS = 10;
/** Whole numbers with more different values than this are no classes. */
const FEW_WHOLE_NUMBERS = 20;

/** How rows are split for a target of this type, with so many different values in so many rows: by class where it has classes. */
export function splitMethod(type: ColumnType, distinct: number, rows: number): 'stratified' | 'random' {
  const classes =
    type !== 'number' &&
    type !== 'date' &&
    type !== 'datetime' &&
    distinct * ROWS_PER_CLASS <= rows &&
    (type !== 'integer' || distinct <= FEW_WHOLE_NUMBERS);
  return classes ? 'stratified' : 'random';
}

/** Hexadecimal digits of the md5 that are compared: 52 bits, which a JavaScript number holds exactly. */
const DIGITS = 13;

/** Whole numbers that DuckDB writes as a double with all digits and ".0": to join these is half the work of a cast. */
function plainlyWhole(cell: string): string {
  return `${cell} BETWEEN -999999999999999 AND 999999999999999`;
}

/**
 * True for every text that DuckDB can cast to a double, and for few others: it begins with a blank, a sign, a digit or a point, or
 * as infinity and nan do. A cast that fails costs many times as much as these comparisons.
 */
function likeNumber(cell: string): string {
  const words = ['I', 'N', 'i', 'n'].map((first) => {
    const next = String.fromCodePoint((first.codePointAt(0) ?? 0) + 1);
    return `${cell} BETWEEN '${first}' AND '${next}'`;
  });
  return [`${cell} < ':'`, ...words].join(' OR ');
}

/**
 * The canonical text of a cell as SQL, the same however the column is stored: 7, 7.0 and '7' agree, a date agrees with
 * its midnight; missing has a text of its own.
 */
export function canonical({ name, sqlType }: PlanColumn): string {
  const cell = identifier(name);
  const kind = kindOf(sqlType);
  const value = (() => {
    if (sqlType.includes('ZONE') || sqlType === 'TIMESTAMPTZ')
      return `CAST(make_timestamp(epoch_us(${cell})) AS VARCHAR)`;
    if (kind === 'date' || kind === 'datetime') return `CAST(CAST(${cell} AS TIMESTAMP) AS VARCHAR)`;
    const number = `CAST(CAST(${cell} AS DOUBLE) AS VARCHAR)`;
    if (kind === 'integer')
      return `CASE WHEN ${plainlyWhole(cell)} THEN concat(${cell}, '.0') ELSE ${number} END`;
    if (isNumeric(kind)) return number;
    if (kind === 'text') {
      const either = `coalesce(CAST(TRY_CAST(${cell} AS DOUBLE) AS VARCHAR), CAST(${cell} AS VARCHAR))`;
      return sqlType === 'VARCHAR' ? `CASE WHEN ${likeNumber(cell)} THEN ${either} ELSE ${cell} END` : either;
    }
    return `CAST(${cell} AS VARCHAR)`;
  })();
  return `coalesce(${value}, chr(30))`;
}

/** The first digits of the md5 over the columns' canonical texts, each ended by the unit separator; evenly spread text. */
export function hashSql(columns: readonly PlanColumn[], seed: number | undefined): string {
  // A chain of || would copy the beginning once for each column.
  const parts = columns.map((column) => `${canonical(column)}, chr(31)`).join(', ');
  return `substr(md5(concat(${text(`${String(seed ?? 0)}:`)}, ${parts})), 1, ${DIGITS})`;
}

/** Where a share of the hash range ends, as digits that compare like the numbers. */
function cutDigits(share: number): string {
  return Math.floor(share * 2 ** (4 * DIGITS))
    .toString(16)
    .padStart(DIGITS, '0');
}

/** SQL that is true for so much of the hash range. */
export function below(hash: string, share: number): string {
  if (share <= 0) return 'FALSE';
  return share >= 1 ? 'TRUE' : `${hash} < '${cutDigits(share)}'`;
}

/** The column that a split goes by: classes, groups or time. */
export function splitColumn(split: Split, target: string | undefined): string | undefined {
  if (split.method === 'random') return undefined;
  return split.column ?? (split.method === 'stratified' ? target : undefined);
}

/** True when the split's cut has still to be computed from the data (`splitCut`) and written into the recipe. */
export function needsCut(recipe: Recipe): boolean {
  const { split } = recipe;
  return (
    split?.test !== undefined &&
    split.cut === undefined &&
    (split.method === 'stratified' || split.method === 'time')
  );
}

/** The columns whose text decides a row's side. */
export function keyColumns(split: Split, columns: readonly PlanColumn[]): readonly PlanColumn[] {
  const { key } = split;
  return key === undefined ? columns : columns.filter((column) => key.includes(column.name));
}

/**
 * A boolean expression over the raw columns that is true for test rows, never NULL; undefined where there is no split or
 * (time) no cut yet. Stratified without cuts, or for a class that has none, takes the plain share.
 */
export function splitSql(
  recipe: Recipe,
  schema: Schema,
  problem: (problem: StepProblem) => void,
): string | undefined {
  const { split, target } = recipe;
  if (split === undefined) return undefined;
  const column = (name: string, path: StepProblem['path']): PlanColumn | undefined => {
    const found = schema.columns.find((one) => one.name === name);
    if (found !== undefined) return found;
    problem({ ...missing(schema, name), path });
    return undefined;
  };
  const keys = (split.key ?? []).map((name, k) => column(name, ['key', k]));
  if (keys.includes(undefined)) return undefined;
  const hash = hashSql(keyColumns(split, schema.columns), split.seed);
  if (split.method === 'random') return split.test === undefined ? undefined : below(hash, split.test);
  const name = splitColumn(split, target);
  if (name === undefined) {
    const need =
      split.method === 'stratified'
        ? 'a target, or "column" with the classes'
        : `"column": the ${split.method} column`;
    problem({ message: `A ${split.method} split needs ${need}.`, path: ['method'] });
    return undefined;
  }
  const by = column(name, split.column === undefined ? ['method'] : ['column']);
  if (by === undefined || split.test === undefined) return undefined;
  if (split.method === 'group') return below(hashSql([by], split.seed), split.test);
  if (split.method === 'stratified') return stratified({ ...split, test: split.test }, by, hash);
  return timed(split, by, problem);
}

/**
 * The folds of the training part; undefined without them. By a hash, so that a row stays in its fold when the data grows;
 * stratified as evenly in each class as it goes; in time one part after the other.
 */
export function foldsOf(recipe: Recipe, columns: readonly PlanColumn[]): PlanFolds | undefined {
  const { split, target } = recipe;
  const count = split?.folds;
  if (split === undefined || count === undefined) return undefined;
  const by = columns.find((one) => one.name === splitColumn(split, target));
  // The first digits decide the side of the test part, so the fold goes by all of them.
  const hash = `CAST('0x' || ${hashSql(keyColumns(split, columns), split.seed)} AS BIGINT)`;
  if (by === undefined || split.method === 'random') return { count, sql: `${hash} % ${count}` };
  switch (split.method) {
    case 'group':
      return { count, sql: `CAST('0x' || ${hashSql([by], split.seed)} AS BIGINT) % ${count}` };
    case 'stratified':
      return {
        count,
        sql: `(row_number() OVER (PARTITION BY ${classSql(by)} ORDER BY ${hash}, ${ROW}) - 1) % ${count}`,
      };
    case 'time':
      return {
        count,
        forward: true,
        sql: `(${count + 1} * (rank() OVER (ORDER BY ${timeSql(by)} NULLS FIRST) - 1)) // count(*) OVER ()`,
      };
  }
}

/** A class as the text under which its cut is written; the same for 1, 1.0 and '1'. */
export function classSql(column: PlanColumn): string {
  const cell = identifier(column.name);
  const plain = `CAST(${cell} AS VARCHAR)`;
  const whole = `CASE WHEN TRY_CAST(${cell} AS BIGINT) = TRY_CAST(${cell} AS DOUBLE) THEN CAST(TRY_CAST(${cell} AS BIGINT) AS VARCHAR) END`;
  return isNumeric(kindOf(column.sqlType)) || kindOf(column.sqlType) === 'text'
    ? `coalesce(${whole}, ${plain})`
    : plain;
}

function stratified(split: Split & { readonly test: number }, by: PlanColumn, hash: string): string {
  if (typeof split.cut !== 'object') return below(hash, split.test);
  const cases = Object.entries(split.cut).map(
    ([value, share]) => `WHEN ${text(value)} THEN ${below(hash, share)}`,
  );
  if (cases.length === 0) return below(hash, split.test);
  return `CASE ${classSql(by)} ${cases.join(' ')} ELSE ${below(hash, split.test)} END`;
}

/** The time of a row as SQL: a number, or a moment. */
export function timeSql({ name, sqlType }: PlanColumn): string {
  const cell = identifier(name);
  if (isNumeric(kindOf(sqlType))) return `CAST(${cell} AS DOUBLE)`;
  if (sqlType.includes('ZONE') || sqlType === 'TIMESTAMPTZ') return `make_timestamp(epoch_us(${cell}))`;
  return `TRY_CAST(${cell} AS TIMESTAMP)`;
}

function timed(split: Split, by: PlanColumn, problem: (problem: StepProblem) => void): string | undefined {
  const { cut } = split;
  const kind = kindOf(by.sqlType);
  if (kind === 'boolean' || kind === 'other') {
    problem({
      message: `A time split needs dates or numbers; "${by.name}" holds neither.`,
      path: ['column'],
    });
    return undefined;
  }
  if (cut === undefined) return undefined;
  const numeric = isNumeric(kind);
  const good = numeric
    ? Number.isFinite(Number(cut))
    : typeof cut === 'string' && /^\d{4}-\d\d-\d\d([ T][\d:.]+)?$/u.test(cut);
  if (!good || typeof cut === 'object') {
    problem({
      message: `"cut" must be ${numeric ? 'a number' : 'a date such as 2024-01-31'}.`,
      path: ['cut'],
    });
    return undefined;
  }
  const bound = numeric ? double(Number(cut)) : `CAST(${text(String(cut))} AS TIMESTAMP)`;
  return `coalesce(${timeSql(by)} >= ${bound}, FALSE)`;
}

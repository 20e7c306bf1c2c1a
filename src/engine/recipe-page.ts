import type { Cell, Column } from '../core/table';
import type { RecipePreview, StepEffect } from '../protocol';
import { ROW, type PlanStep } from '../recipe/plan';
import type { Session } from './duckdb';
import { quoteIdentifier } from './sql';

/** The outcome of one step over the sample, kept as a temporary table. */
export interface Level {
  readonly key: string;
  readonly table: string;
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly missing: number;
  readonly effect: StepEffect | undefined;
}

/** What the outcome of a step is known by, after the same steps before it. */
export const keyOf = (step: PlanStep): string => JSON.stringify({ ...step, index: 0 });

/** Columns of a relation: all that holding it against another takes. */
type Shape = Pick<Level, 'table' | 'columns'>;

/** True in SQL where the same-named cells of relations a and b differ; numbers are compared as numbers. */
export function differs(a: Column, b: Column): string {
  const [x, y] = [`a.${quoteIdentifier(a.name)}`, `b.${quoteIdentifier(b.name)}`];
  if (a.sqlType === b.sqlType) return `${x} IS DISTINCT FROM ${y}`;
  const number = (type: Column['type']): boolean => type === 'number' || type === 'integer';
  const type = number(a.type) && number(b.type) ? 'DOUBLE' : 'VARCHAR';
  return `CAST(${x} AS ${type}) IS DISTINCT FROM CAST(${y} AS ${type})`;
}

/** The columns that two outcomes have by the same name; `index` is their place after. */
export function common(
  before: Pick<Shape, 'columns'>,
  after: Pick<Shape, 'columns'>,
): { before: Column; after: Column; index: number }[] {
  const old = new Map(before.columns.map((column) => [column.name, column]));
  return after.columns.flatMap((column, index) => {
    const was = old.get(column.name);
    return was === undefined ? [] : [{ before: was, after: column, index }];
  });
}

/** Rows of the table before, each as it is after: cells with what they held, or dropped. */
export async function page(
  session: Session,
  base: Shape,
  last: Shape,
  { offset, limit }: { readonly offset: number; readonly limit: number },
  signal: AbortSignal,
): Promise<Pick<RecipePreview, 'columns' | 'removedColumns' | 'rows'>> {
  const shared = common(base, last);
  const old = new Map(shared.map((one) => [one.index, one]));
  const names = new Set(last.columns.map((column) => column.name));
  // Row, dropped, the cells after, then for each shared column whether it changed and what it held.
  const cells = last.columns.map((column) => `b.${quoteIdentifier(column.name)}`);
  const extras = shared.flatMap((one) => [
    differs(one.before, one.after),
    `a.${quoteIdentifier(one.before.name)}`,
  ]);
  const list = [`a.${ROW}`, `b.${ROW} IS NULL`, ...cells, ...extras]
    .map((sql, k) => `${sql} AS c${k}`)
    .join(', ');
  const some = `(SELECT * FROM ${base.table} WHERE ${ROW} >= ${Math.floor(offset)} AND ${ROW} < ${Math.floor(offset + limit)})`;
  const { rows } = await session.all(
    `SELECT ${list} FROM ${some} a LEFT JOIN ${last.table} b USING (${ROW}) ORDER BY a.${ROW}`,
    signal,
  );
  const width = last.columns.length;
  return {
    columns: last.columns.map((column, index) => ({ ...column, state: old.has(index) ? 'same' : 'new' })),
    removedColumns: base.columns.filter((column) => !names.has(column.name)).map((column) => column.name),
    rows: rows.map((row) => {
      const dropped = row[1] === true;
      const held = new Map(
        shared.map((one, k) => [
          one.index,
          { changed: row[2 + width + 2 * k] === true, before: row[3 + width + 2 * k] ?? null },
        ]),
      );
      return {
        row: Number(row[0]),
        state: dropped ? 'dropped' : 'same',
        cells: last.columns.map((_, index): Cell =>
          dropped ? (held.get(index)?.before ?? null) : (row[2 + index] ?? null),
        ),
        changed: dropped
          ? []
          : [...held].flatMap(([column, { changed, before }]) => (changed ? [{ column, before }] : [])),
      };
    }),
  };
}

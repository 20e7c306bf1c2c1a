import type { Cell, Column, TableSource } from '../core/table';
import type { CheckFinding } from '../protocol';
import { numbered, tableSql } from './chosen-rows';
import { noColumn } from './conditions';
import type { EngineContext, Relation } from './context';
import type { Session } from './duckdb';
import type { Opened, Scan } from './opened';
import { leakage } from './leakage';
import { quoteIdentifier } from './sql';
import { UserError } from '../core/errors';

/** A target with more different values is a number to be estimated, or no target of a classification. */
const MOST_CLASSES = 50;
/**
 * Shares of the smallest class below which an imbalance is called moderate and extreme (Google, Machine Learning Crash Course:
 * Imbalanced datasets).
 */
const MODERATE = 0.2;
const EXTREME = 0.01;
/** Rows in common that are listed one by one. */
const MOST_ROWS = 5000;

/** What a chosen target makes worth a look: small classes, and columns that give it away. */
export async function checkTarget(
  scan: Scan,
  session: Session,
  name: string,
  signal?: AbortSignal,
): Promise<CheckFinding[]> {
  const target = scan.columns.find((one) => one.name === name);
  if (!target) throw noColumn(name, scan.columns);
  const table = `(SELECT * FROM (${tableSql(scan)}) WHERE ${quoteIdentifier(name)} IS NOT NULL)`;
  const counted = await session.all(
    `SELECT CAST(${quoteIdentifier(name)} AS VARCHAR) AS value, count(*) AS n FROM ${table} GROUP BY 1 ORDER BY 2, 1 LIMIT ${MOST_CLASSES + 1}`,
    signal,
  );
  const classes = counted.rows.map(([value, n]) => ({ value: value ?? null, rows: Number(n) }));
  if (classes.length < 2) return [];
  const isNumber = target.type === 'integer' || target.type === 'number';
  const isClass = classes.length <= MOST_CLASSES && !(isNumber && classes.length > 20);
  const found: CheckFinding[] = isClass ? imbalance(target, classes) : [];
  if (!isClass && !isNumber) return found;
  for (const column of scan.columns) {
    if (column.name === name || column.type === 'other') continue;
    signal?.throwIfAborted();
    found.push(...(await leakage(session, table, { column, target, isClass }, signal)));
  }
  return found;
}

function imbalance(
  { name }: Column,
  classes: readonly { readonly value: Cell; readonly rows: number }[],
): CheckFinding[] {
  const all = classes.reduce((sum, { rows }) => sum + rows, 0);
  const small = classes.filter(({ rows }) => rows < (all / classes.length) * 2 * MODERATE);
  const [smallest] = classes;
  if (!smallest || small.length === 0) return [];
  const share = smallest.rows / all;
  const degree = share < EXTREME ? 'extreme' : 'moderate';
  const largest = classes.at(-1)?.rows ?? 0;
  return [
    {
      kind: 'imbalance',
      column: name,
      rows: small.reduce((sum, { rows }) => sum + rows, 0),
      text: `are of ${small.length === 1 ? 'a small class' : `${small.length} small classes`} of ${classes.length}: ${degree} imbalance, the largest has ${Number((largest / smallest.rows).toPrecision(3))} times the rows of “${String(smallest.value)}”`,
      filter: [{ is: 'oneOf', column: name, values: small.map(({ value }) => value) }],
    },
  ];
}

/** Rows that are also in another table: all columns that both have are equal, as text. */
export async function checkOverlap(
  context: EngineContext,
  opened: Opened,
  { source, name }: { readonly source: TableSource; readonly name: string },
  signal?: AbortSignal,
): Promise<CheckFinding[]> {
  const scan = await opened.scan(signal);
  const other: Relation = await context.relation(source, signal);
  const theirs = new Set(other.columns.map((one) => one.name));
  const common = scan.columns.map((one) => one.name).filter((one) => theirs.has(one));
  if (common.length === 0) {
    throw new UserError(
      'invalid',
      `${name} has no column of the same name as this table, so no row can be compared.`,
      {
        fix: 'Choose a table with the same columns.',
      },
    );
  }
  const cells = `[${common.map((one) => `CAST(${quoteIdentifier(one)} AS VARCHAR)`).join(', ')}]`;
  const session = await context.session([scan.file, other.path, opened.file]);
  try {
    const found = await session.all(
      `SELECT count(*), list(__row ORDER BY __row)[1:${MOST_ROWS}] FROM (
         SELECT __row FROM (${numbered(opened, scan)}) WHERE ${cells} IN (SELECT ${cells} FROM (${other.sql})))`,
      signal,
    );
    const rows = Number(found.rows[0]?.[0] ?? 0);
    if (rows === 0) return [];
    const places = (JSON.parse(String(found.rows[0]?.[1])) as (string | number)[]).map(Number);
    const left = scan.columns.length - common.length;
    return [
      {
        kind: 'overlap',
        column: null,
        rows,
        text: `are also in ${name}${left === 0 ? '' : `, in the columns that both have (${common.length} of ${scan.columns.length})`}${rows > places.length ? `; the first ${places.length} are shown` : ''}: what is tested on them is known already`,
        filter: [{ is: 'rows', column: '', rows: places, name: `also in ${name}` }],
      },
    ];
  } finally {
    session.close();
  }
}

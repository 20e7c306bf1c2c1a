import { rm } from 'node:fs/promises';
import PQueue from 'p-queue';
import { UserError } from '../../core/errors';
import type { Cell, Column } from '../../core/table';
import { literal } from '../../formats/text';
import type { ChartProgress, Condition, DataChart } from '../../protocol';
import { nearest } from '../../recipe/nearest';
import { conditionError, conditionsSql, withCopies } from '../conditions';
import type { EngineContext, Relation } from '../context';
import type { Session } from '../duckdb';
import { axis } from '../profile-counts';
import { quoteIdentifier } from '../sql';

/** What a field of a chart holds a column for. */
export type Role = 'x' | 'y' | 'value' | 'colour' | 'facet';

/** How often a running statement is asked how far it is, in ms. */
const ASK_MS = 200;

/** The rows of one chart, for as many statements as it takes. */
export interface ChartRows {
  readonly columns: readonly Column[];
  readonly chart: DataChart;
  /** SQL of the rows, to stand behind FROM: those that meet the filter, with all columns that were asked for. */
  readonly from: string;
  /** Rows of the table. */
  readonly rows: number;
  /** Runs a statement; progress goes to whoever asked for the chart. */
  all(sql: string): Promise<Cell[][]>;
  run(sql: string): Promise<void>;
  /** The column of that field; undefined when none was chosen, or this kind does not use it. */
  column(role: Role): Column | undefined;
  /** The same; a UserError that says what is to be chosen when there is none. */
  needed(role: 'x' | 'y' | 'value'): Column;
}

export function chartColumn(name: string, columns: readonly Column[], use: string): Column {
  const found = columns.find((one) => one.name === name);
  if (found) return found;
  const near = nearest(
    name,
    columns.map((one) => one.name),
  );
  throw new UserError('notFound', `The chart's column "${name}" (${use}) is not in this table.`, {
    fix:
      near === undefined
        ? `The columns are: ${columns.map((one) => one.name).join(', ')}.`
        : `Did you mean "${near}"? Choose a column that is there.`,
  });
}

/** A cell of the column as charts group it: what is not one value is its text, and what Parquet cannot hold exactly is a decimal. */
function heldSql({ name, type, sqlType }: Column): string {
  const own = quoteIdentifier(name);
  if (type === 'other' || (type === 'text' && sqlType !== 'VARCHAR')) return `${own}::VARCHAR AS ${own}`;
  return /^U?HUGEINT$/.test(sqlType) ? `${own}::DECIMAL(38, 0) AS ${own}` : own;
}

/** The rows' name in FROM: a column of the table may be called as one of ours. */
const ROWS = 'held_rows';

export const valueSql = ({ name }: Column): string => `${ROWS}.${quoteIdentifier(name)}`;

/** A number, date or boolean as DOUBLE; NULL where it is missing or infinite (which need not be looked at once it is known that none is). */
export function axisSql(column: Column, allFinite = false): string {
  return axis(valueSql(column), allFinite ? { type: column.type, sqlType: '' } : column);
}

/** Conditions that ask for the place of a row. */
const needsNumbers = (filter: readonly Condition[]): boolean =>
  filter.some(({ is }) => is === 'duplicate' || is === 'rows');

/** Rows of a table that meet the conditions: SELECT with all its columns. */
export function filteredSql({ sql, columns }: Relation, filter: readonly Condition[]): string {
  const where = conditionsSql(columns, filter);
  if (where === 'true') return sql;
  const rows = needsNumbers(filter) ? `SELECT *, row_number() OVER () - 1 AS __row FROM (${sql})` : sql;
  return `SELECT * FROM (${withCopies(rows, columns, filter)}) WHERE ${where}`;
}

interface Kept {
  readonly session: Session;
  /** One chart after the other: the next one may read the file anew. */
  readonly turns: PQueue;
  /** A file of columns that were read once. */
  file?: { readonly path: string; readonly filter: string; readonly names: ReadonlySet<string> };
}

/** Sessions that charts are made in, one for each table; the one used longest ago goes first. */
const KEPT = 3;

export interface HeldRequest {
  /** Another one when the table changes. */
  readonly key: string;
  readonly relation: Relation;
  readonly chart: DataChart;
  /** Fields that the chart reads; undefined: it reads the whole table, in one statement or two. */
  readonly uses: readonly Role[] | undefined;
}

interface ChartCall {
  readonly signal: AbortSignal;
  readonly progress: (value: ChartProgress) => void;
}

export interface HeldTables {
  /** `work` gets the chart's rows; it may run any number of statements over them. */
  use<T>(request: HeldRequest, call: ChartCall, work: (rows: ChartRows) => Promise<T>): Promise<T>;
  dispose(): void;
}

export function heldTables(context: EngineContext): HeldTables {
  const kept = new Map<string, Promise<Kept>>();

  const open = async (path: string): Promise<Kept> => {
    const session = await context.session([path]);
    await session.countProgress();
    return { session, turns: new PQueue({ concurrency: 1 }) };
  };

  async function close(one: Promise<Kept>): Promise<void> {
    const { session, turns, file } = await one;
    await turns.onIdle();
    session.close();
    if (file) await rm(file.path, { force: true });
  }

  function find(key: string, path: string): Promise<Kept> {
    const found = kept.get(key) ?? open(path);
    kept.delete(key);
    kept.set(key, found);
    found.catch(() => kept.delete(key));
    const [oldest] = kept;
    if (kept.size > KEPT && oldest) {
      kept.delete(oldest[0]);
      void close(oldest[1]).catch(() => undefined);
    }
    return found;
  }

  /** A text file is read once for all statements of a chart, and for the next one with the same columns. */
  async function heldFile(
    one: Kept,
    relation: Relation,
    filter: readonly Condition[],
    columns: readonly Column[],
    run: (sql: string) => Promise<void>,
  ): Promise<string> {
    const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
    const list = columns.map(heldSql).join(', ');
    const rows = `SELECT ${list === '' ? '1 AS one' : list} FROM (${filteredSql(relation, filter)})`;
    const isParquet = relation.sql.startsWith('SELECT * FROM read_parquet(');
    if (isParquet && !needsNumbers(filter)) return `(${rows}) AS ${ROWS}`;
    const key = JSON.stringify(filter);
    if (one.file?.filter !== key || columns.some(({ name }) => one.file?.names.has(name) !== true)) {
      const path = context.tempFile('.parquet');
      await run(`COPY (${rows}) TO ${literal(path)} (FORMAT parquet, COMPRESSION lz4_raw)`);
      const old = one.file;
      one.file = { path, filter: key, names: new Set(columns.map(({ name }) => name)) };
      if (old) await rm(old.path, { force: true });
    }
    return `(SELECT ${names === '' ? '1 AS one' : names} FROM read_parquet(${literal(one.file.path)})) AS ${ROWS}`;
  }

  return {
    async use(request, call, work) {
      const one = await find(request.key, request.relation.path);
      return one.turns.add(async () => work(await rowsOf(one, request, call)), { signal: call.signal });
    },
    dispose() {
      for (const one of kept.values()) void close(one).catch(() => undefined);
      kept.clear();
    },
  };

  async function rowsOf(
    one: Kept,
    { relation, chart, uses }: HeldRequest,
    { signal, progress }: ChartCall,
  ): Promise<ChartRows> {
    const { session } = one;
    const watched = async <T>(doing: string, task: () => Promise<T>): Promise<T> => {
      const timer = setInterval(() => {
        const percent = session.progress();
        progress({ doing, ...(percent > 0 ? { share: percent / 100 } : {}) });
      }, ASK_MS);
      try {
        return await task();
      } catch (error) {
        throw conditionError(error);
      } finally {
        clearInterval(timer);
      }
    };
    const all = (sql: string): Promise<Cell[][]> =>
      watched('Counting', async () => (await session.all(sql, signal)).rows);
    const filter = chart.filter ?? [];
    const fields = new Map<Role, Column>();
    for (const role of uses ?? []) {
      const name = chart[role];
      if (name !== undefined) fields.set(role, chartColumn(name, relation.columns, role));
    }
    const from = uses
      ? await heldFile(one, relation, filter, [...new Set(fields.values())], (sql) =>
          watched('Reading the rows', () => session.run(sql, signal)),
        )
      : `(${filteredSql(relation, filter)}) AS ${ROWS}`;
    return {
      columns: relation.columns,
      chart,
      from,
      rows: relation.rows ?? Number((await all(`SELECT count(*) FROM (${relation.sql})`))[0]?.[0] ?? 0),
      all,
      run: (sql) => watched('Counting', () => session.run(sql, signal)),
      column: (role) => fields.get(role),
      needed(role) {
        const found = fields.get(role);
        if (found) return found;
        throw new UserError('invalid', `This chart needs a column for ${role}.`, {
          fix: chart.kind === 'line' && role === 'x' ? 'Choose one that holds dates.' : 'Choose one.',
        });
      },
    };
  }
}

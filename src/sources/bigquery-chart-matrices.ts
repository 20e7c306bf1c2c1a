import { UserError } from '../core/errors';
import type { Asked } from '../core/source';
import type { Cell, Column } from '../core/table';
import type { ChartBody, ChartData, DataChart } from '../protocol';
import { isNumeric } from './bigquery-chart-groups';
import { finiteSql, type Of } from './bigquery-profile';
import { columnNamed, fromSql, quote } from './bigquery-sql';

const MOST_CORRELATED = 30;
const MOST_MISSING = 60;

interface Matrix {
  readonly columns: readonly Column[];
  readonly more: number;
  readonly sql: string;
  body(found: readonly Cell[]): ChartBody;
}

/** Charts of many columns at once: one query each. */
export async function matrixRows(of: Of, chart: DataChart, asked: Asked): Promise<ChartData> {
  const from = fromSql({ ...of.rows, ...(chart.filter ? { filter: chart.filter } : {}) }, of.table);
  const matrix = chart.kind === 'correlation' ? correlation(of, chart, from) : missing(of, chart, from);
  const action = `Chart of ${of.table.uri}`;
  const { result } = await of.jobs.runOne({ sql: matrix.sql, location: of.table.location }, action, asked);
  const [found = []] = await of.jobs.rows(result, asked.signal);
  const matched = Number(found[0] ?? 0);
  const undivided = { column: null, groups: [{ is: 'all' as const }] };
  return {
    chart,
    rows: of.table.rows ?? matched,
    matched,
    drawn: matched,
    leftOut: [],
    rejected: 0,
    table: of.table.columns,
    columns: {},
    colours: undivided,
    facets: undivided,
    ...(matrix.more > 0 ? { moreColumns: matrix.more } : {}),
    body: matrix.body(found),
  };
}

/** Pearson's correlation of each two numbers, over the rows in which both have a value. */
function correlation({ table }: Of, chart: DataChart, from: string): Matrix {
  const named = chart.columns?.map((name) => columnNamed(name, table.columns));
  const fitting = named ?? table.columns.filter(isNumeric);
  const columns = fitting.slice(0, MOST_CORRELATED);
  if (columns.length < 2 || !columns.every(isNumeric)) {
    throw new UserError('invalid', 'A correlation matrix needs two columns of numbers.', {
      fix: 'Choose columns of numbers.',
    });
  }
  const pairs = columns.flatMap((_, i) => columns.slice(0, i + 1).map((__, j) => [i, j] as const));
  const list = columns.map((column, k) => `${finiteSql(column)} AS c${k}`).join(', ');
  const parts = pairs.flatMap(([i, j]) => [
    `COUNTIF(c${i} IS NOT NULL AND c${j} IS NOT NULL)`,
    i === j ? `IF(MIN(c${i}) < MAX(c${i}), 1.0, NULL)` : `CORR(c${i}, c${j})`,
  ]);
  return {
    columns,
    more: fitting.length - columns.length,
    sql: `SELECT COUNT(*), ${parts.join(',\n  ')}\nFROM (SELECT ${list}\n${from})`,
    body(found) {
      const values = columns.map(() => new Array<number | null>(columns.length).fill(null));
      const rows = columns.map(() => new Array<number>(columns.length).fill(0));
      pairs.forEach(([i, j], k) => {
        const [both, value] = [Number(found[1 + 2 * k]), found[2 + 2 * k]];
        for (const [a, b] of [
          [i, j],
          [j, i],
        ] as const) {
          // A column that does not vary gives NaN, which is no correlation.
          (values[a] ?? [])[b] = typeof value === 'number' ? value : null;
          (rows[a] ?? [])[b] = both;
        }
      });
      return { kind: 'correlation', columns: columns.map(({ name }) => name), values, rows };
    },
  };
}

/** Missing cells of each column. Rows in BigQuery have no order, so there is one block of all of them. */
function missing({ table }: Of, chart: DataChart, from: string): Matrix {
  const fitting = chart.columns?.map((name) => columnNamed(name, table.columns)) ?? table.columns;
  const columns = fitting.slice(0, MOST_MISSING);
  return {
    columns,
    more: fitting.length - columns.length,
    sql: `SELECT COUNT(*), ${columns.map(({ name }) => `COUNTIF(${quote(name)} IS NULL)`).join(',\n  ')}\n${from}`,
    body: (found) => ({
      kind: 'missing',
      columns: columns.map(({ name }) => name),
      blocks: [{ from: 0, rows: Number(found[0] ?? 0) }],
      values: [found.slice(1).map(Number)],
    }),
  };
}

import type { Column } from '../../core/table';
import { UNDIVIDED } from './groups';
import { chartColumn, valueSql } from './held';
import type { DrawKind } from './kind';

const MOST_COLUMNS = 60;
const BLOCKS = 60;

/** Missing cells of each column, by blocks of rows in file order. */
export const drawMissing: DrawKind = async (rows) => {
  const fitting: readonly Column[] =
    rows.chart.columns?.map((name) => chartColumn(name, rows.columns, 'columns')) ?? rows.columns;
  const columns = fitting.slice(0, MOST_COLUMNS);
  const isFiltered = (rows.chart.filter ?? []).length > 0;
  const matched = isFiltered
    ? Number((await rows.all(`SELECT count(*) FROM ${rows.from}`))[0]?.[0] ?? 0)
    : rows.rows;
  const size = Math.max(1, Math.ceil(matched / BLOCKS));
  const gaps = columns.map((_, k) => `count(*) FILTER (WHERE m${k})`);
  const flags = columns.map((column, k) => `${valueSql(column)} IS NULL AS m${k}`);
  const found =
    matched === 0 || columns.length === 0
      ? []
      : await rows.all(
          `SELECT block, count(*), ${gaps.join(', ')} FROM (
             SELECT (row_number() OVER () - 1) // ${size} AS block, ${flags.join(', ')} FROM ${rows.from}
           ) GROUP BY block ORDER BY block`,
        );
  return {
    facts: { matched, drawn: matched, leftOut: [], where: 'true', spans: [] },
    colours: UNDIVIDED,
    facets: UNDIVIDED,
    body: {
      kind: 'missing',
      columns: columns.map(({ name }) => name),
      blocks: found.map(([block, n]) => ({ from: Number(block) * size, rows: Number(n) })),
      values: found.map((cells) => cells.slice(2).map(Number)),
    },
    ...(fitting.length > columns.length ? { moreColumns: fitting.length - columns.length } : {}),
  };
};

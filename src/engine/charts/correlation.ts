import { UserError } from '../../core/errors';
import type { Column } from '../../core/table';
import { UNDIVIDED } from './groups';
import { axisSql, chartColumn } from './held';
import { type DrawKind, isNumeric, mustBe } from './kind';

const MOST_COLUMNS = 30;

/** Pearson's correlation of each two numbers, over the rows in which both have a value. */
export const drawCorrelation: DrawKind = async (rows) => {
  const named = rows.chart.columns?.map((name) =>
    mustBe(chartColumn(name, rows.columns, 'columns'), 'a number'),
  );
  const fitting = named ?? rows.columns.filter(isNumeric);
  const columns: readonly Column[] = fitting.slice(0, MOST_COLUMNS);
  if (columns.length < 2) {
    throw new UserError('invalid', 'A correlation matrix needs two columns of numbers.', {
      fix: named
        ? 'Choose more columns.'
        : 'This table has fewer. Columns of text that hold numbers can be changed with a recipe (step "Change type").',
    });
  }
  const pairs = columns.flatMap((_, i) => columns.slice(0, i + 1).map((__, j) => [i, j] as const));
  const list = columns.map((column, k) => `${axisSql(column)} AS c${k}`).join(', ');
  // A column that does not vary gives NaN, which is no correlation.
  const parts = pairs.flatMap(([i, j]) => [
    `count(*) FILTER (WHERE c${i} IS NOT NULL AND c${j} IS NOT NULL)`,
    ...(i === j
      ? [`CASE WHEN min(c${i}) < max(c${i}) THEN 1::DOUBLE END`]
      : [`CASE WHEN isfinite(corr(c${i}, c${j})) THEN corr(c${i}, c${j}) END`]),
  ]);
  const [found = []] = await rows.all(
    `SELECT count(*), ${parts.join(', ')} FROM (SELECT ${list} FROM ${rows.from})`,
  );
  const values = columns.map(() => new Array<number | null>(columns.length).fill(null));
  const counts = columns.map(() => new Array<number>(columns.length).fill(0));
  pairs.forEach(([i, j], k) => {
    const value = found[2 + 2 * k];
    const both = Number(found[1 + 2 * k]);
    for (const [a, b] of [
      [i, j],
      [j, i],
    ] as const) {
      (values[a] ?? [])[b] = typeof value === 'number' ? value : null;
      (counts[a] ?? [])[b] = both;
    }
  });
  const matched = Number(found[0]);
  return {
    facts: { matched, drawn: matched, leftOut: [], where: 'true', spans: [] },
    colours: UNDIVIDED,
    facets: UNDIVIDED,
    body: { kind: 'correlation', columns: columns.map(({ name }) => name), values, rows: counts },
    ...(fitting.length > columns.length ? { moreColumns: fitting.length - columns.length } : {}),
  };
};

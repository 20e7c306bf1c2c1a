import { ROW } from './plan';
import { identifier } from './sql';

/** So many of the rows that break a rule are shown, and so much of each cell. */
const [EXAMPLES, CELL] = [5, 60];

/** SQL of a whole number as people read it: 12,345. */
const grouped = (number: string): string => `format('{:,}', ${number})`;

/** SQL of how many rows break a rule, of how many: the beginning of a check's message. */
export const BROKEN_OF_ROWS = `${grouped('broken')} || ' of ' || ${grouped('"rows"')}`;

/**
 * The query of a `PlanCheck`: `bad` is true for a row of {input} that breaks the rule, `names` are the columns whose cells are
 * shown, `intro` is SQL for what the message says before it names the rows, over `broken` and `"rows"`.
 */
export function rowCheck(bad: string, names: readonly string[], intro: string): string {
  const cell = (name: string): string => {
    const value = `CAST(${identifier(name)} AS VARCHAR)`;
    // A whole DOUBLE is 7 for a person, not 7.0.
    const shown = `CASE WHEN typeof(${identifier(name)}) = 'DOUBLE' THEN regexp_replace(${value}, '\\.0$', '') ELSE ${value} END`;
    return `coalesce(left(${shown}, ${CELL}), 'missing')`;
  };
  const example = `{'row': ${ROW} + 1, 'cells': CAST([${names.map(cell).join(', ')}] AS VARCHAR[])}`;
  const at = 'FILTER (WHERE __mll_bad)';
  const counted = `SELECT count(*) AS "rows", count(*) ${at} AS broken, coalesce(min_by(${example}, ${ROW}, ${EXAMPLES}) ${at}, []) AS examples FROM (SELECT *, (${bad}) AS __mll_bad FROM {input}) AS __mll_checked`;
  const cells = names.length === 0 ? `''` : `' (' || array_to_string(e.cells, ', ') || ')'`;
  const shown = `array_to_string(list_transform(examples, lambda e: 'row ' || ${grouped('e.row')} || ${cells}), ', ')`;
  const message = `${intro} || ${shown} || CASE WHEN broken > ${EXAMPLES} THEN ', …' ELSE '.' END`;
  return `SELECT *, ${message} AS message FROM (${counted}) AS __mll_counted`;
}

import { INPUT } from './plan';

/** A quoted SQL identifier; {input} inside a name is broken up, because executors replace it. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""').replaceAll(INPUT, '{input }')}"`;
}

/** A SQL text literal; in one with {input}, which executors replace, the brace is escaped. */
export function text(value: string): string {
  const quoted = `'${value.replaceAll("'", "''")}'`;
  if (!quoted.includes(INPUT)) return quoted;
  return `e${quoted.replaceAll('\\', '\\\\').replaceAll(INPUT, '\\x7Binput}')}`;
}

/** The number as SQL of type DOUBLE; must be finite. */
export function double(value: number): string {
  return `CAST('${String(value)}' AS DOUBLE)`;
}

/** Text, number or boolean as a literal that is then cast to `sqlType`. */
export function constant(value: string | number | boolean, sqlType: string): string {
  return sqlType === '' ? text(String(value)) : `CAST(${text(String(value))} AS ${sqlType})`;
}

export function list(names: readonly string[]): string {
  return names.map(identifier).join(', ');
}

/** The cell as a DOUBLE, or NULL where it is missing, NaN or infinite: what every statistic is taken over. */
export function finite(name: string): string {
  const cell = `CAST(${identifier(name)} AS DOUBLE)`;
  return `CASE WHEN isfinite(${cell}) THEN ${cell} END`;
}

/** Values this large would overflow DuckDB 1.5's deviation, which then fails instead of giving infinity. */
const TOO_LARGE = `CAST('1e140' AS DOUBLE)`;

/** The standard deviation of the population over {@link finite} values; NULL where it is beyond what a DOUBLE can tell. */
export function deviation(value: string): string {
  const bounded = `stddev_pop(CASE WHEN abs(${value}) < ${TOO_LARGE} THEN ${value} END)`;
  return `CASE WHEN max(abs(${value})) < ${TOO_LARGE} THEN ${bounded} END`;
}

/** A statistic that overflowed is no number either. */
export function finiteValue(expression: string): string {
  return `CASE WHEN isfinite(${expression}) THEN ${expression} END`;
}

/** About so many values are looked at where there are as many as expected: the standard error is then 0.6 %. */
const LOOKED_AT = 2 ** 15;
const HASHES = 2n ** 64n;

export interface DistinctEstimate {
  /** An aggregate over the values. */
  readonly sql: string;
  /** How many different ones there are, of what the aggregate says. */
  readonly of: (counted: number) => number;
}

/**
 * How many different values there are where about `expected` are: those are counted whose hash is among the lowest, a fixed share
 * of all hashes (Gibbons: Distinct Sampling for Highly-Accurate Answers, VLDB 2001). With n of them counted, the standard error is
 * 1/√n of the number. DuckDB's own `approx_count_distinct` is off by 13 % (64 registers) and takes twice as long.
 */
export function estimateDistinct(value: string, expected: number): DistinctEstimate {
  const share = Math.min(1, LOOKED_AT / Math.max(1, expected));
  if (share === 1) return { sql: `count(DISTINCT ${value})`, of: (counted) => counted };
  const last = BigInt(Math.floor(share * 2 ** 32)) * (HASHES >> 32n);
  return {
    sql: `count(DISTINCT hash(${value})) FILTER (WHERE ${value} IS NOT NULL AND hash(${value}) < ${last}::UBIGINT)`,
    of: (counted) => Math.round((counted * 2 ** 64) / Number(last)),
  };
}

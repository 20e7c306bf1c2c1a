import type { Cell, Column, ColumnProfile, Histogram } from '../core/table';
import type { Session } from './duckdb';
import {
  countValues,
  grouped,
  histogram,
  shapes,
  summaries,
  type Counts,
  type Shape,
} from './profile-counts';
import {
  factsSql,
  keyOf,
  readFacts,
  valueType,
  type ColumnFacts,
  type Estimated,
  type Key,
  type Plan,
  type Sampled,
} from './profile-plan';
import { textFacts } from './profile-text';
import { quoteIdentifier } from './sql';

const NO_SHAPE: Shape = { mean: null, sd: null, quantiles: [], histogram: null };

/**
 * Profiles of the planned columns of `from`, which has so many rows, in one pass, or two where facts are not given (`given`:
 * cells of {@link factsSql} by column).  
 */
export async function profilePlanned(
  session: Session,
  from: string,
  plans: readonly Plan[],
  rows: number,
  given: ReadonlyMap<string, readonly Cell[]>,
  signal?: AbortSignal,
): Promise<Sampled[]> {
  const facts = await factsOf(session, from, plans, given, signal);
  const keys = plans.flatMap((plan) => keyOf(plan, facts.get(plan.column.name)) ?? []);
  const counted = new Map<string, Sampled>();
  const binned = new Map<string, Histogram>();
  for (const some of chunks(keys, session.groupings(rows))) {
    const counts = await countValues(session, from, some, signal);
    try {
      for (const one of await countedColumns(session, counts, some, signal)) {
        counted.set(one.profile.name, one);
      }
      for (const [name, one] of await histograms(session, counts, some, signal)) binned.set(name, one);
    } finally {
      await counts.drop();
    }
  }
  return plans.map((plan) => {
    const { column } = plan;
    const known = facts.get(column.name);
    if (plan.counted || !known) {
      return counted.get(column.name) ?? { profile: emptyProfile(column), once: 0, twice: 0 };
    }
    const profile = {
      ...column,
      missing: rows - known.present,
      distinctExact: false,
      quantilesExact: plan.exactQuantiles,
      ...known.profile,
      histogram: known.profile.histogram ?? binned.get(column.name) ?? null,
    };
    return { profile, once: 0, twice: 0 };
  });
}

export function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) =>
    list.slice(at * size, (at + 1) * size),
  );
}

export function emptyProfile(column: Column): ColumnProfile {
  return {
    ...column,
    missing: 0,
    distinct: 0,
    distinctExact: true,
    min: null,
    max: null,
    ...NO_SHAPE,
    quantilesExact: true,
    top: [],
  };
}

async function factsOf(
  session: Session,
  from: string,
  plans: readonly Plan[],
  given: ReadonlyMap<string, readonly Cell[]>,
  signal?: AbortSignal,
): Promise<Map<string, ColumnFacts>> {
  const estimated = plans.filter((plan): plan is Estimated => !plan.counted);
  const unknown = estimated
    .filter(({ column }) => !given.has(column.name))
    .map((plan) => ({ name: plan.column.name, sql: factsSql(plan, quoteIdentifier(plan.column.name)) }));
  const cells = new Map(given);
  if (unknown.length > 0) {
    const list = unknown.flatMap(({ sql }) => sql).join(', ');
    const { rows } = await session.all(`SELECT ${list} FROM ${from}`, signal);
    let at = 0;
    for (const { name, sql } of unknown) {
      cells.set(name, rows[0]?.slice(at, at + sql.length) ?? []);
      at += sql.length;
    }
  }
  return new Map(
    estimated.map((plan) => [plan.column.name, readFacts(plan, cells.get(plan.column.name) ?? [])]),
  );
}

/** Columns of which all values were counted. */
async function countedColumns(
  session: Session,
  counts: Counts,
  keys: readonly Key[],
  signal?: AbortSignal,
): Promise<Sampled[]> {
  const columns = new Map(
    keys.flatMap(({ column, edges }, place) => (edges ? [] : [[place, column] as const])),
  );
  if (columns.size === 0) return [];
  const types = [...columns].map(([place, column]) => [place, { sqlType: valueType(column) }] as const);
  const found = await summaries(session, counts, new Map(types), signal);
  const shape = await shapes(session, counts, columns, signal);
  const text = [...columns].filter(([, { sqlType }]) => sqlType === 'VARCHAR').map(([place]) => place);
  const texts = await textFacts(session, counts, text, signal);
  return [...columns].map(([place, column]) => {
    const { once = 0, twice = 0, ...summary } = found.get(place) ?? {};
    const profile = { ...emptyProfile(column), ...summary, ...shape.get(place), ...texts.get(place) };
    return { profile, once, twice };
  });
}

/** Histograms of the columns whose bins were counted, by their names. */
async function histograms(
  session: Session,
  counts: Counts,
  keys: readonly Key[],
  signal?: AbortSignal,
): Promise<Map<string, Histogram>> {
  const places = keys.flatMap(({ edges }, place) => (edges ? [place] : []));
  if (places.length === 0) return new Map();
  const { rows } = await session.all(
    `SELECT g, v, n FROM (${counts.of(places)}) WHERE v IS NOT NULL`,
    signal,
  );
  const byPlace = grouped(rows, ([place]) => Number(place));
  return new Map(
    places.map((place) => {
      const { column, edges = [] } = keys[place] ?? {};
      return [column?.name ?? '', histogram(edges, byPlace.get(place) ?? [])];
    }),
  );
}

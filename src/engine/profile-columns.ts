import type { Column, ColumnProfile, Histogram } from '../core/table';
import type { Session } from './duckdb';
import {
  countValues,
  grouped,
  histogram,
  holdCounts,
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
import type { ValueCounts } from './tally';
import type { Found } from './types';

const NO_SHAPE: Shape = { mean: null, sd: null, quantiles: [], histogram: null };

/**
 * Profiles of the planned columns of `from`, which has so many rows, in one pass, or two where facts are not given (`given`:
 * the answers to {@link wantedOf} by column); in none where those say all.
 */
export async function profilePlanned(
  session: Session,
  from: string,
  plans: readonly Plan[],
  rows: number,
  given: ReadonlyMap<string, Found>,
  signal?: AbortSignal,
): Promise<Sampled[]> {
  const facts = await factsOf(session, from, plans, given, signal);
  const keys = plans.flatMap((plan) => keyOf(plan, facts.get(plan.column.name)) ?? []);
  const counted = new Map<string, Sampled>();
  const binned = new Map<string, Histogram>();
  const talliedOf = ({ column, edges }: Key): ValueCounts[] => {
    const tallied = edges ? undefined : given.get(column.name)?.tallied;
    return tallied?.kind === 'values' ? [tallied] : [];
  };
  const tallied = keys.filter((key) => talliedOf(key).length > 0);
  const others = keys.filter((key) => !tallied.includes(key));
  for (const some of [tallied, ...chunks(others, session.groupings(rows))]) {
    if (some.length === 0) continue;
    const counts =
      some === tallied
        ? await holdCounts(session, some.flatMap(talliedOf), signal)
        : await countValues(session, from, some, signal);
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
  given: ReadonlyMap<string, Found>,
  signal?: AbortSignal,
): Promise<Map<string, ColumnFacts>> {
  const estimated = plans.filter((plan): plan is Estimated => !plan.counted);
  const unknown = estimated
    .filter(({ column }) => !given.has(column.name))
    .map((plan) => ({ name: plan.column.name, sql: factsSql(plan, quoteIdentifier(plan.column.name)) }));
  const found = new Map<string, Pick<Found, 'cells' | 'tallied'>>(given);
  if (unknown.length > 0) {
    const list = unknown.flatMap(({ sql }) => sql).join(', ');
    const { rows } = await session.all(`SELECT ${list} FROM ${from}`, signal);
    let at = 0;
    for (const { name, sql } of unknown) {
      found.set(name, { cells: rows[0]?.slice(at, at + sql.length) ?? [], tallied: undefined });
      at += sql.length;
    }
  }
  return new Map(
    estimated.map((plan) => {
      const { name } = plan.column;
      return [name, readFacts(plan, found.get(name) ?? { cells: [], tallied: undefined })];
    }),
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

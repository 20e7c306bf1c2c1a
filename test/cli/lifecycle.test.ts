import fs from 'node:fs';
import path from 'node:path';
import Papa from 'papaparse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PrepareReport, RecipeRunResult } from '../../src/protocol';
import { testPython } from '../python';
import { type Answer, makeSandbox, type Sandbox } from './mll';

const SOURCE = path.resolve(import.meta.dirname, '../../node_modules/vega-datasets/data/penguins.json');
type Penguin = Readonly<Record<string, string | number | null>>;

const RECIPE = `recipe: 1
input: penguins.csv
target: Species
split: { test: 0.2, method: stratified, seed: 7 }
steps:
  - drop_missing: { columns: [Species] }
  - replace: { columns: [Sex], values: { ".": null } }
  - fill_missing: { columns: [Beak Length (mm), Beak Depth (mm), Flipper Length (mm), Body Mass (g)], with: median }
  - fill_missing: { columns: [Sex], with: constant, value: UNKNOWN }
  - expect: { rule: range, columns: [Body Mass (g)], min: 2800, max: 6000, severity: warn }
  - encode: { columns: [Island, Sex], method: one_hot, unknown: other }
`;
const ROW = {
  Island: 'Torgersen',
  'Beak Length (mm)': 39.1,
  'Beak Depth (mm)': 18.7,
  'Flipper Length (mm)': 181,
  'Body Mass (g)': 3750,
  Sex: 'MALE',
};

let box: Sandbox;
let penguins: readonly Penguin[];
const mll = (...args: string[]): Promise<Answer> => box.mll('--yes', '--json', ...args);
const done = <T>(...args: string[]): Promise<T> => box.done<T>(...args);
const csv = (rows: readonly Penguin[]): string => `${Papa.unparse([...rows], { newline: '\n' })}\n`;

beforeAll(async () => {
  box = makeSandbox('mll lebenslauf ');
  penguins = JSON.parse(fs.readFileSync(SOURCE, 'utf8')) as Penguin[];
  box.write('penguins.csv', csv(penguins));
  box.write('later.csv', csv(penguins.filter((_, at) => at % 4 !== 3)));
  await done('init');
  await done('env', 'use', testPython());
});
afterAll(async () => {
  await mll('endpoints', 'remove', 'penguins');
  box.remove();
});

interface RunAnswer {
  readonly run: { id: string; status: string; metrics: Record<string, number>; output?: string };
  readonly model?: { name: string; version: number };
}
let trained: RunAnswer;

describe('from a CSV to a monitored endpoint', () => {
  it('knows the data', async () => {
    const added = await done<object>('data', 'add', 'penguins.csv');
    expect(added).toMatchObject({ dataset: { name: 'penguins', rows: 344 } });
    const profile = await done<{ columns: { name: string; missing: number; distinct: number }[] }>(
      'data',
      'profile',
      'penguins',
    );
    expect(profile.columns.map((one) => [one.name, one.missing, one.distinct])).toEqual([
      ['Species', 0, 3],
      ['Island', 0, 3],
      ['Beak Length (mm)', 2, 164],
      ['Beak Depth (mm)', 2, 80],
      ['Flipper Length (mm)', 2, 55],
      ['Body Mass (g)', 2, 94],
      ['Sex', 10, 3],
    ]);
    const sql = 'SELECT "Species", count(*) FROM penguins GROUP BY 1 ORDER BY 1';
    expect(await done('data', 'sql', sql)).toMatchObject({
      rows: [
        ['Adelie', 152],
        ['Chinstrap', 68],
        ['Gentoo', 124],
      ],
    });
    expect(await done('data', 'diff', 'penguins', 'later.csv')).toMatchObject({
      rows: { a: 344, b: 258 },
      added: [],
      removed: [],
    });
  });

  it('suggests a recipe that can be trained on', async () => {
    const made = await done<{ target: string; suggestions: { reason: string }[] }>(
      'recipe',
      'suggest',
      'penguins.csv',
    );
    expect(made.target).toBe('Species');
    expect(made.suggestions.every((one) => one.reason !== '')).toBe(true);
    expect(await done('recipe', 'check', 'penguins.recipe.yaml')).toEqual({ problems: [] });
  });

  it('cleans', async () => {
    box.write('penguins.recipe.yaml', RECIPE);
    const cleaned = await done<PrepareReport & RecipeRunResult>(
      ...['recipe', 'run', 'penguins.recipe.yaml', '--output', 'clean.csv'],
    );
    expect([cleaned.rowsIn, cleaned.rowsOut, cleaned.columns.length]).toEqual([344, 344, 13]);
    const { run, dataset, prepared } = await done<
      RunAnswer & { dataset: { name: string }; prepared: PrepareReport }
    >('prepare', 'penguins.recipe.yaml');
    // The job's report is the report of the engine.
    const { rejected, output, fitted, ...report } = cleaned;
    expect(prepared).toEqual(report);
    expect([rejected, path.basename(output), fitted.steps.length]).toEqual([0, 'clean.csv', 6]);
    expect(report.expectations).toMatchObject([
      { step: 4, rule: 'range', severity: 'warn', holds: false, rows: 344, broken: 3 },
    ]);
    expect(report.expectations[0]?.message).toBe(
      'The rule range (Body Mass (g) from 2800 to 6000) is broken in 3 of 344 rows: row 191 (2700), row 238 (6300), row 254 (6050).',
    );
    expect(report.remembered.map((one) => [one.step, one.kind])).toEqual([
      [2, 'fill_missing'],
      [5, 'encode'],
    ]);
    expect(run.metrics).toEqual({ rows_in: 344, rows_out: 344 });
    expect(await done('data', 'diff', dataset.name, 'clean.csv')).toMatchObject({
      rows: { a: 344, b: 344 },
      added: [],
      removed: [],
    });
  });

  it('trains, the same for the same seed', async () => {
    const args = ['train', '--data', 'penguins', '--algorithm', 'linear'];
    trained = await done<RunAnswer>(...args);
    expect(trained.model).toMatchObject({ name: 'penguins', version: 1 });
    expect(trained.run.metrics).toEqual({
      accuracy: 1,
      balanced_accuracy: 1,
      f1_macro: 1,
      log_loss: expect.closeTo(0.015195, 5) as number,
      roc_auc: 1,
    });
    const again = await done<RunAnswer>('runs', 'rerun', trained.run.id);
    expect(again.model).toMatchObject({ name: 'penguins', version: 2 });
    expect(again.run.metrics).toEqual(trained.run.metrics);
    const { runs } = await done<{ runs: { metrics: object }[] }>('compare', trained.run.id, again.run.id);
    expect(runs.map((one) => one.metrics)).toEqual([trained.run.metrics, trained.run.metrics]);
  });

  it('predicts all rows of a table as the endpoint does', async () => {
    const { run } = await done<RunAnswer>(
      'predict',
      'penguins@1',
      '--data',
      'penguins',
      '--output',
      'batch.csv',
    );
    expect(run.metrics).toEqual({ rows: 344, errors: 0 });
    expect(await done('deploy', 'penguins@1')).toMatchObject({
      endpoint: { name: 'penguins', status: 'ready', model: 'penguins', version: 1 },
    });
    const file = await done<{ output: string; rows: number; errors: number }>(
      ...['invoke', 'penguins', '--file', 'penguins.csv', '--output', 'asked.csv'],
    );
    expect([file.rows, file.errors]).toEqual([344, 0]);
    const column = (name: string): (string | undefined)[] =>
      Papa.parse<Record<string, string>>(fs.readFileSync(path.join(box.folder, name), 'utf8'), {
        header: true,
        skipEmptyLines: true,
      }).data.map((row) => row.prediction);
    const batch = column('batch.csv');
    expect(column('asked.csv')).toEqual(batch);
    expect(batch.filter((said, at) => said === penguins[at]?.Species)).toHaveLength(344);
    const answer = await done<{
      predictions: { prediction: string; probabilities: Record<string, number> }[];
    }>(...['invoke', 'penguins', '--row', JSON.stringify(ROW)]);
    expect(answer.predictions[0]?.prediction).toBe('Adelie');
    expect(Object.keys(answer.predictions[0]?.probabilities ?? {})).toEqual([
      'Adelie',
      'Chinstrap',
      'Gentoo',
    ]);
  });

  it('runs cases; one that fails makes exit 3', async () => {
    const row = JSON.stringify(ROW);
    const text = (expected: string): string =>
      `endpoint: penguins\ncases:\n  - name: first of the file\n    row: ${row}\n    expect: ${expected}\n`;
    box.write('penguins.cases.yaml', text('Adelie'));
    expect(await done('cases', 'run', 'penguins.cases.yaml')).toMatchObject({ results: [{ passed: true }] });
    box.write('penguins.cases.yaml', text('Gentoo'));
    const { code, json } = await mll('cases', 'run', 'penguins.cases.yaml');
    expect(code).toBe(3);
    expect(json()).toMatchObject({ results: [{ passed: false }] });
  });

  it('monitors: no drift on its own data, accuracy from labels', async () => {
    const report = await done<{
      rows: number;
      errors: number;
      drift: { drifted: boolean; columns: object };
      accuracy: { metric: string; value: number; labelled: number };
    }>('monitor', 'penguins', '--labels', 'penguins.csv', '--fail-on', 'drift,accuracy');
    expect([report.rows, report.errors, report.drift.drifted]).toEqual([347, 0, false]);
    expect(Object.keys(report.drift.columns)).toEqual(Object.keys(ROW));
    expect(report.accuracy).toMatchObject({ metric: 'accuracy' });
    expect(report.accuracy.value).toBe(1);
  });

  it('retrains: a gate that does not hold exits 3 and changes nothing; one that holds is promoted', async () => {
    const retrain = ['retrain', 'penguins', '--data', 'later.csv', '--promote'];
    const refused = await mll(...retrain, '--gate', 'accuracy > 1');
    expect([refused.code, refused.code === 3 ? '' : refused.stdout]).toEqual([3, '']);
    expect(refused.json()).toMatchObject({ promoted: false, gate: { held: false } });
    const version = async (): Promise<number> =>
      (await done<{ endpoint: { version: number } }>('endpoints', 'show', 'penguins')).endpoint.version;
    expect(await version()).toBe(1);
    expect(await done(...retrain, '--gate', 'accuracy > 0.5')).toMatchObject({
      promoted: true,
      gate: { held: true },
    });
    expect(await version()).toBe(4);
    expect(await done('endpoints', 'rollback', 'penguins')).toMatchObject({ endpoint: { version: 1 } });
    expect(await done('update', 'penguins', 'penguins@2')).toMatchObject({ endpoint: { version: 2 } });
    const shared = await mll('update', 'penguins', 'penguins@1', '--traffic', '10');
    expect([shared.code, shared.json()]).toMatchObject([
      1,
      { error: { kind: 'unsupported', message: 'An endpoint on local has one model at a time.' } },
    ]);
  });
});

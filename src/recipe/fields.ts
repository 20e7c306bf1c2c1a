/** Short words for the fields of steps' forms. */
import type { FormField } from './model';

type More = Partial<Omit<FormField, 'name' | 'label' | 'control'>>;

const make =
  (control: FormField['control']) =>
  (name: string, label: string, more: More = {}): FormField => ({
    name,
    label,
    control,
    optional: false,
    ...more,
  });

export const columnsField = make('columns');
export const columnField = make('column');
export const textField = make('text');
export const tableField = make('table');
export const numberField = make('number');
export const listField = make('list');
export const pairsField = make('pairs');
export const expressionField = make('expression');

/** One of several words, the default at first. */
export function choiceField(
  name: string,
  label: string,
  choices: readonly string[],
  more: More = {},
): FormField {
  return { name, label, control: 'choice', choices, optional: true, default: choices[0], ...more };
}

/** Several of some words. */
export function wordsField(
  name: string,
  label: string,
  choices: readonly string[],
  more: More = {},
): FormField {
  return { name, label, control: 'text', choices, optional: true, ...more };
}

export function flagField(name: string, label: string, more: More = {}): FormField {
  return { name, label, control: 'boolean', optional: true, default: false, ...more };
}

export const NUMBERS: Pick<FormField, 'columnTypes'> = { columnTypes: ['number', 'integer'] };
export const TEXTS: Pick<FormField, 'columnTypes'> = { columnTypes: ['text'] };
export const DATES: Pick<FormField, 'columnTypes'> = { columnTypes: ['date', 'datetime'] };

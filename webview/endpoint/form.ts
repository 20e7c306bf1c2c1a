import type { Cell, Field, Row, Signature } from '../../src/protocol';
import { number, percent } from '../shared/format';

/** What stands in one field of the form. Numbers are kept as text, as they were typed. */
export interface Value {
  readonly text: string;
  readonly missing: boolean;
  /** A value that is none of the categories is being typed. */
  readonly other: boolean;
}
export type FormValues = Readonly<Record<string, Value>>;
export type FieldErrors = Readonly<Record<string, string>>;

/** Which control a field gets. Whole numbers beyond 2^53 and times with a zone do not fit a native box. */
export type Control = 'boolean' | 'category' | 'number' | 'date' | 'datetime' | 'text';

const PLAIN_DATETIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$/;

export function controlOf(field: Field, value: Value): Control {
  if (field.type === 'boolean') return 'boolean';
  if (field.categories && field.categories.length > 0) return 'category';
  if (field.type === 'integer' || field.type === 'number')
    return value.text !== '' && String(Number(value.text)) !== value.text && /^-?\d{16,}$/.test(value.text)
      ? 'text'
      : 'number';
  if (field.type === 'date')
    return value.text === '' || /^\d{4}-\d\d-\d\d$/.test(value.text) ? 'date' : 'text';
  if (field.type === 'datetime')
    return value.text === '' || PLAIN_DATETIME.test(value.text) ? 'datetime' : 'text';
  return 'text';
}

function valueOf(field: Field, cell: Cell | undefined): Value {
  const missing = cell === null || cell === undefined;
  const text = missing ? (field.type === 'boolean' ? 'false' : '') : String(cell);
  const other = !missing && (field.categories?.length ?? 0) > 0 && !field.categories?.includes(text);
  return { text, missing: missing && !field.required, other };
}

/** The form filled with a row; fields that the row lacks are missing or, where they are required, empty. */
export function formOf(signature: Signature, row: Row): FormValues {
  return Object.fromEntries(signature.inputs.map((field) => [field.name, valueOf(field, row[field.name])]));
}

function cellOf(field: Field, value: Value): { cell: Cell } | { error: string } {
  if (value.missing) return { cell: null };
  const text = field.type === 'text' || field.type === 'other' ? value.text : value.text.trim();
  if (field.type === 'boolean') return { cell: text.toLowerCase() === 'true' };
  if (text === '') {
    // An empty text is a value; the others have no empty one.
    if (field.type === 'text' && !field.categories) return { cell: '' };
    return field.required ? { error: 'This model cannot do without a value here.' } : { cell: null };
  }
  if (field.type === 'integer' || field.type === 'number') {
    const parsed = Number(text);
    if (!Number.isFinite(parsed)) return { error: `“${text}” is not a number.` };
    if (field.type === 'integer' && !Number.isInteger(parsed))
      return { error: 'A whole number is needed here.' };
    return { cell: Number.isInteger(parsed) && !Number.isSafeInteger(parsed) ? text : parsed };
  }
  if (field.type === 'date' && Number.isNaN(Date.parse(text)))
    return { error: 'A date is needed here, as 2026-11-23.' };
  if (field.type === 'datetime' && Number.isNaN(Date.parse(text)))
    return { error: 'A date and time is needed here, as 2026-11-23T14:05:00.' };
  return { cell: text };
}

/** The fields that an answer depends on, and the names of the others. */
export function readFields({ inputs }: Signature): { read: readonly Field[]; unread: readonly string[] } {
  return {
    read: inputs.filter((field) => field.unread !== true),
    unread: inputs.filter((field) => field.unread === true).map(({ name }) => name),
  };
}

/** The row that the form stands for, and what is wrong by field; the row is complete only when nothing is. */
export function rowOf(signature: Signature, values: FormValues): { row: Row; errors: FieldErrors } {
  const row: Record<string, Cell> = {};
  const errors: Record<string, string> = {};
  for (const field of readFields(signature).read) {
    const result = cellOf(field, values[field.name] ?? { text: '', missing: !field.required, other: false });
    if ('error' in result) errors[field.name] = result.error;
    else row[field.name] = result.cell;
  }
  return { row, errors };
}

/** What training saw of the field: `172 to 231, mean 201`. */
export function observed(field: Field): string {
  const show = (end: number | string): string => (typeof end === 'number' ? number(end) : end);
  const parts: string[] = [];
  if (field.min !== undefined && field.max !== undefined)
    parts.push(`${show(field.min)} to ${show(field.max)}`);
  if (field.mean !== undefined && field.type !== 'boolean') parts.push(`mean ${number(field.mean, 4)}`);
  return parts.join(', ');
}

/** A word of caution for a value that training never saw the like of; empty when there is none. */
export function unseen(field: Field, value: Value): string {
  if (value.missing || value.text.trim() === '') return '';
  if (field.categories && field.categories.length > 0)
    return field.categories.includes(value.text) ? '' : 'Not seen in training.';
  const { min, max } = field;
  if (typeof min === 'number' && typeof max === 'number') {
    const entered = Number(value.text);
    if (Number.isFinite(entered) && (entered < min || entered > max)) return 'Outside of what training saw.';
  } else if (typeof min === 'string' && typeof max === 'string') {
    const end = value.text.slice(0, max.length);
    if (value.text.slice(0, min.length) < min || end > max) return 'Outside of what training saw.';
  }
  return '';
}

/** Classes with their probabilities, likeliest first; beyond `limit` they are added up in one. */
export function likeliest(
  probabilities: Readonly<Record<string, number>>,
  limit: number,
): readonly { readonly label: string; readonly share: number; readonly text: string }[] {
  const all = Object.entries(probabilities)
    .map(([label, share]) => ({ label, share, text: percent(share) }))
    .sort((a, b) => b.share - a.share);
  if (all.length <= limit) return all;
  const rest = all.slice(limit - 1);
  const share = rest.reduce((sum, one) => sum + one.share, 0);
  return [...all.slice(0, limit - 1), { label: `${rest.length} others`, share, text: percent(share) }];
}

/** What stands in a step's form, and the step that it makes: pure, both ways. */
import type { Column, FormField, Step, StepInfo } from '../../src/protocol';

export interface Pair {
  readonly from: string;
  readonly to: string;
  /** The new value is "missing". */
  readonly missing: boolean;
}

export type FieldValue = string | number | boolean | readonly string[] | readonly Pair[] | undefined;

export interface Draft {
  readonly info: StepInfo;
  readonly values: Readonly<Record<string, FieldValue>>;
  /** Options in the file that the form has no field for; they are handed on. */
  readonly rest: Readonly<Record<string, unknown>>;
  readonly note: string | undefined;
  readonly disabled: boolean;
}

/** A field whose pairs are the step's whole options, as in `rename: { old: new }`. */
const isWhole = (field: FormField): boolean => field.name === '';

/** A text field with choices holds several of them. */
export function holdsList(field: FormField): boolean {
  return field.control === 'columns' || (field.control === 'text' && field.choices !== undefined);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function words(value: unknown): string {
  return typeof value === 'string'
    ? value
    : value === null || value === undefined
      ? ''
      : JSON.stringify(value);
}

function pairsOf(value: unknown): readonly Pair[] {
  // Names alone stand for themselves: `on: [day]` is `on: { day: day }`.
  if (Array.isArray(value)) return value.map(words).map((from) => ({ from, to: from, missing: false }));
  return isRecord(value)
    ? Object.entries(value).map(([from, to]) => ({ from, to: words(to), missing: to === null }))
    : [];
}

function valueOf(field: FormField, raw: unknown): FieldValue {
  const value = raw === undefined ? field.default : raw;
  if (field.control === 'pairs') return pairsOf(value);
  if (holdsList(field)) {
    if (Array.isArray(value)) return value.map(words);
    return value === undefined || value === null ? [] : [words(value)];
  }
  if (field.control === 'list') return Array.isArray(value) ? value.map(words).join(', ') : words(value);
  if (field.control === 'boolean') return value === true;
  if (field.control === 'number') return typeof value === 'number' ? value : undefined;
  return words(value);
}

/** The form of a step; without `step` a new one with the defaults. */
export function draftOf(info: StepInfo, step?: Step): Draft {
  const options = step?.options ?? {};
  const named = new Set(info.form.map((field) => field.name));
  const whole = info.form.some(isWhole);
  return {
    info,
    values: Object.fromEntries(
      info.form.map((field) => [
        field.name,
        valueOf(field, isWhole(field) ? (step ? options : undefined) : options[field.name]),
      ]),
    ),
    rest: whole ? {} : Object.fromEntries(Object.entries(options).filter(([name]) => !named.has(name))),
    note: step?.note,
    disabled: step?.disabled === true,
  };
}

/** A number where the text is one, spelt as numbers are; `007` and `1e3` stay text. */
function scalar(text: string): string | number {
  const value = Number(text);
  return text !== '' && Number.isFinite(value) && String(value) === text ? value : text;
}

function isPairs(value: FieldValue): value is readonly Pair[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'object');
}

function optionOf(field: FormField, value: FieldValue): unknown {
  if (value === undefined) return undefined;
  if (field.control === 'pairs') {
    if (!isPairs(value)) return undefined;
    const filled = value.filter((pair) => pair.from !== '');
    const entries = filled.map((pair) => [
      pair.from,
      pair.missing ? null : isWhole(field) ? pair.to : scalar(pair.to),
    ]);
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }
  if (Array.isArray(value)) return value.length === 0 ? undefined : value;
  if (field.control === 'list') {
    const parts = words(value)
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    return parts.length === 0 ? undefined : parts.map(scalar);
  }
  if (value === '') return undefined;
  return field.name === 'value' && typeof value === 'string' ? scalar(value) : value;
}

/** The fields that count: those that wait for a word of another field only while it is there. */
export function shownFields({ info, values }: Pick<Draft, 'info' | 'values'>): readonly FormField[] {
  return info.form.filter(({ when }) => {
    const value = when === undefined ? undefined : values[when.field];
    return when === undefined || (typeof value === 'string' && when.is.includes(value));
  });
}

/** The step that the form describes. What equals the step's own default is left out, so the file stays short. */
export function stepOf(draft: Draft): Step {
  const { info, values } = draft;
  let options: Record<string, unknown> = { ...draft.rest };
  for (const field of shownFields(draft)) {
    const option = optionOf(field, values[field.name]);
    if (isWhole(field)) options = isRecord(option) ? { ...option } : {};
    else if (option === undefined) continue;
    else if (field.optional && JSON.stringify(option) === JSON.stringify(field.default)) continue;
    else options[field.name] = option;
  }
  return {
    kind: info.kind,
    options,
    ...(draft.disabled ? { disabled: true } : {}),
    ...(draft.note === undefined ? {} : { note: draft.note }),
  };
}

/** Labels of the fields that must be filled and are not. */
export function unfilled(draft: Draft): string[] {
  return shownFields(draft)
    .filter((field) => !field.optional && optionOf(field, draft.values[field.name]) === undefined)
    .map((field) => field.label);
}

/** The columns that a field offers. */
export function offered(field: FormField, columns: readonly Column[]): readonly Column[] {
  const { columnTypes } = field;
  return columnTypes ? columns.filter((column) => columnTypes.some((type) => type === column.type)) : columns;
}

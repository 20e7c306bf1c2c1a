/** A condition put together by choosing, as the SQL that the expression of a step holds: pure. */
import type { Column } from '../../src/protocol';

const ORDERED = ['=', '<>', '>', '>=', '<', '<='] as const;
const TEXTS = ['is', 'is not', 'is one of', 'contains', 'starts with'] as const;
const TRUTHS = ['is true', 'is false'] as const;
const MISSING = ['is missing', 'is not missing'] as const;

export type Comparison =
  (typeof ORDERED)[number] | (typeof TEXTS)[number] | (typeof TRUTHS)[number] | (typeof MISSING)[number];

/** What has been chosen so far; a column or comparison that the table does not know counts as not chosen. */
export interface Choice {
  readonly column: string;
  readonly comparison: string;
  readonly value: string;
  readonly joined: 'and' | 'or';
}

export const NO_CHOICE: Choice = { column: '', comparison: '', value: '', joined: 'and' };

/** The comparisons that a column of this type has. */
export function comparisons({ type }: Pick<Column, 'type'>): readonly Comparison[] {
  switch (type) {
    case 'integer':
    case 'number':
    case 'date':
    case 'datetime':
      return [...ORDERED, ...MISSING];
    case 'text':
      return [...TEXTS, ...MISSING];
    case 'boolean':
      return [...TRUTHS, ...MISSING];
    default:
      return MISSING;
  }
}

/** Whether the comparison is with a value. */
export const takesValue = (comparison: string): boolean =>
  [...ORDERED, ...TEXTS].some((one) => one === comparison);

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** What is wrong with the value that was typed; undefined: nothing, or there is none to type. */
export function valueProblem(
  { type }: Pick<Column, 'type'>,
  { comparison, value }: Choice,
): string | undefined {
  if (!takesValue(comparison) || type === 'text') return undefined;
  const typed = value.trim();
  if (typed === '') return undefined;
  if (type === 'date' || type === 'datetime')
    return /^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?$/.test(typed)
      ? undefined
      : 'Write a date such as 2024-01-31, with a time behind it if need be.';
  return Number.isFinite(Number(typed)) ? undefined : 'Write a number, with a point before its decimals.';
}

function literal(type: Column['type'], text: string): string {
  const typed = text.trim();
  if (type === 'date' || type === 'datetime')
    return `${typed.length > 10 ? 'TIMESTAMP' : 'DATE'} ${quoted(typed)}`;
  return typed;
}

/** The condition in SQL; undefined while something is still to choose. */
export function conditionSql(columns: readonly Column[], choice: Choice): string | undefined {
  const column = columns.find(({ name }) => name === choice.column);
  const comparison = column && comparisons(column).find((one) => one === choice.comparison);
  if (!column || !comparison || valueProblem(column, choice) !== undefined) return undefined;
  if (takesValue(comparison) && choice.value.trim() === '') return undefined;
  const cell = `"${column.name.replaceAll('"', '""')}"`;
  const { value } = choice;
  switch (comparison) {
    case 'is missing':
      return `${cell} IS NULL`;
    case 'is not missing':
      return `${cell} IS NOT NULL`;
    case 'is true':
      return cell;
    case 'is false':
      return `NOT ${cell}`;
    case 'is':
      return `${cell} = ${quoted(value)}`;
    case 'is not':
      return `${cell} <> ${quoted(value)}`;
    case 'is one of':
      return `${cell} IN (${value
        .split(',')
        .map((one) => quoted(one.trim()))
        .join(', ')})`;
    case 'contains':
      return `contains(${cell}, ${quoted(value)})`;
    case 'starts with':
      return `starts_with(${cell}, ${quoted(value)})`;
    default:
      return `${cell} ${comparison} ${literal(column.type, value)}`;
  }
}

/** An expression and a further condition; what is written already keeps its meaning. */
export function joinedSql(before: string, condition: string, joined: Choice['joined']): string {
  const written = before.trim();
  if (written === '') return condition;
  // A comment would swallow what comes behind it on its line.
  const whole = written.includes('--') ? `${written}\n` : written;
  if (joined === 'or') return `${whole} OR ${condition}`;
  return `${/\bor\b/i.test(written) ? `(${whole})` : whole} AND ${condition}`;
}

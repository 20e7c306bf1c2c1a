import { z } from 'zod';
import type { Cell, Column, ColumnType } from '../core/table';

/** A column as BigQuery's REST interface describes it. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string | undefined;
  readonly fields?: readonly Field[] | undefined;
  readonly precision?: string | undefined;
  readonly scale?: string | undefined;
  readonly rangeElementType?: { readonly type: string } | undefined;
}

export const FIELD: z.ZodType<Field> = z.lazy(() =>
  z.looseObject({
    name: z.string(),
    type: z.string(),
    mode: z.string().optional(),
    fields: z.array(FIELD).optional(),
    precision: z.string().optional(),
    scale: z.string().optional(),
    rangeElementType: z.looseObject({ type: z.string() }).optional(),
  }),
);
export const SCHEMA = z.looseObject({ fields: z.array(FIELD).default([]) });
export const ROWS = z.array(z.looseObject({ f: z.array(z.looseObject({ v: z.unknown() })).default([]) }));

/** The REST interface still has names of the older SQL. */
const NAMES: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'FLOAT64',
  BOOLEAN: 'BOOL',
  RECORD: 'STRUCT',
};
const TYPES: Readonly<Record<string, ColumnType>> = {
  INT64: 'integer',
  FLOAT64: 'number',
  NUMERIC: 'number',
  BIGNUMERIC: 'number',
  BOOL: 'boolean',
  STRING: 'text',
  DATE: 'date',
  DATETIME: 'datetime',
  TIMESTAMP: 'datetime',
};

export const typeName = ({ type }: Pick<Field, 'type'>): string => NAMES[type] ?? type;
const isRepeated = ({ mode }: Field): boolean => mode === 'REPEATED';

/** The type in GoogleSQL: `ARRAY<STRUCT<a INT64, b STRING>>`. */
export function sqlType(field: Field): string {
  const own = oneType(field);
  return isRepeated(field) ? `ARRAY<${own}>` : own;
}

function oneType(field: Field): string {
  const name = typeName(field);
  if (name === 'STRUCT') {
    return `STRUCT<${(field.fields ?? []).map((one) => `${one.name} ${sqlType(one)}`).join(', ')}>`;
  }
  if (name === 'RANGE') return `RANGE<${field.rangeElementType?.type ?? 'DATE'}>`;
  return name;
}

export function columnOf(field: Field): Column {
  return {
    name: field.name,
    type: isRepeated(field) ? 'other' : (TYPES[typeName(field)] ?? 'other'),
    sqlType: sqlType(field),
  };
}

/** A row's cells; the answer's rows hold `f` (fields) of `v` (values). */
export function rowOf(row: z.infer<typeof ROWS>[number], fields: readonly Field[]): Cell[] {
  return fields.map((field, at) => cellOf(row.f[at]?.v, field));
}

/** One cell. Nested ones become JSON text, in which integers and decimals keep all their digits. */
export function cellOf(value: unknown, field: Field): Cell {
  if (value === null || value === undefined) return null;
  if (isRepeated(field) || typeName(field) === 'STRUCT') return jsonText(value, field);
  const said = text(value);
  switch (typeName(field)) {
    case 'INT64': {
      const number = Number(said);
      return Number.isSafeInteger(number) ? number : said;
    }
    case 'FLOAT64': {
      const number = Number(said);
      return Number.isFinite(number) ? number : said;
    }
    case 'BOOL':
      return said === 'true';
    case 'TIMESTAMP':
      return timestamp(said);
    default:
      return said;
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : String(value));
const INNER = z.looseObject({ v: z.unknown() });
const RECORD = z.looseObject({ f: z.array(INNER).default([]) });

function jsonText(value: unknown, field: Field): string {
  if (isRepeated(field)) {
    const one = { ...field, mode: 'NULLABLE' };
    const items = z.array(INNER).parse(value);
    return `[${items.map(({ v }) => jsonText(v, one)).join(',')}]`;
  }
  if (value === null || value === undefined) return 'null';
  const name = typeName(field);
  if (name === 'STRUCT') {
    const { f } = RECORD.parse(value);
    const parts = (field.fields ?? []).map(
      (one, at) =>
        `${JSON.stringify(one.name)}:${isRepeated(one) && f[at]?.v === undefined ? '[]' : jsonText(f[at]?.v, one)}`,
    );
    return `{${parts.join(',')}}`;
  }
  const cell = cellOf(value, field);
  // A number of JSON may have any digits; only JavaScript's would lose some.
  if (typeof cell === 'string' && /^(INT64|NUMERIC|BIGNUMERIC)$/.test(name)) return cell;
  if (name === 'JSON') return text(value);
  return JSON.stringify(cell);
}

/** Microseconds since 1970 (an integer), or seconds (a float, where a server knows no other), as ISO 8601. */
function timestamp(said: string): string {
  const micros = /^[+-]?\d+$/.test(said) ? BigInt(said) : microsOf(said);
  return micros === undefined ? said : isoOf(micros);
}

function microsOf(said: string): bigint | undefined {
  const match = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(said);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', power = '0'] = match;
  // The digits, with the point moved six places to the right and by the power of ten.
  const shift = 6 + Number(power) - fraction.length;
  const digits = BigInt(whole + fraction);
  const micros = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift);
  return sign === '-' ? -micros : micros;
}

function isoOf(micros: bigint): string {
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const date = new Date(Number((micros - rest) / 1000n)).toISOString().slice(0, 19);
  return `${date}${rest === 0n ? '' : `.${rest.toString().padStart(6, '0').replace(/0+$/, '')}`}Z`;
}

import type * as ArrowModule from 'apache-arrow';
import type { DataType, Vector } from 'apache-arrow';
import type { Value } from './container';

type Arrow = typeof ArrowModule;

/** DuckDB's type; what is nested becomes JSON text. */
export function sqlType(arrow: Arrow, type: DataType): string {
  const { DataType: Is } = arrow;
  if (Is.isDictionary(type)) return sqlType(arrow, type.dictionary as DataType);
  if (Is.isBool(type)) return 'BOOLEAN';
  if (Is.isInt(type)) return type.bitWidth === 64 && !type.isSigned ? 'UBIGINT' : 'BIGINT';
  if (Is.isFloat(type)) return 'DOUBLE';
  if (Is.isDecimal(type)) {
    return type.precision <= 38 && type.scale >= 0 ? `DECIMAL(${type.precision},${type.scale})` : 'VARCHAR';
  }
  if (Is.isDate(type)) return 'DATE';
  if (Is.isTimestamp(type)) return type.timezone ? 'TIMESTAMP WITH TIME ZONE' : 'TIMESTAMP';
  if (Is.isTime(type)) return 'TIME';
  if (isBytes(arrow, type)) return 'BLOB';
  return 'VARCHAR';
}

function isBytes({ DataType: Is }: Arrow, type: DataType): boolean {
  return Is.isBinary(type) || Is.isLargeBinary(type) || Is.isBinaryView(type) || Is.isFixedSizeBinary(type);
}

function isNested({ DataType: Is }: Arrow, type: DataType): boolean {
  return (
    Is.isList(type) ||
    Is.isLargeList(type) ||
    Is.isFixedSizeList(type) ||
    Is.isStruct(type) ||
    Is.isMap(type) ||
    Is.isUnion(type)
  );
}

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** How many units a second has, by the number Arrow gives the unit. */
const PER_SECOND = [1n, 1000n, 1_000_000n, 1_000_000_000n];

/** A count of units since 1970 as ISO 8601 text; DuckDB's timestamps have microseconds. */
export function instant(value: bigint, unit: number): string {
  const per = PER_SECOND[unit] ?? 1000n;
  const rest = ((value % per) + per) % per;
  const seconds = iso(Number((value - rest) / per) * 1000).slice(0, 19);
  return `${seconds}.${((rest * 1_000_000n) / per).toString().padStart(6, '0')}`;
}

function decimal(value: Uint32Array, scale: number): string {
  let all = 0n;
  for (let at = value.length - 1; at >= 0; at -= 1) all = (all << 32n) | BigInt(value[at] ?? 0);
  const whole = BigInt.asIntN(value.length * 32, all);
  if (scale <= 0) return String(whole * 10n ** BigInt(-scale));
  const digits = (whole < 0n ? -whole : whole).toString().padStart(scale + 1, '0');
  return `${whole < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

type Convert = (value: unknown) => unknown;

/** What a nested value is in JSON. */
function plain(arrow: Arrow, type: DataType): Convert {
  const { DataType: Is } = arrow;
  const orNull = (convert: Convert): Convert => {
    return (value) => (value === null || value === undefined ? null : convert(value));
  };
  if (Is.isList(type) || Is.isLargeList(type) || Is.isFixedSizeList(type)) {
    const child = plain(arrow, type.valueType as DataType);
    return orNull((value) => Array.from(value as Iterable<unknown>, child));
  }
  if (Is.isStruct(type)) {
    const children = type.children.map((one) => [one.name, plain(arrow, one.type as DataType)] as const);
    return orNull((value) => {
      const row = value as Record<string, unknown>;
      return Object.fromEntries(children.map(([name, convert]) => [name, convert(row[name])]));
    });
  }
  if (Is.isMap(type)) {
    const child = plain(arrow, type.valueType as DataType);
    return orNull((value) =>
      Object.fromEntries(
        Array.from(value as Iterable<[unknown, unknown]>, ([key, one]) => [String(key), child(one)]),
      ),
    );
  }
  if (Is.isTimestamp(type)) return orNull((value) => iso(Number(value)));
  const convert = converter(arrow, type);
  return orNull((value) => {
    const one = convert(value);
    return typeof one === 'bigint' ? String(one) : one;
  });
}

/** A value of this type as {@link Value}; never called with a missing one. */
export function converter(arrow: Arrow, type: DataType): (value: unknown) => Value {
  const { DataType: Is } = arrow;
  if (Is.isDictionary(type)) return converter(arrow, type.dictionary as DataType);
  if (Is.isDate(type)) return (value) => iso(Number(value)).slice(0, 10);
  if (Is.isDecimal(type)) return (value) => decimal(value as Uint32Array, type.scale);
  if (Is.isTimestamp(type)) return (value) => `${iso(Number(value)).slice(0, 23)}${type.timezone ? 'Z' : ''}`;
  if (Is.isTime(type)) {
    const per = PER_SECOND[type.unit] ?? 1000n;
    return (value) => instant((BigInt(value as number) * 1_000_000n) / per, 2).slice(11);
  }
  if (isBytes(arrow, type)) return (value) => Buffer.from(value as Uint8Array).toString('hex');
  if (isNested(arrow, type)) {
    const convert = plain(arrow, type);
    return (value) => JSON.stringify(convert(value));
  }
  return (value) =>
    typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean'
      ? value
      : String(value);
}

/** The library gives points in time as milliseconds; what is stored is exact. */
export function stampAt(column: Vector | null, row: number, unit: number, zone: string): Value {
  const [data] = column?.data ?? [];
  if (!data?.getValid(row)) return null;
  const value = (data.values as BigInt64Array)[row];
  return value === undefined ? null : `${instant(value, unit)}${zone}`;
}

import avro, { type Schema, type Type } from 'avsc';
import { instant } from './arrow-values';
import { Moment, type Value } from './container';

/** A decimal as its digits: a class of its own tells it from a text. */
class Digits {
  constructor(readonly text: string) {}
}

/** Big-endian two's complement (Avro 1.12, Decimal). */
function digits(bytes: Buffer, scale: number): Digits {
  let all = 0n;
  for (const byte of bytes) all = (all << 8n) | BigInt(byte);
  const whole = BigInt.asIntN(bytes.length * 8, all);
  const text = (whole < 0n ? -whole : whole).toString().padStart(scale + 1, '0');
  const cut = text.length - scale;
  return new Digits(`${whole < 0n ? '-' : ''}${text.slice(0, cut)}${scale > 0 ? `.${text.slice(cut)}` : ''}`);
}

/** A count of units since 1970; what no calendar has stays the number that it is. */
function moment(value: bigint, unit: number, zone: string): Moment | string {
  try {
    return new Moment(`${instant(value, unit).replace(/\.?0+$/, '')}${zone}`, 'TIMESTAMP');
  } catch {
    return String(value);
  }
}

const DAY = 86_400_000;

/** What a logical type makes of the stored value, and DuckDB's type for it. */
interface Logic {
  readonly sqlType: string;
  from(value: never): unknown;
}

const stamp = (unit: number, zone: string): Logic => ({
  sqlType: zone === '' ? 'TIMESTAMP' : 'TIMESTAMP WITH TIME ZONE',
  from: (value: bigint) => moment(value, unit, zone),
});
const clock = (unit: number): Logic => ({
  sqlType: 'TIME',
  from: (value: number | bigint) => instant(BigInt(value), unit).slice(11),
});
const LOGIC: Readonly<Record<string, Logic>> = {
  date: {
    sqlType: 'DATE',
    from: (value: number) => new Moment(new Date(value * DAY).toISOString().slice(0, 10), 'DATE'),
  },
  'time-millis': clock(1),
  'time-micros': clock(2),
  'timestamp-millis': stamp(1, 'Z'),
  'timestamp-micros': stamp(2, 'Z'),
  'timestamp-nanos': stamp(3, 'Z'),
  'local-timestamp-millis': stamp(1, ''),
  'local-timestamp-micros': stamp(2, ''),
  'local-timestamp-nanos': stamp(3, ''),
};

function decimalLogic({ precision, scale = 0 }: { precision?: number; scale?: number }): Logic {
  return {
    sqlType: precision !== undefined && precision <= 38 ? `DECIMAL(${precision},${scale})` : 'VARCHAR',
    from: (value: Buffer) => digits(value, scale),
  };
}

/** The types that our conversion made, with what DuckDB calls them. */
const sqlTypes = new WeakMap<Type, string>();

function logical(
  logicOf: (schema: { precision?: number; scale?: number }) => Logic,
): typeof avro.types.LogicalType {
  return class extends avro.types.LogicalType {
    private readonly logic: Logic;
    constructor(schema: Schema, options?: object) {
      // The library's own type of 64 bits holds 53; a registered one counts for plain fields only.
      const typeHook = (inner: Schema): Type | undefined =>
        inner === schema && (inner as { type?: unknown }).type === 'long' ? long : undefined;
      super(schema, { ...options, typeHook });
      this.logic = logicOf(schema as { precision?: number; scale?: number });
      sqlTypes.set(this, this.logic.sqlType);
    }
    protected override _fromValue(value: never): unknown {
      return this.logic.from(value);
    }
  };
}

/** Whole numbers of 64 bits, exact. */
const long = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
});

/** The type of a schema as a file holds it, whose values {@link valueOf} takes. */
export function typeFor(schema: Schema): Type {
  const logicalTypes = Object.fromEntries(
    Object.entries(LOGIC).map(([name, logic]) => [name, logical(() => logic)]),
  );
  return avro.Type.forSchema(schema, {
    registry: { long },
    logicalTypes: { ...logicalTypes, decimal: logical(decimalLogic) },
  });
}

const SQL: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  int: 'BIGINT',
  long: 'BIGINT',
  'abstract:long': 'BIGINT',
  float: 'DOUBLE',
  double: 'DOUBLE',
  bytes: 'BLOB',
  fixed: 'BLOB',
};

/** DuckDB's type; what is nested, or of several types, is text. */
export function sqlTypeOf(type: Type): string {
  const own = sqlTypes.get(type);
  if (own !== undefined) return own;
  if (avro.Type.isType(type, 'union')) {
    const others = (type as unknown as { types: Type[] }).types.filter(({ typeName }) => typeName !== 'null');
    const [only] = others;
    return only && others.length === 1 ? sqlTypeOf(only) : 'VARCHAR';
  }
  return SQL[type.typeName] ?? 'VARCHAR';
}

/** What a union that must say its branch holds, without the branch. */
function unwrapped(value: object): unknown {
  return 'unwrap' in value && typeof value.unwrap === 'function' ? (value.unwrap as () => unknown)() : value;
}

/** A nested value as JSON has it; whole numbers beyond 2^53 as their digits. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Moment || value instanceof Digits) return value.text;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  const bytes = value as { readonly type?: unknown; readonly data?: unknown } | null;
  // A buffer has made itself an object before it comes here.
  if (bytes?.type === 'Buffer' && Array.isArray(bytes.data))
    return Buffer.from(bytes.data as number[]).toString('hex');
  return typeof value === 'object' && value !== null ? unwrapped(value) : value;
}

/** A decoded value. */
export function valueOf(value: unknown): Value {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return value;
    default: {
      if (typeof value !== 'object' || value === null) return null;
      const plainly = unwrapped(value);
      if (plainly !== value) return valueOf(plainly);
      if (value instanceof Moment) return value;
      if (value instanceof Digits) return value.text;
      if (Buffer.isBuffer(value)) return value.toString('hex');
      return JSON.stringify(value, plain);
    }
  }
}

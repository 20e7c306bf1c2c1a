import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  DuckDBScalarFunction,
  TIMESTAMP,
  UBIGINT,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBVector,
} from '@duckdb/node-api';

/** What is counted beside a statement's aggregates; `sql` over its rows. */
export type TallyKey =
  /** Each value, also NULL. */
  | { readonly kind: 'values'; readonly sql: string; readonly sqlType: string }
  /** Numbers (DOUBLE, NULL is none) between ascending edges, each of which lies in the bin above it. */
  | { readonly kind: 'numbers'; readonly sql: string; readonly edges: readonly number[] };

/** How often each value occurs. */
export interface ValueCounts {
  readonly kind: 'values';
  readonly sqlType: string;
  readonly values: readonly DuckDBValue[];
  readonly rows: readonly number[];
}

export interface NumberCounts {
  readonly kind: 'numbers';
  /** Below the first edge, between each and the next, above the last. */
  readonly bins: readonly number[];
  readonly mean: number | null;
  readonly sd: number | null;
}

export type Tallied = ValueCounts | NumberCounts;

/** Counts the rows of one statement that holds its aggregate `sql`, which says nothing itself. */
export interface Tally {
  readonly sql: string;
  /** For each key; undefined for one with too many values, one that took too long, or one of a type that is not counted here. To be called once, afterwards. */
  end(): (Tallied | undefined)[];
}

/** What can be counted by value: the types of a text table's columns. */
const TYPES: Readonly<Record<string, DuckDBType>> = {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  TIMESTAMP,
  VARCHAR,
};
/** So many values of one statement are held, and letters of those that are texts; a key that comes with more is given up. */
const VALUES = 200_000;
const LETTERS = 2 ** 23;

/**
 * Node hands over up to 1,000 vectors before it looks at anything else, such as a page that is asked for: that is when threads wait
 * for this one all the time. After so many a column is given up, so that they wait no more.
 */
const VECTORS = 100;

let made = 0;

/**
 * DuckDB has no aggregate that counts values as quickly as its GROUP BY, and that needs a pass of its own: so a function is
 * called with the rows of each of its vectors on their way, and counts them here. No statement may run on the connection.
 */
export function startTally(
  connection: DuckDBConnection,
  keys: readonly TallyKey[],
  patience = VECTORS,
): Tally {
  const types: DuckDBType[] = [];
  const args: string[] = [];
  const room = { values: VALUES, letters: LETTERS };
  const counters = keys.map((key) => {
    const at = types.length;
    if (key.kind === 'numbers') {
      types.push(DOUBLE);
      // NULL and what is no number count alike.
      args.push(`coalesce(${key.sql}, 'NaN'::DOUBLE)`);
      return new Numbers(at, key.edges);
    }
    const type = TYPES[key.sqlType];
    if (!type) return undefined;
    types.push(UBIGINT, type);
    args.push(`hash(${key.sql})`, key.sql);
    return new Values(at, key.sqlType, room);
  });
  if (types.length === 0) return { sql: 'NULL', end: () => keys.map(() => undefined) };
  const name = `tally_${made++}`;
  /** Vectors since this thread looked at anything else. */
  let since = 0;
  const spare = (): void => {
    if (since === 0) setImmediate(() => (since = 0));
    since += 1;
    if (since <= patience) return;
    since = 1;
    const busy = counters.filter((one): one is Values => one instanceof Values && !one.full);
    busy.at(-1)?.giveUp();
  };
  const counted = DuckDBScalarFunction.create({
    name,
    volatile: true,
    // Without it, a row with a missing cell would not be handed over.
    specialHandling: true,
    parameterTypes: types,
    returnType: BOOLEAN,
    mainFunction: (_info, chunk) => {
      spare();
      for (const counter of counters) counter?.add(chunk);
    },
  });
  connection.registerScalarFunction(counted);
  return {
    sql: `count(${name}(${args.join(', ')}))`,
    end() {
      const found = counters.map((counter) => counter?.found());
      // The function stays in DuckDB's catalogue, and with it what it holds.
      counters.length = 0;
      return found;
    },
  };
}

/** The memory of a vector of numbers, which the API shows one by one only. */
function itemsOf(vector: DuckDBVector): ArrayBufferView<ArrayBuffer> {
  const items: unknown = Reflect.get(vector, 'items');
  if (!ArrayBuffer.isView(items) || !(items.buffer instanceof ArrayBuffer)) {
    throw new Error('A vector of numbers without its memory.');
  }
  return items as ArrayBufferView<ArrayBuffer>;
}

/** Counts by the values' hashes of 64 bits: an open-addressed table, whose slots are as many as a power of two. */
class Values {
  /** The hash in each slot, in two halves. */
  private hashes = new Uint32Array(2 * 1024);
  private rows = new Float64Array(1024);
  /** Of each slot with rows: where its value is. */
  private places = new Uint32Array(1024);
  private readonly values: DuckDBValue[] = [];
  /** It came with too many values, or took too long. */
  full = false;

  constructor(
    private readonly at: number,
    private readonly sqlType: string,
    private readonly room: { values: number; letters: number },
  ) {}

  add(chunk: DuckDBDataChunk): void {
    if (this.full) return;
    const { buffer, byteOffset } = itemsOf(chunk.getColumnVector(this.at));
    const count = chunk.rowCount;
    const found = new Uint32Array(buffer, byteOffset, 2 * count);
    let { hashes, rows } = this;
    for (let row = 0; row < count; row += 1) {
      const low = found[2 * row] ?? 0;
      const high = found[2 * row + 1] ?? 0;
      const slot = slotOf(hashes, rows, low, high);
      const seen = rows[slot] ?? 0;
      rows[slot] = seen + 1;
      if (seen > 0) continue;
      if (!this.meet(slot, low, high, chunk.getColumnVector(this.at + 1).getItem(row))) return;
      ({ hashes, rows } = this);
    }
  }

  found(): ValueCounts | undefined {
    if (this.full) return undefined;
    const rows = new Array<number>(this.values.length).fill(0);
    for (const [slot, count] of this.rows.entries()) if (count > 0) rows[this.places[slot] ?? 0] = count;
    return { kind: 'values', sqlType: this.sqlType, values: this.values, rows };
  }

  /** Takes in a value that was not seen before; false when there is no room for it. */
  private meet(slot: number, low: number, high: number, value: DuckDBValue): boolean {
    this.hashes[2 * slot] = low;
    this.hashes[2 * slot + 1] = high;
    this.places[slot] = this.values.length;
    this.values.push(value);
    this.room.values -= 1;
    if (typeof value === 'string') this.room.letters -= value.length;
    if (this.room.values < 0 || this.room.letters < 0) this.giveUp();
    else if (this.values.length * 2 > this.rows.length) this.grow();
    return !this.full;
  }

  giveUp(): void {
    this.full = true;
    for (const value of this.values) if (typeof value === 'string') this.room.letters += value.length;
    this.room.values += this.values.length;
    this.values.length = 0;
  }

  private grow(): void {
    const { hashes, rows, places } = this;
    this.hashes = new Uint32Array(4 * rows.length);
    this.rows = new Float64Array(2 * rows.length);
    this.places = new Uint32Array(2 * rows.length);
    for (const [old, count] of rows.entries()) {
      if (count === 0) continue;
      const [low = 0, high = 0] = hashes.subarray(2 * old, 2 * old + 2);
      const slot = slotOf(this.hashes, this.rows, low, high);
      this.hashes.set([low, high], 2 * slot);
      this.rows[slot] = count;
      this.places[slot] = places[old] ?? 0;
    }
  }
}

/** The slot with this hash, or the free one where it belongs. */
function slotOf(hashes: Uint32Array, rows: Float64Array, low: number, high: number): number {
  const mask = rows.length - 1;
  let slot = low & mask;
  while ((rows[slot] ?? 0) > 0 && (hashes[2 * slot] !== low || hashes[2 * slot + 1] !== high)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

/** Slots of equal width over the edges: each knows the first bin that reaches into it. */
const SLOTS = 512;

class Numbers {
  private readonly bins: Float64Array;
  private readonly edges: Float64Array;
  private readonly firstBin = new Int32Array(SLOTS + 1);
  private readonly low: number;
  private readonly perSlot: number;
  /** Sums are of the distances from a number in the middle, or the first, so that their squares stay small. */
  private middle: number | undefined;
  private count = 0;
  private sum = 0;
  private squares = 0;

  constructor(
    private readonly at: number,
    edges: readonly number[],
  ) {
    this.edges = Float64Array.from(edges);
    this.bins = new Float64Array(edges.length + 1);
    this.low = edges[0] ?? 0;
    this.middle = edges[edges.length >> 1];
    const range = (edges.at(-1) ?? 0) - this.low;
    // In a slot's beginning no edge that lies behind it was passed; edges that lie too close or too far make one slot of all.
    this.perSlot = Number.isFinite(SLOTS / range) && range < Infinity ? SLOTS / range : 0;
    for (let bin = 0, slot = 0; slot <= SLOTS && this.perSlot > 0; slot += 1) {
      const slotOfEdge = (): number =>
        Math.min(SLOTS, Math.floor(((edges[bin] ?? 0) - this.low) * this.perSlot));
      while (bin < edges.length && slotOfEdge() < slot) bin += 1;
      this.firstBin[slot] = bin;
    }
  }

  add(chunk: DuckDBDataChunk): void {
    const { buffer, byteOffset } = itemsOf(chunk.getColumnVector(this.at));
    const numbers = new Float64Array(buffer, byteOffset, chunk.rowCount);
    const { edges, bins, firstBin, low, perSlot } = this;
    const middle = (this.middle ??= numbers.find((x) => !Number.isNaN(x))) ?? 0;
    let { count, sum, squares } = this;
    for (const x of numbers) {
      if (Number.isNaN(x)) continue;
      const slot = (x - low) * perSlot;
      let bin = slot >= SLOTS ? (firstBin[SLOTS] ?? 0) : slot > 0 ? (firstBin[Math.floor(slot)] ?? 0) : 0;
      while (bin < edges.length && x >= (edges[bin] ?? 0)) bin += 1;
      bins[bin] = (bins[bin] ?? 0) + 1;
      const far = x - middle;
      count += 1;
      sum += far;
      squares += far * far;
    }
    Object.assign(this, { count, sum, squares });
  }

  found(): NumberCounts {
    const { count, sum, squares, middle = 0 } = this;
    const known = (x: number): number | null => (Number.isFinite(x) ? x : null);
    return {
      kind: 'numbers',
      bins: [...this.bins],
      mean: known(middle + sum / count),
      sd: known(Math.sqrt(Math.max(0, squares - (sum * sum) / count) / (count - 1))),
    };
  }
}

import type { ByteRange, StoreObject } from './store';

/** What was asked of a store so far. */
export interface Fetched {
  /** Of content. */
  readonly bytes: number;
  readonly requests: number;
}

/** Reads ranges of one state of an object, and counts. */
export interface RangeReader {
  readonly object: StoreObject;
  /** For messages. */
  readonly name: string;
  /** `conflict` when the object is another by now. */
  read(range: ByteRange, signal?: AbortSignal): Promise<Buffer>;
  fetched(): Fetched;
}

/** Points of a line, in ascending `x`; a gap (a value that is no finite number) has `y` NaN. */
export interface Points {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

interface Bucket {
  x: number;
  low: number;
  lowX: number;
  high: number;
  highX: number;
  /** x of a value that is no finite number. */
  gap: number | undefined;
}

/** A growing line that costs the same to draw however long it gets. */
export interface Series {
  /** O(1) on average. */
  append(x: number, y: number): void;
  /** At most `4 × columns` points that hold the lowest and highest value of each of at most `2 × columns` buckets. */
  points(): Points;
  readonly length: number;
  /** The last value as it came, NaN and infinity too. */
  readonly last: number | undefined;
}

function emptyBucket(x: number): Bucket {
  return { x, low: Infinity, lowX: x, high: -Infinity, highX: x, gap: undefined };
}

function addTo(bucket: Bucket, x: number, y: number): void {
  if (!Number.isFinite(y)) {
    bucket.gap ??= x;
    return;
  }
  if (y < bucket.low) {
    bucket.low = y;
    bucket.lowX = x;
  }
  if (y > bucket.high) {
    bucket.high = y;
    bucket.highX = x;
  }
}

function merge(a: Bucket, b: Bucket | undefined): Bucket {
  if (!b) return a;
  return {
    x: a.x,
    ...(b.low < a.low ? { low: b.low, lowX: b.lowX } : { low: a.low, lowX: a.lowX }),
    ...(b.high > a.high ? { high: b.high, highX: b.highX } : { high: a.high, highX: a.highX }),
    gap: a.gap ?? b.gap,
  };
}

/** A line of buckets that each hold 2^k values: when there are too many, neighbours are merged, so drawing stays O(columns). */
export function growingSeries(columns = 600): Series {
  let buckets: Bucket[] = [];
  let perBucket = 1;
  let inLast = 0;
  let length = 0;
  let last: number | undefined;

  return {
    append(x, y) {
      let bucket = buckets.at(-1);
      if (!bucket || inLast === perBucket) {
        if (buckets.length === 2 * columns) {
          buckets = Array.from({ length: columns }, (_, i) =>
            merge(buckets[2 * i] ?? emptyBucket(x), buckets[2 * i + 1]),
          );
          perBucket *= 2;
        }
        bucket = emptyBucket(x);
        buckets.push(bucket);
        inLast = 0;
      }
      addTo(bucket, x, y);
      inLast++;
      length++;
      last = y;
    },
    points() {
      const px: number[] = [];
      const py: number[] = [];
      const push = (x: number, y: number): void => {
        px.push(x);
        py.push(y);
      };
      for (const bucket of buckets) {
        if (bucket.low <= bucket.high) {
          const lowFirst = bucket.lowX <= bucket.highX;
          push(lowFirst ? bucket.lowX : bucket.highX, lowFirst ? bucket.low : bucket.high);
          if (bucket.low !== bucket.high)
            push(lowFirst ? bucket.highX : bucket.lowX, lowFirst ? bucket.high : bucket.low);
        }
        if (bucket.gap !== undefined) push(bucket.gap, NaN);
      }
      return { x: px, y: py };
    },
    get length() {
      return length;
    },
    get last() {
      return last;
    },
  };
}

/** The line with at most `4 × columns` points; its extremes stay. */
export function decimate(points: Points, columns = 600): Points {
  if (points.x.length <= 2 * columns) return points;
  const series = growingSeries(columns);
  points.x.forEach((x, i) => series.append(x, points.y[i] ?? NaN));
  return series.points();
}

/** Every n-th place of `length`, at most `limit` of them, the first and the last among them: what a table of a long line shows. */
export function evenly(length: number, limit: number): number[] {
  if (length <= limit) return Array.from({ length }, (_, i) => i);
  const step = (length - 1) / (limit - 1);
  return Array.from({ length: limit }, (_, i) => Math.round(i * step));
}

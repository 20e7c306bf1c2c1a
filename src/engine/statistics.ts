import erfc from '@stdlib/math-base-special-erfc';
import gammainc from '@stdlib/math-base-special-gammainc';

/** Largest side for which the p-value of the two-sample K-S test is exact; beyond it the one-sample distribution stands in (as in SciPy). */
export const EXACT_ROWS = 10_000;

/** P(χ² ≥ statistic) with `degrees` degrees of freedom. An infinite statistic gives 0. */
export function chiSquareTail(statistic: number, degrees: number): number {
  if (statistic === Infinity) return 0;
  if (degrees <= 0) return Number.NaN;
  return gammainc(statistic / 2, degrees / 2, true, true);
}

/**
 * p-value of the hypothesis that `current` follows the shares of `reference` (counts in equal order): expected counts are the reference's,
 * scaled to the current total, without Yates' correction. A value new in `current` (expected 0) gives 0.
 */
export function chiSquare(reference: readonly number[], current: readonly number[]): number {
  const factor = sum(current) / sum(reference);
  let statistic = 0;
  for (const [index, count] of reference.entries()) {
    const expected = count * factor;
    const observed = current[index] ?? 0;
    if (expected === 0 && observed === 0) continue;
    statistic += (observed - expected) ** 2 / expected;
  }
  return chiSquareTail(statistic, reference.length - 1);
}

/** Two-sided p-value of equal shares: `hits` of `total` on each side, pooled variance. Equal constant columns give 1. */
export function zTest(
  reference: { readonly hits: number; readonly total: number },
  current: { readonly hits: number; readonly total: number },
): number {
  const first = reference.hits / reference.total;
  const second = current.hits / current.total;
  const pooled = (reference.hits + current.hits) / (reference.total + current.total);
  if (pooled === 0 || pooled === 1) return 1;
  const z = (first - second) / Math.sqrt(pooled * (1 - pooled) * (1 / reference.total + 1 / current.total));
  return erfc(Math.abs(z) / Math.SQRT2);
}

/** Jensen-Shannon distance (natural logarithm, square root of the divergence) of two lists of counts in equal order. */
export function jensenShannon(reference: readonly number[], current: readonly number[]): number {
  const left = shares(reference);
  const right = shares(current);
  let divergence = 0;
  for (const [index, p] of left.entries()) {
    const q = right[index] ?? 0;
    const middle = (p + q) / 2;
    if (p > 0) divergence += p * Math.log(p / middle);
    if (q > 0) divergence += q * Math.log(q / middle);
  }
  return Math.sqrt(Math.max(0, divergence / 2));
}

/** Population stability index of two lists of counts in equal order; empty bins are filled as Evidently does it. */
export function populationStability(reference: readonly number[], current: readonly number[]): number {
  const left = withoutZeros(shares(reference));
  const right = withoutZeros(shares(current));
  let index = 0;
  for (const [place, p] of left.entries()) {
    const q = right[place] ?? 0;
    index += (p - q) * Math.log(p / q);
  }
  return index;
}

/** n + 1 edges of n equal bins over `min … max`, n after Sturges' rule for `count` values (as NumPy cuts them). */
export function sturgesEdges(min: number, max: number, count: number, whole: boolean): number[] {
  if (max === min) return [min - 0.5, max + 0.5];
  const width = (max - min) / (Math.log2(count) + 1);
  return equalEdges(min, max, Math.ceil((max - min) / (whole ? Math.max(width, 1) : width)));
}

export function equalEdges(min: number, max: number, bins: number): number[] {
  const step = (max - min) / bins;
  return Array.from({ length: bins + 1 }, (_, index) => (index === bins ? max : min + index * step));
}

/**
 * Two-sided p-value of the two-sample Kolmogorov-Smirnov test. `distance` is the largest difference of the two
 * distribution functions as a whole number of steps of 1 / (n·m): max |count_n·m − count_m·n|.
 */
export function kolmogorovSmirnov(distance: number, n: number, m: number): number {
  if (distance === 0) return 1;
  if (Math.max(n, m) <= EXACT_ROWS) return twoSampleTail(distance, n, m);
  return oneSampleTail(distance / n / m, Math.round((n * m) / (n + m)));
}

/**
 * Exact P(D ≥ distance) for samples of n and m: the share of the lattice paths from (0, 0) to (n, m) that touch |x·m − y·n| ≥ distance.
 * A path that reached (x, y) came from (x − 1, y) with probability x / (x + y), so the share is a mean of the two before it;
 * every term is positive, so small values keep their digits.
 */
function twoSampleTail(distance: number, n: number, m: number): number {
  const [long, short] = n >= m ? [n, m] : [m, n];
  const before = new Float64Array(short + 1).fill(1);
  for (let x = 0; x <= long; x++) {
    // Only the band |x·short − y·long| < distance has to be computed: all beyond it has touched (1).
    const low = Math.max(0, Math.floor((x * short - distance) / long) + 1);
    const high = Math.min(short, Math.ceil((x * short + distance) / long) - 1);
    if (low > 0) before[low - 1] = 1;
    let below = low > 0 ? 1 : 0;
    for (let y = low; y <= high; y++) {
      const total = x + y;
      const value = total === 0 ? 0 : (x * (before[y] ?? 1) + y * below) / total;
      before[y] = value;
      below = value;
    }
    for (let y = high + 1; y <= Math.min(short, high + 2); y++) before[y] = 1;
  }
  return Math.min(1, before[short] ?? 1);
}

/**
 * P(D_n ≥ d) of the one-sample statistic for up to a few thousand rows. Far out (n·d² ≥ 2.2) both one-sided events together are rarer than
 * 1e-7, so twice the one-sided tail (Smirnov 1944) does; else the matrix power of Marsaglia, Tsang and Wang (2003).
 */
export function oneSampleTail(d: number, n: number): number {
  if (d >= 1) return 0;
  if (d <= 0.5 / n) return 1;
  if (n * d * d >= 2.2) return Math.min(1, 2 * oneSidedTail(d, n));
  return Math.min(1, Math.max(0, 1 - withinBand(d, n)));
}

function oneSidedTail(d: number, n: number): number {
  const logFactorial = new Float64Array(n + 1);
  for (let k = 1; k <= n; k++) logFactorial[k] = (logFactorial[k - 1] ?? 0) + Math.log(k);
  const log = (k: number): number => logFactorial[k] ?? 0;
  let tail = 0;
  for (let j = 0; j <= Math.floor(n * (1 - d)); j++) {
    const rest = 1 - d - j / n;
    if (rest < 0) break;
    const power = rest === 0 ? (j === n ? 0 : -Infinity) : (n - j) * Math.log(rest);
    tail += Math.exp(log(n) - log(j) - log(n - j) + power + (j - 1) * Math.log(d + j / n));
  }
  return Math.min(1, d * tail);
}

function withinBand(d: number, n: number): number {
  const k = Math.ceil(n * d);
  const h = k - n * d;
  const size = 2 * k - 1;
  const base = new Float64Array(size * size);
  const inverse = new Float64Array(size + 2).fill(1);
  for (let j = 1; j <= size + 1; j++) inverse[j] = (inverse[j - 1] ?? 0) / j;
  const set = (row: number, column: number, value: number): void => {
    base[row * size + column] = value;
  };
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (row - column + 1 >= 0) set(row, column, inverse[row - column + 1] ?? 0);
    }
  }
  for (let row = 0; row < size; row++) {
    const edge = (1 - h ** (row + 1)) * (inverse[row + 1] ?? 0);
    set(row, 0, edge);
    set(size - 1, size - 1 - row, edge);
  }
  set(size - 1, 0, (1 - 2 * h ** size + Math.max(0, 2 * h - 1) ** size) * (inverse[size] ?? 0));

  const { value, exponent } = powerCentre(base, size, n, k - 1);
  let logarithm = Math.log(value) + exponent * Math.LN2;
  for (let j = 1; j <= n; j++) logarithm += Math.log(j / n);
  return Math.exp(logarithm);
}

/** Element (centre, centre) of matrix^power as value · 2^exponent, so that it cannot overflow. */
function powerCentre(
  matrix: Float64Array,
  size: number,
  power: number,
  centre: number,
): { value: number; exponent: number } {
  const at = centre * size + centre;
  let result: { cells: Float64Array; exponent: number } | undefined;
  let square = { cells: matrix, exponent: 0 };
  for (let left = power; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) {
      result = result
        ? scaled(product(result.cells, square.cells, size), result.exponent + square.exponent, at)
        : square;
    }
    if (left > 1) square = scaled(product(square.cells, square.cells, size), 2 * square.exponent, at);
  }
  return { value: result?.cells[at] ?? 0, exponent: result?.exponent ?? 0 };
}

function scaled(
  cells: Float64Array,
  exponent: number,
  at: number,
): { cells: Float64Array; exponent: number } {
  const shift = Math.floor(Math.log2(cells[at] ?? 1));
  if (!Number.isFinite(shift) || Math.abs(shift) < 128) return { cells, exponent };
  return { cells: cells.map((cell) => cell * 2 ** -shift), exponent: exponent + shift };
}

function product(left: Float64Array, right: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let inner = 0; inner < size; inner++) {
      const factor = left[row * size + inner] ?? 0;
      if (factor === 0) continue;
      for (let column = 0; column < size; column++) {
        out[row * size + column] =
          (out[row * size + column] ?? 0) + factor * (right[inner * size + column] ?? 0);
      }
    }
  }
  return out;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function shares(counts: readonly number[]): number[] {
  const total = sum(counts);
  return counts.map((count) => count / total);
}

/** Evidently's rule: an empty share becomes 0.0001, or a millionth of the smallest share when that is 0.0001 or less. */
function withoutZeros(values: readonly number[]): number[] {
  const smallest = Math.min(...values.filter((value) => value > 0));
  const filler = smallest <= 0.0001 ? smallest / 1e6 : 0.0001;
  return values.map((value) => (value === 0 ? filler : value));
}

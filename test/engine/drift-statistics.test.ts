import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import * as statistics from '../../src/engine/statistics';
import { testPython } from '../python';

const PYTHON = testPython();

const KS: readonly (readonly [distance: number, n: number, m: number])[] = [
  [1, 1, 1],
  [6, 3, 4],
  [12, 3, 4],
  [900, 100, 100],
  [3000, 100, 100],
  [40_000, 700, 800],
  [120_000, 700, 800],
  [300_000, 800, 800],
  [900_000, 1000, 9999],
  [700_000, 50, 9000],
  [400_000, 1000, 10_001],
  [1_200_000, 1000, 25_000],
  [900_000, 300, 29_425],
  [400_000, 40, 20_001],
  [90_000, 30, 10_400],
  [9_000_000, 1000, 29_425],
  [200_000, 997, 12_345],
];

const SCRIPT = `
import json, sys, math
import numpy as np
from scipy import stats
from scipy.stats import _stats_py, distributions
out = []
for distance, n, m in json.loads(sys.argv[1]):
    d = distance / n / m
    if max(n, m) <= 10000:
        out.append(float(_stats_py._attempt_exact_2kssamp(n, m, math.gcd(n, m), d, 'two-sided')[2]))
    else:
        out.append(float(np.clip(distributions.kstwo.sf(d, np.round(m * n / (m + n))), 0, 1)))
print(json.dumps({
  'ks': out,
  'chi2': [float(stats.chi2.sf(x, k)) for x, k in [(0.5, 1), (3.84, 1), (250.0, 12), (1e-3, 40), (90.0, 100)]],
  'edges': [np.histogram_bin_edges(np.linspace(a, b, n), bins='sturges').tolist() for a, b, n in [(0.1, 7.3, 333), (-5, 5, 1001), (2, 2, 10)]],
}))
`;

interface Reference {
  readonly ks: readonly number[];
  readonly chi2: readonly number[];
  readonly edges: readonly (readonly number[])[];
}
let scipy: Reference;
beforeAll(() => {
  // Every distance must be a multiple of the greatest common divisor to be one that samples can have.
  scipy = JSON.parse(
    execFileSync(PYTHON, ['-c', SCRIPT, JSON.stringify(KS)], { encoding: 'utf8' }),
  ) as Reference;
});

describe('against SciPy', () => {
  test.each(KS.map((one, index) => ({ one, index })))('K-S $one', ({ one, index }) => {
    const expected = scipy.ks[index] ?? NaN;
    const got = statistics.kolmogorovSmirnov(...one);
    expect(Math.abs(got - expected)).toBeLessThan(1e-7);
    if (expected > 0 && Math.max(one[1], one[2]) <= 10_000) expect(got / expected).toBeCloseTo(1, 8);
  });

  test('chi-square tails keep their digits', () => {
    const got = [
      statistics.chiSquareTail(0.5, 1),
      statistics.chiSquareTail(3.84, 1),
      statistics.chiSquareTail(250, 12),
      statistics.chiSquareTail(1e-3, 40),
      statistics.chiSquareTail(90, 100),
    ];
    for (const [index, value] of got.entries()) expect(value / (scipy.chi2[index] ?? NaN)).toBeCloseTo(1, 9);
  });

  test("Sturges' edges are NumPy's", () => {
    expect(statistics.sturgesEdges(0.1, 7.3, 333, false)).toEqual(scipy.edges[0]);
    expect(statistics.sturgesEdges(-5, 5, 1001, false)).toEqual(scipy.edges[1]);
    expect(statistics.sturgesEdges(2, 2, 10, false)).toEqual(scipy.edges[2]);
  });
});

test('a value that is new gives p = 0, and equal constants p = 1', () => {
  expect(statistics.chiSquare([10, 0, 5], [10, 1, 5])).toBe(0);
  expect(statistics.zTest({ hits: 0, total: 40 }, { hits: 0, total: 50 })).toBe(1);
  expect(statistics.zTest({ hits: 0, total: 40 }, { hits: 50, total: 50 })).toBeLessThan(1e-20);
});

test('distances: 0 for equal shares, √ln 2 for shares that have nothing in common', () => {
  expect(statistics.jensenShannon([1, 3], [10, 30])).toBe(0);
  expect(statistics.jensenShannon([1, 0], [0, 7])).toBeCloseTo(Math.sqrt(Math.LN2), 12);
  expect(statistics.populationStability([1, 3], [10, 30])).toBe(0);
});

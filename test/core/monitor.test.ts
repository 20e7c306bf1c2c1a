import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { latencyOf } from '../../src/core/invoke-latency';
import { liveMetrics } from '../../src/core/monitor-report';
import { PYTHON, randomOf } from './endpoints.rig';

const SCRIPT = `
import json, sys
import numpy as np
from sklearn import metrics as m
data = json.load(sys.stdin)
a, p = data["classes"]
x, y = data["numbers"]
print(json.dumps({
  "accuracy": m.accuracy_score(a, p), "balanced_accuracy": m.balanced_accuracy_score(a, p),
  "f1_macro": m.f1_score(a, p, average="macro"),
  "rmse": m.root_mean_squared_error(x, y), "mae": m.mean_absolute_error(x, y), "r2": m.r2_score(x, y),
  "latency": np.quantile(x, [0.5, 0.95, 0.99]).tolist(),
}))
`;

describe('live metrics are those of scikit-learn', () => {
  const random = randomOf(5);
  const names = ['a', 'b', 'c', 'rare'];
  const actual = Array.from({ length: 200 }, () => names[Math.floor(random() * 3.1)] ?? 'a');
  const predicted = actual.map((one) => (random() < 0.7 ? one : (names[Math.floor(random() * 4)] ?? 'a')));
  const x = Array.from({ length: 200 }, () => random() * 100);
  const y = x.map((one) => one + random() * 20 - 8);
  const expected = JSON.parse(
    execFileSync(PYTHON, ['-W', 'ignore', '-c', SCRIPT], {
      input: JSON.stringify({ classes: [actual, predicted], numbers: [x, y] }),
      encoding: 'utf8',
    }),
  ) as Record<string, number> & { latency: number[] };

  test.each(['accuracy', 'balanced_accuracy', 'f1_macro'])('%s', (name) => {
    expect(liveMetrics('classification', actual, predicted)[name]).toBeCloseTo(expected[name] ?? NaN, 12);
  });
  test.each(['rmse', 'mae', 'r2'])('%s', (name) => {
    expect(liveMetrics('regression', x, y)[name]).toBeCloseTo(expected[name] ?? NaN, 10);
  });
  test('latencies', () => {
    const { p50, p95, p99 } = latencyOf(x);
    for (const [index, value] of [p50, p95, p99].entries()) {
      expect(value).toBeCloseTo(expected.latency[index] ?? NaN, 10);
    }
    expect(latencyOf([])).toEqual({ p50: 0, p95: 0, p99: 0 });
  });
});

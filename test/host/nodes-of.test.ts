import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import type { Run } from '../../src/core/run';
import { runNodes } from '../../src/ui/nodes-of';

const run = (id: string, more: Partial<Run>): Run => ({
  id,
  kind: 'train',
  name: 'penguins',
  status: 'completed',
  provider: 'local',
  metrics: { accuracy: 0.97, f1_macro: 0.49571 },
  mainMetric: 'f1_macro',
  submitted: '2026-11-20T10:00:00.000Z',
  dirty: false,
  params: {},
  ...more,
});

describe('the tree of runs', () => {
  const retrained = run('c', { model: { name: 'penguins', version: 2 } });
  const before = run('d', {
    kind: 'evaluate',
    partOf: 'c',
    usedModel: { name: 'penguins', version: 1 },
  });
  const after = run('e', { kind: 'evaluate', partOf: 'c', usedModel: { name: 'penguins', version: 2 } });
  const failed = run('b', { status: 'failed', metrics: {} });

  it('has what scored a retraining below its run, and says versions and the main metric', () => {
    const [first, second, ...others] = runNodes('/p', [after, before, retrained, failed]);
    assert.deepEqual(others, []);
    assert.equal(first?.item.label, 'penguins@2');
    assert.match(String(first.item.description), /^train · F1 \(macro\) 0\.4957 · /);
    assert.deepEqual(
      first.children?.map((one) => [one.name, one.item.label]),
      [
        ['e', 'penguins@2'],
        ['d', 'penguins@1'],
      ],
    );
    assert.equal(second?.item.label, 'penguins');
    assert.match(String(second.item.description), /^train · failed · /);
    assert.equal(second.children, undefined);
  });

  it('shows a part by itself when its run is gone', () => {
    const nodes = runNodes('/p', [before, failed]);
    assert.deepEqual(
      nodes.map((one) => one.name),
      ['d', 'b'],
    );
  });
});

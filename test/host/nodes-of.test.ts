import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import type { MarkdownString } from 'vscode';
import type { Endpoint } from '../../src/core/model';
import type { Run } from '../../src/core/run';
import { endpointNode, runNodes } from '../../src/ui/nodes-of';

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

describe('the tree of endpoints', () => {
  const birds: Endpoint = {
    name: 'birds',
    status: 'ready',
    model: 'penguins',
    version: 2,
    provider: 'sagemaker',
    created: '2026-11-20T10:00:00.000Z',
    updated: '2026-11-20T10:00:00.000Z',
  };

  it('warns of one that costs and is not asked, with the button that removes it', () => {
    const { item } = endpointNode('/p', { ...birds, idle: { hours: 30, perDay: 2.4 } });
    assert.equal(item.description, 'penguins@2 · ready · not asked for 30 hours, USD 2.40 per day');
    assert.equal(item.contextValue, 'endpoint.ready.idle');
    assert.equal((item.iconPath as { id: string }).id, 'warning');
    const shown = (item.tooltip as MarkdownString).value.replaceAll('&nbsp;', ' ');
    assert.match(
      shown,
      /stop or remove it, or deploy the model serverless: that costs only while it answers/,
    );
    const other = endpointNode('/p', birds).item;
    assert.equal(other.description, 'penguins@2 · ready');
    assert.equal(other.contextValue, 'endpoint.ready');
  });

  it('keeps one that was deleted elsewhere, with what can be done about it', () => {
    const { item } = endpointNode('/p', { ...birds, status: 'removed' });
    assert.equal(item.description, 'penguins@2 · deleted elsewhere');
    assert.equal(item.contextValue, 'endpoint.removed');
    // The text of a tooltip keeps its blanks by that sign.
    const shown = (item.tooltip as MarkdownString).value.replaceAll('&nbsp;', ' ');
    assert.match(shown, /remove it from this list, or start it/);
  });
});

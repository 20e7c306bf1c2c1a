import { expect, it } from 'vitest';
import { assertNode } from '../../src/cli/node-version';

it.each(['18.20.4', '20.20.2', '22.14.0'])('Node %s is refused in words', (version) => {
  expect(() => {
    assertNode(version);
  }).toThrow(`mll needs Node 22.15 or newer; this is Node ${version}.`);
});

it.each(['22.15.0', '23.0.0', process.versions.node])('Node %s runs it', (version) => {
  expect(() => {
    assertNode(version);
  }).not.toThrow();
});

import * as vscode from 'vscode';
import { askText } from '../ask';
import { agree, choose } from '../choose';
import type { CommandContext } from '../command-context';
import { isNode } from '../nodes';
import { openPanel } from '../panels';
import { waitFor } from '../progress';
import { changeModel } from '../shares';
import { showLog } from './runs';
import { plural } from '../../words';

export async function openEndpoint(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await choose(context, 'endpoints', given, 'Test Endpoint');
  if (chosen) openPanel(context, { view: 'endpoint', root: chosen.root, name: chosen.name }, 'test');
}

export async function monitor(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await choose(context, 'endpoints', given, 'Monitor Endpoint');
  if (chosen) openPanel(context, { view: 'endpoint', root: chosen.root, name: chosen.name }, 'monitor');
}

/** Retraining is set up and compared on the endpoint's Monitor tab. */
export const retrain = monitor;

export async function update(context: CommandContext, given: unknown, model: unknown): Promise<void> {
  const chosen = await choose(context, 'endpoints', given, 'Change Model of Endpoint');
  if (!chosen) return;
  const wanted = await choose(context, 'models', model, `Model for ${chosen.name}`);
  if (!wanted) return;
  if (model === undefined) {
    if (!(await changeModel(chosen.lifecycle, chosen.name, wanted.name))) return;
  } else {
    await waitFor(`Updating ${chosen.name}`, (call) =>
      chosen.lifecycle.endpoints.update(chosen.name, wanted.name, call),
    );
  }
  context.changed(chosen.root, 'endpoints');
}

export async function rollback(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await choose(context, 'endpoints', given, 'Roll Back Endpoint');
  if (!chosen) return;
  const endpoint = await waitFor(`Rolling back ${chosen.name}`, (call) =>
    chosen.lifecycle.endpoints.rollback(chosen.name, call),
  );
  context.changed(chosen.root, 'endpoints');
  vscode.window.setStatusBarMessage(
    `${endpoint.name} serves ${endpoint.model}@${endpoint.version} again`,
    5000,
  );
}

export async function start(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await choose(context, 'endpoints', given, 'Start Endpoint');
  if (!chosen) return;
  await startEndpoint(context, chosen.root, chosen.name);
}

/** Starts a stopped or failed endpoint with the model that it has. */
export async function startEndpoint(
  ui: Pick<CommandContext, 'lifecycle' | 'changed'>,
  root: string,
  name: string,
): Promise<void> {
  const lifecycle = await ui.lifecycle(root);
  const { model, version } = await lifecycle.endpoints.get(name);
  // An update with the model that it has: its captured requests and the way back stay.
  await waitFor(`Starting ${name}`, (call) => lifecycle.endpoints.update(name, `${model}@${version}`, call));
  ui.changed(root, 'endpoints');
}

export async function stop(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await choose(context, 'endpoints', given, 'Stop Endpoint');
  if (!chosen) return;
  await chosen.lifecycle.endpoints.stop(chosen.name);
  context.changed(chosen.root, 'endpoints');
}

export async function removeEndpoint(context: CommandContext, given: unknown): Promise<void> {
  const node = isNode(given) ? given : (given ?? context.trees.selected('endpoints'));
  const chosen = await choose(context, 'endpoints', node, 'Remove Endpoint');
  if (!chosen) return;
  const { status } = await chosen.lifecycle.endpoints.get(chosen.name);
  const detail =
    status === 'removed'
      ? 'It was deleted elsewhere already; what is left of it goes, with its captured requests. The model stays.'
      : 'It stops answering, and its captured requests are deleted. The model stays.';
  if (!(await agree(`Remove the endpoint "${chosen.name}"?`, detail, 'Remove'))) return;
  await chosen.lifecycle.endpoints.remove(chosen.name);
  context.changed(chosen.root, 'endpoints');
}

const whole = (low: number, high: number) => (text: string) => {
  const value = Number(text);
  return Number.isInteger(value) && value >= low && value <= high
    ? undefined
    : `A whole number from ${low} to ${high}.`;
};

/** Sends many requests made from the model's example rows and says how fast they were answered. */
export async function load(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await choose(context, 'endpoints', given, 'Load Test');
  if (!chosen) return;
  const requests = await askText({
    title: 'Load test: requests',
    value: '500',
    validateInput: whole(1, 100_000),
  });
  if (requests === undefined) return;
  const concurrency = await askText({
    title: 'Load test: at the same time',
    value: '8',
    validateInput: whole(1, 256),
  });
  if (concurrency === undefined) return;
  const result = await waitFor(`Load test of ${chosen.name}`, (call) =>
    chosen.lifecycle.endpoints.load(chosen.name, Number(requests), Number(concurrency), call),
  );
  const { p50, p95, p99 } = result.latencyMs;
  void vscode.window.showInformationMessage(
    `${chosen.name}: ${result.perSecond.toFixed(0)} requests per second, ${plural(result.errors, 'error')} in ${plural(result.requests, 'request')}. ` +
      `Latency p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms.`,
  );
}

export async function copyUrl(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await choose(context, 'endpoints', given, 'Copy Address');
  if (!chosen) return;
  const { url } = await chosen.lifecycle.endpoints.access(chosen.name);
  await vscode.env.clipboard.writeText(url);
  vscode.window.setStatusBarMessage(`Copied ${url}`, 5000);
}

export async function openLog(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await choose(context, 'endpoints', given, 'Open Endpoint Log');
  if (chosen) await showLog(chosen.name, (cursor) => chosen.lifecycle.endpoints.logs(chosen.name, cursor));
}

import * as vscode from 'vscode';
import type { Case, CaseResult } from '../core/monitor';
import type { Ui } from './project';

export interface Outcome {
  readonly state: 'sending' | 'passed' | 'failed';
  readonly text: string;
}

const outcomes = new Map<string, Map<string, Outcome>>();
const changes = new vscode.EventEmitter<vscode.Uri>();

/** Fires with a file's address when the outcome of one of its cases is another. */
export const onOutcome = changes.event;

export function outcomesOf(uri: vscode.Uri): ReadonlyMap<string, Outcome> {
  return outcomes.get(uri.toString()) ?? new Map();
}

export function setOutcome(uri: vscode.Uri, name: string, outcome: Outcome): void {
  const known = outcomes.get(uri.toString()) ?? new Map<string, Outcome>();
  known.set(name, outcome);
  outcomes.set(uri.toString(), known);
  changes.fire(uri);
}

/** A case's text is another, so what it answered before says nothing. */
export function forgetOutcomes(uri: vscode.Uri): void {
  if (outcomes.delete(uri.toString())) changes.fire(uri);
}

/** Parses the text of a cases file; a mistake is a UserError that names the line. */
export async function casesIn(
  ui: Ui,
  uri: vscode.Uri,
  text: string,
): Promise<{ endpoint: string; cases: readonly Case[]; root: string }> {
  const root = ui.root(uri);
  if (root === undefined) throw new Error('A cases file lies outside of every folder.');
  const lifecycle = await ui.lifecycle(root);
  return { ...lifecycle.cases.parse(text, uri.fsPath), root };
}

export function wordsOf(result: CaseResult): Outcome {
  const ms = `${result.latencyMs.toFixed(1)} ms`;
  if (!result.passed) return { state: 'failed', text: `${result.message} · ${ms}` };
  const given = result.prediction ? `${String(result.prediction.prediction)} · ` : '';
  return { state: 'passed', text: `${given}${ms}` };
}

/** Sends these cases of a file and shows how they ended, each in its line. */
export async function sendCases(
  ui: Ui,
  uri: vscode.Uri,
  found: { endpoint: string; cases: readonly Case[]; root: string },
  signal?: AbortSignal,
): Promise<readonly CaseResult[]> {
  for (const one of found.cases) setOutcome(uri, one.name, { state: 'sending', text: 'sending…' });
  const lifecycle = await ui.lifecycle(found.root);
  try {
    const results = await lifecycle.cases.run(found.endpoint, found.cases, signal ? { signal } : {});
    for (const one of results) setOutcome(uri, one.name, wordsOf(one));
    return results;
  } catch (error) {
    forgetOutcomes(uri);
    throw error;
  }
}

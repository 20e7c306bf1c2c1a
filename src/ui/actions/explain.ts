import * as vscode from 'vscode';
import { type ErrorData, UserError } from '../../core/errors';
import { askOne, askText } from '../ask';
import type { CommandContext } from '../command-context';
import { explanationText, type FailureText } from '../explanation';
import { isNode } from '../nodes';
import { showText } from '../shown-text';
import { readLog } from './runs';

const TITLE = 'Explain Failure';
/** A failure is told at the end of a log. */
const LAST_LINES = 100;

/** What a failure text means, as a document: of a failed run or endpoint, the text given, the selection, or what the person hands in. */
export async function explainFailure(context: CommandContext, given: unknown): Promise<void> {
  const failure =
    (await failureOf(context, given)) ??
    textOf(typeof given === 'string' ? given : selection()) ??
    (await ask());
  if (!failure) return;
  const { explain } = await import('../../core/explain/explain');
  await showText(`${failure.of}.md`, explanationText(failure, explain(failure.text, failure.where)));
}

function textOf(text: string): FailureText | undefined {
  return text.trim() === '' ? undefined : { of: 'Failure', text: text.trim() };
}

function selection(): string {
  const editor = vscode.window.activeTextEditor;
  return editor?.document.getText(editor.selection) ?? '';
}

async function ask(): Promise<FailureText | undefined> {
  const clipboard = textOf(await vscode.env.clipboard.readText());
  if (clipboard) {
    const copied = { label: '$(clippy) The text on the clipboard', detail: clipboard.text.slice(0, 200) };
    const typed = { label: '$(edit) Another text…' };
    const pick = await askOne([copied, typed], { title: TITLE });
    if (!pick) return undefined;
    if (pick === copied) return clipboard;
  }
  const text = await askText({
    title: TITLE,
    prompt: 'The message of a failed job, deployment, request or command.',
  });
  return text === undefined ? undefined : textOf(text);
}

/** What a row of a tree or a failure's button names: a run or an endpoint. */
function named(given: unknown): { kind: 'run' | 'endpoint'; name: string; root?: string } | undefined {
  if (isNode(given)) {
    const { kind, name, root } = given;
    return kind === 'run' || kind === 'endpoint' ? { kind, name, root } : undefined;
  }
  if (typeof given !== 'object' || given === null) return undefined;
  if ('run' in given && typeof given.run === 'string') return { kind: 'run', name: given.run };
  if ('endpoint' in given && typeof given.endpoint === 'string') {
    return { kind: 'endpoint', name: given.endpoint };
  }
  return undefined;
}

async function failureOf(context: CommandContext, given: unknown): Promise<FailureText | undefined> {
  const thing = named(given);
  if (!thing) return undefined;
  for (const root of thing.root === undefined ? context.roots() : [thing.root]) {
    const { runs, endpoints } = await context.lifecycle(root);
    const local = thing.kind === 'run' ? 'local-python' : 'local-serve';
    const api = thing.kind === 'run' ? runs : endpoints;
    const found = await api.get(thing.name).catch((error: unknown) => {
      if (error instanceof UserError && error.kind === 'notFound') return undefined;
      throw error;
    });
    if (!found) continue;
    const lines = (await readLog((cursor) => api.logs(thing.name, cursor))).slice(-LAST_LINES);
    return {
      of: thing.name,
      text: [...wordsOf(found.error), ...lines].join('\n'),
      where: found.provider === 'local' ? local : found.provider,
    };
  }
  throw new UserError('notFound', `There is no ${thing.kind} ${thing.name}.`, {
    fix: 'Refresh the views: it may have been removed.',
  });
}

function wordsOf(error: ErrorData | undefined): readonly string[] {
  return error === undefined ? [] : [error.message, ...(error.fix === undefined ? [] : [`→ ${error.fix}`])];
}

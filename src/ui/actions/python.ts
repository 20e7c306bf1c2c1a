import * as vscode from 'vscode';
import { askOne } from '../ask';
import { projectOf } from '../choose';
import type { CommandContext } from '../command-context';
import { waitFor } from '../progress';
import type { PythonInfo } from '../../core/api';

function say(info: PythonInfo): void {
  const missing = Object.keys(info.missing);
  const state = missing.length === 0 ? 'ready for jobs' : `lacks ${missing.join(', ')}`;
  vscode.window.setStatusBarMessage(`Python ${info.version} (${info.kind}): ${state}`, 8000);
}

export async function createPython(context: CommandContext): Promise<void> {
  const { lifecycle } = await projectOf(context);
  await lifecycle.init();
  const info = await waitFor('Creating the Python environment', (call) =>
    lifecycle.python.createManaged(call),
  );
  await lifecycle.python.use('managed');
  say(info);
}

export async function installMissing(context: CommandContext): Promise<void> {
  const { lifecycle } = await projectOf(context);
  say(await waitFor('Installing Python packages', (call) => lifecycle.python.installMissing(call)));
}

export async function selectPython(context: CommandContext): Promise<void> {
  const { lifecycle } = await projectOf(context);
  const items = [
    {
      label: 'Managed environment',
      detail:
        'Made by ML Lifecycle for this user, with exact versions; your own environments stay as they are.',
      choice: 'managed',
    },
    {
      label: 'Interpreter of the Python extension',
      detail: 'The one that is selected for this folder; packages that are missing are named.',
      choice: 'selected',
    },
    { label: 'Choose an interpreter…', detail: 'Any Python from 3.11 on.', choice: 'path' },
  ] as const;
  const pick = await askOne(items, { title: 'Python for jobs of this project' });
  if (!pick) return;
  await lifecycle.init();
  if (pick.choice !== 'path') {
    say(await lifecycle.python.use(pick.choice));
    return;
  }
  const [file] =
    (await vscode.window.showOpenDialog({ title: 'Python interpreter', openLabel: 'Use for Jobs' })) ?? [];
  if (file) say(await lifecycle.python.use({ path: file.fsPath }));
}

import * as vscode from 'vscode';
import type { Run } from '../core/run';
import { showError } from './errors';
import { isShown, openPanel } from './panels';
import type { Ui } from './project';
import { mainMetric, subject } from './words';

const running = new Map<string, Run>();
let item: vscode.StatusBarItem | undefined;

function showCount(ui: Ui): void {
  if (!item) {
    item = vscode.window.createStatusBarItem('mll.jobs', vscode.StatusBarAlignment.Left, 10);
    item.name = 'ML Lifecycle: running jobs';
    item.command = 'mll.runs.focus';
    ui.extension.subscriptions.push(item);
  }
  const runs = [...running.values()];
  if (runs.length === 0) {
    item.hide();
    return;
  }
  const [first] = runs;
  const text = runs.length === 1 && first ? `${first.kind} ${first.name}` : `${runs.length} jobs`;
  item.text = `$(loading~spin) ${text}`;
  item.tooltip = runs.map((one) => `${one.kind} ${one.name}: ${one.stage ?? one.status}`).join('\n');
  item.accessibilityInformation = { label: `ML Lifecycle: ${text} running. Shows the runs.` };
  item.show();
}

/** Shows a run in the status bar until it ends, and says how it ended when its view is not visible then. */
export function followRun(ui: Ui, root: string, run: Run): void {
  if (running.has(run.id)) return;
  running.set(run.id, run);
  showCount(ui);
  ui.changed(root, 'runs');
  void follow(ui, root, run);
}

async function follow(ui: Ui, root: string, run: Run): Promise<void> {
  try {
    const lifecycle = await ui.lifecycle(root);
    const ended = await lifecycle.runs.wait(run.id, {
      onProgress: (value) => {
        if (typeof value !== 'object' || value === null || !('id' in value)) return;
        running.set(run.id, value as Run);
        showCount(ui);
      },
    });
    running.delete(run.id);
    showCount(ui);
    for (const what of ['runs', 'models', 'datasets'] as const) ui.changed(root, what);
    const wanted = vscode.workspace.getConfiguration('mll').get<boolean>('notifications.runEnded', true);
    if (wanted && ended.status !== 'cancelled' && !isShown('run', root, run.id))
      await announce(ui, root, ended);
  } catch (error) {
    void showError(ui, error);
  } finally {
    running.delete(run.id);
    showCount(ui);
  }
}

async function announce(ui: Ui, root: string, run: Run): Promise<void> {
  const open = 'Open';
  const deploy = 'Deploy';
  if (run.status === 'failed') {
    const text = `${run.kind} ${run.name} failed: ${run.error?.message ?? 'no reason was given'}`;
    if ((await vscode.window.showErrorMessage(text, open)) === open) {
      openPanel(ui, { view: 'run', root, name: run.id });
    }
    return;
  }
  const known = mainMetric(run);
  const text = `${run.kind} ${subject(run)} is done${known === undefined ? '' : `: ${known}`}.`;
  const pick = await vscode.window.showInformationMessage(text, open, ...(run.model ? [deploy] : []));
  if (pick === open) openPanel(ui, { view: 'run', root, name: run.id });
  if (pick === deploy && run.model) {
    await vscode.commands.executeCommand('mll.model.deploy', `${run.model.name}@${run.model.version}`);
  }
}

import * as vscode from 'vscode';
import type { ProviderId } from '../core/run';
import type { Lifecycle } from '../core/api';
import type { Ui } from './project';
import { ensurePython } from './python';

export interface Where {
  readonly provider: ProviderId;
  /** Of an endpoint. */
  readonly serverless?: boolean;
}

/** Where something is to run: asked only where there is a choice. Undefined when the person closed the list. */
export async function chooseWhere(
  lifecycle: Lifecycle,
  title: string,
  endpoint = false,
): Promise<Where | undefined> {
  const ready = (await lifecycle.providers()).filter((one) => one.ready);
  if (ready.length < 2) return { provider: ready[0]?.id ?? 'local' };
  const items = ready.flatMap((one): (vscode.QuickPickItem & Where)[] => {
    const plain = { label: one.title, description: one.detail, provider: one.id };
    if (!endpoint || one.id === 'local') return [plain];
    return [
      { ...plain, detail: 'Machines that run until it is removed.', serverless: false },
      {
        ...plain,
        label: `${one.title}, serverless`,
        detail: 'Machines only while there are requests; the first answer after a pause is slow.',
        serverless: true,
      },
    ];
  });
  const pick = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  return (
    pick && {
      provider: pick.provider,
      ...(pick.serverless === undefined ? {} : { serverless: pick.serverless }),
    }
  );
}

/** What runs on this machine needs a Python here; what runs elsewhere does not. False when the person declined to set it up. */
export async function ensureReady(ui: Ui, root: string, provider: ProviderId): Promise<boolean> {
  return provider !== 'local' || (await ensurePython(ui, root)) !== undefined;
}

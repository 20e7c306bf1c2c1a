import type * as vscode from 'vscode';
import type { ProviderId } from '../core/run';
import type { Lifecycle } from '../core/api';
import type { Machine } from '../core/provider';
import { askOne } from './ask';
import { waitFor } from './progress';
import type { Ui } from './project';
import { ensurePython } from './python';

export interface Where {
  readonly provider: ProviderId;
  /** Of an endpoint. */
  readonly serverless?: boolean;
  /** Of an endpoint that is not serverless. */
  readonly machine?: string;
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
    const lasting = { ...plain, detail: 'Machines that run until it is removed.', serverless: false };
    if (one.serverless !== true) return [lasting];
    return [
      lasting,
      {
        ...plain,
        label: `${one.title}, serverless`,
        detail: 'Machines only while there are requests; the first answer after a pause is slow.',
        serverless: true,
      },
    ];
  });
  const pick = await askOne(items, {
    title,
    matchOnDescription: true,
    // A view that finishes drawing takes the focus; the question stays.
  });
  return (
    pick && {
      provider: pick.provider,
      ...(pick.serverless === undefined ? {} : { serverless: pick.serverless }),
    }
  );
}

/** Which machine an endpoint is to run on, with what it costs; undefined when the person closed the list. */
export async function chooseMachine(lifecycle: Lifecycle, provider: ProviderId): Promise<string | undefined> {
  const account = await lifecycle.account(provider);
  const { machine } = await account.defaults('endpoint');
  const found = await waitFor('Asking for machines and their prices', (call) =>
    account.machines('endpoint', call.signal),
  );
  const known = found.find((one) => one.type === machine) ?? { type: machine };
  const items = [known, ...found.filter((one) => one.type !== machine)].map((one) => ({
    label: one.type,
    description: machineText(one),
    ...(one.type === machine ? { detail: 'As the settings have it (ml.yaml).' } : {}),
  }));
  const pick = await askOne(items, {
    title: 'On which machine?',
    placeHolder: 'It runs, and costs, until the endpoint is stopped or removed.',
    matchOnDescription: true,
  });
  return pick?.label;
}

function machineText({ cores, memory, gpus = 0, price, quota }: Machine): string {
  return [
    ...(cores === undefined ? [] : [`${cores} cores`]),
    ...(memory === undefined ? [] : [memory]),
    ...(gpus === 0 ? [] : [gpus === 1 ? '1 GPU' : `${gpus} GPUs`]),
    price === undefined ? 'price not known' : `USD ${(price * 24).toFixed(2)} per day`,
    ...(quota === undefined ? [] : [`quota ${quota}`]),
  ].join(', ');
}

/** What runs on this machine needs a Python here; what runs elsewhere does not. False when the person declined to set it up. */
export async function ensureReady(ui: Ui, root: string, provider: ProviderId): Promise<boolean> {
  return provider !== 'local' || (await ensurePython(ui, root)) !== undefined;
}

import type * as vscode from 'vscode';
import type { Lifecycle } from '../core/api';
import { askOne, askText } from './ask';
import { waitFor } from './progress';

const ALL = 100;
const USUAL = [10, 25, 50];

const isShare = (text: string): boolean => /^\d{1,2}$/.test(text.trim()) && Number(text) >= 1;

/**
 * How many percent of the requests the version is to get; 100 without a question where one version answers at a time, or
 * none does yet. Undefined when the person closed the list.
 */
async function chooseShare(lifecycle: Lifecycle, name: string, asked: string): Promise<number | undefined> {
  const wanted = await lifecycle.models.get(asked);
  const reference = `${wanted.name}@${wanted.version}`;
  const { provider, status, model, version, split } = await lifecycle.endpoints.get(name);
  const { shares = false } = (await lifecycle.providers()).find((one) => one.id === provider) ?? {};
  const serves = `${model}@${version}`;
  if (!shares || status !== 'ready' || (serves === reference && !split)) return ALL;
  const others = split?.map((one) => `${one.model}@${one.version}`).filter((one) => one !== reference);
  const other = others?.[0] ?? serves;
  const items: (vscode.QuickPickItem & { percent?: number })[] = [
    {
      label: 'All requests',
      detail: `${other} is taken off the endpoint; Roll Back returns to it.`,
      percent: ALL,
    },
    ...USUAL.map((percent) => ({
      label: `${percent} % of the requests`,
      detail: `${other} keeps the other ${ALL - percent} %. The machines of both cost.`,
      percent,
    })),
    { label: 'Another share…' },
  ];
  const title = `How many requests does ${reference} get?`;
  const pick = await askOne(items, { title });
  if (!pick || pick.percent !== undefined) return pick?.percent;
  const typed = await askText({
    title,
    prompt: `Percent, from 1 to 99; ${other} keeps the others.`,
    validateInput: (text) => (isShare(text) ? undefined : 'A whole number from 1 to 99.'),
  });
  return typed === undefined ? undefined : Number(typed);
}

/** Gives the endpoint the version `name@version`, or a part of its requests to it; false when the person declined. */
export async function changeModel(lifecycle: Lifecycle, name: string, reference: string): Promise<boolean> {
  const percent = await chooseShare(lifecycle, name, reference);
  if (percent === undefined) return false;
  await waitFor(`Updating ${name}`, (call) =>
    percent === ALL
      ? lifecycle.endpoints.update(name, reference, call)
      : lifecycle.endpoints.split(name, reference, percent, call),
  );
  return true;
}

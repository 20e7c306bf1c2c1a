import path from 'node:path';
import type { z } from 'zod';
import type { Host } from './api';
import { readText, writeText } from './files';

/** Days that a price of a cloud's list is believed. */
const KEPT_DAYS = 14;

export const day = (date: Date): string => date.toISOString().slice(0, 10);

/** Prices with the day on which they were asked for: what is kept below that name for some days, else what `find` finds. */
export async function keptPrices<T extends { readonly date: string }>(
  host: Pick<Host, 'stateFolder' | 'now'>,
  name: string,
  content: z.ZodType<T>,
  find: (today: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  const file = path.join(host.stateFolder, 'prices', `${name}.json`);
  const today = day(host.now());
  const kept = await readKept(file, content);
  if (kept && Date.parse(today) - Date.parse(kept.date) < KEPT_DAYS * 86_400_000) return kept;
  const found = await find(today);
  if (found) await writeText(file, `${JSON.stringify(found)}\n`);
  return found;
}

async function readKept<T>(file: string, content: z.ZodType<T>): Promise<T | undefined> {
  try {
    return content.parse(JSON.parse((await readText(file)) ?? ''));
  } catch {
    return undefined;
  }
}

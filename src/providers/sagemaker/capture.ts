import { z } from 'zod';
import { inParallel } from '../../core/parallel';
import type { Store } from '../../core/store';
import { bringCaptured, linesOf } from '../cloud/captured';

/** Objects that are brought at the same time. */
const AT_ONCE = 16;

const SIDE = z.object({
  data: z.string(),
  encoding: z.string(),
  observedContentType: z.string().default(''),
});
/** A line of AWS's data capture. */
const EVENT = z.object({
  captureData: z.object({ endpointInput: SIDE, endpointOutput: SIDE }),
  eventMetadata: z.object({ eventId: z.string(), inferenceTime: z.string() }),
});

/** Brings what was captured since the last time into `folder`, and gives all files, oldest first. An object is brought once. */
export const bringCaptures = (
  store: Store,
  prefix: string,
  folder: string,
  signal?: AbortSignal,
): Promise<readonly string[]> =>
  bringCaptured(folder, async (known) => {
    const keys = (await keysOf(store, prefix, signal)).filter((key) => !known.has(key));
    const texts = new Map<string, string>();
    await inParallel(
      keys,
      AT_ONCE,
      async (key) => {
        texts.set(key, await textOf(store, key, signal));
      },
      signal,
    );
    return { keys, lines: keys.flatMap((key) => (texts.get(key) ?? '').split('\n').flatMap(toCaptured)) };
  });

/** Keys end in `YYYY/MM/DD/HH/mm-ss-…`, so their order is that of time. */
async function keysOf(store: Store, prefix: string, signal?: AbortSignal): Promise<string[]> {
  const keys: string[] = [];
  for (let next: string | undefined; ;) {
    const page = await store.list(prefix, { deep: true, ...(next === undefined ? {} : { next }) }, signal);
    keys.push(...page.objects.map((one) => one.key).filter((key) => key.endsWith('.jsonl')));
    next = page.next;
    if (next === undefined) return keys.sort();
  }
}

async function textOf(store: Store, key: string, signal?: AbortSignal): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of await store.read(key, undefined, signal)) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** A line of either form as lines of ours; what cannot be read is left out. */
export function toCaptured(line: string): string[] {
  if (line.trim() === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return [];
  }
  // Written by our own runtime in a serverless endpoint: already as it shall be.
  if (typeof value === 'object' && value !== null && 'id' in value) return [line];
  const event = EVENT.safeParse(value);
  if (!event.success) return [];
  const { endpointInput, endpointOutput } = event.data.captureData;
  return linesOf({
    request: decode(endpointInput),
    contentType: endpointInput.observedContentType,
    response: decode(endpointOutput),
    time: event.data.eventMetadata.inferenceTime,
  });
}

const decode = ({ data, encoding }: z.infer<typeof SIDE>): string =>
  encoding === 'BASE64' ? Buffer.from(data, 'base64').toString('utf8') : data;

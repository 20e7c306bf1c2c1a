import { createHash } from 'node:crypto';
import path from 'node:path';
import Papa from 'papaparse';
import { z } from 'zod';
import { UserError } from '../../core/errors';
import { entries, readText, remove, writeText } from '../../core/files';
import { withLock } from '../../core/manifests';
import type { Captured, Row } from '../../core/model';
import { inParallel } from '../../core/parallel';
import { parseRows } from '../../core/paste';
import type { Store } from '../../core/store';

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
const PREDICTION = z.object({
  prediction: z.union([z.string(), z.number(), z.boolean(), z.null()]),
  probabilities: z.exactOptional(z.record(z.string(), z.number())),
  error: z.exactOptional(z.object({ field: z.string(), message: z.string() })),
});
const ANSWER = z.object({
  predictions: z.array(PREDICTION),
  ids: z.array(z.string()),
  version: z.number(),
  latencyMs: z.number().default(0),
});

/** Which objects of the bucket stand in which file here. */
const INDEX = z.object({ files: z.array(z.object({ name: z.string(), keys: z.array(z.string()) })) });
type Index = z.infer<typeof INDEX>;

/**
 * Brings what was captured since the last time into `folder`, in the lifecycle's own form (one {@link Captured} a line), and gives
 * all files, oldest first. An object that was brought once is not brought again.
 */
export async function bringCaptures(
  store: Store,
  prefix: string,
  folder: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  return withLock(folder, 'bring the captured requests', async () => {
    const index = await readIndex(folder);
    const known = new Set(index.files.flatMap((one) => one.keys));
    const fresh = (await keysOf(store, prefix, signal)).filter((key) => !known.has(key));
    if (fresh.length > 0) {
      const texts = new Map<string, string>();
      await inParallel(
        fresh,
        AT_ONCE,
        async (key) => {
          texts.set(key, await textOf(store, key, signal));
        },
        signal,
      );
      const lines = fresh.flatMap((key) => (texts.get(key) ?? '').split('\n').flatMap(toCaptured));
      const hash = createHash('sha256').update(fresh.join('\n')).digest('hex').slice(0, 12);
      const name = `capture-${String(index.files.length).padStart(6, '0')}-${hash}.jsonl`;
      await writeText(path.join(folder, name), lines.map((line) => `${line}\n`).join(''));
      index.files.push({ name, keys: fresh });
      await writeText(path.join(folder, 'index.json'), `${JSON.stringify(index)}\n`);
    }
    // What a crash left between the two writes is brought again under the same keys.
    const listed = new Set(index.files.map((one) => one.name));
    for (const one of await entries(folder)) {
      if (/^capture-.*\.jsonl$/.test(one.name) && !listed.has(one.name))
        await remove(path.join(folder, one.name));
    }
    return index.files.map((one) => path.join(folder, one.name));
  });
}

async function readIndex(folder: string): Promise<Index> {
  try {
    return INDEX.parse(JSON.parse((await readText(path.join(folder, 'index.json'))) ?? ''));
  } catch (error) {
    if (error instanceof UserError) throw error;
    return { files: [] };
  }
}

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
  const { inferenceTime } = event.data.eventMetadata;
  try {
    const answer = ANSWER.parse(JSON.parse(decode(endpointOutput)));
    const rows = rowsOf(decode(endpointInput), endpointInput.observedContentType);
    if (rows.length !== answer.predictions.length) return [];
    return rows.map((input, place) => {
      const captured: Captured = {
        id: answer.ids[place] ?? '',
        time: inferenceTime,
        version: answer.version,
        input,
        prediction: answer.predictions[place] ?? { prediction: null },
        latencyMs: answer.latencyMs,
      };
      return JSON.stringify(captured);
    });
  } catch {
    return [];
  }
}

const decode = ({ data, encoding }: z.infer<typeof SIDE>): string =>
  encoding === 'BASE64' ? Buffer.from(data, 'base64').toString('utf8') : data;

/** The rows as the runtime read them. */
function rowsOf(body: string, contentType: string): readonly Row[] {
  if (/^(text|application)\/csv/i.test(contentType)) {
    const { data } = Papa.parse<Record<string, string>>(body, { header: true, skipEmptyLines: true });
    return data.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cell === '' ? null : cell])),
    );
  }
  return parseRows(body, {
    task: 'regression',
    inputs: [],
    output: { name: '', type: 'number' },
    examples: [],
  });
}

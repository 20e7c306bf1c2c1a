import { createHash } from 'node:crypto';
import path from 'node:path';
import Papa from 'papaparse';
import { z } from 'zod';
import { UserError } from '../../core/errors';
import { entries, readText, remove, writeText } from '../../core/files';
import { withLock } from '../../core/manifests';
import type { Captured, Row } from '../../core/model';
import { parseRows } from '../../core/paste';

const PREDICTION = z.object({
  prediction: z.union([z.string(), z.number(), z.boolean(), z.null()]),
  probabilities: z.exactOptional(z.record(z.string(), z.number())),
  error: z.exactOptional(z.object({ field: z.string(), message: z.string() })),
});
const ANSWER = z.object({
  predictions: z.array(PREDICTION),
  ids: z.array(z.string()).default([]),
  version: z.exactOptional(z.number()),
  latencyMs: z.number().default(0),
});

/** Which of a cloud's own pieces (objects, rows) stand in which file here. */
const INDEX = z.object({ files: z.array(z.object({ name: z.string(), keys: z.array(z.string()) })) });
type Index = z.infer<typeof INDEX>;

/** Pieces that are not here yet, with their lines of {@link Captured}. */
export interface Fresh {
  readonly keys: readonly string[];
  readonly lines: readonly string[];
}

/**
 * Brings what was captured since the last time into `folder`, in the lifecycle's own form (one {@link Captured} a line), and gives
 * all files, oldest first. `look` gets the keys of the pieces that are here already.
 */
export async function bringCaptured(
  folder: string,
  look: (known: ReadonlySet<string>) => Promise<Fresh>,
): Promise<readonly string[]> {
  return withLock(folder, 'bring the captured requests', async () => {
    const index = await readIndex(folder);
    const { keys, lines } = await look(new Set(index.files.flatMap((one) => one.keys)));
    if (keys.length > 0) {
      const hash = createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 12);
      const name = `capture-${String(index.files.length).padStart(6, '0')}-${hash}.jsonl`;
      await writeText(path.join(folder, name), lines.map((line) => `${line}\n`).join(''));
      index.files.push({ name, keys: [...keys] });
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

/** A request and what our runtime answered, as a cloud kept them. */
export interface Exchange {
  readonly request: string;
  readonly contentType: string;
  readonly response: string;
  /** ISO 8601 UTC. */
  readonly time: string;
  /** Of the answer where that does not say it itself. */
  readonly version?: number;
  readonly id?: string;
}

/** A line of {@link Captured} for each row; none where request or answer is not one of ours. */
export function linesOf(exchange: Exchange): string[] {
  const { request, contentType, response, time } = exchange;
  try {
    const answer = ANSWER.parse(JSON.parse(response));
    const rows = rowsOf(request, contentType);
    const version = answer.version ?? exchange.version;
    if (rows.length !== answer.predictions.length || version === undefined) return [];
    return rows.map((input, place) => {
      const captured: Captured = {
        id: answer.ids[place] ?? (exchange.id === undefined ? '' : `${exchange.id}-${place}`),
        time,
        version,
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

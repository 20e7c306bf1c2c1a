import { takeApart } from '../../core/job-lines';
import type { Chunk } from '../../core/provider';
import type { Clients } from './clients';
import { type LogLine, type LogPlace, lineText, readLog } from './logs';

/** What of a line is for a person to read; messages to the lifecycle are not. */
export function shownText(line: LogLine): string[] {
  const { text } = takeApart(line.text);
  return text === undefined ? [] : [lineText({ ...line, text })];
}

/** What is of interest in the lines since the cursor. Pages without any are passed over: no items means that there is no more now. */
export async function linesOf<T>(
  clients: Clients,
  place: LogPlace,
  interest: (line: LogLine) => readonly T[],
  cursor?: string,
  signal?: AbortSignal,
): Promise<Chunk<T>> {
  for (let before = cursor; ;) {
    const chunk = await readLog(clients, place, before, signal);
    const items = chunk.items.flatMap(interest);
    if (items.length > 0 || chunk.items.length === 0) return { items, cursor: chunk.cursor };
    before = chunk.cursor;
  }
}

/**
 * What a job said of its failure itself, and the lines before that: of the machine that said so first, as the others only miss it then;
 * where none did, the lines of the first machine.
 */
export function lastWords(machines: readonly (readonly LogLine[])[]): {
  readonly failure?: unknown;
  readonly before: readonly LogLine[];
} {
  const failed = machines
    .flatMap((lines) => {
      const at = lines.findLastIndex((line) => failureIn(line) !== undefined);
      const said = lines[at];
      return said === undefined
        ? []
        : [{ time: said.time, failure: failureIn(said), before: lines.slice(0, at) }];
    })
    .sort((a, b) => a.time - b.time);
  return failed[0] ?? { before: machines[0] ?? [] };
}

function failureIn({ text }: LogLine): unknown {
  const { message } = takeApart(text);
  return message && 'failure' in message ? message.failure : undefined;
}

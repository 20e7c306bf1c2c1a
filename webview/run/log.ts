const ESCAPE = String.fromCharCode(27);
// Colours and cursor movements of terminals (ECMA-48 control sequences).
const CONTROL = new RegExp(`${ESCAPE}\\[[0-9;?]*[ -/]*[@-~]`, 'g');

/** The last lines of a log, however long the log is. */
export interface LogTail {
  readonly lines: readonly string[];
  /** Lines that came before the first one kept. */
  readonly skipped: number;
  append(lines: readonly string[]): void;
}

/** A line as it would stand in a terminal: without colours, and only what the last carriage return left of it. */
export function plainLine(line: string): string {
  const text = line.includes(ESCAPE) ? line.replace(CONTROL, '') : line;
  const end = text.replace(/\r+$/, '');
  return end.slice(end.lastIndexOf('\r') + 1);
}

/** Keeps between `cap` and twice `cap` lines, so that dropping old ones costs nothing per line. Metric lines are left out. */
export function logTail(cap = 10_000): LogTail {
  let lines: string[] = [];
  let skipped = 0;
  return {
    get lines() {
      return lines;
    },
    get skipped() {
      return skipped;
    },
    append(added) {
      const shown = added.filter((line) => !line.startsWith('@mll ')).map(plainLine);
      lines = [...lines, ...shown];
      if (lines.length <= 2 * cap) return;
      skipped += lines.length - cap;
      lines = lines.slice(-cap);
    },
  };
}

/** Places of the lines that contain `text`, letter case aside; none for an empty text. */
export function matches(lines: readonly string[], text: string): number[] {
  if (text === '') return [];
  const wanted = text.toLowerCase();
  return lines.flatMap((line, i) => (line.toLowerCase().includes(wanted) ? [i] : []));
}

/** The next place after (or, backwards, before) `from`, round the end; undefined when there is none. */
export function nextMatch(found: readonly number[], from: number, forward: boolean): number | undefined {
  if (forward) return found.find((i) => i > from) ?? found[0];
  return found.findLast((i) => i < from) ?? found.at(-1);
}

/** A line cut into what matches and what does not, for marking; joined it is the line. */
export function cut(
  line: string,
  text: string,
): readonly { readonly text: string; readonly match: boolean }[] {
  if (text === '') return [{ text: line, match: false }];
  const lower = line.toLowerCase();
  // Letter case may change a text's length in some languages; then nothing can be marked by place.
  if (lower.length !== line.length) return [{ text: line, match: false }];
  const wanted = text.toLowerCase();
  const parts: { text: string; match: boolean }[] = [];
  let at = 0;
  for (;;) {
    const next = lower.indexOf(wanted, at);
    if (next < 0) break;
    if (next > at) parts.push({ text: line.slice(at, next), match: false });
    parts.push({ text: line.slice(next, next + wanted.length), match: true });
    at = next + wanted.length;
  }
  if (at < line.length) parts.push({ text: line.slice(at), match: false });
  return parts;
}

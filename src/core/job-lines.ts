/** What a job says to the lifecycle in a line of its output (docs/contracts.md). */
export type JobMessage =
  | { readonly stage: string; readonly progress: number | undefined }
  | { readonly metric: string; readonly value: unknown; readonly step: unknown; readonly time: unknown }
  | { readonly failure: unknown };

const PREFIX = '@mll ';

/** The message that a line carries, and what of the log stands before it (a progress bar that has no end of line). */
export function takeApart(line: string): { readonly text?: string; readonly message?: JobMessage } {
  const at = line.indexOf(PREFIX);
  const message = at < 0 ? undefined : messageOf(line.slice(at));
  if (!message) return { text: line };
  return at === 0 ? { message } : { text: line.slice(0, at), message };
}

/** The message that begins with this text; undefined for any other text. */
export function messageOf(line: string): JobMessage | undefined {
  if (!line.startsWith(PREFIX)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line.slice(PREFIX.length));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if ('stage' in value && typeof value.stage === 'string') {
    const progress = 'progress' in value && typeof value.progress === 'number' ? value.progress : undefined;
    return { stage: value.stage, progress };
  }
  if ('metric' in value && typeof value.metric === 'string' && 'value' in value) {
    return {
      metric: value.metric,
      value: value.value,
      step: 'step' in value ? value.step : 0,
      time: 'time' in value ? value.time : Date.now(),
    };
  }
  return 'failure' in value ? { failure: value.failure } : undefined;
}

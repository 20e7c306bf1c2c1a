import type { ErrorData } from '../../core/errors';
import { explain } from '../../core/explain/explain';

const SHOWN_LINES = 5;
const SHOWN_LENGTH = 1000;

/** What is known of a job that failed. */
interface Heard {
  /** The failure as the job's own process told it. */
  readonly own: ErrorData | undefined;
  /** The cloud's words; '' where it gives none. */
  readonly reason: string;
  /** The last lines of the log that a person would read. */
  readonly lines: readonly string[];
}

/** The failure of a job as a person is told it: its own words, else the cloud's with a cause where one is known, and the last lines of the log. */
export function failedJob(
  cloud: { readonly id: 'sagemaker' | 'vertex'; readonly name: string },
  { own, reason, lines }: Heard,
): ErrorData {
  const shown = lines.filter((line) => line.trim() !== '');
  const tail = shown.slice(-SHOWN_LINES).join(' ⏎ ').slice(-SHOWN_LENGTH);
  const withTail = (text: string): string =>
    tail === '' ? text : `${text} The last lines of its log: ${tail}`;
  // An exit code alone says nothing.
  if (own) return /exit code|signal/.test(own.message) ? { ...own, message: withTail(own.message) } : own;
  const { cause, fix } = explain([reason, ...shown].join('\n'), cloud.id);
  const said = reason === '' ? `${cloud.name} gives no reason.` : reason;
  return {
    kind: 'unavailable',
    message: withTail(`The job failed: ${cause === null ? '' : `${cause} `}${said}`),
    fix: fix ?? 'See the log for the cause.',
  };
}

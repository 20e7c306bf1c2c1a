import { UserError } from './errors';
import { type Agree, askToAgree, type Estimate } from './estimate';
import { latencyOf } from './invoke-latency';
import type { InvokeResult, Latency, Row } from './model';
import type { CallOptions } from '../rpc';

const MOST_REQUESTS = 1e6;
const MOST_AT_ONCE = 256;

export interface LoadResult {
  readonly requests: number;
  readonly errors: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly latencyMs: Latency;
}

interface Load {
  readonly requests: number;
  readonly concurrency: number;
  /** Sent again and again, in this order. */
  readonly examples: readonly Row[];
  readonly invoke: (row: Row) => Promise<InvokeResult>;
}

export function checkLoad(requests: number, concurrency: number): void {
  const whole = (value: number, most: number): boolean =>
    Number.isInteger(value) && value >= 1 && value <= most;
  if (whole(requests, MOST_REQUESTS) && whole(concurrency, MOST_AT_ONCE)) return;
  throw new UserError('invalid', 'A load test takes 1 to 1,000,000 requests, 1 to 256 at the same time.', {
    fix: 'Choose numbers in these ranges.',
  });
}

interface Asked {
  readonly name: string;
  readonly requests: number;
  readonly concurrency: number;
  readonly serverless: boolean;
}

/** Shows what a load test on a cloud's endpoint may cost; `endpoint`: what the endpoint itself costs. Throws without a yes. */
export async function agreeToLoad(
  host: { readonly agree?: Agree },
  endpoint: Estimate,
  about: Asked,
): Promise<void> {
  await askToAgree(host, loadEstimate(endpoint, about));
}

function loadEstimate(endpoint: Estimate, about: Asked): Estimate {
  const requests = `${about.requests.toLocaleString('en-US')} ${about.requests === 1 ? 'request' : 'requests'}`;
  return {
    ...endpoint,
    action: `Send ${requests} to "${about.name}", ${about.concurrency} at the same time`,
    files: [],
    secrets: [],
    stops: 'after the last request, or when it is cancelled',
    notes: [
      "The model's example rows are sent, again and again.",
      about.serverless
        ? 'A serverless endpoint is billed for the time that each answer takes.'
        : 'The machine costs the same whether it is asked or not; autoscaling may add machines while many requests come.',
    ],
  };
}

/** Sends so many requests, so many of them at the same time. Progress: the number that is done. */
export async function load(
  { requests, concurrency, examples, invoke }: Load,
  call: CallOptions,
): Promise<LoadResult> {
  const durations: number[] = [];
  let begun = 0;
  let done = 0;
  let errors = 0;
  const started = performance.now();
  const worker = async (): Promise<void> => {
    while (begun < requests) {
      const row = examples[begun++ % examples.length] ?? {};
      try {
        const result = await invoke(row);
        durations.push(result.latencyMs.p50);
        if (result.predictions.some((one) => one.error)) errors += 1;
      } catch (error) {
        call.signal?.throwIfAborted();
        if (!(error instanceof UserError)) throw error;
        errors += 1;
      }
      done += 1;
      if (done % 50 === 0) call.onProgress?.(done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, requests) }, worker));
  const seconds = (performance.now() - started) / 1000;
  return { requests, errors, seconds, perSecond: requests / seconds, latencyMs: latencyOf(durations) };
}

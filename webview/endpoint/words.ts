import type {
  CaseResult,
  EndpointStatus,
  HistoryEntry,
  InvokeResult,
  RetrainResult,
} from '../../src/protocol';
import { plural, valueText } from '../shared/format';
import { latency } from './monitor-text';

/** One line for an entry of the history: what was predicted, or what failed. */
export function historyText({ rows, result, error }: HistoryEntry): string {
  if (error) return `Failed: ${error.message}`;
  const first = result?.predictions[0];
  if (rows.length > 1) return plural(rows.length, 'row');
  if (!first) return 'No answer';
  return first.error ? `Refused: ${first.error.message}` : valueText(first.prediction);
}

/** Why an endpoint does not answer now; undefined when it does, or may. */
export function silentText(status: EndpointStatus | undefined): string | undefined {
  if (status === 'creating') return 'It answers when it is ready';
  if (status === 'stopped' || status === 'removed' || status === 'failed')
    return 'It answers once it is started';
  return undefined;
}

/** What the last run of all cases came to. */
export function casesText(results: readonly CaseResult[]): string {
  const failed = results.filter((one) => !one.passed).length;
  if (results.length === 1) return failed === 0 ? 'The case passed.' : 'The case failed.';
  return failed === 0
    ? `All ${plural(results.length, 'case')} passed.`
    : `${plural(failed, 'case')} of ${results.length} failed.`;
}

/** What became of a retraining, in one sentence. */
export function retrainText({ gate, promoted, new: next }: RetrainResult): string {
  const version = `version ${next.version}`;
  if (promoted) return `The gate held, and the endpoint answers with ${version} now.`;
  return gate.held
    ? `The gate held; the endpoint was left as it is, ${version} can be deployed.`
    : `The gate did not hold, so the endpoint was left as it is; ${version} is kept.`;
}

/** The stage that a progress value (a text, or a Run) tells of. */
export function stageOf(progress: unknown): string | undefined {
  if (typeof progress === 'string') return progress;
  if (typeof progress !== 'object' || progress === null) return undefined;
  const { stage, status } = progress as { stage?: unknown; status?: unknown };
  return typeof stage === 'string' ? stage : typeof status === 'string' ? status : undefined;
}

/** One sentence on the answers for many rows. */
export function manyText({ predictions, latencyMs }: InvokeResult): string {
  const failed = predictions.filter((one) => one.error).length;
  const times =
    latencyMs.p50 === latencyMs.p99
      ? latency(latencyMs.p50)
      : `${latency(latencyMs.p50)} (median), ${latency(latencyMs.p99)} (slowest 1 %)`;
  return `${plural(predictions.length, 'row')} answered, ${failed === 0 ? 'no errors' : plural(failed, 'error')}; latency ${times}.`;
}

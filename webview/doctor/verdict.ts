import type { Check } from '../../src/protocol';
import { plural } from '../shared/format';

/** One sentence over all checks. */
export function verdict(checks: readonly Check[]): string {
  const bad = checks.filter((one) => !one.ok).length;
  if (checks.length === 0) return 'There was nothing to check.';
  if (bad === 0) return `All ${plural(checks.length, 'check')} passed.`;
  return `${plural(bad, 'check')} of ${checks.length} ${bad === 1 ? 'needs' : 'need'} attention.`;
}

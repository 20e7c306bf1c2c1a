import type { ErrorData, ErrorKind } from '../errors';
import type { FailureClass } from './classes';
import { explain } from './explain';

const KINDS: Readonly<Record<FailureClass, ErrorKind>> = {
  'auth-expired': 'auth',
  'auth-missing': 'auth',
  'billing-or-api-disabled': 'unsupported',
  conflict: 'conflict',
  'data-format': 'invalid',
  'data-missing': 'notFound',
  'disk-full': 'quota',
  gpu: 'unsupported',
  'health-check': 'unavailable',
  image: 'invalid',
  'invalid-argument': 'invalid',
  network: 'unavailable',
  'not-found': 'notFound',
  'out-of-memory': 'quota',
  'package-conflict': 'invalid',
  'package-missing': 'notFound',
  'payload-too-large': 'invalid',
  permission: 'permission',
  'port-in-use': 'conflict',
  'proxy-or-tls': 'unavailable',
  'python-environment': 'unsupported',
  quota: 'quota',
  'rate-limit': 'unavailable',
  'region-mismatch': 'invalid',
  'role-or-service-account': 'permission',
  'script-bug-data': 'invalid',
  'script-error': 'invalid',
  'spot-interrupted': 'unavailable',
  stuck: 'unavailable',
  timeout: 'unavailable',
  'version-mismatch': 'invalid',
};

/** A failure as a provider hands it on: what {@link explain} says, in the shape of every other failure. */
export interface KnownFailure extends ErrorData {
  readonly kind: ErrorKind;
  readonly fix: string;
  readonly class: FailureClass;
}

/**
 * The failure of a run or endpoint in words, or undefined where the text is not known: then it is shown as it is.
 * `where` as in {@link explain}; a provider's id will do.
 */
export function knownFailure(text: string, where?: string): KnownFailure | undefined {
  const found = explain(text, where);
  if (found.class === 'unknown') return undefined;
  return { kind: KINDS[found.class], message: found.cause, fix: found.fix, class: found.class };
}

/** As {@link knownFailure}, but undefined too where it is known only that some code raised something: the log says that itself. */
export function specificFailure(text: string, where?: string): KnownFailure | undefined {
  const known = knownFailure(text, where);
  return known?.class === 'script-error' ? undefined : known;
}

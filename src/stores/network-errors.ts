import { z } from 'zod';
import { systemCode, UserError } from '../core/errors';

const CERTIFICATE = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
]);
const UNREACHABLE = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPROTO',
]);
const CUT = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE', 'ECONNABORTED']);
const BROKEN_OFF = /^(socket hang up|aborted|Premature close|terminated)$/;

/** The variables of a cloud's own clients that a person may have to look at. */
export interface NetworkWords {
  /** What names a file with certificates, beside NODE_EXTRA_CA_CERTS. */
  readonly certificates?: string;
  /** What decides the address. */
  readonly address: string;
}

/** The chain of an error and its causes, the outermost first. */
function* chain(error: unknown): Generator<Error> {
  for (let one = error; one instanceof Error; one = one.cause) yield one;
}

const PROXY_AUTHENTICATION = 407;
const ANSWER = z.looseObject({
  code: z.unknown(),
  status: z.unknown(),
  response: z.looseObject({ status: z.unknown() }).optional(),
});
/** HTTP's status of the answer that an error is about. */
function statusOf(error: Error): unknown {
  const { code, status, response } = ANSWER.partial().safeParse(error).data ?? {};
  return response?.status ?? status ?? code;
}

/** Failures of the network as UserErrors, whichever cloud it leads to; undefined for anything else. */
export function explainNetwork(error: unknown, doing: string, words: NetworkWords): UserError | undefined {
  const failed = (why: string, fix: string): UserError =>
    new UserError('unavailable', `Could not ${doing}: ${why}.`, { fix, cause: error });
  for (const one of chain(error)) {
    const code = systemCode(one) ?? '';
    if (CERTIFICATE.has(code) || /self-signed certificate|unable to get local issuer/i.test(one.message)) {
      const names = ['NODE_EXTRA_CA_CERTS', words.certificates].filter((name) => name !== undefined);
      return failed(
        `the certificate of the server is of an authority that is not trusted here (${code || one.message})`,
        `If your network has a certificate authority of its own, let ${names.join(' or ')} name its file (PEM) before VS Code or the terminal starts.`,
      );
    }
    if (UNREACHABLE.has(code)) {
      return failed(
        `the server cannot be reached (${one.message || code})`,
        `Check the network, ${words.address} where they are set.`,
      );
    }
    if (CUT.has(code) || one.name === 'TimeoutError' || BROKEN_OFF.test(one.message)) {
      return failed(
        `the connection broke off (${one.message || code})`,
        'Try again; a download goes on where it stopped.',
      );
    }
    // One proxy agent says it so, another gives the proxy's answer as if it were the server's.
    if (/^Bad response: (\d+)$/.test(one.message) || statusOf(one) === PROXY_AUTHENTICATION) {
      return failed(
        `the proxy refused the connection (${one.message})`,
        'Check HTTPS_PROXY and HTTP_PROXY, with name and password where the proxy wants them.',
      );
    }
  }
  return undefined;
}

import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Files of a key and of its certificate. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/**
 * A certificate for localhost that is its own authority. gRPC's client reads GRPC_DEFAULT_SSL_ROOTS_FILE_PATH when it is loaded: a
 * process that is client and stand-in at once makes this first, then loads the stand-in.
 */
export function makeCertificate(folder: string): Certificate {
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
  execFileSync('openssl', [...args, ...subject], { stdio: 'ignore' });
  return { key, cert };
}

// What lies between a program and its servers in many companies: a proxy, and certificates of an authority of their own.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { motoPython } from './moto';

/** A certificate of its own authority for 127.0.0.1, and its key, as files. */
export function makeCertificate(certificate: string, key: string): void {
  const script = `
import datetime, ipaddress, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = ec.generate_private_key(ec.SECP256R1())
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority of a test")])
now = datetime.datetime.now(datetime.timezone.utc)
made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
  .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
  .not_valid_after(now + datetime.timedelta(days=2))
  .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
  .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256()))
open(sys.argv[1], "wb").write(made.public_bytes(serialization.Encoding.PEM))
open(sys.argv[2], "wb").write(key.private_bytes(serialization.Encoding.PEM,
  serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
`;
  const done = spawnSync(motoPython(), ['-c', script, certificate, key], { encoding: 'utf8' });
  if (done.stderr !== '') throw new Error(done.stderr);
}

/** A proxy that opens tunnels, and notes whereto. */
export interface Proxy {
  readonly url: string;
  readonly asked: string[];
  refuse: boolean;
  stop(): void;
}

export async function startProxy(): Promise<Proxy> {
  const sockets = new Set<net.Socket>();
  const server = http.createServer();
  server.on('connect', (request, socket) => {
    if (proxy.refuse) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    proxy.asked.push(request.url ?? '');
    const [host = '', port] = (request.url ?? '').split(':');
    const onward = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    sockets.add(onward);
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: Proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    refuse: false,
    stop() {
      for (const one of sockets) one.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
  return proxy;
}

/** The server at `target` behind TLS. */
export async function startTls(
  target: string,
  files: { readonly certificate: string; readonly key: string },
): Promise<{ readonly url: string; stop(): void }> {
  const { hostname, port } = new URL(target);
  const options = { cert: fs.readFileSync(files.certificate), key: fs.readFileSync(files.key) };
  const server = https.createServer(options, (request, response) => {
    const { method, url: path, headers } = request;
    const onward = http.request({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

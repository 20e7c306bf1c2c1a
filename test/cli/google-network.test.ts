import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeEnvironment, withoutGoogle } from '../environment';
import { type FakeBigQuery, startFakeBigQuery } from '../rigs/google/bigquery/fake';
import { PEOPLE_TABLE } from '../rigs/google/bigquery/people';
import { type GoogleRig, startGoogle } from '../rigs/google/rig';
import { makeCertificate } from '../rigs/google/vertex/certificate';
import { type Proxy, startProxy, startTls } from '../rigs/network';
import { makeSandbox, type Sandbox } from './mll';

const BUCKET = 'birds-of-ada';

/** Everything that asks Google (files, tables, jobs by gRPC, logins) goes the way that the network of a company asks for. */
describe('the way to Google', { timeout: 100_000 }, () => {
  let google: GoogleRig;
  let fake: FakeBigQuery;
  let proxy: Proxy;
  /** As the real services are: behind TLS. */
  let files: { url: string; stop(): void };
  let tables: typeof files;
  /** A file with the authorities of all of them. */
  let trusted: string;
  let restore: () => void;
  let folder: string;
  const boxes: Sandbox[] = [];

  beforeAll(async () => {
    restore = changeEnvironment(withoutGoogle());
    google = await startGoogle();
    await google.storage.createBucket(BUCKET);
    fake = await startFakeBigQuery();
    fake.tables.set('shop.sales.people', PEOPLE_TABLE);
    proxy = await startProxy();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mll-network-'));
    const { cert: certificate, key } = makeCertificate(folder);
    files = await startTls(google.storage.url, { certificate, key });
    tables = await startTls(fake.url, { certificate, key });
    trusted = path.join(folder, 'trusted.pem');
    const ofGrpc = fs.readFileSync(String(process.env.GRPC_DEFAULT_SSL_ROOTS_FILE_PATH), 'utf8');
    fs.writeFileSync(trusted, `${fs.readFileSync(certificate, 'utf8')}\n${ofGrpc}`);
  });
  afterAll(async () => {
    for (const one of boxes) one.remove();
    proxy.stop();
    files.stop();
    tables.stop();
    await fake.stop();
    await google.stop();
    restore();
    fs.rmSync(folder, { recursive: true });
  });

  /** A project of its own, in the terminal of somebody with these variables. */
  function box(env: Readonly<Record<string, string | undefined>>): Sandbox {
    const back = changeEnvironment({
      ...google.env,
      STORAGE_EMULATOR_HOST: files.url,
      BIGQUERY_EMULATOR_HOST: tables.url,
      NODE_EXTRA_CA_CERTS: trusted,
      GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: undefined,
      ...env,
    });
    const made = makeSandbox();
    back();
    boxes.push(made);
    made.write(
      'ml.yaml',
      JSON.stringify({
        project: 'shop',
        stores: { gs: { project: 'test' } },
        providers: {
          vertex: { project: 'test', region: 'europe-west1', store: `gs://${BUCKET}/some` },
        },
      }),
    );
    return made;
  }

  /** What each of them says: `answered`, or why there was no answer. */
  async function ask(of: Sandbox): Promise<Record<string, string>> {
    const calls = {
      files: ['store', 'list', `gs://${BUCKET}/`],
      tables: ['sources', 'list', 'bigquery://shop/sales'],
      jobs: ['resources', 'list', '--provider', 'vertex'],
    };
    const said: Record<string, string> = {};
    for (const [name, args] of Object.entries(calls)) {
      const { code, json } = await of.mll('--json', ...args);
      said[name] = code === 0 ? 'answered' : (json() as { error: { message: string } }).error.message;
    }
    return said;
  }
  const each = (word: string): Record<string, unknown> => ({
    files: expect.stringContaining(word) as unknown,
    tables: expect.stringContaining(word) as unknown,
    jobs: expect.stringContaining(word) as unknown,
  });
  const hosts = (): Set<string> =>
    new Set(
      [files.url, tables.url, google.vertex.rest.url, String(google.env.CLOUDSDK_AUTH_TOKEN_HOST)].map(
        (url) => new URL(url).port,
      ),
    );
  const portsAsked = (): Set<string> => new Set(proxy.asked.map((one) => one.split(':').at(-1) ?? ''));

  it.each([
    ['capital', (url: string) => ({ HTTPS_PROXY: url, HTTP_PROXY: url })],
    ['small', (url: string) => ({ https_proxy: url, http_proxy: url })],
  ])('through a proxy that is named in %s letters', async (_, named) => {
    proxy.asked.length = 0;
    expect(await ask(box(named(proxy.url)))).toEqual(each('answered'));
    expect(portsAsked()).toEqual(new Set([...hosts(), google.vertex.address.split(':').at(-1)]));
  });

  it('beside the proxy where NO_PROXY says so', async () => {
    proxy.asked.length = 0;
    const env = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1,localhost' };
    expect(await ask(box(env))).toEqual(each('answered'));
    expect(proxy.asked).toEqual([]);
  });

  it('a proxy that refuses is told', async () => {
    proxy.refuse = true;
    expect(await ask(box({ HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url }))).toEqual(
      each('the proxy refused the connection'),
    );
    proxy.refuse = false;
  });

  it('to servers whose certificate an authority of the company made', async () => {
    expect(await ask(box({ NODE_EXTRA_CA_CERTS: undefined }))).toEqual(
      each('of an authority that is not trusted here'),
    );
    expect(await ask(box({}))).toEqual(each('answered'));
  });
});

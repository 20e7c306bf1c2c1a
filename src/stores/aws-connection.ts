import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { getCACertificates } from 'node:tls';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { getProxyForUrl } from 'proxy-from-env';
import { systemCode, UserError } from '../core/errors';

/** What the clients of the AWS SDK call for each request. */
export type Connection = Pick<
  NodeHttpHandler,
  'metadata' | 'handle' | 'destroy' | 'updateHttpClientConfig' | 'httpHandlerConfigs'
>;

/** Milliseconds; a connection on which nothing moves for two minutes is dead. */
const TIMES = { connectionTimeout: 10_000, socketTimeout: 120_000 };

/**
 * Connections by the standard environment: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, AWS_CA_BUNDLE beside Node's own NODE_EXTRA_CA_CERTS.
 * NO_PROXY is asked for each request: one service may lie within the network, another one outside.
 */
export async function connection(): Promise<Connection> {
  const options = { keepAlive: true, maxSockets: 50 };
  const bundle = process.env.AWS_CA_BUNDLE;
  const secure = { ...options, ...(bundle ? { ca: await authorities(bundle) } : {}) };
  const direct = new NodeHttpHandler({
    ...TIMES,
    httpAgent: new HttpAgent(options),
    httpsAgent: new HttpsAgent(secure),
  });
  const through = new Map<string, Promise<NodeHttpHandler>>();
  async function by(proxy: string): Promise<NodeHttpHandler> {
    const { HttpProxyAgent, HttpsProxyAgent } = await import('hpagent');
    return new NodeHttpHandler({
      ...TIMES,
      httpAgent: new HttpProxyAgent({ ...options, proxy }),
      httpsAgent: new HttpsProxyAgent({ ...secure, proxy }),
    });
  }
  function handlerFor(address: string): NodeHttpHandler | Promise<NodeHttpHandler> {
    const proxy = getProxyForUrl(address);
    if (proxy === '') return direct;
    const made = through.get(proxy) ?? by(proxy);
    through.set(proxy, made);
    return made;
  }
  return {
    metadata: direct.metadata,
    async handle(request, given) {
      const { protocol, hostname, port } = request;
      const address = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
      return (await handlerFor(address)).handle(request, given);
    },
    destroy() {
      direct.destroy();
      for (const one of through.values()) void one.then((handler) => handler.destroy());
    },
    updateHttpClientConfig: (key, value) => direct.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => direct.httpHandlerConfigs(),
  };
}

async function authorities(file: string): Promise<string[]> {
  try {
    return [...getCACertificates('default'), await readFile(file, 'utf8')];
  } catch (error) {
    throw new UserError(
      systemCode(error) === 'ENOENT' ? 'notFound' : 'invalid',
      `The certificates that AWS_CA_BUNDLE names cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      { fix: 'Let AWS_CA_BUNDLE name a file with certificates in PEM, or unset it.', cause: error },
    );
  }
}

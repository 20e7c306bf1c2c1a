import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { vertexImagePython, vertexNewerPython } from '../../../../scripts/lib/google-rig.mjs';
import { Refusal } from './calls';
import { Container, type Say } from './container';
import type { Model } from './models';

const EXITED =
  'Model server exited unexpectedly. Model server logs can be found at https://console.cloud.google.com/logs/viewer.';
const UNREADY =
  'Model server never became ready. Please validate that your model file or container configuration are valid. Model server logs can be found at https://console.cloud.google.com/logs/viewer.';

/** Python's start-up file: a server of the container that listens to all the world is heard on this machine alone. */
const LOOPBACK = `import socket

_bind = socket.socket.bind


def bind(self, address):
    if isinstance(address, tuple) and address[0] in ("", "0.0.0.0"):
        address = ("127.0.0.1", *address[1:])
    return _bind(self, address)


socket.socket.bind = bind
`;

/** What a container answered. */
export interface Said {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A deployed model: a container that obeys the documented contract (`AIP_*`), as a process of this machine. */
export class Serving {
  private open = 0;
  private exit: number | undefined;

  private constructor(
    private readonly container: Container,
    private readonly url: string,
    private readonly routes: { readonly health: string; readonly predict: string },
  ) {}

  /** Starts the container and waits until it is healthy; a refusal says why it is not. */
  static async start(
    model: Model,
    from: {
      readonly folder: string;
      readonly storage: string;
      readonly say: Say;
      /** How long it may take until it is healthy, in ms. */
      readonly limit: number;
      readonly endpoint: string;
      readonly deployed: string;
      /** Ends the start. */
      readonly signal: AbortSignal;
    },
  ): Promise<Serving> {
    const { containerSpec } = model;
    if (!containerSpec) throw new Refusal('INVALID_ARGUMENT', 'container_spec is needed.');
    const python = containerSpec.imageUri.includes('.py311:') ? vertexNewerPython() : vertexImagePython();
    const container = new Container(from.folder, from.storage, python);
    const site = path.join(from.folder, 'site');
    await fs.mkdir(site, { recursive: true });
    await fs.writeFile(path.join(site, 'sitecustomize.py'), LOOPBACK);
    const port = await freePort();
    const base = `/v1/endpoints/${from.endpoint}/deployedModels/${from.deployed}`;
    const routes = {
      health: containerSpec.healthRoute || base,
      predict: containerSpec.predictRoute || `${base}:predict`,
    };
    const [program = '', ...rest] = containerSpec.command;
    const serving = new Serving(container, `http://127.0.0.1:${port}`, routes);
    const env = {
      ...Object.fromEntries(containerSpec.env.map(({ name, value }) => [name, value])),
      AIP_HTTP_PORT: String(port),
      AIP_HEALTH_ROUTE: routes.health,
      AIP_PREDICT_ROUTE: routes.predict,
      AIP_STORAGE_URI: model.artifactUri.replace(/\/$/, ''),
      AIP_MODE: 'PREDICTION',
      AIP_FRAMEWORK: 'CUSTOM_CONTAINER',
      AIP_ENDPOINT_ID: from.endpoint,
      AIP_DEPLOYED_MODEL_ID: from.deployed,
      AIP_PROJECT_NUMBER: '123456789',
      GOOGLE_CLOUD_PROJECT: 'test',
    };
    void container.run({ program, args: [...rest, ...containerSpec.args], env }, from.say).then((code) => {
      serving.exit = code;
    });
    const end = Date.now() + from.limit;
    while (!(await serving.healthy())) {
      if (serving.exit === undefined && Date.now() < end && !from.signal.aborted) {
        await sleep(50);
        continue;
      }
      const ended = serving.exit !== undefined;
      await serving.stop(0);
      throw new Refusal('FAILED_PRECONDITION', ended ? EXITED : UNREADY);
    }
    return serving;
  }

  private async healthy(): Promise<boolean> {
    if (this.exit !== undefined) return false;
    try {
      return (await fetch(`${this.url}${this.routes.health}`, { signal: AbortSignal.timeout(2000) })).ok;
    } catch {
      return false;
    }
  }

  async predict(body: Buffer | string, contentType: string): Promise<Said> {
    this.open += 1;
    try {
      const answer = await fetch(`${this.url}${this.routes.predict}`, {
        method: 'POST',
        headers: { 'content-type': contentType },
        body,
      });
      return {
        status: answer.status,
        contentType: answer.headers.get('content-type') ?? '',
        body: Buffer.from(await answer.arrayBuffer()),
      };
    } finally {
      this.open -= 1;
    }
  }

  /** Ends it after the requests that it answers now. */
  async stop(grace = 10_000): Promise<void> {
    for (const end = Date.now() + grace; this.open > 0 && Date.now() < end;) await sleep(20);
    await this.container.end('undeployed', grace > 0 ? 2000 : 0);
    await fs.rm(this.container.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

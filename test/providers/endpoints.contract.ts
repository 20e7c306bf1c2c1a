import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors';
import type { InvokeResult, Model, Row } from '../../src/core/model';
import type { Endpoints } from '../../src/core/provider';

/** What a provider lends to the suite. */
export interface EndpointsRig {
  /** The endpoints as a new window would open them. */
  open(): Endpoints;
  /** Two versions of one model that load, and one that does not. */
  readonly models: { readonly one: Model; readonly two: Model; readonly broken: Model };
  /** A row that both models answer. */
  readonly row: Row;
  /** Absolute; no secret may be found in it. */
  readonly project: string;
  /** Absolute; where the provider keeps this user's state. */
  readonly state: string;
  /** Ends the server the hard way, as a crash or a reboot does. */
  kill(name: string): Promise<void>;
  dispose(): Promise<void>;
}

const files = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((one) => one.isFile())
        .map((one) => path.join(one.parentPath, one.name))
    : [];

/** Listens on the port; the threads of a process that was just killed may hold it for a moment more. */
async function takePort(port: number): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
      return server;
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** What every provider with endpoints must do. */
export function endpointsContract(title: string, make: () => Promise<EndpointsRig>): void {
  describe(`endpoints: ${title}`, () => {
    let rig: EndpointsRig;
    let endpoints: Endpoints;
    const name = 'Prüf endpoint';
    const version = async (): Promise<number | undefined> =>
      (await endpoints.invoke(name, [rig.row])).model?.version;

    beforeAll(async () => {
      rig = await make();
      endpoints = rig.open();
    });
    afterAll(async () => {
      await rig.dispose();
    });

    test('deploy answers when the endpoint does', async () => {
      const endpoint = await endpoints.deploy(name, rig.models.one);
      expect(endpoint).toMatchObject({ name, status: 'ready', model: rig.models.one.name, version: 1 });
      expect(endpoint.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      const result = await endpoints.invoke(name, [rig.row, rig.row, rig.row]);
      expect(result.predictions).toHaveLength(3);
      expect(new Set(result.ids).size).toBe(3);
      expect(result.predictions[0]?.prediction).not.toBeNull();
      expect(result.model).toEqual({ name: rig.models.one.name, version: 1 });
      expect(result.latencyMs.p50).toBeGreaterThan(0);
    });

    test('another window sees the same endpoint', async () => {
      const other = rig.open();
      expect(await other.list()).toEqual([await endpoints.get(name)]);
      expect((await other.invoke(name, [rig.row])).predictions).toHaveLength(1);
    });

    test('what is no number is refused by name, not sent as missing', async () => {
      const [field = 'x'] = Object.entries(rig.row).find(([, cell]) => typeof cell === 'number') ?? [];
      const { predictions } = await endpoints.invoke(name, [{ ...rig.row, [field]: Number.NaN }, rig.row]);
      expect(predictions[0]?.prediction).toBeNull();
      expect(predictions[0]?.error?.field).toBe(field);
      expect(predictions[1]?.error).toBeUndefined();
    });

    test('the token is readable by this user alone and in no file of the project', async () => {
      const { url, token = '' } = await endpoints.access(name);
      expect(token.length).toBeGreaterThanOrEqual(32);
      const holders = files(rig.state).filter((file) => readFileSync(file).includes(token));
      expect(holders).toHaveLength(1);
      if (process.platform !== 'win32') {
        expect(holders.map((file) => statSync(file).mode & 0o777)).toEqual([0o600]);
      }
      expect(files(rig.project).filter((file) => readFileSync(file).includes(token))).toEqual([]);
      for (const authorization of ['Bearer wrong', '']) {
        const response = await fetch(`${url}/invocations`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization },
          body: JSON.stringify([rig.row]),
        });
        expect(response.status).toBe(401);
        await response.body?.cancel();
      }
    });

    test('captured requests can be read', async () => {
      const captured = await endpoints.captureFiles(name);
      expect(captured.length).toBeGreaterThan(0);
      const lines = captured.flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'));
      expect(lines.length).toBeGreaterThanOrEqual(3);
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ version: 1, input: rig.row });
    });

    test('an update under load drops no request', async () => {
      const results: { begun: number; result: InvokeResult }[] = [];
      const failures: unknown[] = [];
      let going = true;
      const client = async (): Promise<void> => {
        while (going) {
          const begun = performance.now();
          await endpoints.invoke(name, [rig.row]).then(
            (result) => results.push({ begun, result }),
            (error: unknown) => failures.push(error),
          );
        }
      };
      const clients = Array.from({ length: 4 }, client);
      await sleep(200);
      const endpoint = await endpoints.update(name, rig.models.two);
      const updated = performance.now();
      await sleep(200);
      going = false;
      await Promise.all(clients);
      expect(failures).toEqual([]);
      expect(endpoint).toMatchObject({ status: 'ready', version: 2 });
      const versions = results.map((one) => one.result.model?.version);
      expect(new Set(versions)).toEqual(new Set([1, 2]));
      const late = results.filter((one) => one.begun > updated).map((one) => one.result.model?.version);
      expect(late.length).toBeGreaterThan(0);
      expect(new Set(late)).toEqual(new Set([2]));
      await endpoints.update(name, rig.models.one);
      expect(await version()).toBe(1);
    });

    test('a model that does not load leaves the old one serving', async () => {
      const error: unknown = await endpoints.update(name, rig.models.broken).catch((one: unknown) => one);
      expect(error).toBeInstanceOf(UserError);
      expect(await version()).toBe(1);
      expect(await endpoints.get(name)).toMatchObject({ status: 'ready', version: 1 });
    });

    test('killed, it is stopped; the next request starts it at the same address', async () => {
      const before = await endpoints.access(name);
      await rig.kill(name);
      expect(await endpoints.get(name)).toMatchObject({ status: 'stopped', version: 1 });
      const answers = await Promise.all([version(), version(), rig.open().invoke(name, [rig.row])]);
      expect(answers.slice(0, 2)).toEqual([1, 1]);
      expect(await endpoints.access(name)).toEqual(before);
      expect(await endpoints.get(name)).toMatchObject({ status: 'ready' });
    });

    test('updated while it does not run, it starts with the new model', async () => {
      await rig.kill(name);
      expect(await endpoints.update(name, rig.models.two)).toMatchObject({ status: 'ready', version: 2 });
      expect(await version()).toBe(2);
    });

    test('a broken model while it does not run: the one before stays its model', async () => {
      await rig.kill(name);
      const error: unknown = await endpoints.update(name, rig.models.broken).catch((one: unknown) => one);
      expect(error).toBeInstanceOf(UserError);
      expect(await version()).toBe(2);
    });

    test('a port that another program took meanwhile: it gets a new one', async () => {
      const { url, token } = await endpoints.access(name);
      await rig.kill(name);
      const other = await takePort(Number(new URL(url).port));
      try {
        expect(await version()).toBe(2);
        const now = await endpoints.access(name);
        expect(now.url).not.toBe(url);
        expect(now.token).toBe(token);
      } finally {
        other.close();
      }
    });

    test('logs by cursor', async () => {
      const first = await endpoints.logs(name);
      expect(first.items.length).toBeGreaterThan(0);
      expect((await endpoints.logs(name, first.cursor)).items).toEqual([]);
    });

    test('stopped by hand it stays stopped until somebody asks', async () => {
      await endpoints.stop(name);
      await endpoints.stop(name);
      expect(await endpoints.get(name)).toMatchObject({ status: 'stopped' });
      expect(await version()).toBe(2);
    });

    test('a start can be cancelled', async () => {
      await endpoints.stop(name);
      const abort = new AbortController();
      const invoked = endpoints.invoke(name, [rig.row], abort.signal).catch((error: unknown) => error);
      setTimeout(() => abort.abort(), 60);
      expect(await invoked).toMatchObject({ name: 'AbortError' });
      expect(await endpoints.get(name)).toMatchObject({ status: 'stopped' });
    });

    test('removed it leaves nothing', async () => {
      expect(await version()).toBe(2);
      const { url } = await endpoints.access(name);
      await endpoints.remove(name);
      await expect(fetch(`${url}/ping`)).rejects.toThrow();
      await expect(endpoints.get(name)).rejects.toMatchObject({ kind: 'notFound' });
      expect(await endpoints.list()).toEqual([]);
      expect(files(rig.state).filter((file) => file.includes(name))).toEqual([]);
      expect(await endpoints.captureFiles(name)).toEqual([]);
      await endpoints.remove(name);
    });

    test('an endpoint that was never deployed', async () => {
      await expect(endpoints.invoke('nobody', [rig.row])).rejects.toMatchObject({ kind: 'notFound' });
    });
  });
}

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors';
import type { Endpoints } from '../../src/core/provider';
import type { EndpointsRig } from './endpoints.contract';

/** What is true of endpoints that are processes of this machine. */
export interface ProcessRig extends EndpointsRig {
  /** Absolute; no secret may be found in it. */
  readonly project: string;
  /** Absolute; where the provider keeps this user's state. */
  readonly state: string;
  /** Ends the server the hard way, as a crash or a reboot does. */
  kill(name: string): Promise<void>;
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

/** What endpoints that are processes of this machine must do beside the contract of all. */
export function processContract(title: string, make: () => Promise<ProcessRig>): void {
  describe(`endpoints as processes: ${title}`, () => {
    let rig: ProcessRig;
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

    test('it listens on this machine alone', async () => {
      const { url } = await endpoints.deploy(name, rig.models.one);
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
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
  });
}

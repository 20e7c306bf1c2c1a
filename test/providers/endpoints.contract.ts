import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
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
  dispose(): Promise<void>;
}

/** What every provider with endpoints must do. */
export function endpointsContract(title: string, make: () => Promise<EndpointsRig>): void {
  // Where a container starts for each model, an update takes its time.
  describe(`endpoints: ${title}`, { timeout: 300_000 }, () => {
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
      expect(endpoint.url).toBe((await endpoints.access(name)).url);
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

    test('captured requests can be read', async () => {
      // What is captured elsewhere arrives a little later.
      const lines = await vi.waitUntil(
        async () => {
          const read = (await endpoints.captureFiles(name)).map((file) => readFileSync(file, 'utf8').trim());
          const all = read.flatMap((text) => text.split('\n')).filter((line) => line !== '');
          return all.length >= 3 ? all : undefined;
        },
        { timeout: 30_000, interval: 200 },
      );
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

    test('logs by cursor', async () => {
      const first = await endpoints.logs(name);
      expect(first.items.length).toBeGreaterThan(0);
      expect((await endpoints.logs(name, first.cursor)).items).toEqual([]);
    });

    test('stopped it costs nothing and stays stopped; deployed again it answers', async () => {
      await endpoints.stop(name);
      await endpoints.stop(name);
      expect(await endpoints.get(name)).toMatchObject({ status: 'stopped', version: 1 });
      await endpoints.deploy(name, rig.models.two);
      expect(await version()).toBe(2);
    });

    test('removed it leaves nothing', async () => {
      await endpoints.remove(name);
      await expect(endpoints.get(name)).rejects.toMatchObject({ kind: 'notFound' });
      await expect(endpoints.invoke(name, [rig.row])).rejects.toMatchObject({ kind: 'notFound' });
      expect(await endpoints.list()).toEqual([]);
      expect(await endpoints.captureFiles(name)).toEqual([]);
      await endpoints.remove(name);
    });

    test('an endpoint that was never deployed', async () => {
      await expect(endpoints.invoke('nobody', [rig.row])).rejects.toMatchObject({ kind: 'notFound' });
    });
  });
}

import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toErrorData } from '../../../src/core/errors';
import type { Model } from '../../../src/core/model';
import type { Endpoints } from '../../../src/core/provider';
import { create } from '../../../src/providers/vertex';
import { makeVertexProject, standInModel, standInServing, stopGoogle, type VertexProject } from './rig';

const MINUTE = 60_000;

describe('requests on Vertex AI shared by hand', { timeout: 200_000 }, () => {
  let rig: VertexProject;
  let endpoints: Endpoints;
  let one: Model;
  let two: Model;
  let later = 0;

  /** Versions that answer a hundred requests. */
  async function answered(): Promise<Record<number, number>> {
    const counts: Record<number, number> = {};
    for (let request = 0; request < 100; request += 1) {
      const { model } = await endpoints.invoke('birds', [{ a: 1 }]);
      const version = model?.version ?? 0;
      counts[version] = (counts[version] ?? 0) + 1;
    }
    return counts;
  }
  const failure = (work: Promise<unknown> | undefined) =>
    work?.then(
      () => undefined,
      (error: unknown) => toErrorData(error),
    );

  beforeAll(async () => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-vertex-split-'));
    rig = await makeVertexProject({
      pythonFolder: await standInServing(folder),
      now: () => new Date(Date.now() + later),
    });
    const provider = await create(rig.paths, rig.host);
    if (!provider.endpoints) throw new Error('There are no endpoints.');
    endpoints = provider.endpoints;
    one = await standInModel(rig.paths.root, 1);
    two = await standInModel(rig.paths.root, 2);
  });
  afterAll(async () => {
    await rig.dispose();
    await stopGoogle();
  });

  test('a version cannot share with itself', async () => {
    await endpoints.deploy('birds', one);
    expect(await failure(endpoints.split?.('birds', one, 10))).toMatchObject({
      kind: 'invalid',
      message: 'No other version serves at "birds", so the requests cannot be shared.',
    });
    expect(await answered()).toEqual({ 1: 100 });
  });

  test('a new version gets its share, which is no update that was left half-way', async () => {
    const shared = await endpoints.split?.('birds', two, 10);
    const split = [
      { model: 'birds', version: 1, percent: 90 },
      { model: 'birds', version: 2, percent: 10 },
    ];
    expect(shared).toMatchObject({ status: 'ready', model: 'birds', version: 1, split });
    expect(await answered()).toEqual({ 1: 90, 2: 10 });
    later = 10 * MINUTE;
    const seen = await endpoints.get('birds');
    expect([seen.split, seen.error]).toEqual([split, undefined]);
  });

  test('the share grows without another deployment, and so does that of the one before', async () => {
    const { seen } = rig.google.vertex.calls;
    seen.length = 0;
    expect(await endpoints.split?.('birds', two, 60)).toMatchObject({
      version: 2,
      split: [
        { version: 2, percent: 60 },
        { version: 1, percent: 40 },
      ],
    });
    expect(await answered()).toEqual({ 1: 40, 2: 60 });
    expect(await endpoints.split?.('birds', one, 75)).toMatchObject({ version: 1 });
    expect(await answered()).toEqual({ 1: 75, 2: 25 });
    expect(seen).not.toContain('DeployModel');
    expect(seen).not.toContain('UndeployModel');
  });

  test('a third version shares with the one that has most, and the other goes', async () => {
    const three = await standInModel(rig.paths.root, 3);
    expect(await endpoints.split?.('birds', three, 5)).toMatchObject({
      split: [
        { version: 1, percent: 95 },
        { version: 3, percent: 5 },
      ],
    });
    expect(await answered()).toEqual({ 1: 95, 3: 5 });
  });

  test('an update gives all requests to one again', async () => {
    const { split, version } = await endpoints.update('birds', two);
    expect([version, split]).toEqual([2, undefined]);
    expect(await answered()).toEqual({ 2: 100 });
    await endpoints.stop('birds');
    expect(await endpoints.get('birds')).toMatchObject({ status: 'stopped', version: 2 });
    await endpoints.remove('birds');
  });
});

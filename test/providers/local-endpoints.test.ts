import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors';
import { isRunning } from '../../src/providers/local/process';
import { endpointsContract } from './endpoints.contract';
import { processContract } from './endpoints.process';
import { localRig, type LocalRig, modelAt, standInModel } from './local-endpoints.rig';

const STAND_IN = path.join(import.meta.dirname, 'stand-in-serve');
const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim();

const rigWith = (): Promise<LocalRig> =>
  localRig(STAND_IN, python, async (folder) => ({
    one: await standInModel(folder, 1, { answer: 'Adelie', delay: 0.005 }),
    two: await standInModel(folder, 2, { answer: 'Gentoo', delay: 0.005, load: 0.3 }),
    broken: await standInModel(folder, 3, { broken: true }),
    row: { island: 'Biscoe', x: 4.5 },
  }));

endpointsContract('this machine', rigWith);
processContract('this machine', rigWith);

describe('trouble of an endpoint of this machine', () => {
  let rig: LocalRig;
  beforeEach(async () => {
    rig = await rigWith();
  });
  afterEach(async () => {
    await rig.dispose();
  });

  test('a server that ends while it starts: the last lines of its log', async () => {
    const error: unknown = await rig
      .open()
      .deploy('e', rig.models.broken)
      .catch((one: unknown) => one);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain('ended while it started (exit code 1)');
    expect((error as UserError).message).toContain('ValueError: the model is broken on purpose');
    expect(await rig.open().get('e')).toMatchObject({ status: 'failed', error: { kind: 'unavailable' } });
  });

  test('a package that is not on this machine', async () => {
    await expect(rig.open().deploy('e', modelAt(path.join(rig.state, 'nowhere'), 1))).rejects.toMatchObject({
      kind: 'notFound',
    });
  });

  test('a server that dies of a request says so with its log, and is no endless loop', async () => {
    const deadly = await standInModel(rig.state, 9, { answer: 'x', dies: true });
    await rig.open().deploy('e', deadly);
    const error: unknown = await rig
      .open()
      .invoke('e', [{}])
      .catch((one: unknown) => one);
    expect((error as UserError).message).toContain('ended while it worked on the request');
    expect((error as UserError).message).toContain('dying');
  });

  test('a Python that is not there', async () => {
    const other = await localRig(STAND_IN, '/nowhere/python', () =>
      Promise.resolve({ ...rig.models, row: rig.row }),
    );
    await expect(other.open().deploy('e', rig.models.one)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('Python could not be started') as string,
    });
    await other.dispose();
  });

  test("a reused process id is never taken for the endpoint's", async () => {
    const endpoints = rig.open();
    await endpoints.deploy('e', rig.models.one);
    const server = await rig.processOf('e');
    await rig.kill('e');
    const { endpointFiles } = await import('../../src/providers/local/endpoint-state');
    const { projectPaths } = await import('../../src/core/project');
    const files = endpointFiles(rig.state, projectPaths(rig.project), 'e');
    const { readFile } = await import('node:fs/promises');
    const state = JSON.parse(await readFile(files.state, 'utf8')) as object;
    // This test's own process stands for the stranger that got the id.
    await writeFile(files.state, JSON.stringify({ ...state, process: { ...server, pid: process.pid } }));
    expect(await endpoints.get('e')).toMatchObject({ status: 'stopped' });
    await endpoints.stop('e');
    expect((await endpoints.invoke('e', [rig.row])).model?.version).toBe(1);
  });

  test('the server of a project that is gone is ended with the next deployment', async () => {
    const endpoints = rig.open();
    await endpoints.deploy('e', rig.models.one);
    const server = await rig.processOf('e');
    expect(await isRunning(server)).toBe(true);
    await rename(rig.project, `${rig.project} moved`);
    const other = await localRig(STAND_IN, python, () => Promise.resolve({ ...rig.models, row: rig.row }));
    await mkdir(path.join(rig.project, '..', 'second'), { recursive: true });
    const { createEndpoints } = await import('../../src/providers/local/endpoints');
    const { projectPaths } = await import('../../src/core/project');
    const second = createEndpoints({
      paths: projectPaths(path.join(rig.project, '..', 'second')),
      host: { stateFolder: rig.state, pythonFolder: STAND_IN, now: () => new Date(), log: () => undefined },
      python: () => Promise.resolve(python),
    });
    await second.deploy('f', rig.models.one);
    expect(await isRunning(server)).toBe(false);
    await second.remove('f');
    await other.dispose();
    await rm(`${rig.project} moved`, { recursive: true });
  });
});

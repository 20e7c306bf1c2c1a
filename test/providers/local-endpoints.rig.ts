import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectPaths } from '../../src/core/project';
import type { Model } from '../../src/core/model';
import { endpointFiles } from '../../src/providers/local/endpoint-state';
import { createEndpoints } from '../../src/providers/local/endpoints';
import { isRunning } from '../../src/providers/local/process';
import type { EndpointsRig } from './endpoints.contract';
import type { ProcessRig } from './endpoints.process';
import { testPython } from '../python';
import { killNow } from '../kill';

export const PYTHON = testPython();

export interface LocalRig extends ProcessRig {
  readonly messages: string[];
  processOf(name: string): Promise<{ pid: number; started: string }>;
}

/** Local endpoints in a project on a path with spaces and letters beyond ASCII. */
export async function localRig(
  pythonFolder: string,
  python: string,
  models: (folder: string) => Promise<EndpointsRig['models'] & { row: EndpointsRig['row'] }>,
): Promise<LocalRig> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mll Übung '));
  const project = path.join(folder, 'Prüf projekt');
  await mkdir(project);
  const state = path.join(folder, 'state');
  const { row, ...three } = await models(folder);
  const messages: string[] = [];
  const paths = projectPaths(project);
  const open = (): ReturnType<typeof createEndpoints> =>
    createEndpoints({
      paths,
      host: { stateFolder: state, pythonFolder, now: () => new Date(), log: (text) => messages.push(text) },
      python: () => Promise.resolve(python),
    });
  const processOf = async (name: string): Promise<{ pid: number; started: string }> => {
    const text = await readFile(endpointFiles(state, paths, name).state, 'utf8');
    return (JSON.parse(text) as { process: { pid: number; started: string } }).process;
  };
  return {
    open,
    models: three,
    row,
    project,
    state,
    messages,
    processOf,
    async kill(name) {
      const server = await processOf(name);
      killNow(server.pid);
      while (await isRunning(server)) await sleep(10);
    },
    async dispose() {
      const endpoints = open();
      for (const one of await endpoints.list()) await endpoints.remove(one.name);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const modelAt = (folder: string, version: number): Model => ({
  name: 'penguins',
  version,
  path: folder,
  created: '2026-01-01T00:00:00.000Z',
  run: 'r',
  task: 'classification',
  algorithm: 'linear',
  metrics: {},
  mainMetric: 'accuracy',
  target: 'species',
});

/** A package of the stand-in server. */
export async function standInModel(folder: string, version: number, behaviour: object): Promise<Model> {
  const target = path.join(folder, `model ${version}-${JSON.stringify(behaviour).length}`);
  await mkdir(target, { recursive: true });
  await writeFile(path.join(target, 'model.joblib'), 'x');
  await writeFile(path.join(target, 'behaviour.json'), JSON.stringify(behaviour));
  return modelAt(target, version);
}

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import type { Engine, Host, ProjectPaths } from '../../src/core/api';
import { projectPaths } from '../../src/core/project';

const root = path.resolve(import.meta.dirname, '../..');

/** A Python for the stand-in runtime: any that is new enough. */
export const python = ((): string =>
  execFileSync(process.env.MLL_TEST_PYTHON ?? 'python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
  }).trim())();

/** How the product bundles what runs in a process of its own. */
export const BUNDLE = {
  bundle: true,
  format: 'esm' as const,
  platform: 'node' as const,
  target: 'node22',
  mainFields: ['module', 'main'],
  banner: {
    js: "import{createRequire as __mllRequire}from'node:module';const require=__mllRequire(import.meta.url);const __filename=import.meta.filename;",
  },
};

let supervisor: Promise<string> | undefined;

/** The supervisor as it ships: a bundle of its own. */
export function builtSupervisor(): Promise<string> {
  supervisor ??= (async () => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mll supervisor '));
    const outfile = path.join(folder, 'supervisor.mjs');
    await build({
      entryPoints: [path.join(root, 'src/providers/local/supervisor.ts')],
      outfile,
      ...BUNDLE,
    });
    return outfile;
  })();
  return supervisor;
}

const noEngine: Engine = {
  call: () => Promise.reject(new Error('This test has no engine.')),
  onRestart: () => () => undefined,
  dispose: () => undefined,
};

export interface Rig {
  readonly paths: ProjectPaths;
  readonly host: Host;
  readonly messages: string[];
  dispose(): Promise<void>;
}

/** A project on a path with spaces and letters beyond ASCII, with the stand-in runtime unless another is lent. */
export async function makeRig(
  lent: Partial<Host> = {},
  settings: { parallelJobs?: number } = {},
): Promise<Rig> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mll Übung '));
  const project = path.join(folder, 'Prüf projekt');
  await fs.mkdir(project);
  const jobs =
    settings.parallelJobs === undefined
      ? ''
      : `providers: { local: { parallelJobs: ${settings.parallelJobs} } }\n`;
  await fs.writeFile(
    path.join(project, 'ml.yaml'),
    `project: test\npython: ${JSON.stringify(python)}\n${jobs}`,
  );
  const messages: string[] = [];
  const host: Host = {
    engine: noEngine,
    pythonFolder: path.join(root, 'test/providers/stand-in'),
    supervisorScript: await builtSupervisor(),
    stateFolder: path.join(folder, 'state'),
    now: () => new Date(),
    log: (message) => messages.push(message),
    consent: () => Promise.resolve(true),
    providers: {
      local: async (paths, own) => (await import('../../src/providers/local')).create(paths, own),
    },
    ...lent,
  };
  return {
    paths: projectPaths(project),
    host,
    messages,
    dispose: () => fs.rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

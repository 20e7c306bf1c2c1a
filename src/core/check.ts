import * as fs from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { type Check, type CheckFacts, failedCheck } from './checked';
import type { CoreContext } from './context';
import { toErrorData, type UserError } from './errors';
import { fileExists } from './files';
import { gitVersion } from './git';
import { projectExists } from './project';
import type { ProviderId } from './run';
import { findPython } from './python-probe';
import { inspectPython } from './python';

const GIGABYTE = 1024 ** 3;
/** Free space below which jobs are likely to fail, in bytes. */
const LEAST_SPACE = 2 * GIGABYTE;

/** Looks at everything that the product needs on this machine, and at the provider; nothing is changed. */
export async function checkAll(
  context: CoreContext,
  broken: readonly (() => Promise<readonly UserError[]>)[],
  options: { provider?: ProviderId },
  signal?: AbortSignal,
): Promise<readonly Check[]> {
  const checks: readonly (readonly [string, () => Promise<CheckFacts>])[] = [
    ['Project folder', () => projectFolder(context)],
    ['Project files', () => projectFiles(context, broken)],
    ['Python', () => python(context, signal)],
    ['Python environment', () => environment(context, signal)],
    ['Data engine', () => engine(context, signal)],
    ['git', git],
    ['Disk space', () => diskSpace(context)],
    ['Local port', localPort],
  ];
  const done = await Promise.all(
    checks.map(async ([name, look]): Promise<Check> => ({ name, ...(await look().catch(failedCheck)) })),
  );
  const elsewhere: readonly (readonly [string, () => Promise<readonly Check[]>])[] = [
    ['Stores', () => context.stores.check(signal)],
    ['Sources', () => context.sources.check(signal)],
    [
      `Provider ${options.provider ?? ''}`.trim(),
      async () => (await context.provider(options.provider)).check(signal),
    ],
  ];
  const asked = elsewhere.map(async ([name, look]) => {
    try {
      return await look();
    } catch (error) {
      return [{ name, ...failedCheck(error) }];
    }
  });
  return [...done, ...(await Promise.all(asked)).flat()];
}

async function projectFolder({ paths }: CoreContext): Promise<CheckFacts> {
  const folder = (await fileExists(paths.ml)) ? paths.ml : paths.root;
  const trial = path.join(folder, `.ml-writable-${process.pid}.part`);
  try {
    await fs.writeFile(trial, '');
    await fs.rm(trial, { force: true });
  } catch {
    return {
      ok: false,
      reason: `${folder} cannot be written.`,
      fix: 'Data can be looked at, but nothing can be trained or kept. Change the permissions of the folder, or copy it elsewhere.',
    };
  }
  if (await projectExists(paths))
    return { ok: true, reason: `${paths.root} is a project and can be written.` };
  return {
    ok: true,
    reason: `${paths.root} can be written; it is no project yet.`,
    fix: 'ml.yaml is made when it is first needed.',
    action: { title: 'Make Project', command: 'mll.project.init' },
  };
}

async function projectFiles(
  context: CoreContext,
  broken: readonly (() => Promise<readonly UserError[]>)[],
): Promise<CheckFacts> {
  await context.settings();
  const mistakes = (await Promise.all(broken.map((look) => look()))).flat();
  const [first] = mistakes;
  if (!first) return { ok: true, reason: 'ml.yaml and the manifests in .ml can be read.' };
  const more = mistakes.length === 1 ? '' : ` (and ${mistakes.length - 1} more)`;
  const facts = failedCheck(first);
  return { ...facts, reason: `${facts.reason}${more}` };
}

async function python(context: CoreContext, signal?: AbortSignal): Promise<CheckFacts> {
  try {
    const info = await inspectPython(context.paths, context.host, signal);
    return { ok: true, reason: `Python ${info.version}: ${info.path}` };
  } catch (error) {
    if (toErrorData(error).kind !== 'notFound') throw error;
    const found = await findPython(signal);
    return {
      ok: true,
      reason: `Python ${found.version}: ${found.path} (for the environment to be made from)`,
    };
  }
}

async function environment(context: CoreContext, signal?: AbortSignal): Promise<CheckFacts> {
  const info = await inspectPython(context.paths, context.host, signal);
  const missing = Object.entries(info.missing);
  if (missing.length === 0) {
    const kind = {
      managed: 'managed by ML Lifecycle',
      selected: 'selected in the Python extension',
      path: 'named in the settings',
    };
    return { ok: true, reason: `All packages for jobs are there (${kind[info.kind]}).` };
  }
  return {
    ok: false,
    reason: missing.map(([name, wrong]) => `${name}: ${wrong}`).join('; '),
    fix: `Install what is missing into ${info.path}, or use the managed environment.`,
    action: { title: 'Install Missing Packages', command: 'mll.python.installMissing' },
  };
}

async function engine(context: CoreContext, signal?: AbortSignal): Promise<CheckFacts> {
  const said = await context.host.engine.call('ping', {}, { signal });
  return { ok: true, reason: `DuckDB ${said.duckdb}, at most ${said.memoryLimit} of memory.` };
}

async function git(): Promise<CheckFacts> {
  return { ok: true, reason: `git ${await gitVersion()}` };
}

async function diskSpace({ paths }: CoreContext): Promise<CheckFacts> {
  const stats = await fs.statfs(paths.root);
  const free = stats.bavail * stats.bsize;
  const text = `${(free / GIGABYTE).toFixed(1)} GB are free on the disk of ${paths.root}.`;
  if (free >= LEAST_SPACE) return { ok: true, reason: text };
  return {
    ok: false,
    reason: text,
    fix: 'Free some space: jobs copy their inputs and write models (2 GB are advisable).',
  };
}

async function localPort(): Promise<CheckFacts> {
  const server = createServer();
  try {
    const port = await new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    return { ok: true, reason: `Endpoints can listen on 127.0.0.1 (tried port ${port}).` };
  } catch (error) {
    return {
      ok: false,
      reason: `No port on 127.0.0.1 can be opened: ${toErrorData(error).message}`,
      fix: 'Check firewall or sandbox settings: local endpoints need a port on this machine.',
    };
  } finally {
    server.close();
  }
}

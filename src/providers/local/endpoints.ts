import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host, ProjectPaths } from '../../core/api';
import { toErrorData, UserError } from '../../core/errors';
import { entries, fileError, fileExists, remove, writeText } from '../../core/files';
import { withLock } from '../../core/manifests';
import type { Capacity, Endpoint, InvokeResult, Model } from '../../core/model';
import type { Endpoints } from '../../core/provider';
import { type Address, invocations, NoAnswer, ping, switchModel } from './endpoint-http';
import { lastLines, readLog, rotateLog } from './endpoint-log';
import {
  type EndpointFiles,
  endpointFiles,
  type EndpointState,
  makePrivateFolder,
  projectStateFolder,
  readReady,
  readState,
  sweep,
  tokenOf,
  without,
  writeState,
} from './endpoint-state';
import { endTree, identify, isRunning } from './process';

/** A cold start imports the whole of scikit-learn; on a busy machine that takes a while. */
const START_LIMIT_MS = 120_000;
const CAPTURE_BYTES = 256 * 1024 * 1024;

export interface LocalEndpointsContext {
  readonly paths: ProjectPaths;
  readonly host: Pick<Host, 'stateFolder' | 'pythonFolder' | 'now' | 'log'>;
  /** Absolute path of an interpreter that has all packages, or a UserError. */
  python(signal?: AbortSignal): Promise<string>;
}

/** Endpoints on this machine: each a detached process with its state on disk, so that it outlives whoever started it. */
export function createEndpoints(context: LocalEndpointsContext): Endpoints {
  const { paths, host } = context;
  const filesOf = (name: string): EndpointFiles => endpointFiles(host.stateFolder, paths, name);
  const now = (): string => host.now().toISOString();
  const locked = <T>(files: EndpointFiles, what: string, work: () => Promise<T>): Promise<T> =>
    makePrivateFolder(files.folder).then(() => withLock(files.folder, what, work));

  async function stateOf(name: string): Promise<EndpointState> {
    const state = await readState(filesOf(name).state);
    if (state) return state;
    throw new UserError('notFound', `The endpoint "${name}" is not deployed on this machine.`, {
      fix: 'Deploy the model again: an endpoint of this machine does not travel with the project.',
    });
  }

  /** The address of the running server; undefined when it does not run. */
  async function addressOf(files: EndpointFiles, state: EndpointState): Promise<Address | undefined> {
    if (!state.process || !(await isRunning(state.process))) return undefined;
    const ready = await readReady(files.ready);
    return ready && { url: urlOf(ready.port), token: await tokenOf(files.token) };
  }

  async function describe(name: string, state: EndpointState): Promise<Endpoint> {
    const files = filesOf(name);
    const running = state.process !== undefined && (await isRunning(state.process));
    const ready = running ? await readReady(files.ready) : undefined;
    // After a crash between the switch and its note on disk, the server knows best.
    const model = ready ? await ping(urlOf(ready.port), 1000) : undefined;
    const port = ready?.port ?? state.port;
    return {
      name,
      status: ready ? 'ready' : running ? 'creating' : state.error ? 'failed' : 'stopped',
      ...(port === undefined ? {} : { url: urlOf(port) }),
      model: model?.model ?? state.model.name,
      version: model?.version ?? state.model.version,
      provider: 'local',
      created: state.created,
      updated: state.updated,
      ...(state.error && !running ? { error: state.error } : {}),
    };
  }

  /** Starts the server if it does not run; to be called under the lock. */
  async function start(name: string, state: EndpointState, signal?: AbortSignal): Promise<EndpointState> {
    const files = filesOf(name);
    if (await addressOf(files, state)) return state;
    if (state.process) await endTree(state.process);
    if (!(await fileExists(path.join(state.model.path, 'model.joblib')))) {
      throw new UserError(
        'notFound',
        `The package of ${state.model.name}@${state.model.version} is not on this machine.`,
        { fix: 'Train the model again, or copy its folder from where it was trained.' },
      );
    }
    const python = await context.python(signal);
    await tokenOf(files.token);
    await remove(files.ready);
    await rotateLog(files.log);
    const kept = state.port;
    const port = kept !== undefined && (await becomesFree(kept)) ? kept : 0;
    if (kept !== undefined && port === 0) {
      host.log(`Port ${kept} of endpoint ${name} is taken by another program: it gets a new one.`);
    }
    await writeText(files.config, `${JSON.stringify(configOf(files, state.model, port), null, 2)}\n`, 0o600);
    const child = await launch(python, files, host.pythonFolder);
    const rest = without(state, 'error');
    try {
      const identity = await identify(child.pid ?? -1);
      const begun: EndpointState = {
        ...rest,
        stopped: false,
        ...(identity ? { process: identity } : {}),
      };
      await writeState(files.state, begun);
      const listening = await untilReady(name, files, child, signal);
      const running: EndpointState = { ...begun, port: listening };
      await writeState(files.state, running);
      return running;
    } catch (error) {
      const identity = await identify(child.pid ?? -1);
      if (identity && child.exitCode === null) await endTree(identity);
      const failed: EndpointState = { ...rest, stopped: signal?.aborted === true };
      await writeState(
        files.state,
        signal?.aborted === true ? failed : { ...failed, error: toErrorData(error) },
      );
      throw error;
    } finally {
      child.removeAllListeners();
      child.unref();
    }
  }

  async function update(name: string, model: Model, _?: Capacity, signal?: AbortSignal): Promise<Endpoint> {
    const files = filesOf(name);
    const wanted = { name: model.name, version: model.version, path: model.path };
    return locked(files, `update endpoint ${name}`, async () => {
      const before = await stateOf(name);
      const after: EndpointState = { ...without(before, 'error'), model: wanted, updated: now() };
      const address = await addressOf(files, before);
      if (address) {
        const switched = await switchModel(address, wanted, signal).then(
          () => true,
          (error: unknown) => {
            if (error instanceof NoAnswer) return false;
            throw error;
          },
        );
        if (switched) {
          const ready = await readReady(files.ready);
          await writeText(
            files.config,
            `${JSON.stringify(configOf(files, wanted, ready?.port ?? 0), null, 2)}\n`,
            0o600,
          );
          await writeState(files.state, after);
          return describe(name, after);
        }
      }
      try {
        return await describe(name, await start(name, after, signal));
      } catch (error) {
        // The new model does not start: the one before stays this endpoint's model.
        await writeState(files.state, before);
        throw error;
      }
    });
  }

  async function ensureRunning(name: string, signal?: AbortSignal): Promise<Address> {
    const files = filesOf(name);
    const address = await addressOf(files, await stateOf(name));
    if (address) return address;
    return locked(files, `start endpoint ${name}`, async () => {
      const started = await start(name, await stateOf(name), signal);
      return { url: urlOf(started.port ?? 0), token: await tokenOf(files.token) };
    });
  }

  async function stop(name: string): Promise<void> {
    const files = filesOf(name);
    await locked(files, `stop endpoint ${name}`, async () => {
      const state = await stateOf(name);
      if (state.process) await endTree(state.process);
      await remove(files.ready);
      await writeState(files.state, { ...without(state, 'process', 'error'), stopped: true });
    });
  }

  return {
    async deploy(name, model, capacity, signal) {
      for (const folder of await sweep(host.stateFolder)) await remove(folder);
      const files = filesOf(name);
      if (await readState(files.state)) return update(name, model, capacity, signal);
      return locked(files, `deploy endpoint ${name}`, async () => {
        const time = now();
        const state: EndpointState = {
          root: path.resolve(paths.root),
          name,
          model: { name: model.name, version: model.version, path: model.path },
          stopped: false,
          created: time,
          updated: time,
        };
        await writeState(files.state, state);
        return describe(name, await start(name, state, signal));
      });
    },
    update,
    get: async (name) => describe(name, await stateOf(name)),
    async list() {
      const all: Endpoint[] = [];
      for (const one of await entries(projectStateFolder(host.stateFolder, paths))) {
        const state = await readState(filesOf(one.name).state);
        if (state) all.push(await describe(one.name, state));
      }
      return all;
    },
    async invoke(name, rows, signal): Promise<InvokeResult> {
      const address = await ensureRunning(name, signal);
      try {
        return await invocations(address, rows, signal);
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
      }
      // It ended under the request, or a kept connection was closed: once more, after a start where that is needed.
      try {
        return await invocations(await ensureRunning(name, signal), rows, signal);
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        throw await withLog(
          name,
          filesOf(name),
          `The endpoint "${name}" ended while it worked on the request.`,
          error,
        );
      }
    },
    stop,
    async remove(name) {
      const files = filesOf(name);
      if (await readState(files.state)) await stop(name);
      await remove(files.folder);
      await remove(files.captures);
    },
    logs: (name, cursor) => readLog(filesOf(name).log, cursor),
    async captureFiles(name) {
      const { captures } = filesOf(name);
      const all = await entries(captures);
      return all
        .filter((one) => /^capture-.*\.jsonl$/.test(one.name))
        .map((one) => path.join(captures, one.name));
    },
    async access(name, signal) {
      return ensureRunning(name, signal);
    },
  };
}

const urlOf = (port: number): string => `http://127.0.0.1:${port}`;

function configOf(files: EndpointFiles, model: EndpointState['model'], port: number): object {
  return {
    host: '127.0.0.1',
    port,
    tokenFile: files.token,
    model,
    captureFolder: files.captures,
    captureMaxBytes: CAPTURE_BYTES,
    readyFile: files.ready,
  };
}

async function launch(python: string, files: EndpointFiles, pythonFolder: string): Promise<ChildProcess> {
  const log = await open(files.log, 'a', 0o600).catch((error: unknown) => {
    throw fileError(error, `write ${files.log}`);
  });
  try {
    const environment = { ...process.env };
    for (const name of ['ELECTRON_RUN_AS_NODE', 'PYTHONDONTWRITEBYTECODE', 'PYTHONHOME']) {
      Reflect.deleteProperty(environment, name);
    }
    const child = spawn(python, ['-m', 'ml_lifecycle.serve', files.config], {
      cwd: files.folder,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      windowsHide: true,
      env: { ...environment, PYTHONPATH: pythonFolder, PYTHONUNBUFFERED: '1', PYTHONUTF8: '1' },
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) =>
        reject(
          new UserError('unavailable', `Python could not be started: ${cause.message}.`, {
            fix: 'Select another interpreter, or create the managed environment.',
            actions: [{ title: 'Create Environment', command: 'mll.python.create' }],
            cause,
          }),
        ),
      );
    });
    return child;
  } finally {
    await log.close();
  }
}

/** The port, once the server wrote its ready file and answers. */
async function untilReady(
  name: string,
  files: EndpointFiles,
  child: ChildProcess,
  signal: AbortSignal | undefined,
): Promise<number> {
  const limit = Date.now() + START_LIMIT_MS;
  while (Date.now() < limit) {
    if (signal?.aborted) throw new DOMException('Cancelled.', 'AbortError');
    if (child.exitCode !== null || child.signalCode !== null) {
      const how = child.signalCode ?? `exit code ${child.exitCode ?? 'unknown'}`;
      throw await withLog(name, files, `The endpoint "${name}" ended while it started (${how}).`);
    }
    const ready = await readReady(files.ready);
    if (ready && (await ping(urlOf(ready.port), 2000))) return ready.port;
    await sleep(40);
  }
  throw await withLog(
    name,
    files,
    `The endpoint "${name}" did not answer within ${START_LIMIT_MS / 1000} s.`,
  );
}

async function withLog(
  name: string,
  files: EndpointFiles,
  message: string,
  cause?: unknown,
): Promise<UserError> {
  const lines = await lastLines(files.log);
  const { specificFailure } = await import('../../core/explain/known');
  const known = specificFailure(lines.join('\n'), 'local-serve');
  const why = known === undefined ? '' : `${known.message} `;
  const said = lines.length === 0 ? 'Its log is empty.' : `Its log ends with:\n${lines.join('\n')}`;
  const explain = { title: 'Explain Failure…', command: 'mll.explain', args: [{ endpoint: name }] };
  return new UserError('unavailable', `${message} ${why}${said}`, {
    ...(known === undefined
      ? {
          fix: 'Read the last lines above; "Open Log" shows all of them. Then start it again.',
          actions: [explain],
        }
      : { fix: `${known.fix} Then start it again.` }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Whether the port of the server before can be used again; one that was killed holds it until its last thread has ended. */
async function becomesFree(port: number): Promise<boolean> {
  for (let tries = 0; tries < 20; tries++) {
    if (await isFree(port)) return true;
    await sleep(50);
  }
  return false;
}

/** Whether nobody listens on this port of 127.0.0.1 now. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

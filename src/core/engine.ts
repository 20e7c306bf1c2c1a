import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync, statSync, accessSync, constants } from 'node:fs';
import { connect, type CallOptions, type Connection, type Port } from '../rpc';
import type { EngineApi, TableId } from '../protocol';
import type { Engine } from './api';
import { UserError } from './errors';
import { fileError } from './files';
import type { TableSource } from './table';

export interface EngineOptions {
  /** Absolute path of the built engine. */
  readonly script: string;
  /** Absolute folder for everything temporary; made when absent. */
  readonly tempFolder: string;
  readonly log: (message: string) => void;
  /** Milliseconds without a call after which the process ends; 5 minutes unless said. */
  readonly idleMs?: number;
  /** Bytes that all queries together may use; min(1 GB, 25 % of RAM) unless said. */
  readonly memoryLimit?: number;
}

const IDLE_MS = 5 * 60_000;
const CANCEL_MS = 3_000;
const PING_MS = 10_000;
const HANG_MS = 20_000;
/** So many deaths within a minute and the engine waits for the next call before it starts again. */
const DEATHS = 3;

/** These change nothing, so they are asked again when the process died under them. */
const REPEATABLE: ReadonlySet<keyof EngineApi> = new Set<keyof EngineApi>([
  'ping',
  'open',
  'scan',
  'page',
  'cell',
  'profile',
  'unfit',
  'textShape',
  'read',
  'recipePreview',
  'recipeFit',
  'checkExpressions',
  'splitCut',
  'recipeFacts',
  'sql',
  'drift',
  'labelled',
]);

interface Process {
  readonly child: ChildProcess;
  readonly connection: Connection<EngineApi>;
}

interface Table {
  readonly source: TableSource;
  process: Process;
  real: Promise<TableId>;
}

type Result<K extends keyof EngineApi> = Awaited<ReturnType<EngineApi[K]>>;

/** `reason`: what a process that never answered said of it. */
class Died extends Error {
  constructor(
    how: string,
    readonly reason?: string,
  ) {
    super(how);
  }
}

/**
 * The engine in a process of its own. Table handles outlive it: after a restart a table is opened again at its next use.
 * A call that the process did not survive is repeated once when it changes nothing, else rejected as `unavailable`.
 */
export function createEngine(options: EngineOptions): Engine {
  const listeners = new Set<() => void>();
  const tables = new Map<TableId, Table>();
  const idleMs = options.idleMs ?? IDLE_MS;
  let current: Process | undefined;
  let disposed = false;
  let pending = 0;
  let lastTable = 0;
  let deaths: number[] = [];
  let replace = false;
  let idle: NodeJS.Timeout | undefined;

  function start(): Process {
    checkFolder(options.tempFolder);
    const child = fork(options.script, [options.tempFolder, String(options.memoryLimit ?? '')], {
      execArgv: [],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', UV_THREADPOOL_SIZE: '8' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const kill = (why: string): void => {
      options.log(`The data engine (process ${child.pid ?? '?'}) is ended: ${why}.`);
      child.kill('SIGKILL');
    };
    const connection = connect<EngineApi>(watched(childPort(child), kill), {});
    const started: Process = { child, connection };
    let said = '';
    let answered = false;
    child.once('message', () => {
      answered = true;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000);
    });
    const stopPing = keepAlive(connection, () => pending > 0, kill);
    const ended = (how: string): void => {
      if (!stopPing()) return;
      const expected = current !== started;
      if (!expected) {
        current = undefined;
        options.log(`The data engine ended (${how}).${said === '' ? '' : ` It said: ${said.trim()}`}`);
      }
      connection.dispose(answered ? new Died(how) : new Died(how, lastError(said)));
      if (!expected) onDeath();
    };
    child.on('error', (error) => ended(error.message));
    // What a process that cannot start says of it comes until its pipes are closed.
    for (const event of ['exit', 'close'] as const) {
      child.on(event, (code: number | null, signal: string | null) => {
        if (answered || event === 'close') ended(signal ?? `exit code ${code ?? '?'}`);
      });
    }
    child.stderr?.on('error', () => undefined);
    return started;
  }

  function onDeath(): void {
    if (disposed) return;
    replace = true;
    const now = Date.now();
    deaths = [...deaths.filter((time) => now - time < 60_000), now];
    if (deaths.length < DEATHS && (tables.size > 0 || listeners.size > 0)) running();
  }

  function running(): Process {
    if (disposed) throw new UserError('unavailable', 'The data engine was shut down.');
    if (current) {
      holdHost(current.child, true);
      return current;
    }
    current = start();
    // Started again for a table that nobody asks of now.
    if (pending === 0) holdHost(current.child, false);
    if (replace) {
      replace = false;
      for (const listener of [...listeners]) listener();
    }
    return current;
  }

  function rest(): void {
    clearTimeout(idle);
    if (pending > 0 || !current) return;
    holdHost(current.child, false);
    idle = setTimeout(() => {
      const ending = current;
      if (pending > 0 || !ending) return;
      current = undefined;
      ending.connection.dispose();
      ending.child.kill();
    }, idleMs);
    idle.unref();
  }

  function openAgain(table: Table, process: Process): Promise<TableId> {
    if (table.process !== process) {
      table.process = process;
      table.real = process.connection.call('open', { source: table.source }).then((opened) => opened.table);
      table.real.catch(() => undefined);
    }
    return table.real;
  }

  async function once<K extends keyof EngineApi>(
    method: K,
    params: Parameters<EngineApi[K]>[0],
    call: CallOptions,
  ): Promise<Result<K>> {
    const process = running();
    if ('table' in params) {
      const known = tables.get(params.table);
      if (!known) throw new UserError('notFound', 'This table is no longer open. Open it again.');
      const real = await openAgain(known, process);
      return process.connection.call(method, { ...params, table: real } as never, call) as Promise<Result<K>>;
    }
    const result = (await process.connection.call(method, params as never, call)) as Result<K>;
    if (method !== 'open') return result;
    const opened = result as Result<'open'>;
    const table = `table ${++lastTable}`;
    tables.set(table, {
      source: (params as Parameters<EngineApi['open']>[0]).source,
      process,
      real: Promise.resolve(opened.table),
    });
    return { ...opened, table } as Result<K>;
  }

  return {
    async call<K extends keyof EngineApi>(
      method: K,
      params: Parameters<EngineApi[K]>[0],
      call: CallOptions = {},
    ): Promise<Result<K>> {
      if (method === 'close' && !current && 'table' in params) {
        tables.delete(params.table);
        return undefined as Result<K>;
      }
      pending += 1;
      clearTimeout(idle);
      try {
        return await once(method, params, call);
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        call.signal?.throwIfAborted();
        if (!REPEATABLE.has(method)) throw unavailable(error);
        try {
          return await once(method, params, call);
        } catch (again) {
          throw again instanceof Died ? unavailable(again) : again;
        }
      } finally {
        if (method === 'close' && 'table' in params) tables.delete(params.table);
        pending -= 1;
        rest();
      }
    },
    onRestart(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispose() {
      disposed = true;
      clearTimeout(idle);
      const ending = current;
      current = undefined;
      ending?.connection.dispose(new UserError('cancelled', 'The data engine was shut down.'));
      ending?.child.kill('SIGKILL');
    },
  };
}

/** Whether the process keeps its host alive: only while a call waits, then also for the news of its death. */
function holdHost(child: ChildProcess, hold: boolean): void {
  for (const handle of [child, child.channel]) {
    if (hold) handle?.ref();
    else handle?.unref();
  }
}

/** Makes the folder, for this user alone; a UserError when it cannot be written or is somebody else's. */
function checkFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fileError(error, `write temporary files in ${folder}`);
  }
  const me = process.getuid?.();
  if (me === undefined || me === 0 || statSync(folder).uid === me) return;
  throw new UserError('permission', `The folder for temporary files, ${folder}, belongs to another user.`, {
    fix: 'Delete it, or set TMPDIR to a folder of your own.',
  });
}

/** The line that names the failure in what Node printed. */
function lastError(said: string): string | undefined {
  return said.split('\n').findLast((line) => /^(\w+ )?\[?\w*Error\b.*:/.test(line));
}

function unavailable(error: Died): UserError {
  if (error.reason !== undefined) {
    return new UserError('unavailable', `The data engine cannot start (${error.message}): ${error.reason}`, {
      fix: 'Install ML Lifecycle again, in the version for this system. If it stays like this, report it with this text.',
      cause: error,
    });
  }
  return new UserError('unavailable', `The data engine stopped (${error.message}) and was started again.`, {
    fix: 'Try again. If it happens again with the same file, the file may need more memory than this machine has free.',
    cause: error,
  });
}

function childPort(child: ChildProcess): Port {
  return {
    post(message) {
      if (child.connected) child.send(message as object, () => undefined);
    },
    listen(receive) {
      child.on('message', receive);
      return () => child.off('message', receive);
    },
  };
}

function isRpc(message: unknown): message is { rpc: string; id: number } {
  return typeof message === 'object' && message !== null && 'rpc' in message && 'id' in message;
}

/** Ends the process when a cancelled call goes on for longer than {@link CANCEL_MS}. */
function watched(port: Port, kill: (why: string) => void): Port {
  const cancelled = new Map<number, NodeJS.Timeout>();
  return {
    post(message) {
      if (isRpc(message) && message.rpc === 'cancel') {
        const timer = setTimeout(() => kill('it did not heed a cancel'), CANCEL_MS);
        timer.unref();
        cancelled.set(message.id, timer);
      }
      port.post(message);
    },
    listen(receive) {
      const stop = port.listen((message) => {
        if (isRpc(message) && (message.rpc === 'done' || message.rpc === 'failed')) {
          clearTimeout(cancelled.get(message.id));
          cancelled.delete(message.id);
        }
        receive(message);
      });
      return () => {
        for (const timer of cancelled.values()) clearTimeout(timer);
        cancelled.clear();
        stop();
      };
    },
  };
}

/** Asks for a sign of life while calls wait, and ends a process that gives none; the function returned is true once. */
function keepAlive(
  connection: Connection<EngineApi>,
  busy: () => boolean,
  kill: (why: string) => void,
): () => boolean {
  let asked = false;
  let stopped = false;
  let limit: NodeJS.Timeout | undefined;
  const timer = setInterval(() => {
    if (asked || !busy()) return;
    asked = true;
    limit = setTimeout(() => kill(`no sign of life for ${HANG_MS / 1000} s`), HANG_MS);
    limit.unref();
    connection.call('ping', {}).then(
      () => {
        asked = false;
        clearTimeout(limit);
      },
      () => clearTimeout(limit),
    );
  }, PING_MS);
  timer.unref();
  return () => {
    if (stopped) return false;
    stopped = true;
    clearInterval(timer);
    clearTimeout(limit);
    return true;
  };
}

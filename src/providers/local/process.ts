import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import treeKill from 'tree-kill';
import { systemCode } from '../../core/errors';

const run = promisify(execFile);

/** A process for good: its id together with when it started, so that a reused id is never taken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque text, equal only for the same process of the same boot. */
  readonly started: string;
}

/** Who runs under this id now; undefined when nobody does (an ended child that nobody reaped counts as nobody). */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  if (!exists(pid)) return undefined;
  const started = await startOf(pid);
  return started === undefined ? undefined : { pid, started };
}

/** True while exactly this process runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.started === identity.started;
}

/**
 * Ends the process and all it started: asks first, and after `graceMs` forces what is left.
 * Does nothing when the id belongs to another process by now. Resolves when all of them are gone, or after a forced end.
 */
export async function endTree(identity: ProcessIdentity, graceMs = 5000): Promise<void> {
  if (!(await isRunning(identity))) return;
  const family = await familyOf(identity.pid);
  await signalTree(identity.pid, family, 'SIGTERM');
  const limit = Date.now() + graceMs;
  while (Date.now() < limit) {
    const left = await stillRunning([identity, ...family]);
    if (left.length === 0) return;
    await sleep(25);
  }
  // Children born after the first look are found by a second one.
  const late = (await isRunning(identity)) ? await familyOf(identity.pid) : [];
  const left = await stillRunning([identity, ...family, ...late]);
  if (process.platform !== 'linux') await killTree(identity.pid, 'SIGKILL');
  for (const one of left) send(one.pid, 'SIGKILL');
  for (let tries = 0; tries < 80 && (await stillRunning(left)).length > 0; tries++) await sleep(25);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

async function startOf(pid: number): Promise<string | undefined> {
  switch (process.platform) {
    case 'linux': {
      const stat = await statOf(pid);
      return stat === undefined || stat.state === 'Z' ? undefined : `${await bootOf()} ${stat.start}`;
    }
    case 'win32': {
      const command = `(Get-Process -Id ${pid} -ErrorAction Stop).StartTime.ToFileTimeUtc()`;
      return text('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', command]);
    }
    default: {
      const line = await text('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]);
      return line === undefined || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
    }
  }
}

let boot: Promise<string> | undefined;
function bootOf(): Promise<string> {
  boot ??= readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (id) => id.trim(),
    () => 'boot',
  );
  return boot;
}

async function statOf(pid: number): Promise<{ parent: number; state: string; start: string } | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (line === undefined) return undefined;
  // The program's name stands in brackets and may hold anything; fields count from the last bracket (proc(5)).
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? 'Z', parent: Number(fields[1]), start: fields[19] ?? '' };
}

/** All descendants, on Linux only: elsewhere `tree-kill` looks them up itself. */
async function familyOf(pid: number): Promise<ProcessIdentity[]> {
  if (process.platform !== 'linux') return [];
  const children = new Map<number, ProcessIdentity[]>();
  const id = await bootOf();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await statOf(Number(name));
    if (stat === undefined || stat.state === 'Z') continue;
    const siblings = children.get(stat.parent) ?? [];
    siblings.push({ pid: Number(name), started: `${id} ${stat.start}` });
    children.set(stat.parent, siblings);
  }
  const family: ProcessIdentity[] = [];
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const child of children.get(next) ?? []) {
      family.push(child);
      open.push(child.pid);
    }
  }
  return family;
}

async function signalTree(pid: number, family: readonly ProcessIdentity[], signal: 'SIGTERM'): Promise<void> {
  if (process.platform !== 'linux') {
    await killTree(pid, signal);
    return;
  }
  send(pid, signal);
  for (const one of family) send(one.pid, signal);
}

function killTree(pid: number, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    // An error here means that the tree is gone already.
    treeKill(pid, signal, () => resolve());
  });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

async function stillRunning(all: readonly ProcessIdentity[]): Promise<ProcessIdentity[]> {
  const states = await Promise.all(all.map(isRunning));
  return all.filter((_, index) => states[index]);
}

async function text(file: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run(file, [...args], { windowsHide: true });
    return stdout.trim() === '' ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}

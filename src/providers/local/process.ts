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
 * `marker` (`NAME=value`, in the environment of all it starts) also finds what was orphaned; on Linux only.
 * Leaves alone whoever has the id by now. Resolves when all of them are gone, or after a forced end.
 */
export async function endTree(identity: ProcessIdentity, graceMs = 5000, marker?: string): Promise<void> {
  const known = new Map<number, ProcessIdentity>();
  const look = async (): Promise<readonly ProcessIdentity[]> => {
    const leader = (await isRunning(identity)) ? [identity] : [];
    for (const one of [...leader, ...(await familyOf(identity, [...known.values()], marker))])
      known.set(one.pid, one);
    return stillRunning([...known.values()]);
  };
  const family = await look();
  if (family.length === 0) return;
  if (process.platform !== 'linux') await killTree(identity.pid, 'SIGTERM');
  for (const one of family) send(one.pid, 'SIGTERM');
  const limit = Date.now() + graceMs;
  while (Date.now() < limit && (await stillRunning([...known.values()])).length > 0) await sleep(25);
  // Children may be born while the others are being ended: look again until nobody is found.
  for (let tries = 0; tries < 80; tries++) {
    const left = await look();
    if (left.length === 0) return;
    if (process.platform !== 'linux') await killTree(identity.pid, 'SIGKILL');
    for (const one of left) send(one.pid, 'SIGKILL');
    await sleep(25);
  }
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

interface Stat {
  readonly parent: number;
  readonly group: number;
  readonly state: string;
  readonly start: string;
}

async function statOf(pid: number): Promise<Stat | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (line === undefined) return undefined;
  // The program's name stands in brackets and may hold anything; fields count from the last bracket (proc(5)).
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return {
    state: fields[0] ?? 'Z',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    start: fields[19] ?? '',
  };
}

/** Descendants of the process and of those in `known`, members of its group, carriers of the marker; on Linux only: elsewhere `tree-kill` looks them up itself. */
async function familyOf(
  leader: ProcessIdentity,
  known: readonly ProcessIdentity[],
  marker: string | undefined,
): Promise<readonly ProcessIdentity[]> {
  if (process.platform !== 'linux') return [];
  const running = await isRunning(leader);
  const children = new Map<number, ProcessIdentity[]>();
  const open: ProcessIdentity[] = [...(running ? [leader] : []), ...(await stillRunning(known))];
  const id = await bootOf();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const pid = Number(name);
    const stat = await statOf(pid);
    if (stat === undefined || stat.state === 'Z' || pid === process.pid) continue;
    const one = { pid, started: `${id} ${stat.start}` };
    children.set(stat.parent, [...(children.get(stat.parent) ?? []), one]);
    const member = running && stat.group === leader.pid;
    if (member || (marker !== undefined && (await carries(pid, marker)))) open.push(one);
  }
  const family = new Map<number, ProcessIdentity>();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    family.set(next.pid, next);
    open.push(...(children.get(next.pid) ?? []).filter((one) => !family.has(one.pid)));
  }
  return [...family.values()];
}

async function carries(pid: number, marker: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  return environment.split('\0').includes(marker);
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

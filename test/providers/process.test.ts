import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { endTree, identify, isRunning } from '../../src/providers/local/process';

/** A process that starts a child (which ignores SIGTERM when asked to), prints the child's id and waits. */
async function family(stubborn: boolean): Promise<{ pid: number; child: number }> {
  const inner = `${stubborn ? "process.on('SIGTERM', () => {});" : ''} console.log('up'); setInterval(() => {}, 1000);`;
  const script = `
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', ${JSON.stringify(inner)}], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.once('data', () => console.log(child.pid));
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [data] = (await once(parent.stdout, 'data')) as [Buffer];
  return { pid: parent.pid ?? 0, child: Number(data.toString()) };
}

test('a process is itself only together with its start', async () => {
  const me = await identify(process.pid);
  expect(me?.pid).toBe(process.pid);
  expect(await isRunning({ pid: process.pid, started: me?.started ?? '' })).toBe(true);
  expect(await isRunning({ pid: process.pid, started: 'earlier' })).toBe(false);
  expect(await identify(2 ** 22 + 1)).toBeUndefined();
});

test('ending takes the children along, also a detached one', async () => {
  const { pid, child } = await family(false);
  const identity = await identify(pid);
  const childIdentity = await identify(child);
  expect(identity && childIdentity).toBeDefined();
  if (!identity || !childIdentity) return;
  await endTree(identity, 5000);
  expect([await isRunning(identity), await isRunning(childIdentity)]).toEqual([false, false]);
});

test('what does not listen is forced', async () => {
  const { pid, child } = await family(true);
  const identity = await identify(pid);
  const childIdentity = await identify(child);
  if (!identity || !childIdentity) throw new Error('not started');
  await endTree(identity, 100);
  expect([await isRunning(identity), await isRunning(childIdentity)]).toEqual([false, false]);
});

test('another process under the same id is left alone', async () => {
  const { pid } = await family(false);
  const identity = await identify(pid);
  if (!identity) throw new Error('not started');
  await endTree({ pid, started: 'earlier' }, 100);
  expect(await isRunning(identity)).toBe(true);
  await endTree(identity);
});

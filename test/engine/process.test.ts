import { spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine } from '../../src/core/engine';
import { startEngine, type TestEngine } from './build';
import { killNow } from '../kill';

const ROWS = 400_000;
let run: TestEngine;
let path: string;

/** Every third text holds a quote and a line end, so that a record is not a line. */
function row(i: number): [number, string, number] {
  return [i, i % 3 === 0 ? `t "${i}",\nx` : `t${i}`, (i * 7919) % 1000];
}

beforeAll(async () => {
  run = await startEngine();
  path = join(run.folder, 'big.csv');
  let text = 'id,text,n\n';
  for (let i = 0; i < ROWS; i += 1) {
    const [id, cell, n] = row(i);
    text += i % 3 === 0 ? `${id},"${cell.replaceAll('"', '""')}",${n}\n` : `${id},${cell},${n}\n`;
  }
  writeFileSync(path, text);
});
afterAll(() => {
  run.remove();
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function ends(pid: number): Promise<void> {
  while (alive(pid)) await wait(20);
}

test('pages at random offsets hold the right rows', async () => {
  const { table } = await run.engine.call('open', { source: { path } });
  const scan = await run.engine.call('scan', { table });
  expect(scan).toMatchObject({ rows: ROWS, rejected: 0 });
  let seed = 42;
  for (let round = 0; round < 60; round += 1) {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    const offset = round === 0 ? ROWS - 5 : seed % ROWS;
    const page = await run.engine.call('page', { table, offset, limit: 37 });
    const expected = Array.from({ length: Math.min(37, ROWS - offset) }, (_, i) => row(offset + i));
    expect(page.rows).toEqual(expected);
  }
});

test('a sorted page deep in the table, ties in file order', async () => {
  const { table } = await run.engine.call('open', { source: { path } });
  const order = Array.from({ length: ROWS }, (_, i) => i).sort((a, b) => row(b)[2] - row(a)[2] || a - b);
  const page = await run.engine.call('page', {
    table,
    offset: 123_456,
    limit: 20,
    sort: [{ column: 'n', descending: true }],
  });
  expect(page.rows).toEqual(order.slice(123_456, 123_476).map(row));
});

test('the process is killed in the middle of a query: the call is answered by a new one, and tables stay usable', async () => {
  const { table } = await run.engine.call('open', { source: { path } });
  const { pid } = await run.engine.call('ping', {});
  let restarts = 0;
  const stop = run.engine.onRestart(() => {
    restarts += 1;
  });
  const profile = run.engine.call('profile', { table });
  await wait(150);
  killNow(pid);
  expect((await profile).rows).toBe(ROWS);
  const after = await run.engine.call('ping', {});
  expect(after.pid).not.toBe(pid);
  expect(restarts).toBe(1);
  const page = await run.engine.call('page', { table, offset: 399_999, limit: 1 });
  expect(page.rows).toEqual([row(399_999)]);
  stop();
});

test('a cancelled query rejects at once, and the engine answers the next call', async () => {
  const { pid } = await run.engine.call('ping', {});
  const abort = new AbortController();
  const endless = run.engine.call(
    'sql',
    { sql: 'SELECT count(*) FROM range(1000000000000) WHERE range % 3 = 1', tables: {}, limit: 1 },
    { signal: abort.signal },
  );
  const rejected = expect(endless).rejects.toMatchObject({ name: 'AbortError' });
  await wait(200);
  abort.abort();
  await rejected;
  const next = await run.engine.call('sql', { sql: 'SELECT 42 AS answer', tables: {}, limit: 1 });
  expect(next.rows).toEqual([[42]]);
  // Longer than the time after which a process that ignores a cancel is ended.
  await wait(3500);
  expect((await run.engine.call('ping', {})).pid).toBe(pid);
});

test('a cancelled scan can be started again', async () => {
  const { table } = await run.engine.call('open', { source: { path } });
  const abort = new AbortController();
  const first = run.engine.call('scan', { table }, { signal: abort.signal });
  abort.abort();
  await expect(first).rejects.toMatchObject({ name: 'AbortError' });
  expect(await run.engine.call('scan', { table })).toMatchObject({ rows: ROWS });
});

test('two statements of a background kind and pages go on side by side', async () => {
  const { table } = await run.engine.call('open', { source: { path } });
  await run.engine.call('scan', { table });
  const profiles = [1, 2, 3].map(async () => {
    const opened = await run.engine.call('open', { source: { path } });
    return run.engine.call('profile', { table: opened.table });
  });
  const page = await run.engine.call('page', { table, offset: 200_000, limit: 1 });
  expect(page.rows).toEqual([row(200_000)]);
  for (const profile of await Promise.all(profiles)) {
    expect(profile.columns.map(({ distinct, distinctExact }) => [distinct, distinctExact])[2]).toEqual([
      1000,
      true,
    ]);
  }
});

test('an idle engine ends and the next call starts another', async () => {
  const idle = await startEngine({ idleMs: 100 });
  try {
    const { pid } = await idle.engine.call('ping', {});
    await ends(pid);
    const next = await idle.engine.call('ping', {});
    expect(next.pid).not.toBe(pid);
    expect(idle.log).toEqual([]);
  } finally {
    idle.remove();
  }
});

test('the engine does not outlive its host, and removes its temporary folder', async () => {
  const script = join(run.folder, 'engine.mjs');
  const host = `
    const { fork } = require('node:child_process');
    const child = fork(${JSON.stringify(script)}, [${JSON.stringify(join(run.folder, 'temp2'))}], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    child.on('message', () => console.log(child.pid));
    child.send({ rpc: 'call', id: 1, method: 'ping', params: {} });
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['-e', host], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(said.toString());
  expect(alive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await ends(pid);
  expect(readdirSync(join(run.folder, 'temp2'))).toEqual([]);
});

test('one that cannot start says why', async () => {
  const script = join(run.folder, 'broken.mjs');
  writeFileSync(script, `import { none } from 'node:zlib';\nnone();\n`);
  const engine = createEngine({ script, tempFolder: join(run.folder, 'broken'), log: () => undefined });
  try {
    await expect(engine.call('ping', {})).rejects.toMatchObject({
      kind: 'unavailable',
      message:
        "The data engine cannot start (exit code 1): SyntaxError: The requested module 'node:zlib' does not provide an export named 'none'",
    });
  } finally {
    engine.dispose();
  }
});

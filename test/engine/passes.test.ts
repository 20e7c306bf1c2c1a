import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Profile } from '../../src/core/table';
import { startEngine, type TestEngine } from './build';

/** More than are profiled as they are, in a file that is far larger than the sample of it. */
const ROWS = 230_000;
const FILLER = 'a text that makes the file large and is like no other: '.repeat(12);
/** Rows behind which a record has too few cells. */
const SHORT = [1_000, 120_000, ROWS - 2];
let run: TestEngine;

interface Dirt {
  /** In a column of whole numbers. */
  readonly standIn?: string;
  /** In a column of dates. */
  readonly day?: string;
}

function makeFile(name: string, { standIn, day }: Dirt): string {
  const path = join(run.folder, name);
  const file = openSync(path, 'w');
  let text = 'id,count,day,kind,note\n';
  for (let i = 0; i < ROWS; i += 1) {
    const count = i === 50_000 && standIn !== undefined ? standIn : String(i % 1000);
    const date = i === 150_000 && day !== undefined ? day : `2024-${i % 2 === 0 ? '02' : '11'}-17`;
    text += `${i},${count},${date},k${i % 37},"${FILLER}\n${i}"\n`;
    if (SHORT.includes(i)) text += `${i},short\n`;
    if (text.length > 2 ** 20 || i === ROWS - 1) {
      writeSync(file, text);
      text = '';
    }
  }
  closeSync(file);
  return path;
}

/** Linux counts all that a process reads, from files and pipes. */
const bytesRead = (pid: number): number =>
  Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);

beforeAll(async () => {
  run = await startEngine();
});
afterAll(() => {
  run.remove();
});

/** The sample of up to 16 MB, its copy and the places of single records are less than once. */
async function profiled(path: string): Promise<{ profile: Profile; times: number }> {
  const { pid } = await run.engine.call('ping', {});
  const before = bytesRead(pid);
  const { table } = await run.engine.call('open', { source: { path } });
  const profile = await run.engine.call('profile', { table });
  const times = Math.floor((bytesRead(pid) - before) / statSync(path).size);
  await run.engine.call('close', { table });
  return { profile, times };
}

const counts = ({ columns }: Profile): unknown[] =>
  columns.map(({ type, missing, distinct, distinctExact }) => [type, missing, distinct, distinctExact]);

describe.runIf(process.platform === 'linux')('how often a large file is read', () => {
  test('once for where its records lie, once for types and profile: a stand-in for a missing value, short records', async () => {
    const { profile, times } = await profiled(makeFile('stand-in.csv', { standIn: 'N/A' }));
    expect(times).toBe(2);
    expect(profile).toMatchObject({ rows: ROWS, rejected: 3 });
    expect(counts(profile)).toEqual([
      ['integer', 0, expect.any(Number), false],
      ['integer', 1, 1000, true],
      ['date', 0, 2, true],
      ['text', 0, 37, true],
      ['text', 0, expect.any(Number), false],
    ]);
    expect(profile.columns[1]?.top[0]).toEqual({ value: 1, count: 230 });
    // Each row has two lines, and the header one.
    expect(profile.rejects.map(({ line, raw }) => [line, raw])).toEqual(
      SHORT.map((row, at) => [2 * (row + 1) + 2 + at, `${row},short`]),
    );
  });

  test('once more where a cell is no value of the type that the beginning shows', async () => {
    const { profile, times } = await profiled(makeFile('day.csv', { day: 'in spring' }));
    expect(times).toBe(3);
    expect(profile).toMatchObject({ rows: ROWS, rejected: 3 });
    expect(counts(profile)).toEqual([
      ['integer', 0, expect.any(Number), false],
      ['integer', 0, 1000, true],
      ['text', 0, 3, true],
      ['text', 0, 37, true],
      ['text', 0, expect.any(Number), false],
    ]);
    expect(profile.columns[2]?.top).toEqual([
      { value: '2024-11-17', count: 115_000 },
      { value: '2024-02-17', count: 115_000 - 1 },
      { value: 'in spring', count: 1 },
    ]);
  });
});

describe('an engine that counts values', () => {
  let path: string;
  beforeAll(() => {
    path = makeFile('counted.csv', {});
  });

  test('is idle soon after a cancel, whenever it comes, and profiles again', async () => {
    for (const after of [700, 900, 1100, 1400, 1800]) {
      const { table } = await run.engine.call('open', { source: { path } });
      const abort = new AbortController();
      const ended = run.engine.call('profile', { table }, { signal: abort.signal }).then(
        () => 'done',
        (error: unknown) => (error as Error).name,
      );
      await wait(after);
      abort.abort();
      expect(['done', 'AbortError']).toContain(await ended);
      await run.engine.call('close', { table });
    }
    const { pid } = await run.engine.call('ping', {});
    const { table } = await run.engine.call('open', { source: { path } });
    const profile = await run.engine.call('profile', { table });
    expect(profile.columns[3]).toMatchObject({ distinct: 37, distinctExact: true, missing: 0 });
    expect(profile.columns[3]?.top[0]).toEqual({ value: 'k0', count: 6217 });
    expect((await run.engine.call('ping', {})).pid).toBe(pid);
  });

  test('ends with its host all the same', async () => {
    const temp = join(run.folder, 'temp-counted');
    const host = `
      const { fork } = require('node:child_process');
      const child = fork(${JSON.stringify(join(run.folder, 'engine.mjs'))}, [${JSON.stringify(temp)}], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      const call = (id, method, params) => child.send({ rpc: 'call', id, method, params });
      let told = 0;
      child.on('message', (message) => {
        if (message.id === 1 && message.result) call(2, 'profile', { table: message.result.table });
        // The first profile is that of a sample: from then on all rows are counted.
        if (message.id === 2 && (told += 1) === 1) setTimeout(() => console.log(child.pid), 200);
      });
      call(1, 'open', { source: { path: ${JSON.stringify(path)} } });
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['-e', host], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(parent.stdout, 'data')) as [Buffer];
    parent.kill('SIGKILL');
    await ends(Number(said.toString()));
  });
});

async function ends(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await wait(20);
  }
}

import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine, type TestEngine } from './build';

/** Far larger than the sample from which columns are summed up first. */
const ROWS = 230_000;
const FILLER = 'a text that makes the file large and is like no other: '.repeat(12);
let run: TestEngine;

beforeAll(async () => {
  run = await startEngine();
});
afterAll(() => {
  run.remove();
});

/** A record with too few cells, a stand-in for a missing value among whole numbers, and line ends in cells. */
function dirtyFile(): string {
  const path = join(run.folder, 'dirty.csv');
  const file = openSync(path, 'w');
  let text = 'id,count,day,kind,note\n';
  for (let i = 0; i < ROWS; i += 1) {
    const count = i === 50_000 ? 'N/A' : String(i % 1000);
    text += `${i},${count},2024-${i % 2 === 0 ? '02' : '11'}-17,k${i % 37},"${FILLER}\n${i}"\n`;
    if (i === 1000) text += `${i},short\n`;
    if (text.length > 2 ** 20 || i === ROWS - 1) {
      writeSync(file, text);
      text = '';
    }
  }
  closeSync(file);
  return path;
}

/** Linux counts what a process reads, from files and pipes. */
const bytesRead = (pid: number): number =>
  Number(/rchar: (\d+)/u.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);

describe.runIf(process.platform === 'linux')('how often a large dirty file is read', () => {
  it('once for where its records lie, and twice for its profile', async () => {
    const path = dirtyFile();
    const { pid } = await run.engine.call('ping', {});
    const before = bytesRead(pid);
    const { table } = await run.engine.call('open', { source: { path } });
    const profile = await run.engine.call('profile', { table });
    const times = (bytesRead(pid) - before) / statSync(path).size;
    await run.engine.call('close', { table });
    expect(profile).toMatchObject({ rows: ROWS, rejected: 1 });
    expect(profile.columns.map(({ type, missing }) => [type, missing])).toEqual([
      ['integer', 0],
      ['integer', 1],
      ['date', 0],
      ['text', 0],
      ['text', 0],
    ]);
    // The sample and the places of single cells are less than once.
    expect(Math.floor(times)).toBe(3);
  });
});

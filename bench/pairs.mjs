// Two programs as whole processes in turn, for what is sent and received.
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { median, row } from './rig.mjs';

/** A whole process, whose output goes nowhere: milliseconds. Not waited for in this thread, as a server's log may be read by it. */
export function wholeProcess(program, args, options) {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text) => (said += text));
    child.once('close', (code) => {
      if (code === 0) resolve(performance.now() - start);
      else reject(new Error(`${program} ${args.join(' ')}: ${said.slice(-2000)}`));
    });
  });
}

/** In turn, and the other way round in every second round. */
export async function inPairs(rounds, what, goal, one, other, before = async () => undefined) {
  const measured = [];
  for (let round = 0; round < rounds; round += 1) {
    const times = {};
    const both = [
      ['a', one],
      ['b', other],
    ];
    for (const [name, run] of round % 2 === 0 ? both : both.toReversed()) {
      await before();
      times[name] = await run();
    }
    measured.push(times);
  }
  const seconds = (name) => (median(measured.map((times) => times[name])) / 1000).toFixed(2);
  row(
    what,
    median(measured.map(({ a, b }) => a / b)).toFixed(2),
    goal,
    `${seconds('a')} s / ${seconds('b')} s`,
  );
}

export function randomFile(file, bytes) {
  const handle = fs.openSync(file, 'w');
  for (let left = bytes; left > 0; left -= 2 ** 24)
    fs.writeSync(handle, crypto.randomBytes(Math.min(left, 2 ** 24)));
  fs.closeSync(handle);
}

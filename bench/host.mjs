// How free the host stays while the engine profiles a large CSV, and how soon the engine rests after a cancel.
// Usage: node bench/host.mjs [bytes, 1.25e9 unless said]
import { setTimeout as wait } from 'node:timers/promises';
import { csvFile } from './data.mjs';
import { bundle, cpuSeconds, head, median, row } from './rig.mjs';

const file = await csvFile(Number(process.argv[2] ?? 1.25e9));
const built = await bundle();
const engine = await built.engine();

/** Milliseconds that this thread has worked; it does not count while others have the core. */
const worked = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/** The longest time that the event loop of this process did not turn: by the clock on the wall, and by this thread's own. */
function loopGaps() {
  let last = performance.now();
  let own = worked();
  const longest = { wall: 0, own: 0 };
  const timer = setInterval(() => {
    const [now, done] = [performance.now(), worked()];
    longest.wall = Math.max(longest.wall, now - last);
    longest.own = Math.max(longest.own, done - own);
    [last, own] = [now, done];
  }, 1);
  return () => {
    clearInterval(timer);
    return longest;
  };
}

/** As the data view does: the profile, and a page at random now and then. */
async function profiled(table) {
  let done = false;
  const profile = engine.call('profile', { table }).finally(() => (done = true));
  for (let i = 0; !done; i += 1) {
    await engine.call('page', { table, offset: (i * 7919 * 31) % 5e5, limit: 100, early: true });
    await wait(20);
  }
  return profile;
}

async function gaps() {
  let stop = loopGaps();
  await wait(5000);
  const idle = stop();
  const { table } = await engine.call('open', { source: { path: file } });
  stop = loopGaps();
  await profiled(table);
  const busy = stop();
  await engine.call('close', { table });
  const ms = ({ wall, own }) => `${own.toFixed(1)} ms of its own work, ${wall.toFixed(1)} ms on the wall`;
  row(
    'longest gap of the host’s event loop while the engine profiles and pages',
    '-',
    '<= 25 ms',
    `${ms(busy)}; with nothing to do just before: ${ms(idle)}`,
  );
}

/** Milliseconds after which the process uses no time any more; its clock has steps of 10 ms. */
async function idleAfter(pid) {
  const start = performance.now();
  let [used, last] = [cpuSeconds(pid), 0];
  while (performance.now() - start < 1500) {
    await wait(2);
    const now = cpuSeconds(pid);
    if (now > used) [used, last] = [now, performance.now() - start];
    // A query that goes on takes every tick; a single one half a second later is the process's own housekeeping.
    else if (performance.now() - start - last > 300) break;
  }
  return last;
}

async function cancelling() {
  const { pid } = await engine.call('ping', {});
  const times = [];
  for (const delay of [100, 300, 1000, 2000, 3500, 5000, 7000, 9000]) {
    const { table } = await engine.call('open', { source: { path: file } });
    const abort = new AbortController();
    const profile = engine.call('profile', { table }, { signal: abort.signal }).then(
      () => 'done',
      () => 'cancelled',
    );
    await wait(delay);
    abort.abort();
    const idle = await idleAfter(pid);
    if ((await profile) === 'cancelled') times.push({ delay, idle });
    await engine.call('close', { table });
  }
  row(
    'a profile is cancelled until the engine is idle',
    '-',
    '<= 150 ms',
    `median ${median(times.map(({ idle }) => idle)).toFixed(0)} ms; ${times.map(({ delay, idle }) => `${idle.toFixed(0)} ms after ${delay / 1000} s`).join(', ')}`,
  );
}

try {
  head();
  await gaps();
  await cancelling();
} finally {
  engine.dispose();
  built.remove();
}

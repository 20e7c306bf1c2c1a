import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identify } from '../../src/providers/local/process';
import type { Sandbox } from './mll';
import { type Failure, makeTrouble, type RunAnswer, type Trouble } from './trouble.rig';
import { killNow } from '../kill';

let box: Sandbox;
let mll: Trouble['mll'];
let failure: Trouble['failure'];
let failedRun: Trouble['failedRun'];
beforeAll(async () => {
  ({ box, mll, failure, failedRun } = await makeTrouble());
});
afterAll(async () => {
  await mll('endpoints', 'remove', 'shared');
  box.remove();
});

const SCRIPT_HEAD = 'import ml_lifecycle as ml\n';
const SCRIPT_TAIL =
  'from sklearn.tree import DecisionTreeClassifier\nt = ml.data("train")\nml.save(DecisionTreeClassifier(max_depth=2).fit(t.X, t.y))\n';

describe('scripts', () => {
  const run = (name: string): Promise<Failure['error']> => {
    const args = ['--data', 'good.csv', '--target', 'y', '--script', path.join('scripts', name)];
    return failedRun(...args);
  };

  it('an exception, an exit with words, a missing package, no model', async () => {
    box.write('scripts/raises.py', 'def f():\n    raise ValueError("no luck")\nf()\n');
    expect((await run('raises.py')).message).toBe(
      'raises.py failed (raises.py, line 2): ValueError: no luck',
    );
    box.write('scripts/leaves.py', 'raise SystemExit("own words")\n');
    expect((await run('leaves.py')).message).toBe('leaves.py ended itself: own words');
    box.write('scripts/imports.py', 'import no_such_package\n');
    expect((await run('imports.py')).fix).toMatch(/^Install no_such_package/);
    box.write('scripts/forgets.py', 'print("done")\n');
    expect((await run('forgets.py')).message).toMatch(/without saving a model/);
  });

  it('an end by a signal', async () => {
    box.write('scripts/dies.py', 'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n');
    expect(await run('dies.py')).toMatchObject({ kind: 'unavailable' });
  });

  it('a million lines and a child that it forgot: it ends well, and nothing stays', async () => {
    const pidFile = path.join(box.folder, 'child.pid');
    box.write(
      'scripts/busy.py',
      `${SCRIPT_HEAD}import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import os, time; os.setsid(); time.sleep(600)"])
open(${JSON.stringify(pidFile)}, "w").write(str(child.pid))
for i in range(1_000_000): print("line", i)
${SCRIPT_TAIL}`,
    );
    box.write('scripts/table.csv', 'a\n1\n');
    box.write('scripts/.mlignore', 'forgets.py\n');
    const args = ['--data', 'good.csv', '--target', 'y', '--script', 'scripts/busy.py'];
    const { code, json } = await mll('train', ...args);
    expect(code).toBe(0);
    const pid = Number(fs.readFileSync(pidFile, 'utf8'));
    expect(await identify(pid)).toBeUndefined();
    const { lines } = (await mll('runs', 'logs', (json() as RunAnswer).run.id)).json() as { lines: string[] };
    expect(lines[0]).toMatch(
      /^Code: 5 files, 1 KB: busy\.py, dies\.py, imports\.py, leaves\.py, raises\.py$/,
    );
    expect(lines[1]).toMatch(/^Code not copied .*: forgets\.py, table\.csv$/);
    expect(lines).toContain('line 999999');
  });

  it('a folder that is too large is refused before anything is copied', async () => {
    box.write('large/train.py', SCRIPT_HEAD + SCRIPT_TAIL);
    fs.writeFileSync(path.join(box.folder, 'large', 'weights.bin'), '');
    fs.truncateSync(path.join(box.folder, 'large', 'weights.bin'), 60 * 1024 * 1024);
    const before = fs.readdirSync(path.join(box.folder, '.ml', 'runs')).length;
    const args = ['--data', 'good.csv', '--target', 'y', '--script', 'large/train.py'];
    expect((await failure('train', ...args)).message).toMatch(
      /too large .* 60\.0 MB, most of it in weights\.bin/,
    );
    expect(fs.readdirSync(path.join(box.folder, '.ml', 'runs'))).toHaveLength(before);
    box.write('large/.mlignore', '*.bin\n');
    expect((await mll('train', ...args)).code).toBe(0);
  });
});

describe('a killed or interrupted mll', () => {
  const slow = `${SCRIPT_HEAD}import time\nfor i in range(3000):\n    ml.log(loss=1 / (i + 1))\n    time.sleep(0.1)\n`;
  const newest = (): string =>
    fs
      .readdirSync(path.join(box.folder, '.ml', 'runs'))
      .sort()
      .at(-1) ?? '';

  async function startSlow(): Promise<{ child: ReturnType<Sandbox['start']>; id: string }> {
    box.write('slow/slow.py', slow);
    const before = new Set(fs.readdirSync(path.join(box.folder, '.ml', 'runs')));
    const args = ['--data', 'good.csv', '--target', 'y', '--script', 'slow/slow.py'];
    const child = box.start('--yes', '--json', 'train', ...args);
    for (;;) {
      const id = fs.readdirSync(path.join(box.folder, '.ml', 'runs')).find((one) => !before.has(one));
      const metrics = id === undefined ? '' : path.join(box.folder, '.ml', 'runs', id, 'metrics.jsonl');
      if (id !== undefined && fs.existsSync(metrics) && fs.statSync(metrics).size > 0) return { child, id };
      await sleep(50);
    }
  }

  it('kill -9 while training: the run goes on and can be cancelled by the next', async () => {
    const { child, id } = await startSlow();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await mll('runs', 'show', id)).json()).toMatchObject({ run: { status: 'running' } });
    expect((await mll('runs', 'cancel', id)).json()).toMatchObject({ run: { status: 'cancelled' } });
  });

  it('an interrupt cancels the run and exits 130', async () => {
    const { child, id } = await startSlow();
    let said = '';
    child.stdout?.on('data', (data: Buffer) => (said += data.toString()));
    child.kill('SIGINT');
    // A wrapper such as npm hands on what the terminal has sent already.
    await sleep(50);
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(130);
    expect(JSON.parse(said)).toMatchObject({ run: { id, status: 'cancelled' } });
    expect((await mll('runs', 'show', id)).json()).toMatchObject({ run: { status: 'cancelled' } });
    expect(newest()).not.toBe('');
  });
});

describe('an endpoint', () => {
  let url: string;
  let token: string;
  const good = { x: 1, z: 2, kind: 'u' };
  const stateFile = (name: string): string => {
    const folder = path.join(box.state, 'endpoints');
    const [project = ''] = fs.readdirSync(folder);
    return path.join(folder, project, 'shared', name);
  };
  const address = async (): Promise<string> =>
    ((await mll('endpoints', 'show', 'shared')).json() as { endpoint: { url: string } }).endpoint.url;
  const post = async (body: string): Promise<{ status: number; answer: unknown }> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(`${url}/invocations`, { method: 'POST', headers, body });
    return { status: response.status, answer: await response.json() };
  };

  beforeAll(async () => {
    await mll('train', '--data', 'good.csv', '--target', 'y', '--algorithm', 'linear', '--model', 'served');
    await mll('deploy', 'served', '--name', 'shared');
    url = await address();
    token = fs.readFileSync(stateFile('token'), 'utf8').trim();
  });

  it('names the field of each row that it cannot predict, and answers the others', async () => {
    const rows = [
      good,
      { ...good, x: 'NaN' },
      { ...good, x: 'abc' },
      { z: 2, kind: 'u' },
      { ...good, kind: 'never seen' },
    ];
    const { code, json } = await mll('invoke', 'shared', '--row', JSON.stringify(rows));
    expect(code).toBe(0);
    const { predictions } = json() as { predictions: { prediction: unknown; error?: { field: string } }[] };
    expect(predictions.map((one) => one.error?.field ?? one.prediction)).toEqual([
      'low',
      'x',
      'x',
      'x',
      'low',
    ]);
    expect((await post('[{"x": Infinity, "z": NaN, "kind": "u"}]')).answer).toMatchObject({
      predictions: [{ prediction: null, error: { field: 'x' } }],
    });
  });

  it.each(['{bad', '', '[]', '5', '{"dataframe_split":{"columns":["x"],"data":[[1,2]]}}'])(
    'refuses the body %j with a reason',
    async (body) => {
      const { status, answer } = await post(body);
      expect(status).toBe(400);
      expect((answer as Failure).error).toMatchObject({ kind: 'invalid', fix: expect.any(String) as string });
    },
  );

  it('takes 10 MB and 10,000 rows, and refuses 70 MB', async () => {
    const wide = await post(JSON.stringify([{ ...good, kind: 'u'.repeat(10_000_000) }]));
    expect(wide.answer).toMatchObject({ predictions: [{ prediction: 'low' }] });
    const long = await post(JSON.stringify(Array.from({ length: 10_000 }, () => good)));
    expect((long.answer as { predictions: unknown[] }).predictions).toHaveLength(10_000);
    expect((await post(`"${' '.repeat(70_000_000)}"`)).status).toBe(413);
  });

  it('--row and --file that hold nothing to send', async () => {
    expect((await failure('invoke', 'shared', '--row', '{bad')).message).toMatch(/--row is no JSON/);
    expect((await failure('invoke', 'shared', '--row', '[]')).message).toMatch(/no record/);
    box.write('none.csv', 'x,z,kind\n');
    expect((await failure('invoke', 'shared', '--file', 'none.csv')).message).toMatch(/no rows to send/);
    expect(fs.existsSync(path.join(box.folder, 'none.predictions.csv'))).toBe(false);
    expect((await failure('invoke', 'shared', '--file', 'good.csv', '--output', 'good.csv')).kind).toBe(
      'conflict',
    );
  });

  it('a model that is served is not removed', async () => {
    expect((await failure('models', 'remove', 'served@1')).kind).toBe('conflict');
  });

  it.each([
    ['plan.json', ['predict', 'served', '--data', 'good.csv']],
    ['plan.json', ['retrain', 'shared']],
    ['signature.json', ['monitor', 'shared']],
    ['report.json', ['models', 'show', 'served']],
    ['features.json', ['deploy', 'served', '--name', 'damaged']],
  ])('a model package with a damaged %s: %j says so', async (name, args) => {
    const file = path.join(box.folder, '.ml', 'models', 'served', '1', name);
    const kept = fs.readFileSync(file);
    fs.writeFileSync(file, kept.subarray(0, 5));
    try {
      expect((await failure(...args)).message).toMatch(/(damaged|is not valid JSON)/);
    } finally {
      fs.writeFileSync(file, kept);
    }
  });

  it('killed with -9, its port taken by another: the next request starts it elsewhere', async () => {
    const { process: server } = JSON.parse(fs.readFileSync(stateFile('state.json'), 'utf8')) as {
      process: { pid: number };
    };
    killNow(server.pid);
    const thief = http.createServer((_, response) => response.end('not you'));
    const port = Number(new URL(url).port);
    // Until the system has taken the port from the dead.
    const taken = (): Promise<boolean> =>
      once(thief.listen(port, '127.0.0.1'), 'listening').then(
        () => true,
        () => false,
      );
    while (!(await taken())) await sleep(50);
    try {
      const { json } = await mll('invoke', 'shared', '--row', JSON.stringify(good));
      expect(json()).toMatchObject({ predictions: [{ prediction: 'low' }] });
      expect(await address()).not.toBe(url);
    } finally {
      thief.close();
    }
  });
});

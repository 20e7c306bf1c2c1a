import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSandbox, type Sandbox } from './mll';
import { byX, type Failure, makeTrouble, type RunAnswer, table, type Trouble } from './trouble.rig';
import { killNow } from '../kill';

let box: Sandbox;
let mll: Trouble['mll'];
let failure: Trouble['failure'];
let failedRun: Trouble['failedRun'];
beforeAll(async () => {
  ({ box, mll, failure, failedRun } = await makeTrouble());
});
afterAll(() => box.remove());

describe('files', () => {
  const program = Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01\x00', 'latin1'), Buffer.alloc(3000, 1)]);
  const noise = Buffer.from(Array.from({ length: 4000 }, (_, index) => (index * 7919) % 251));
  it.each([
    ['program.csv', program, 'invalid', /not a text table/],
    ['noise.csv', noise, 'invalid', /not a text table/],
    ['text.parquet', Buffer.from('hello'), 'invalid', /not a Parquet file/],
    ['text.jsonl', Buffer.from('hello\n'), 'invalid', /no line that is a JSON object/],
    ['empty.csv', Buffer.alloc(0), 'invalid', /is empty/],
  ])('%s is refused', async (name, bytes, kind, message) => {
    fs.writeFileSync(path.join(box.folder, name), bytes);
    const error = await failure('data', 'add', name);
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(message);
  });

  it('a file that is not there, and a folder with nothing in it', async () => {
    expect((await failure('data', 'preview', 'nothing.csv')).message).toBe(
      'There is neither a file nor a dataset "nothing.csv".',
    );
    fs.mkdirSync(path.join(box.folder, 'nothing'));
    expect((await failure('data', 'preview', 'nothing')).message).toMatch(/folder .*nothing holds no file/);
  });

  it('Latin-1 is read as what it is', async () => {
    fs.writeFileSync(
      path.join(box.folder, 'latin1.csv'),
      Buffer.from('näme,wert\nJürgen,1\nÖl,2\n', 'latin1'),
    );
    expect((await mll('data', 'preview', 'latin1.csv')).json()).toMatchObject({
      columns: [{ name: 'näme' }, { name: 'wert' }],
      rows: [
        ['Jürgen', 1],
        ['Öl', 2],
      ],
    });
  });

  it('records that are no rows are counted wherever the rows are used', async () => {
    const lines = table(120, byX).trimEnd().split('\n');
    lines[30] = '"5"x,1,u,low';
    lines[60] = '1,2';
    box.write('dirty.csv', `${lines.join('\n')}\n`);
    const train = await mll('train', '--data', 'dirty.csv', '--target', 'y', '--algorithm', 'linear');
    const { run } = train.json() as RunAnswer;
    expect(run).toMatchObject({ status: 'completed', data: { rows: 118, rejected: 2 } });
    const { report } = (await mll('runs', 'show', run.id)).json() as {
      report: { rows: { train: number; test: number }; notes: string[] };
    };
    expect(report.rows.train + report.rows.test).toBe(118);
    expect(report.notes[0]).toBe('2 records of dirty could not be read as rows; the data view lists them.');
    box.write('dirty.recipe.yaml', 'recipe: 1\ninput: dirty.csv\nsteps: []\n');
    const done = await mll('recipe', 'run', 'dirty.recipe.yaml', '--output', 'clean.csv');
    expect(done.json()).toMatchObject({ rowsIn: 118, rowsOut: 118, rejected: 2 });
    expect(fs.readFileSync(path.join(box.folder, 'clean.csv'), 'utf8').trimEnd().split('\n')).toHaveLength(
      119,
    );
  });

  it('a header alone can be looked at, not trained on', async () => {
    box.write('header.csv', 'x,y\n');
    expect((await mll('data', 'preview', 'header.csv')).json()).toMatchObject({ rows: [], total: 0 });
    expect((await failedRun('--data', 'header.csv', '--target', 'y')).message).toMatch(/no rows/);
  });
});

describe('the engine', () => {
  const engines = (): number[] =>
    fs
      .readdirSync(box.temporary, { recursive: true, encoding: 'utf8' })
      .map((name) => Number(/engine-(\d+)$/.exec(name)?.[1]))
      .filter((pid) => pid > 0);

  it('killed under a command: the command is answered all the same', async () => {
    box.write('large.csv', `x,y\n${'1.5,some text\n'.repeat(400_000)}`);
    const before = new Set(engines());
    const child = box.start('--json', 'data', 'profile', 'large.csv');
    let said = '';
    child.stdout?.on('data', (data: Buffer) => (said += data.toString()));
    let pid: number | undefined;
    while ((pid = engines().find((one) => !before.has(one))) === undefined) await sleep(5);
    killNow(pid);
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    expect(JSON.parse(said)).toMatchObject({ rows: 400_000 });
  });

  it('no place for temporary files', async () => {
    const other = makeSandbox();
    try {
      fs.rmSync(other.temporary, { recursive: true });
      fs.writeFileSync(other.temporary, '');
      other.write('a.csv', 'x\n1\n');
      const { code, json } = await other.mll('--json', 'data', 'profile', 'a.csv');
      expect(code).toBe(1);
      expect(json()).toMatchObject({
        error: {
          message: expect.stringContaining('write temporary files in') as string,
          fix: expect.any(String) as string,
        },
      });
    } finally {
      other.remove();
    }
  });
});

describe('targets', () => {
  it.each([
    ['one class', table(60, () => 'same'), /only one class/],
    ['nothing but missing', table(60, () => ''), /missing in all 60 rows/],
    ['a class for each row', table(60, (index) => `id${index}`), /a class of its own/],
    ['three rows', table(3, byX), /can be trained on/],
  ])('%s', async (_, text, message) => {
    box.write('target.csv', text);
    expect((await failedRun('--data', 'target.csv', '--target', 'y')).message).toMatch(message);
  });

  it('rows without it are left out, and that is said', async () => {
    box.write(
      'gaps.csv',
      table(100, (index) => (index % 5 === 0 ? '' : byX(index))),
    );
    const { code, json } = await mll('train', '--data', 'gaps.csv', '--target', 'y', '--algorithm', 'linear');
    expect(code).toBe(0);
    const { id } = (json() as RunAnswer).run;
    expect((await mll('runs', 'logs', id)).stdout).toContain('20 of 100 rows have no target');
    const shown = (await box.mll('runs', 'show', id)).stdout.split('\n');
    expect(shown).toContain('note: 20 of 100 rows have no target and were left out.');
    expect(shown).toContainEqual(
      expect.stringMatching(/^the baseline, which knows no column: accuracy 0\.\d+, /),
    );
  });

  it('one that the data lacks, and none at all', async () => {
    const error = await failure('train', '--data', 'good.csv', '--target', 'Y');
    expect(error).toMatchObject({ kind: 'invalid', fix: 'Did you mean "y"?' });
    expect((await failure('train', '--data', 'good.csv')).message).toMatch(/which column/);
  });
});

describe('wrong usage', () => {
  it.each([
    [['data', 'preview', 'good.csv', '--rows', 'many']],
    [['train', '--data', 'good.csv', '--target', 'y', '--algorithm', 'magic']],
    [['train', '--data', 'good.csv', '--target', 'y', '--param', 'nothing']],
    [['monitor', 'x', '--fail-on', 'weather']],
    [['recipe', 'run', 'x.yaml', '--output', 'x.csv', '--split', 'half']],
  ])('%j exits 2 and says why, in the document too', async (args) => {
    const { code, json, stderr } = await mll(...args);
    expect(code).toBe(2);
    const { error } = json() as Failure;
    expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining('invalid') as string });
    expect(stderr).toContain(error.message);
  });

  it('parameters are numbers where nothing is lost by it', async () => {
    const given = ['a=1.5', 'b=-3', 'c=true', 'd=null', 'e=007', 'f=12345678901234567890', 'g=constructor'];
    const more = ['h=', 'i=0x10', 'j=1e20', 'k=Infinity', 'l=a=b', 'm=.5', '__proto__=x'];
    const params = [...given, ...more].flatMap((one) => ['--param', one]);
    const { json } = await mll(
      'train',
      '--data',
      'good.csv',
      '--target',
      'y',
      '--algorithm',
      'baseline',
      ...params,
    );
    const { run } = json() as { run: { params: Record<string, unknown> } };
    expect(Object.entries(run.params).filter(([name]) => name.length === 1)).toEqual([
      ...[
        ['a', 1.5],
        ['b', -3],
        ['c', true],
        ['d', null],
        ['e', '007'],
        ['f', '12345678901234567890'],
      ],
      ...[
        ['g', 'constructor'],
        ['h', ''],
        ['i', '0x10'],
        ['j', 1e20],
        ['k', 'Infinity'],
        ['l', 'a=b'],
        ['m', 0.5],
      ],
    ]);
  });

  it('parameters that are no flat list, and no SQL', async () => {
    const train = ['train', '--data', 'good.csv', '--target', 'y', '--params'];
    expect((await failure(...train, '5')).message).toMatch(/no JSON object/);
    expect((await failure(...train, '{"a":{"b":1}}')).message).toMatch(/"a" is neither/);
    expect((await failure('data', 'sql', '  ')).kind).toBe('invalid');
  });
});

describe('Python', () => {
  it('files of the project named as modules of Python are not taken for them', async () => {
    const names = ['types.py', 'json.py', 'code/__init__.py', 'ml_lifecycle.py'];
    for (const name of names) box.write(name, 'raise SystemExit("mine")\n');
    box.write(
      'code/train.py',
      'import pdb\nimport ml_lifecycle as ml\nfrom sklearn.tree import DecisionTreeClassifier\nt = ml.data("train")\nml.save(DecisionTreeClassifier().fit(t.X, t.y))\n',
    );
    try {
      expect((await mll('env', 'show')).json()).toMatchObject({ python: { missing: {} } });
      const { code, json } = await mll(
        ...['train', '--data', 'good.csv', '--target', 'y', '--script', 'code/train.py'],
      );
      expect((json() as RunAnswer).run.error).toBeUndefined();
      expect(code).toBe(0);
    } finally {
      for (const name of names) fs.rmSync(path.join(box.folder, name));
    }
  });

  const local = (): string => path.join(box.folder, '.ml', 'local.yaml');
  it('one that is not there, or no Python: said before a run is made', async () => {
    const kept = fs.readFileSync(local(), 'utf8');
    const train = ['train', '--data', 'good.csv', '--target', 'y'];
    try {
      fs.writeFileSync(local(), 'python: nowhere/python\n');
      expect((await failure(...train)).message).toMatch(/nowhere\/python is not there\.$/);
      fs.writeFileSync(local(), 'python: good.csv\n');
      expect((await failure(...train)).message).toMatch(/does not start as a Python interpreter/);
      fs.writeFileSync(local(), 'pyton: x\n');
      expect((await failure(...train)).message).toMatch(/line 1: "pyton" is not a known setting/);
    } finally {
      fs.writeFileSync(local(), kept);
    }
  });
});

describe('manifests', () => {
  it('one edited wrongly is named, left out of the list and kept', async () => {
    box.write('edited.csv', table(20, byX));
    await mll('data', 'add', 'edited.csv');
    const file = path.join(box.folder, '.ml', 'datasets', 'edited.json');
    const good = fs.readFileSync(file, 'utf8');
    const wrong = good.replace('"rows": 20', '"rows": "twenty"');
    fs.writeFileSync(file, wrong);
    expect((await failure('data', 'show', 'edited')).message).toMatch(/edited\.json .* line \d+: rows:/);
    // Its own file would make a second dataset otherwise.
    expect((await failure('data', 'add', 'edited.csv')).message).toMatch(/edited\.json/);
    const list = (await mll('data', 'list')).json() as { datasets: { name: string }[]; broken: unknown[] };
    expect(list.datasets.map((one) => one.name)).not.toContain('edited');
    expect(list.broken).toHaveLength(1);
    expect((await mll('doctor')).code).toBe(3);
    expect(fs.readFileSync(file, 'utf8')).toBe(wrong);
    fs.writeFileSync(file, `<<<<<<< HEAD\n${good}=======\n${good}>>>>>>> theirs\n`);
    expect(await failure('data', 'show', 'edited')).toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('merge conflict in line 1') as string,
    });
    fs.writeFileSync(file, good);
    expect((await mll('data', 'show', 'edited')).code).toBe(0);
  });
});

describe('outputs', () => {
  it('never replace data', async () => {
    box.write('mine.csv', table(60, byX));
    const before = fs.readFileSync(path.join(box.folder, 'mine.csv'), 'utf8');
    const { json } = await mll('train', '--data', 'mine.csv', '--target', 'y', '--algorithm', 'baseline');
    expect(json()).toMatchObject({ model: { name: 'mine', version: 1 } });
    box.write('mine.recipe.yaml', 'recipe: 1\ninput: mine.csv\nsteps: []\n');
    for (const args of [
      ['predict', 'mine', '--data', 'mine.csv', '--output', 'mine.csv'],
      ['recipe', 'run', 'mine.recipe.yaml', '--output', 'mine.csv'],
      ['prepare', 'mine.recipe.yaml', '--output', 'mine.csv'],
    ]) {
      expect(await failure(...args)).toMatchObject({ kind: 'conflict' });
    }
    expect(fs.readFileSync(path.join(box.folder, 'mine.csv'), 'utf8')).toBe(before);
    expect((await failure('predict', 'mine', '--data', 'mine.csv', '--output', 'x.parquet')).kind).toBe(
      'unsupported',
    );
  });
});

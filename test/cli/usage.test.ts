import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeSandbox, type Sandbox } from './mll';

let box: Sandbox;
beforeAll(() => {
  box = makeSandbox();
});
afterAll(() => box.remove());

describe('mll', () => {
  it('prints its help and exits 0', async () => {
    const { code, stdout } = await box.mll('--help');
    expect(code).toBe(0);
    for (const noun of [
      'init',
      'doctor',
      'env',
      'data',
      'recipe',
      'prepare',
      'train',
      'runs',
      'compare',
      'models',
      'deploy',
      'endpoints',
      'invoke',
      'cases',
      'load',
      'predict',
      'update',
      'monitor',
      'explain',
      'retrain',
      'store',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${noun}\\b`, 'm'));
    }
  });

  it.each([[['nonsense']], [['train']], [['data', 'preview', 'x', '--nope']]])(
    'exits 2 for wrong usage: %j',
    async (args) => {
      const { code, stderr, stdout } = await box.mll(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).not.toBe('');
    },
  );

  it.each([[['nonsense']], [['data']], [[]]])(
    '--json prints the usage error of %j as its document',
    async (args) => {
      const { code, json } = await box.mll('--json', ...args);
      expect(code).toBe(2);
      expect(json()).toMatchObject({
        error: { kind: 'invalid', fix: expect.stringContaining('--help') as string },
      });
    },
  );

  it('ends in silence when nobody reads on', async () => {
    box.write('long.csv', `x\n${`${'word '.repeat(20)}\n`.repeat(10_000)}`);
    const { code, stderr } = await box.mllUnread('data', 'preview', 'long.csv', '--rows', '10000');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('names a folder that is not there, and makes it for init only', async () => {
    const missing = path.join(box.folder, 'not there');
    for (const folder of [missing, box.write('file', '')]) {
      const { code, json } = await box.mll('--json', '-C', folder, 'data', 'list');
      expect(code).toBe(1);
      expect(json()).toMatchObject({ error: { kind: 'notFound', message: `There is no folder ${folder}.` } });
    }
    expect((await box.mll('--yes', '-C', missing, 'init')).code).toBe(0);
    expect((await box.mll('--json', '-C', missing, 'data', 'list')).json()).toEqual({ datasets: [] });
  });

  it('does not make a project without consent, and says how to agree', async () => {
    box.write('a.csv', 'x,y\n1,2\n');
    const { code, json } = await box.mll('--json', 'data', 'add', 'a.csv');
    expect(code).toBe(1);
    expect(json()).toMatchObject({ error: { fix: expect.stringContaining('--yes') as string } });
    expect(fs.existsSync(path.join(box.folder, 'ml.yaml'))).toBe(false);
    expect(fs.existsSync(path.join(box.folder, '.ml'))).toBe(false);
  });

  it('previews and profiles a file without any project', async () => {
    box.write('b.csv', 'name,n\n"a, b",1\nc,\n');
    const preview = await box.mll('--json', 'data', 'preview', 'b.csv');
    expect(preview.json()).toMatchObject({
      columns: [{ name: 'name' }, { name: 'n' }],
      rows: [
        ['a, b', 1],
        ['c', null],
      ],
      offset: 0,
      total: 2,
      exact: true,
      rejected: 0,
    });
    const profile = await box.mll('--json', 'data', 'profile', 'b.csv');
    expect(profile.json()).toMatchObject({
      rows: 2,
      exact: true,
      columns: [
        { missing: 0, distinct: 2 },
        { missing: 1, min: 1, max: 1 },
      ],
    });
    expect(fs.existsSync(path.join(box.folder, '.ml'))).toBe(false);
  });

  it('names a dataset, finds it by a unique prefix, and lists what there is for an unknown one', async () => {
    box.write('sales.csv', 'x\n1\n2\n3\n');
    const added = await box.mll('--json', '--yes', 'data', 'add', 'sales.csv');
    expect(added.json()).toMatchObject({
      dataset: { name: 'sales', rows: 3, source: { path: 'sales.csv' } },
    });
    const shown = await box.mll('--json', 'data', 'show', 'sal');
    expect(shown.json()).toMatchObject({ dataset: { name: 'sales' } });
    const unknown = await box.mll('--json', 'data', 'show', 'nope');
    expect(unknown.code).toBe(1);
    expect(unknown.json()).toMatchObject({ error: { kind: 'notFound' } });
    expect(unknown.stdout).toContain('sales');
  });

  it('answers SQL over a dataset, and marks a mistake in it', async () => {
    const sum = await box.mll('--json', 'data', 'sql', 'SELECT sum(x) AS total FROM sales');
    expect(sum.json()).toMatchObject({ rows: [[6]] });
    const wrong = await box.mll('--json', 'data', 'sql', 'SELECT nope FROM sales');
    expect(wrong.code).toBe(1);
    expect(wrong.json()).toMatchObject({ error: { kind: 'invalid', place: { line: 1, column: 8 } } });
    fs.writeFileSync(path.join(box.folder, 'more.csv'), 'x,y\n1,10\n2,20\n');
    fs.writeFileSync(path.join(box.folder, 'join.sql'), 'SELECT y FROM data JOIN sales USING (x);\n');
    const written = await box.mll('--json', 'data', 'sql', 'join.sql', '--data', 'more.csv', '-o', 'y.csv');
    expect(written.json()).toMatchObject({ rows: 2, rejected: 0 });
    expect(fs.readFileSync(path.join(box.folder, 'y.csv'), 'utf8').split('\n').sort()).toEqual([
      '',
      '10',
      '20',
      'y',
    ]);
    const read = await box.mll('--json', 'data', 'sql', "SELECT * FROM read_text('/etc/hostname')");
    expect(read.code).toBe(1);
  });
});

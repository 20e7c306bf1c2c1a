import * as fs from 'node:fs/promises';
import path from 'node:path';
import { simpleGit } from 'simple-git';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gitState } from '../../src/core/git';
import { checkName, freeName, nameFromPath, resolveName } from '../../src/core/names';
import { initProject, portablePath, absolutePath, projectExists, projectPaths } from '../../src/core/project';
import { parseSettings, readSettings, setLocal, setOwn, setShared } from '../../src/core/settings';
import { endpointFiles } from '../../src/providers/local/endpoint-state';
import { makeRig, type Rig } from '../providers/local.rig';

let rig: Rig;
beforeEach(async () => {
  rig = await makeRig();
});
afterEach(() => rig.dispose());

describe('ml.yaml', () => {
  test('is made with consent only, once, and then left alone', async () => {
    const paths = projectPaths(path.join(rig.paths.root, 'neu'));
    await fs.mkdir(paths.root);
    const no = { ...rig.host, consent: () => Promise.resolve(false) };
    await expect(initProject(paths, no, false)).rejects.toMatchObject({ kind: 'cancelled' });
    expect(await fs.readdir(paths.root)).toEqual([]);
    let asked = 0;
    const yes = {
      ...rig.host,
      consent: () => {
        asked++;
        return Promise.resolve(true);
      },
    };
    await initProject(paths, yes, false);
    await initProject(paths, yes, false);
    expect(asked).toBe(1);
    expect(await projectExists(paths)).toBe(true);
    expect(await readSettings(paths)).toEqual({ project: 'neu', provider: 'local', python: 'managed' });
    await fs.writeFile(path.join(paths.root, 'ml.yaml'), 'project: mine # kept\n');
    await initProject(paths, yes, true);
    expect(await fs.readFile(path.join(paths.root, 'ml.yaml'), 'utf8')).toBe('project: mine # kept\n');
  });

  test('git keeps the manifests and ignores logs, packages and personal values', async () => {
    await initProject(rig.paths, rig.host, true);
    const files = {
      committed: [
        'datasets/a.json',
        'runs/r1/run.json',
        'runs/r1/recipe.yaml',
        'models/m/1.json',
        'endpoints/e.json',
        'monitors/e.json',
        '.gitignore',
      ],
      ignored: [
        'local.yaml',
        'runs/r1/log.txt',
        'runs/r1/job/job.json',
        'models/m/1/MLmodel',
        'cache/queue.json',
        'data/p.parquet',
        'endpoints/e/x',
        'runs/r1/uncommitted.diff',
      ],
    };
    for (const file of [...files.committed, ...files.ignored]) {
      await fs.mkdir(path.dirname(path.join(rig.paths.ml, file)), { recursive: true });
      if (file !== '.gitignore') await fs.writeFile(path.join(rig.paths.ml, file), 'x');
    }
    const git = simpleGit(rig.paths.root);
    await git.init();
    const status = await git.status(['--untracked-files=all']);
    expect(status.not_added.filter((one) => one !== 'ml.yaml').sort()).toEqual(
      files.committed.map((one) => `.ml/${one}`).sort(),
    );
  });

  test.each([
    ['pyton: managed\n', /line 1: "pyton" is not a known setting/],
    [
      'project: a\nproviders:\n  local: { parallelJobs: 2, speed: 3 }\n',
      /line 3: "providers.local.speed" is not a known/,
    ],
    ['project: a\nproviders:\n  local: { parallelJobs: 0 }\n', /line 3: providers.local.parallelJobs: /],
    ['project: a\nprovider: loca\n', /line 2: provider: /],
    ['project: [a\n', /line 2: /],
    ['<<<<<<< HEAD\nproject: a\n=======\nproject: b\n>>>>>>> x\n', /merge conflict/],
    ['- 1\n', /line 1: /],
  ])('a mistake names the line: %j', (text, message) => {
    expect(() => parseSettings(text, 'ml.yaml')).toThrow(message);
  });

  test('personal values stand over the shared ones; comments stay', async () => {
    await fs.writeFile(
      path.join(rig.paths.root, 'ml.yaml'),
      'project: a\nproviders: { local: { parallelJobs: 3 } }\npython: managed\n',
    );
    await setLocal(rig.paths, 'python', 'selected');
    await fs.appendFile(path.join(rig.paths.ml, 'local.yaml'), '# mine\n');
    await setLocal(rig.paths, 'python', '/opt/py thon');
    expect(await readSettings(rig.paths)).toEqual({
      project: 'a',
      providers: { local: { parallelJobs: 3 } },
      python: '/opt/py thon',
    });
    expect(await fs.readFile(path.join(rig.paths.ml, 'local.yaml'), 'utf8')).toContain('# mine');
  });

  test('a store is remembered by names, with the personal ones over the shared, and forgotten', async () => {
    const file = path.join(rig.paths.root, 'ml.yaml');
    await fs.writeFile(file, '# ours\nproject: a # short\n');
    await setShared(rig.paths, ['stores', 's3'], { profile: 'team', region: 'eu-west-1' });
    expect(await fs.readFile(file, 'utf8')).toBe(
      '# ours\nproject: a # short\nstores:\n  s3:\n    profile: team\n    region: eu-west-1\n',
    );
    await fs.mkdir(rig.paths.ml, { recursive: true });
    await fs.writeFile(path.join(rig.paths.ml, 'local.yaml'), 'stores: { s3: { profile: mine } }\n');
    expect((await readSettings(rig.paths)).stores).toEqual({ s3: { profile: 'mine', region: 'eu-west-1' } });
    await setOwn(rig.paths, ['stores', 'gs'], { account: 'me@example.com', keyFile: undefined });
    expect((await readSettings(rig.paths)).stores?.gs).toEqual({ account: 'me@example.com' });
    await setOwn(rig.paths, ['stores', 'gs'], undefined);
    expect((await readSettings(rig.paths)).stores).toEqual({ s3: { profile: 'mine', region: 'eu-west-1' } });
    await setShared(rig.paths, ['stores', 's3'], undefined);
    expect(await fs.readFile(file, 'utf8')).toBe('# ours\nproject: a # short\n');
    expect(() => parseSettings('stores: { s3: { secretAccessKey: x } }', 'ml.yaml')).toThrow(
      /not a known setting/,
    );
  });

  test('paths in manifests are relative with forward slashes inside the project only', () => {
    const { root } = rig.paths;
    expect(portablePath(rig.paths, path.join(root, 'data', 'ä b.csv'))).toBe('data/ä b.csv');
    expect(absolutePath(rig.paths, 'data/ä b.csv')).toBe(path.join(root, 'data', 'ä b.csv'));
    const outside = path.join(path.dirname(root), 'other.csv');
    expect(portablePath(rig.paths, outside)).toBe(outside);
    expect(portablePath(rig.paths, path.join(root, '..data.csv'))).toBe('..data.csv');
  });

  test('the folder by a link is the same project', async () => {
    const { root } = rig.paths;
    const link = projectPaths(`${root} link`);
    await fs.symlink(root, link.root, 'dir');
    await fs.writeFile(path.join(root, 'here.csv'), '');
    expect(portablePath(link, path.join(link.root, 'here.csv'))).toBe('here.csv');
    expect(portablePath(link, path.join(root, 'here.csv'))).toBe('here.csv');
    expect(portablePath(rig.paths, path.join(link.root, 'not there', 'yet.csv'))).toBe('not there/yet.csv');
    expect(endpointFiles('/state', link, 'e').folder).toBe(endpointFiles('/state', rig.paths, 'e').folder);
    await fs.rm(link.root);
  });
});

describe('names', () => {
  test('from files', () => {
    expect(nameFromPath('/x/FAA bird strikes (2).csv')).toBe('FAA-bird-strikes-2');
    expect(nameFromPath('C:\\x\\Größe.tsv')).toBe('Größe');
    expect(nameFromPath('gs://bucket/exports/orders/000000000000.parquet')).toBe('orders');
    expect(nameFromPath('gs://bucket/orders-000000000012.csv.gz')).toBe('orders');
    expect(nameFromPath('000000000000.parquet')).toBe('000000000000');
    expect(nameFromPath('/x/orders-202611281200.csv')).toBe('orders-202611281200');
    expect(nameFromPath('con.csv')).toBe('data-con');
    expect(nameFromPath('.csv')).toBe('data');
  });
  test('refused where a system could not keep them', () => {
    for (const name of ['', '../x', 'a/b', 'nul', 'a.', ' a', 'a\nb', 'x'.repeat(101)]) {
      expect(() => checkName(name, 'dataset')).toThrow(/cannot be the name/);
    }
    checkName('Ärzte 2024_v1.2', 'dataset');
  });
  test('unique prefix, else what there is', () => {
    const names = ['penguins', 'penguins-2', 'birds'];
    expect(resolveName('b', names, 'dataset')).toBe('birds');
    expect(resolveName('penguins', names, 'dataset')).toBe('penguins');
    expect(() => resolveName('peng', names, 'dataset')).toThrow(
      '"peng" could be several datasets: penguins, penguins-2.',
    );
    expect(() => resolveName('', names, 'dataset')).toThrow(/There is no dataset ""/);
    expect(freeName('Penguins', names)).toBe('Penguins-3');
  });
});

describe('git', () => {
  test('no repository is fine', async () => {
    expect(await gitState(rig.paths.root)).toEqual({ dirty: false });
  });

  test('commit, branch and the uncommitted changes; manifests do not count', async () => {
    const { root } = rig.paths;
    const git = simpleGit(root);
    await git.init(['--initial-branch=haupt']);
    expect(await gitState(root)).toMatchObject({ dirty: true, branch: 'haupt' });
    await git
      .addConfig('user.name', 'x')
      .addConfig('user.email', 'x@example.org')
      .addConfig('commit.gpgsign', 'false');
    await fs.writeFile(path.join(root, 'a.py'), 'one\n');
    await git.add('.').commit('first');
    const commit = (await git.revparse('HEAD')).trim();
    await fs.mkdir(path.join(rig.paths.ml, 'runs'), { recursive: true });
    await fs.writeFile(path.join(rig.paths.ml, 'runs', 'x.json'), '{}');
    expect(await gitState(root)).toEqual({ commit, branch: 'haupt', dirty: false });
    await fs.writeFile(path.join(root, 'a.py'), 'two\n');
    await fs.writeFile(path.join(root, 'new.py'), '');
    const state = await gitState(root);
    expect(state).toMatchObject({ commit, branch: 'haupt', dirty: true });
    expect(state.diff).toContain('-one\n+two\n');
    expect(state.diff).toContain('# new file, not in git: new.py\n');
  });
});

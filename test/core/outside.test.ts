import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isOutside } from '../../src/core/outside';
import { type LifecycleRig, makeLifecycle } from './lifecycle.rig';

/** A recipe from the internet may name any path: nothing outside the project is read unless the person agrees. */
let rig: LifecycleRig;
let elsewhere: string;
const asked: string[] = [];
let agrees = false;
const at = (name: string): string => path.join(rig.paths.root, name);

beforeAll(async () => {
  elsewhere = await fs.mkdtemp(path.join(tmpdir(), 'mll elsewhere '));
  await fs.writeFile(path.join(elsewhere, 'secret.csv'), 'a,b\n1,2\n');
  rig = await makeLifecycle({
    mayRead: (place) => {
      asked.push(place);
      return Promise.resolve(agrees);
    },
  });
  await fs.writeFile(at('own.csv'), 'a,c\n1,3\n');
  await fs.symlink(elsewhere, at('link'));
});
afterAll(async () => {
  await rig.dispose();
  await fs.rm(elsewhere, { recursive: true, force: true });
});

it('tells what lies outside, through links, dots and patterns, of what is there and what is not', async () => {
  const { root } = rig.paths;
  const outside = (place: string): Promise<boolean> => isOutside([root], place);
  expect(await outside(at('own.csv'))).toBe(false);
  expect(await outside(at('new/not yet.csv'))).toBe(false);
  expect(await outside(at('..hidden.csv'))).toBe(false);
  expect(await outside(at('*.csv'))).toBe(false);
  expect(await outside(at('link/secret.csv'))).toBe(true);
  expect(await outside(at('link/*.csv'))).toBe(true);
  expect(await outside(path.join(root, '..', 'x.csv'))).toBe(true);
  expect(await outside(`${root}-more/x.csv`)).toBe(true);
  expect(await outside('/etc/*')).toBe(true);
  expect(await outside('s3://bucket/x.csv')).toBe(true);
});

it.each([
  ['its input', () => `input: ${JSON.stringify(path.join(elsewhere, 'secret.csv'))}\nsteps: []`],
  [
    'its input, by dots',
    () =>
      `input: ${JSON.stringify(path.relative(rig.paths.root, path.join(elsewhere, 'secret.csv')))}\nsteps: []`,
  ],
  ['its input, by a link', () => 'input: link/secret.csv\nsteps: []'],
  ['its input, by a pattern', () => 'input: link/*.csv\nsteps: []'],
  ['a joined table', () => `input: own.csv\nsteps:\n  - join: { with: link/secret.csv, on: [a] }`],
])('refuses a recipe that reads elsewhere by %s, until the person agrees', async (_, text) => {
  const recipe = at('from-elsewhere.recipe.yaml');
  await fs.writeFile(recipe, `recipe: 1\n${text()}\n`);
  agrees = false;
  asked.length = 0;
  const { recipes } = rig.lifecycle;
  const error = await recipes.check(recipe).catch((one: unknown) => one);
  expect(asked).toHaveLength(1);
  expect(error).toMatchObject({
    kind: 'permission',
    actions: [{ title: 'Read It', command: 'mll.recipe.allow', args: asked }],
  });
  expect(String(error)).toContain('wants to read');
  await expect(recipes.compile(recipe)).rejects.toMatchObject({ kind: 'permission' });
  const output = at('out.csv');
  await expect(recipes.run({ recipe, output, part: 'all' })).rejects.toMatchObject({ kind: 'permission' });
  const [match] = await recipes.matching([at('own.csv')]);
  expect(match).toMatchObject({ missing: [], additional: [] });
  expect(match?.problems.join()).toContain('wants to read');
  agrees = true;
  expect(await recipes.check(recipe)).toEqual([]);
  expect((await recipes.run({ recipe, output, part: 'all' })).rowsOut).toBe(1);
  await fs.rm(recipe);
  await fs.rm(output);
});

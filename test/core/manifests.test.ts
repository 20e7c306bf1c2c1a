import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { flatLayout, manifestFolder, type ManifestFolder } from '../../src/core/manifests';

const run = promisify(execFile);
const SCHEMA = z.looseObject({ name: z.string(), rows: z.number() });
type Thing = z.infer<typeof SCHEMA>;

let ml: string;
let messages: string[];
let things: ManifestFolder<Thing>;
beforeEach(async () => {
  ml = path.join(await fs.mkdtemp(path.join(os.tmpdir(), 'mll Größe ')), '.ml');
  messages = [];
  things = manifestFolder(ml, flatLayout('things'), SCHEMA, (message) => messages.push(message));
});
afterEach(() => fs.rm(path.dirname(ml), { recursive: true, force: true }));

const put = async (name: string, text: string): Promise<void> => {
  await fs.mkdir(path.dirname(things.file(name)), { recursive: true });
  await fs.writeFile(things.file(name), text);
};

test('what is written can be read, in plain JSON, and unknown fields stay', async () => {
  await put('a', '{"name": "a", "rows": 1, "later": {"x": 1}}');
  await things.update('a', (old) => old && { ...old, rows: 2 });
  expect(await fs.readFile(things.file('a'), 'utf8')).toBe(
    '{\n  "name": "a",\n  "rows": 2,\n  "later": {\n    "x": 1\n  }\n}\n',
  );
  await things.update('a', () => undefined);
  expect(await things.keys()).toEqual([]);
  expect(await things.read('a')).toBeUndefined();
});

test('two processes that write at once lose nothing', async () => {
  const script = path.join(path.dirname(ml), 'writer.mjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'manifests-writer.ts')],
    outfile: script,
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    banner: {
      js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);const __filename=import.meta.filename;",
    },
  });
  await Promise.all([1, 2, 3].map(() => run(process.execPath, [script, ml, '40'])));
  const after = JSON.parse(await fs.readFile(path.join(ml, 'counters', 'one.json'), 'utf8')) as {
    count: number;
    by: number[];
  };
  expect(after.count).toBe(120);
  const writers = [...new Set(after.by)];
  expect(writers.map((pid) => after.by.filter((one) => one === pid).length)).toEqual([40, 40, 40]);
});

test('a writer that was killed holds nobody up', async () => {
  // Its lock is a folder that nobody touches any more.
  const lock = path.join(ml, 'things', '.lock');
  await fs.mkdir(lock, { recursive: true });
  const old = new Date(Date.now() - 60_000);
  await fs.utimes(lock, old, old);
  await things.update('a', () => ({ name: 'a', rows: 1 }));
  expect(await things.read('a')).toEqual({ name: 'a', rows: 1 });
});

describe('a manifest edited wrongly', () => {
  test.each([
    ['no JSON', '{\n  "name": "b",\n  "rows" 5\n}', /is not valid JSON \(line 3\)/],
    ['cut off', '{\n  "name": "b",\n', /is not valid JSON \(line 3\)/],
    ['a wrong type', '{\n  "name": "b",\n  "rows": "five"\n}', /in line 3: rows: .*number/],
    ['a field missing', '{\n  "name": "b"\n}', /in line 1: rows:/],
    ['empty', '', /is not valid JSON \(line 1\)/],
  ])('%s: the line is named and the others still work', async (_, text, message) => {
    await put('a', '{"name": "a", "rows": 1}');
    await put('b', text);
    const error: unknown = await things.read('b').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'UserError', kind: 'invalid' });
    expect(String(error)).toMatch(message);
    expect(String(error)).toContain(things.file('b'));
    expect(await things.list()).toEqual([{ name: 'a', rows: 1 }]);
    expect(messages).toHaveLength(1);
    expect(await things.broken()).toHaveLength(1);
    // Nor is it written over.
    await expect(things.update('b', () => ({ name: 'b', rows: 0 }))).rejects.toMatchObject({
      kind: 'invalid',
    });
    expect(await fs.readFile(things.file('b'), 'utf8')).toBe(text);
  });

  test.each(['../b', '../../elsewhere', 'a', ''])(
    'one that calls itself "%s" leads nowhere',
    async (name) => {
      await put('a', '{"name": "a", "rows": 1}');
      const text = JSON.stringify({ name, rows: 2 });
      await put('b', text);
      const outside = path.join(ml, 'b.json');
      await fs.writeFile(outside, '{}');
      await expect(things.read('b')).rejects.toMatchObject({
        kind: 'invalid',
        message: `${things.file('b')} names itself "${name}", not "b".`,
      });
      expect(await things.list()).toEqual([{ name: 'a', rows: 1 }]);
      expect(await fs.readFile(outside, 'utf8')).toBe('{}');
    },
  );

  test('a byte order mark is no mistake', async () => {
    await put('a', '\uFEFF{"name": "a", "rows": 1}');
    expect(await things.read('a')).toEqual({ name: 'a', rows: 1 });
  });

  test('a merge conflict is called so', async () => {
    await put('b', '{\n  "name": "b",\n<<<<<<< HEAD\n  "rows": 1\n=======\n  "rows": 2\n>>>>>>> theirs\n}\n');
    await expect(things.read('b')).rejects.toMatchObject({
      kind: 'conflict',
      message: `${things.file('b')} has an unresolved merge conflict in line 3.`,
      actions: [{ title: 'Open File', command: 'mll.openFile', args: [things.file('b'), 3] }],
    });
  });
});

test('a folder that cannot be written is a UserError, and reading goes on', async () => {
  await put('a', '{"name": "a", "rows": 1}');
  // Root may write anywhere: a file where the folder should be stands for it there.
  const blocked = manifestFolder(things.file('a'), flatLayout('things'), SCHEMA, () => undefined);
  await expect(blocked.update('x', () => ({ name: 'x', rows: 1 }))).rejects.toMatchObject({
    name: 'UserError',
    kind: 'notFound',
  });
  if (process.getuid?.() !== 0) {
    await fs.chmod(path.join(ml, 'things'), 0o555);
    await expect(things.update('x', () => ({ name: 'x', rows: 1 }))).rejects.toMatchObject({
      kind: 'permission',
    });
    await fs.chmod(path.join(ml, 'things'), 0o755);
  }
  expect(await things.list()).toEqual([{ name: 'a', rows: 1 }]);
});

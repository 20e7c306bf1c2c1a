import * as fs from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors';
import { fileError, move, readText, writeText } from '../../src/core/files';
import { makeRig } from '../providers/local.rig';

const system = (code: string): Error => Object.assign(new Error(code), { code });

test('system errors are worded; defects stay what they are', () => {
  const kinds = [
    'ENOSPC',
    'EDQUOT',
    'EACCES',
    'EPERM',
    'EROFS',
    'ENOENT',
    'EISDIR',
    'EMFILE',
    'ENAMETOOLONG',
  ].map((code) => {
    const error = fileError(system(code), 'write a.json');
    return error instanceof UserError ? `${error.kind}: ${error.message}` : 'none';
  });
  expect(kinds).toEqual([
    'quota: Could not write a.json: the disk is full.',
    'quota: Could not write a.json: the disk is full.',
    'permission: Could not write a.json: writing or reading is not permitted there.',
    'permission: Could not write a.json: writing or reading is not permitted there.',
    'permission: Could not write a.json: writing or reading is not permitted there.',
    'notFound: Could not write a.json: the file or its folder is not there.',
    'invalid: Could not write a.json: it is a folder.',
    'unavailable: Could not write a.json: too many files are open on this machine.',
    'invalid: Could not write a.json: the path is too long for this system.',
  ]);
  const defect = new TypeError('x');
  expect(fileError(defect, 'write')).toBe(defect);
});

test('text is UTF-8 or refused, so that writing it back loses no letter', async () => {
  const rig = await makeRig();
  const file = path.join(rig.paths.root, 'a.yaml');
  try {
    expect(await readText(file)).toBeUndefined();
    await fs.writeFile(file, '\uFEFFnote: Jürgen 😀\n');
    expect(await readText(file)).toBe('note: Jürgen 😀\n');
    for (const encoding of ['latin1', 'utf16le'] as const) {
      await fs.writeFile(file, Buffer.from('\uFEFFnote: Jürgen\n', encoding));
      await expect(readText(file)).rejects.toMatchObject({
        kind: 'invalid',
        message: `${file} is not text in UTF-8.`,
      });
    }
    await expect(readText(rig.paths.root)).rejects.toMatchObject({ kind: 'invalid' });
  } finally {
    await rig.dispose();
  }
});

test('what is moved is there whole; a write that fails leaves the old file', async () => {
  const rig = await makeRig();
  const { root } = rig.paths;
  try {
    await writeText(path.join(root, 'Ordner 1', 'a.txt'), 'alt');
    await move(path.join(root, 'Ordner 1'), path.join(root, 'tief', 'Ordner 2'));
    expect(await fs.readFile(path.join(root, 'tief', 'Ordner 2', 'a.txt'), 'utf8')).toBe('alt');
    await expect(move(path.join(root, 'Ordner 1'), path.join(root, 'x'))).rejects.toMatchObject({
      kind: 'notFound',
    });
    const long = path.join(root, `${'n'.repeat(300)}.json`);
    await expect(writeText(long, 'x')).rejects.toMatchObject({ kind: 'invalid' });
    // Nothing half-written lies about.
    expect((await fs.readdir(root)).sort()).toEqual(['ml.yaml', 'tief']);
  } finally {
    await rig.dispose();
  }
});

import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeEnvironment, withoutAws } from '../environment';
import { type Moto, startMoto } from '../rigs/moto';
import { makeSandbox, type Sandbox } from './mll';

let moto: Moto;
let box: Sandbox;
let restore: () => void;
let admin: S3Client;

beforeAll(async () => {
  moto = await startMoto();
  restore = changeEnvironment({ ...withoutAws(), ...moto.env });
  box = makeSandbox();
  admin = new S3Client({ forcePathStyle: true });
  await admin.send(new CreateBucketCommand({ Bucket: 'bucket' }));
});
afterAll(async () => {
  box.remove();
  restore();
  await moto.stop();
});

const local = (name: string): string => path.join(box.folder, name);
const keys = async (uri: string): Promise<string[]> => {
  const { objects } = (await box.mll('--json', 'store', 'list', uri, '--deep')).json() as {
    objects: { key: string }[];
  };
  return objects.map((one) => one.key);
};

describe('mll store', () => {
  it('lists buckets without any project', async () => {
    const { json } = await box.mll('--json', 'store', 'list');
    expect(json()).toMatchObject({ buckets: [{ name: 'bucket' }] });
    expect(fs.existsSync(local('ml.yaml'))).toBe(false);
  });

  it('shows what would leave, and sends nothing without consent', async () => {
    box.write('data/big.csv', `x\n${'1\n'.repeat(1000)}`);
    box.write('data/small ü.csv', 'x\n');
    box.write('data/secret.env', 'x');
    box.write('data/.gitignore', '*.env\n');
    const { code, json, stdout } = await box.mll('--json', 'store', 'put', 'data', 's3://bucket/in/');
    expect(code).toBe(1);
    expect(json()).toMatchObject({
      error: { kind: 'permission', fix: expect.stringContaining('--yes') as string },
    });
    expect(stdout).toMatch(/Upload 3 files \(2\.0 kB\) to s3:\/\/bucket\/in\/data\/\?/);
    expect(stdout.indexOf('big.csv')).toBeLessThan(stdout.indexOf('small'));
    expect(stdout).toMatch(/Left out .*: secret\.env/);
    expect(await keys('s3://bucket/')).toEqual([]);
  });

  it('uploads a folder and a file', async () => {
    const put = await box.mll('--json', '--yes', 'store', 'put', 'data', 's3://bucket/in/');
    expect(put.json()).toMatchObject({
      to: 's3://bucket/in/data/',
      bytes: 2002 + 2 + 6,
      leftOut: ['secret.env'],
    });
    expect(put.stderr).toMatch(/2\.0 kB of 2\.0 kB, 3 of 3 files/);
    expect(await keys('s3://bucket/')).toEqual([
      'in/data/.gitignore',
      'in/data/big.csv',
      'in/data/small ü.csv',
    ]);
    await box.mll('--json', '--yes', 'store', 'put', 'data', 's3://bucket/all', '--ignored');
    expect(await keys('s3://bucket/all/')).toContain('all/secret.env');
    const again = await box.mll('--json', 'store', 'put', 'data/big.csv', 's3://bucket/in/data/');
    expect(again.stdout).toContain('Replaced there: in/data/big.csv');
    await box.mll('--json', '--yes', 'store', 'put', 'data/big.csv', 's3://bucket/renamed.csv');
    expect(await keys('s3://bucket/ren')).toEqual(['renamed.csv']);
  });

  it('lists one level, all, and so many', async () => {
    const { json } = await box.mll('--json', 'store', 'list', 's3://bucket/in/');
    expect(json()).toEqual({ prefixes: ['in/data/'], objects: [], complete: true });
    const { stdout } = await box.mll('store', 'list', 's3://bucket/', '--deep');
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +2002 {2}in\/data\/big\.csv$/m);
    const some = await box.mll('--json', 'store', 'list', 's3://bucket/', '--deep', '--limit', '2');
    expect(some.json()).toMatchObject({ objects: [{}, {}], complete: false });
    const none = await box.mll('store', 'list', 's3://bucket/none/');
    expect(none.stdout).toBe('There is nothing at s3://bucket/none/\n');
  });

  it('downloads a file, a folder, and what is there already only once', async () => {
    const one = await box.mll('--json', 'store', 'get', 's3://bucket/in/data/big.csv');
    expect(one.json()).toMatchObject({ files: [{ file: local('big.csv'), bytes: 2002 }] });
    expect(fs.readFileSync(local('big.csv'))).toEqual(fs.readFileSync(local('data/big.csv')));
    const folder = await box.mll('--json', 'store', 'get', 's3://bucket/in/data/', 'new');
    expect(folder.json()).toMatchObject({ bytes: 2010, same: 0, refused: [] });
    expect(fs.readdirSync(local('new')).sort()).toEqual(['.gitignore', 'big.csv', 'small ü.csv']);
    const again = await box.mll('--json', 'store', 'get', 's3://bucket/in/data/', 'new/');
    expect(again.json()).toMatchObject({ files: [{}, {}, {}] });
    expect(fs.readdirSync(local('new'))).toContain('data');
    const same = await box.mll('--json', 'store', 'get', 's3://bucket/in/data/', 'new');
    expect(same.json()).toMatchObject({ files: [], same: 3 });
  });

  it('replaces no file without consent', async () => {
    fs.writeFileSync(local('new/data/big.csv'), 'mine');
    const refused = await box.mll('--json', 'store', 'get', 's3://bucket/in/data/', 'new');
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain('Replaced on this machine:');
    expect(fs.readFileSync(local('new/data/big.csv'), 'utf8')).toBe('mine');
    const agreed = await box.mll('--json', '--yes', 'store', 'get', 's3://bucket/in/data/', 'new');
    expect(agreed.json()).toMatchObject({ files: [{ key: 'in/data/big.csv' }], same: 2 });
  });

  it('leaves out keys that cannot be files here, and says so', async () => {
    await box.mll('--yes', 'store', 'put', 'data/big.csv', 's3://bucket/odd/fine.csv');
    for (const key of ['odd/../up.csv', 'odd/a//b.csv', 'odd/fine.csv/below.csv']) {
      await box.mll('--yes', 'store', 'put', 'data/big.csv', `s3://bucket/${key}`);
    }
    const asked = await box.mll('--json', 'store', 'get', 's3://bucket/odd/', 'odd');
    expect(asked.code).toBe(1);
    expect(asked.stdout).toContain('3 files cannot be on this system and would be left out');
    expect(asked.stdout).toContain('odd/../up.csv');
    const agreed = await box.mll('--json', '--yes', 'store', 'get', 's3://bucket/odd/', 'odd');
    expect(agreed.json()).toMatchObject({ files: [{ key: 'odd/fine.csv/below.csv' }] });
    expect(fs.existsSync(local('up.csv'))).toBe(false);
  });

  it('removes after it was agreed to', async () => {
    const asked = await box.mll('--json', 'store', 'remove', 's3://bucket/odd/');
    expect(asked.code).toBe(1);
    expect(asked.stdout).toContain('Delete 4 objects (8.0 kB) at s3://bucket/odd/?');
    expect(await keys('s3://bucket/odd/')).toHaveLength(4);
    const gone = await box.mll('--json', '--yes', 'store', 'remove', 's3://bucket/odd/');
    expect(gone.json()).toMatchObject({ bytes: 8008 });
    expect(await keys('s3://bucket/odd/')).toEqual([]);
    const absent = await box.mll('--json', '--yes', 'store', 'remove', 's3://bucket/odd/');
    expect(absent.json()).toMatchObject({ error: { kind: 'notFound' } });
    const one = await box.mll('--json', '--yes', 'store', 'remove', 's3://bucket/renamed.csv');
    expect(one.json()).toEqual({ removed: ['renamed.csv'], bytes: 2002 });
  });

  it('lists versions and fetches one', async () => {
    await admin.send(new CreateBucketCommand({ Bucket: 'versions' }));
    const on = { Bucket: 'versions', VersioningConfiguration: { Status: 'Enabled' as const } };
    await admin.send(new PutBucketVersioningCommand(on));
    for (const text of ['first', 'second!']) {
      box.write('v.txt', text);
      await box.mll('--yes', 'store', 'put', 'v.txt', 's3://versions/');
    }
    const { versions } = (
      await box.mll('--json', 'store', 'list', 's3://versions/v.txt', '--versions')
    ).json() as {
      versions: { version: string; bytes: number }[];
    };
    expect(versions.map((one) => one.bytes)).toEqual([7, 5]);
    await box.mll(
      'store',
      'get',
      's3://versions/v.txt',
      'old.txt',
      '--version-id',
      versions[1]?.version ?? '',
    );
    expect(fs.readFileSync(local('old.txt'), 'utf8')).toBe('first');
  });

  it('takes the login that ml.yaml remembers, and says which one is missing', async () => {
    box.write('ml.yaml', 'project: p\nstores:\n  s3: { profile: nobody }\n');
    const wrong = await box.mll('--json', 'store', 'list');
    expect(wrong.json()).toMatchObject({
      error: { kind: 'auth', message: 'There is no AWS profile "nobody" on this machine.' },
    });
    box.write('ml.yaml', 'project: p\nstores:\n  s3: { regions: x }\n');
    const mistake = await box.mll('--json', 'store', 'list');
    expect(mistake.json()).toMatchObject({
      error: {
        kind: 'invalid',
        message: expect.stringContaining('"stores.s3.regions" is not a known setting') as string,
      },
    });
    fs.rmSync(local('ml.yaml'));
  });

  it('works on folders of this machine alike', async () => {
    const { json } = await box.mll('--json', 'store', 'list', `${pathToFileURL(local('data')).href}/`);
    expect(json()).toMatchObject({ prefixes: [], complete: true });
    expect(
      (json() as { objects: { key: string }[] }).objects.map((one) => path.posix.basename(one.key)),
    ).toEqual(['.gitignore', 'big.csv', 'secret.env', 'small ü.csv']);
  });
});

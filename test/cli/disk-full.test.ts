import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeEnvironment, withoutAws } from '../environment';
import { type Moto, startMoto } from '../rigs/moto';
import { makeSandbox, type Sandbox } from './mll';
import { ownMounts } from './mounts';

const MB = 2 ** 20;
const MLL = path.resolve(import.meta.dirname, '../../dist/mll.js');

/** A disk of its own that has room for the object until something else fills it, right after the download has begun; then again with room. */
const SCRIPT = `
mount -t tmpfs -o size=48m tmpfs "$DISK" || exit 9
cd "$DISK"
(until [ -e big.bin.mll.part ]; do :; done; head -c 50000000 /dev/zero >other 2>/dev/null) &
"$NODE" "$MLL" --json store get s3://bucket/big.bin . 2>/dev/null >&3; echo "first $?"
wait
ls
rm other
"$NODE" "$MLL" --json store get s3://bucket/big.bin . >/dev/null 2>&1; echo "then $?"
sha256sum *
`;

const mounts = ownMounts();

// Elsewhere a disk is full in test/stores/download.test.ts alone.
if (mounts) {
  describe('a disk that becomes full', () => {
    let moto: Moto;
    let box: Sandbox;
    let restore: () => void;

    beforeAll(async () => {
      moto = await startMoto();
      restore = changeEnvironment({ ...withoutAws(), ...moto.env });
      box = makeSandbox();
    });
    afterAll(async () => {
      box.remove();
      restore();
      await moto.stop();
    });

    it('while an object comes: it is said, nothing half stands under its name, and with room it goes on', async () => {
      const admin = new S3Client({ forcePathStyle: true });
      await admin.send(new CreateBucketCommand({ Bucket: 'bucket' }));
      const Body = randomBytes(40 * MB);
      await admin.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'big.bin', Body }));
      const child = spawn('unshare', [...mounts, 'sh', '-c', SCRIPT], {
        env: { ...process.env, NODE: process.execPath, MLL, DISK: box.folder, MLL_STATE: box.state },
        stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
      });
      const [, lines, , said] = child.stdio as readonly Readable[];
      if (!lines || !said) throw new Error('Both are pipes.');
      const [json, seen] = await Promise.all([text(said), text(lines)]);
      expect(JSON.parse(json)).toEqual({
        error: {
          kind: 'quota',
          message: `Could not download s3://bucket/big.bin to ${box.folder}/big.bin: the disk is full.`,
          fix: expect.stringMatching(/^Free some space/) as string,
        },
      });
      const sum = createHash('sha256').update(Body).digest('hex');
      expect(seen.trim().split('\n')).toEqual([
        'first 1',
        'big.bin.mll.part',
        'big.bin.mll.part.parts',
        'other',
        'then 0',
        `${sum}  big.bin`,
      ]);
    });
  });
}

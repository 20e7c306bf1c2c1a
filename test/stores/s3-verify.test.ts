import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyFile } from '../../src/stores/s3-verify';
import { type Front, startFront } from '../rigs/front';

const CONTENT = '123456789';
const PART = 5;
/** The check values of the algorithms' own definitions. */
const CHECK = {
  crc32: 'cbf43926',
  crc32c: 'e3069283',
  crc64nvme: 'ae8b14860a799888',
  sha1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  sha256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
} as const;
const MD5 = '25f9e794323b453885f5181f1b624d0b';

let front: Front;
let client: S3Client;
let folder: string;
let file: string;

beforeAll(async () => {
  front = await startFront('http://127.0.0.1:9');
  client = new S3Client({
    endpoint: front.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mll-verify-'));
  file = path.join(folder, 'file');
  await fs.writeFile(file, CONTENT);
});
afterAll(async () => {
  await front.stop();
  await fs.rm(folder, { recursive: true });
});

/** What is found when S3 says this of the object; with the number of a part its length is said. */
async function verified(
  headers: Readonly<Record<string, string>>,
  partBytes = PART,
): Promise<boolean | undefined> {
  front.fault = ({ path: asked }) => ({
    status: 200,
    headers: {
      'content-length': asked.includes('partNumber=1') ? String(partBytes) : String(CONTENT.length),
      etag: '"none"',
      ...headers,
    },
  });
  return verifyFile(client, { Bucket: 'bucket', Key: 'key' }, undefined, file);
}

const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');

function ofParts(sum: (bytes: Buffer) => Buffer): Buffer {
  const bytes = Buffer.from(CONTENT);
  return sum(Buffer.concat([sum(bytes.subarray(0, PART)), sum(bytes.subarray(PART))]));
}
const crc = (bytes: Buffer): Buffer => {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(bytes));
  return value;
};
const md5 = (bytes: Buffer): Buffer => createHash('md5').update(bytes).digest();

describe('a downloaded file is compared with', () => {
  test.each(Object.entries(CHECK))('%s', async (algorithm, hex) => {
    expect(await verified({ [`x-amz-checksum-${algorithm}`]: base64(hex) })).toBe(true);
    const other = `${hex.startsWith('0') ? '1' : '0'}${hex.slice(1)}`;
    expect(await verified({ [`x-amz-checksum-${algorithm}`]: base64(other) })).toBe(false);
  });

  test('the MD5 that an ETag is, unless keys of KMS or of the customer make it none', async () => {
    expect(await verified({ etag: `"${MD5}"` })).toBe(true);
    expect(await verified({ etag: `"${MD5.replace('2', '3')}"` })).toBe(false);
    const kms = { etag: `"${MD5.replace('2', '3')}"`, 'x-amz-server-side-encryption': 'aws:kms' };
    expect(await verified(kms)).toBeUndefined();
    const own = {
      ...kms,
      'x-amz-server-side-encryption': 'AES256',
      'x-amz-server-side-encryption-customer-algorithm': 'AES256',
    };
    expect(await verified(own)).toBeUndefined();
    expect(await verified({ etag: '"no-md5"' })).toBeUndefined();
  });

  test('the checksums of the parts that it was uploaded in', async () => {
    const composite = { 'x-amz-checksum-type': 'COMPOSITE' };
    const value = ofParts(crc).toString('base64');
    expect(await verified({ ...composite, 'x-amz-checksum-crc32': `${value}-2` })).toBe(true);
    expect(await verified({ ...composite, 'x-amz-checksum-crc32': `${base64(CHECK.crc32)}-2` })).toBe(false);
    expect(await verified({ etag: `"${ofParts(md5).toString('hex')}-2"` })).toBe(true);
    expect(await verified({ etag: `"${MD5}-2"` })).toBe(false);
    // Parts of unequal lengths cannot be told apart.
    expect(await verified({ ...composite, 'x-amz-checksum-crc32': `${value}-2` }, 2)).toBeUndefined();
  });

  test('either, where a server does not say which it is', async () => {
    const etag = `"${ofParts(md5).toString('hex')}-2"`;
    expect(await verified({ etag, 'x-amz-checksum-crc32': ofParts(crc).toString('base64') })).toBe(true);
    expect(await verified({ etag, 'x-amz-checksum-crc32': base64(CHECK.crc32) })).toBe(true);
    expect(await verified({ etag, 'x-amz-checksum-crc32': base64('00000000') })).toBe(false);
  });
});

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { crc32 } from 'node:zlib';
import { Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { within } from './s3-client';

const READ_BYTES = 2 ** 20;

interface Sum {
  update(chunk: Buffer): void;
  digest(): Promise<Buffer> | Buffer;
}

function crc32Sum(): Sum {
  let value = 0;
  return {
    update: (chunk) => {
      value = crc32(chunk, value);
    },
    digest: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    },
  };
}

/** A checksum of the SDK, whose digest is bytes. */
function sdkSum(sum: { update(chunk: Uint8Array): void; digest(): Promise<Uint8Array> }): Sum {
  return { update: (chunk) => sum.update(chunk), digest: async () => Buffer.from(await sum.digest()) };
}

/** What S3 says of an object's content, the best to compute first. */
const CHECKSUMS = [
  ['ChecksumCRC32', crc32Sum],
  ['ChecksumSHA256', () => createHash('sha256')],
  ['ChecksumSHA1', () => createHash('sha1')],
  ['ChecksumCRC32C', () => sdkSum(new Crc32c())],
  ['ChecksumCRC64NVME', () => sdkSum(new Crc64Nvme())],
] as const satisfies readonly (readonly [keyof HeadObjectCommandOutput, () => Sum])[];

/** A checksum to compare with. */
interface Expected {
  readonly value: Buffer;
  readonly make: () => Sum;
  /** The numbers of parts that it may be made of, the likelier first; 0 means the whole content. */
  readonly parts: readonly number[];
}

function expected(head: HeadObjectCommandOutput): Expected | undefined {
  const [, md5, uploaded] = /^([0-9a-f]{32})(?:-(\d+))?$/.exec(md5Etag(head) ?? '') ?? [];
  for (const [field, make] of CHECKSUMS) {
    const [value, parts] = head[field]?.split('-') ?? [];
    if (value === undefined) continue;
    // S3 says which of the two it is; some servers do not.
    const unsaid = head.ChecksumType === undefined && uploaded !== undefined ? [Number(uploaded), 0] : [0];
    return {
      value: Buffer.from(value, 'base64'),
      make,
      parts: parts === undefined ? unsaid : [Number(parts)],
    };
  }
  if (md5 === undefined) return undefined;
  return { value: Buffer.from(md5, 'hex'), make: () => createHash('md5'), parts: [Number(uploaded ?? 0)] };
}

type Answer = Pick<HeadObjectCommandOutput, 'ETag' | 'SSECustomerAlgorithm' | 'ServerSideEncryption'>;

/** The ETag where it is made of MD5s: not with keys of the customer or of KMS. */
function md5Etag({
  ETag,
  SSECustomerAlgorithm,
  ServerSideEncryption = 'AES256',
}: Answer): string | undefined {
  const isPlain = SSECustomerAlgorithm === undefined && !ServerSideEncryption.startsWith('aws:');
  return isPlain ? ETag?.replaceAll('"', '') : undefined;
}

/** The MD5 of the whole content in hex; undefined where the ETag is none, or where the SDK compares a checksum itself. */
export function plainMd5(answer: HeadObjectCommandOutput): string | undefined {
  if (CHECKSUMS.some(([field]) => answer[field] !== undefined && !answer[field].includes('-')))
    return undefined;
  const etag = md5Etag(answer);
  return etag !== undefined && /^[0-9a-f]{32}$/.test(etag) ? etag : undefined;
}

/**
 * True when the file is the object's content as far as S3 keeps a checksum of it that can be computed here; false when it
 * is not; undefined when there is none to compare with (then the length is all that is known).
 */
export async function verifyFile(
  client: S3Client,
  place: {
    readonly Bucket: string;
    readonly Key: string;
    readonly VersionId?: string;
  },
  etag: string | undefined,
  file: string,
  signal?: AbortSignal,
): Promise<boolean | undefined> {
  const options = within(signal);
  const head = await client.send(
    new HeadObjectCommand({ ...place, IfMatch: etag, ChecksumMode: 'ENABLED' }),
    options,
  );
  const sum = expected(head);
  const bytes = head.ContentLength ?? 0;
  if (!sum) return undefined;
  let known = true;
  for (const parts of sum.parts) {
    const partBytes = parts === 0 ? bytes : await bytesOfPart();
    // Parts of unequal lengths: where one ends is not known.
    if (partBytes === 0 || Math.ceil(bytes / partBytes) !== Math.max(1, parts)) known = false;
    else {
      const all = sum.make();
      const pieces = await digestOf(file, partBytes, sum, signal);
      for (const one of pieces) all.update(one);
      const found = parts === 0 ? pieces[0] : await all.digest();
      if (found?.equals(sum.value)) return true;
    }
  }
  return known ? false : undefined;

  async function bytesOfPart(): Promise<number> {
    // Some servers compare If-Match with the part's own ETag; that the object is the same was asked just now.
    const part = await client.send(new HeadObjectCommand({ ...place, PartNumber: 1 }), options);
    return part.ContentLength ?? 0;
  }
}

/** The checksums of the pieces of a file that are `length` bytes long (the last may be shorter). */
async function digestOf(
  file: string,
  length: number,
  { make }: Expected,
  signal?: AbortSignal,
): Promise<Buffer[]> {
  const found: Buffer[] = [];
  let sum = make();
  let left = length;
  const content = createReadStream(file, { highWaterMark: READ_BYTES, ...(signal ? { signal } : {}) });
  for await (const chunk of content) {
    let rest = chunk as Buffer;
    while (rest.length >= left) {
      sum.update(rest.subarray(0, left));
      found.push(await sum.digest());
      rest = rest.subarray(left);
      left = length;
      sum = make();
    }
    sum.update(rest);
    left -= rest.length;
  }
  if (left < length) found.push(await sum.digest());
  return found;
}

import { pipeline, Readable } from 'node:stream';
import { createReadStream } from 'node:fs';
import { createZstdDecompress } from 'node:zlib';

/** An empty skippable frame (RFC 8878, 3.1.2). */
const SENTINEL = Buffer.from('502a4d1800000000', 'hex');

/** The file from a byte on; its last bytes come together with a sentinel, so that a frame that is cut off reads into it. */
async function* withSentinel(path: string, start: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
  let last: Buffer | undefined;
  for await (const chunk of createReadStream(path, {
    start,
    highWaterMark: 2 ** 18,
    ...(signal ? { signal } : {}),
  })) {
    if (last) yield last;
    last = chunk as Buffer;
  }
  yield Buffer.concat([last ?? Buffer.alloc(0), SENTINEL]);
}

/** All frames of a zstd file: node's stream ends silently behind the first one, and in Node 22 also where a frame is cut off. */
export async function* zstdFrames(
  path: string,
  size: number,
  signal?: AbortSignal,
  progress?: (read: number) => void,
): AsyncGenerator<Buffer> {
  for (let start = 0; start < size;) {
    const frame = createZstdDecompress();
    const input = Readable.from(withSentinel(path, start, signal), { objectMode: false });
    pipeline(input, frame, () => undefined);
    try {
      for await (const chunk of frame) {
        progress?.(start + frame.bytesWritten);
        yield chunk as Buffer;
      }
    } finally {
      input.destroy();
    }
    start += frame.bytesWritten;
    if (start > size || frame.bytesWritten === 0) {
      throw Object.assign(new Error('unexpected end of file'), { code: 'Z_BUF_ERROR' });
    }
  }
}

import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { decoder } from '../formats/encoding';

/** Writes a UTF-8 copy; bytes that are no character of the encoding become U+FFFD and are counted in the answer. */
export async function transcode(
  path: string,
  encoding: string,
  copy: string,
  signal?: AbortSignal,
): Promise<{ replaced: number }> {
  const text = decoder(encoding);
  let replaced = 0;
  const count = (part: string): string => {
    for (let at = part.indexOf('\uFFFD'); at >= 0; at = part.indexOf('\uFFFD', at + 1)) replaced += 1;
    return part;
  };
  await pipeline(
    createReadStream(path, { highWaterMark: 2 ** 20 }),
    async function* decode(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) yield count(text.decode(chunk, { stream: true }));
      yield count(text.decode());
    },
    createWriteStream(copy, { highWaterMark: 2 ** 20 }),
    signal ? { signal } : {},
  );
  return { replaced };
}

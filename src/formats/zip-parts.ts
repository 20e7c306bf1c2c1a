import { StringDecoder } from 'node:string_decoder';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import { bomb } from './compressed';

/** XML is about 5 to 30 times larger than packed; only a bomb is 300 times larger. */
const MOST_TIMES = 300;
/** Below this many bytes nothing is refused. */
const HARMLESS_BYTES = 2 ** 27;

/** The parts of a zip archive (ISO/IEC 21320-1) by their names. */
export interface Zip {
  has(name: string): boolean;
  names(): IterableIterator<string>;
  /** Of what is in the part. */
  bytes(name: string): number;
  /** A part as text, without the namespace prefix that some programs give all tags. It fails where the part is damaged. */
  texts(name: string): AsyncGenerator<string>;
  /** The whole of a small part; undefined when there is none. */
  text(name: string): Promise<string | undefined>;
  close(): void;
}

/** `name` is for messages; a UserError for a decompression bomb. */
export async function openZip(path: string, name: string): Promise<Zip> {
  const { zip, entries } = await open(path);
  try {
    for (const { compressedSize, uncompressedSize } of entries.values()) {
      if (uncompressedSize > HARMLESS_BYTES && uncompressedSize > compressedSize * MOST_TIMES) {
        throw bomb(name, MOST_TIMES);
      }
    }
  } catch (error) {
    zip.close();
    throw error;
  }
  const texts = (part: string): AsyncGenerator<string> => {
    const entry = entries.get(part);
    if (!entry) throw new Error(`it has no part ${part}`);
    return read(zip, entry);
  };
  return {
    has: (part) => entries.has(part),
    names: () => entries.keys(),
    bytes: (part) => entries.get(part)?.uncompressedSize ?? 0,
    texts,
    async text(part) {
      if (!entries.has(part)) return undefined;
      let all = '';
      for await (const one of texts(part)) all += one;
      return all;
    },
    close: () => zip.close(),
  };
}

function open(path: string): Promise<{ zip: yauzl.ZipFile; entries: Map<string, yauzl.Entry> }> {
  return new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true, autoClose: false }, (error, zip) => {
      if (error) {
        reject(error);
        return;
      }
      const entries = new Map<string, yauzl.Entry>();
      zip.on('entry', (entry: yauzl.Entry) => {
        entries.set(entry.fileName.replace(/^\//, ''), entry);
        zip.readEntry();
      });
      zip.on('end', () => resolve({ zip, entries }));
      zip.on('error', (cause: Error) => {
        zip.close();
        reject(cause);
      });
      zip.readEntry();
    });
  });
}

function stream(
  zip: yauzl.ZipFile,
  entry: yauzl.Entry,
): Promise<NodeJS.ReadableStream & { destroy(): void }> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => {
      if (error) reject(error);
      else resolve(opened);
    });
  });
}

async function* read(zip: yauzl.ZipFile, entry: yauzl.Entry): AsyncGenerator<string> {
  const source = await stream(zip, entry);
  let decoder: StringDecoder | undefined;
  let prefix: string | undefined;
  let sum = 0;
  const plain = (piece: string): string =>
    prefix === undefined ? piece : piece.replaceAll(`<${prefix}`, '<').replaceAll(`</${prefix}`, '</');
  try {
    let held = '';
    for await (const chunk of source) {
      const bytes = chunk as Buffer;
      sum = crc32(bytes, sum);
      decoder ??= new StringDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf16le' : 'utf8');
      let piece = held + decoder.write(bytes);
      // A tag must not be cut within its prefix.
      const cut = piece.lastIndexOf('<');
      held = piece.length - cut < 64 && cut >= 0 ? piece.slice(cut) : '';
      if (held !== '') piece = piece.slice(0, cut);
      prefix ??= /<(\w+:)(?:worksheet|sst|styleSheet|workbook)[\s>]/.exec(piece)?.[1];
      yield plain(piece);
    }
    if (sum !== entry.crc32)
      throw new Error(`its part ${entry.fileName} is damaged (the checksum is another)`);
    yield plain(held + (decoder?.end() ?? ''));
  } finally {
    source.destroy();
  }
}

import { open } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import type { Command } from 'commander';
import { systemCode, UserError } from '../core/errors';
import type { Explanation } from '../core/explain/explain';
import { PLACES, placeOf } from '../core/explain/signal';
import { tail } from '../core/explain/tail';
import { fileError } from '../core/files';
import type { MakeCli } from './context';

/** A failure is told at the end of a log, what was wanted at its beginning. */
const HEAD_BYTES = 16 * 1024;
const TAIL_BYTES = 256 * 1024;

/** The file's beginning and end; all of it where it is short. */
async function readEnds(file: string, signal: AbortSignal): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      const info = await handle.stat();
      // A pipe has no size and no end to jump to.
      if (info.isFIFO()) return await collect(handle.createReadStream({ autoClose: false }), signal);
      const read = async (from: number, length: number): Promise<Buffer> => {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
        return buffer.subarray(0, bytesRead);
      };
      if (info.size <= HEAD_BYTES + TAIL_BYTES) return await read(0, info.size);
      return Buffer.concat([await read(0, HEAD_BYTES), await read(info.size - TAIL_BYTES, TAIL_BYTES)]);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemCode(error) === 'EISDIR') {
      throw new UserError('invalid', `${file} is a folder.`, {
        fix: 'Name the file that holds the failure text, or - to read it from standard input.',
        cause: error,
      });
    }
    throw fileError(error, `read ${file}`);
  }
}

/** The beginning and the end of what comes, however long it is. */
async function collect(stream: Readable, signal: AbortSignal): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of addAbortSignal(signal, stream)) {
    const bytes = Buffer.from(chunk as Uint8Array);
    const room = HEAD_BYTES - head.length;
    head = Buffer.concat([head, bytes.subarray(0, room)]);
    rest = Buffer.concat([rest, bytes.subarray(room)]).subarray(-TAIL_BYTES);
  }
  return Buffer.concat([head, rest]);
}

/** UTF-8, or UTF-16 with its mark, as the Windows shell writes it. */
function decode(bytes: Buffer): string {
  return new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8').decode(bytes);
}

function inWords(found: Explanation, lines: readonly string[]): string {
  if (found.class === 'unknown') {
    const shown = lines.length === 0 ? 'The text is empty.' : lines.join('\n');
    return `unknown: no signal knows this text, so no cause is given. It ends with:\n\n${shown}`;
  }
  return `${found.class}: ${found.cause}\n→ ${found.fix}\n\nKnown by: ${found.matched}`;
}

export function addExplainCommand(program: Command, make: MakeCli): void {
  program
    .command('explain')
    .argument('<file>', 'a file that holds the failure text or the log, or - for standard input')
    .option('--where <place>', `where it comes from, which decides in doubt: ${PLACES.join(', ')}`)
    .description('what a failure text means: its class, the cause and the next step')
    .action(async (file: string, options: { where?: string }) => {
      const cli = make();
      const { where } = options;
      if (where !== undefined && placeOf(where) === undefined) {
        cli.terminal.note(`"${where}" is no known place; the text has to speak for itself.`);
      }
      const { signal } = cli.terminal;
      const bytes =
        file === '-' ? await collect(process.stdin, signal) : await readEnds(cli.file(file), signal);
      // A thousand patterns are of no use to any other command.
      const { explain } = await import('../core/explain/explain');
      const text = decode(bytes);
      const found = explain(text, where);
      const lines = tail(text);
      cli.terminal.answer(found.class === 'unknown' ? { ...found, lines } : found, inWords(found, lines));
    });
}

import type { FileHandle } from 'node:fs/promises';
import type * as ArrowModule from 'apache-arrow';

/** What the messages of an Arrow file say of themselves (Arrow columnar format, "Encapsulated message format"). */
export interface Messages {
  /** Rows in all record batches. */
  readonly rows: number;
  /** The end is marked: that no batch lies behind it is sure. */
  readonly marked: boolean;
}

/** Goes from message to message without reading their bodies. An Error where one is not whole. */
export async function walkMessages(
  { Message }: Pick<typeof ArrowModule, 'Message'>,
  file: FileHandle,
  from: number,
  size: number,
): Promise<Messages> {
  const word = Buffer.alloc(8);
  let rows = 0;
  let at = from;
  for (;;) {
    if (at === size) return { rows, marked: false };
    const { bytesRead } = await file.read(word, 0, 8, at);
    if (bytesRead < 4) throw cut();
    // Before version 0.15 no marker stood before the length.
    const hasMarker = word.readUInt32LE(0) === 0xffff_ffff;
    if (hasMarker && bytesRead < 8) throw cut();
    const length = hasMarker ? word.readInt32LE(4) : word.readInt32LE(0);
    const start = at + (hasMarker ? 8 : 4);
    if (length === 0) return { rows, marked: true };
    if (length < 0 || start + length > size) throw cut();
    const metadata = Buffer.alloc(length);
    await file.read(metadata, 0, length, start);
    const message = Message.decode(metadata);
    at = start + length + message.bodyLength;
    if (at > size) throw cut();
    if (message.isRecordBatch()) rows += message.header().length;
  }
}

const cut = (): Error => new Error('it is cut off within a record batch');

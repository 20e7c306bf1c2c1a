const codeOf = (sign: string): number => sign.charCodeAt(0);
const QUOTE = codeOf('"');
const BACKSLASH = codeOf('\\');
const OPEN = codeOf('{');
const CLOSE = codeOf('}');
const OPEN_LIST = codeOf('[');
const CLOSE_LIST = codeOf(']');
const COMMA = codeOf(',');
const LF = codeOf('\n');
const CR = codeOf('\r');
const SPACE = codeOf(' ');
const TAB = codeOf('\t');
const LETTER_N = codeOf('n');
const BOM = [0xef, 0xbb, 0xbf];
/** A name is seldom so long; a text that is no name is not kept. */
const MOST_KEY = 1024;

/** An array of records in a JSON file. */
export interface JsonTable {
  /** Names of the objects' members that lead to it, with dots between; '' for an array that is the whole file. */
  readonly key: string;
  readonly records: number;
}

/** Takes the records of one array out of JSON that comes in pieces. */
export interface RecordSplitter {
  /** What of the piece belongs to records, each on a line of its own, in its bytes as they are. An Error for damage. */
  readonly push: (piece: Buffer) => Buffer;
  /** An Error when the text ended too early. */
  readonly end: () => void;
  /** Arrays of objects that were seen to their end, and an array that is the whole file. */
  readonly tables: readonly JsonTable[];
  /** The array that is taken, once it has begun. */
  chosen(): string | undefined;
}

/**
 * Only the nesting is looked at (RFC 8259): whether a record is JSON is told where the lines are read. An array counts when it
 * is the whole text, or a member of objects alone and its first element is an object. `wanted`: its key; absent: the first.
 */
export function splitRecords(wanted?: string): RecordSplitter {
  const tables: JsonTable[] = [];
  /** For each open object or array outside of a list: is it an array, and the name that it was reached by. */
  const open: { readonly list: boolean; readonly name: string }[] = [];
  let name: number[] = [];
  let inText = false;
  let escaped = false;
  let ended = false;
  let position = 0;
  let chosen: string | undefined;
  /** Within a list that counts, or may: how many brackets are open in it. */
  let depth = -1;
  let list:
    { readonly key: string; counts: boolean | undefined; taken: boolean; records: number } | undefined;
  let filled = false;

  const keyOf = (): string => {
    try {
      return JSON.parse(`"${Buffer.from(name).toString('utf8')}"`) as string;
    } catch {
      return Buffer.from(name).toString('utf8');
    }
  };

  function push(piece: Buffer): Buffer {
    const out = Buffer.allocUnsafe(piece.length * 2 + 1);
    let length = 0;
    const put = (byte: number): void => {
      if (list?.taken === true) out[length++] = byte;
    };
    /** The first byte of a list's first element tells whether the list counts. */
    const begin = (byte: number): void => {
      if (!list || list.counts !== undefined) return;
      list.counts = list.key === '' || byte === OPEN;
      list.taken = list.counts && chosen === undefined && (wanted === undefined || wanted === list.key);
      if (list.taken) chosen = list.key;
    };
    for (const byte of piece) {
      position += 1;
      if (inText) {
        if (list) {
          // A line end within a text is no JSON, but plain.
          if (byte === LF) {
            put(BACKSLASH);
            put(LETTER_N);
          } else put(byte);
        } else if (name.length < MOST_KEY && (escaped || byte !== QUOTE)) name.push(byte);
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inText = false;
        continue;
      }
      if (byte === LF || byte === CR || byte === SPACE || byte === TAB) {
        if (list && depth > 0) put(SPACE);
        continue;
      }
      if (ended) throw new Error('there is more text behind its end');
      if (list) {
        if (depth === 0 && byte === CLOSE_LIST) {
          if (filled) {
            list.records += 1;
            put(LF);
          }
          if (list.counts === undefined) begin(byte);
          if (list.counts === true) tables.push({ key: list.key, records: list.records });
          list = undefined;
          ended = open.length === 0;
          continue;
        }
        if (depth === 0 && byte === COMMA) {
          if (!filled) throw new Error('an element of its array is empty');
          list.records += 1;
          filled = false;
          put(LF);
          continue;
        }
        begin(byte);
        filled = true;
        put(byte);
        if (byte === QUOTE) inText = true;
        else if (byte === OPEN || byte === OPEN_LIST) depth += 1;
        else if (byte === CLOSE || byte === CLOSE_LIST) {
          depth -= 1;
          if (depth < 0) throw new Error('a bracket closes that was never opened');
        }
        continue;
      }
      if (open.length === 0 && byte !== OPEN && byte !== OPEN_LIST) {
        if (position <= BOM.length && BOM[position - 1] === byte) continue;
        throw new Error('it begins neither with [ nor with {');
      }
      if (byte === QUOTE) {
        inText = true;
        name = [];
      } else if (byte === OPEN_LIST && !open.some((one) => one.list)) {
        const names = open.length === 0 ? [] : [...open.slice(1).map((one) => one.name), keyOf()];
        list = { key: names.join('.'), counts: undefined, taken: false, records: 0 };
        depth = 0;
        filled = false;
      } else if (byte === OPEN || byte === OPEN_LIST) {
        open.push({ list: byte === OPEN_LIST, name: open.length === 0 ? '' : keyOf() });
      } else if (byte === CLOSE || byte === CLOSE_LIST) {
        open.pop();
        ended = open.length === 0;
      }
    }
    return out.subarray(0, length);
  }

  return {
    push,
    end() {
      if (!ended) throw new Error(position === 0 ? 'it is empty' : 'it ends too early');
    },
    tables,
    chosen: () => chosen,
  };
}

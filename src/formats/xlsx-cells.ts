import { Moment, type Value } from './container';
import { builtInKind, dateKind, serialDate, type DateKind } from './serial-date';
import { attribute, richText, tags, text } from './sheet-xml';

const MOST_COLUMNS = 16_384;

/** What the cells of each style show, by its number format. */
export function styleKinds(xml: string): (DateKind | undefined)[] {
  const own = new Map<number, DateKind | undefined>();
  for (const tag of tags(xml, 'numFmt')) {
    own.set(Number(attribute(tag, 'numFmtId')), dateKind(text(attribute(tag, 'formatCode') ?? '')));
  }
  const cells = /<cellXfs[\s>].*?<\/cellXfs>/s.exec(xml)?.[0] ?? '';
  return tags(cells, 'xf').map((tag) => {
    const id = Number(attribute(tag, 'numFmtId') ?? 0);
    return own.has(id) ? own.get(id) : builtInKind(id);
  });
}

/** `BC12` is column 54. */
function columnOf(reference: string): number {
  let column = 0;
  for (let at = 0; at < reference.length; at += 1) {
    const code = reference.charCodeAt(at);
    if (code < 65 || code > 90) break;
    column = column * 26 + code - 64;
  }
  return column - 1;
}

/** Cells that have no value to show, and the places of the first of them. */
export interface Lacking {
  count: number;
  readonly places: string[];
}

export interface CellReading {
  /** The shared text with this number. */
  readonly sharedText: (at: number) => string | undefined;
  readonly kinds: readonly (DateKind | undefined)[];
  readonly from1904: boolean;
  readonly errors: Lacking;
  readonly uncomputed: Lacking;
}

function lack(of: Lacking, tag: string): null {
  of.count += 1;
  if (of.places.length < 5) of.places.push(attribute(tag, 'r') ?? '?');
  return null;
}

/** The cells of a <row>; its trailing empty cells are left out. It fails where the XML is damaged. */
export function readRow(xml: string, reading: CellReading): Value[] {
  const cells: Value[] = [];
  let at = xml.indexOf('>') + 1;
  let next = 0;
  for (;;) {
    const start = xml.indexOf('<c', at);
    if (start < 0) return cells;
    const sign = xml.charCodeAt(start + 2);
    const close = xml.indexOf('>', start);
    if (close < 0) throw new Error('a cell is not whole');
    // <c>, <c …> or <c/>; not <cm> or another tag that begins so.
    if (sign !== 32 && sign !== 62 && sign !== 47 && sign !== 10 && sign !== 13 && sign !== 9) {
      at = start + 2;
      continue;
    }
    const isEmpty = xml.charCodeAt(close - 1) === 47;
    const end = isEmpty ? close + 1 : xml.indexOf('</c>', close);
    if (end < 0) throw new Error('a cell is not whole');
    const tag = xml.slice(start, close + 1);
    const reference = attribute(tag, 'r');
    const column = reference === undefined ? next : columnOf(reference);
    if (column < 0 || column >= MOST_COLUMNS) throw new Error(`there is no cell "${reference ?? ''}"`);
    next = column + 1;
    at = end;
    if (isEmpty) continue;
    const value = readCell(tag, xml.slice(close + 1, end), reading);
    if (value === null) continue;
    while (cells.length < column) cells.push(null);
    cells[column] = value;
  }
}

function readCell(tag: string, content: string, reading: CellReading): Value {
  const type = attribute(tag, 't');
  if (type === 'inlineStr') return richText(content);
  const open = content.indexOf('<v');
  const from = content.indexOf('>', open) + 1;
  const to = open < 0 || content[from - 2] === '/' ? from : content.indexOf('</v>', from);
  if (to < 0) throw new Error('a cell is not whole');
  const raw = open < 0 ? '' : content.slice(from, to);
  if (raw === '' && type !== 'str') {
    return content.includes('<f') ? lack(reading.uncomputed, tag) : null;
  }
  switch (type) {
    case 's': {
      const shared = reading.sharedText(Number(raw));
      if (shared === undefined) throw new Error(`there is no shared text ${raw}`);
      return shared;
    }
    case 'str':
      return text(raw);
    case 'b':
      return raw === '1' || raw === 'true';
    case 'e':
      return lack(reading.errors, tag);
    case 'd':
      return new Moment(raw.replace(/Z$/, ''), raw.includes('T') ? 'TIMESTAMP' : 'DATE');
    default:
      return readNumber(tag, raw, reading);
  }
}

function readNumber(tag: string, raw: string, { kinds, from1904 }: CellReading): Value {
  const number = Number(raw);
  if (Number.isNaN(number)) return text(raw);
  const kind = kinds[Number(attribute(tag, 's') ?? 0)];
  if (kind) return serialDate(number, from1904, kind);
  // Excel keeps 15 digits; other programs write all of a long whole number.
  if (Number.isInteger(number) && !Number.isSafeInteger(number) && /^-?\d+$/.test(raw)) return BigInt(raw);
  return number;
}

/** A parsed record: its cells as text. `start` and `end` are positions in the text (end: after its line end). */
export interface TextRecord {
  readonly cells: readonly string[];
  readonly start: number;
  readonly end: number;
  /** False when the text ended inside it, so that it may go on. */
  readonly closed: boolean;
  /** False when a quote was left open, or text other than white space follows a closing quote. */
  readonly wellQuoted: boolean;
  /** Its line holds blanks, and nothing else, in a text that they divide: no empty line. */
  readonly blanks?: true;
}

/** As delimiter: one blank or more of them; those at either end of a line divide nothing. */
export const BLANKS = ' ';

const LF = 10;
const CR = 13;

/**
 * Splits text into records as RFC 4180 says. A quote opens a cell only as its first character; two quotes inside are
 * one; what follows a closing quote is kept as text. Line ends may be LF, CRLF or CR, also mixed.
 */
export function* records(
  text: string,
  delimiter: string,
  quote: string,
  from = 0,
): Generator<TextRecord, void, undefined> {
  const separator = delimiter.charCodeAt(0);
  const aligned = delimiter === BLANKS;
  const afterBlanks = (place: number): number => {
    let next = place;
    while (text.charCodeAt(next) === separator) next += 1;
    return next;
  };
  const quoteCode = quote === '' ? -1 : quote.charCodeAt(0);
  let at = from;
  while (at < text.length) {
    const start = at;
    const cells: string[] = [];
    let closed = false;
    let wellQuoted = true;
    if (aligned) at = afterBlanks(at);
    const begun = at;
    while (!closed) {
      let cell = '';
      if (text.charCodeAt(at) === quoteCode) {
        at += 1;
        const opened = at;
        let doubled = false;
        let next = text.indexOf(quote, at);
        while (next >= 0 && text.charCodeAt(next + 1) === quoteCode) {
          doubled = true;
          next = text.indexOf(quote, next + 2);
        }
        const inner = text.slice(opened, next < 0 ? text.length : next);
        // V8's replaceAll takes four times as long for a large cell.
        cell = doubled ? inner.split(quote + quote).join(quote) : inner;
        if (next < 0) wellQuoted = false;
        at = next < 0 ? text.length : next + 1;
      }
      const plain = at;
      let code = text.charCodeAt(at);
      while (at < text.length && code !== separator && code !== LF && code !== CR)
        code = text.charCodeAt(++at);
      if (at > plain) {
        const rest = text.slice(plain, at);
        if (plain > start && text.charCodeAt(plain - 1) === quoteCode && rest.trim() !== '')
          wellQuoted = false;
        cell += rest;
      }
      cells.push(cell);
      if (aligned && code === separator) {
        at = afterBlanks(at);
        code = text.charCodeAt(at);
        if (at < text.length && code !== LF && code !== CR) continue;
      }
      if (at >= text.length) break;
      at += 1;
      if (code === separator) continue;
      if (code === CR && text.charCodeAt(at) === LF) at += 1;
      closed = true;
    }
    const blanks = begun > start && cells.length === 1 && cells[0] === '';
    yield { cells, start, end: at, closed, wellQuoted, ...(blanks ? { blanks } : {}) };
  }
}

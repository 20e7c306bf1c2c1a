import { stripVTControlCharacters } from 'node:util';

const MOST = 64 * 1024;
const HEAD = 8 * 1024;
/** Keys, data and code in a line of their own tell nothing, and a search in them takes long. */
const LONG_WORD = /[\w+/=%-]{200,}/g;

/** The beginning and the end of a text that is too long to be searched whole: a failure is told at the end. */
function clip(text: string): string {
  return text.length <= MOST ? text : `${text.slice(0, HEAD)}\n${text.slice(HEAD - MOST)}`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  quot: '"',
  apos: "'",
  lt: '<',
  gt: '>',
  amp: '&',
  nbsp: ' ',
  '#39': "'",
  '#34': '"',
};

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\n', t: ' ', '"': '"', "'": "'", '/': '/' };

/** One layer of a string within a string: `\"`, `\n`, `\u003c`. A Windows path is left alone. */
function unescape(text: string): string {
  const nested = /\\["']/.test(text) || (text.includes('\\n') && !/\b[A-Za-z]:\\\w/.test(text));
  const plain = text.replaceAll(/\\u00([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  if (!nested) return plain;
  return plain.replaceAll(
    /\\(["'/nrt]|\\)/g,
    (all, one: string) => ESCAPES[one] ?? (one === '\\' ? '\\' : all),
  );
}

/** The text of an XML or HTML body: its elements become `Name: text`, so that `<Code>NoSuchKey</Code>` reads as a code. */
function untag(text: string): string {
  const plain = text.replaceAll(/<br\s*\/?>/gi, ' ');
  if (!/<\?xml|<\/(?:Error|Code|Message|title|h1|p|body|html)>/i.test(plain)) return plain;
  return plain
    .replaceAll(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ')
    .replaceAll(/<\?[^>]*\?>/g, ' ')
    .replaceAll(/<([A-Za-z][\w.-]*)>([^<>]*)<\/\1>/g, '\n$1: $2\n')
    .replaceAll(/<\/?[A-Za-z!][^<>]*>/g, ' ');
}

/**
 * The text without its envelopes: colours, strings within strings, XML, HTML entities, typographic quotes.
 * What stands in it is left as it is.
 */
export function unwrap(text: string): string {
  let plain = stripVTControlCharacters(clip(text))
    .replaceAll('\u0000', '')
    .replaceAll(LONG_WORD, (word) => `${word.slice(0, 60)}…${word.slice(-60)}`)
    .replaceAll(/\\u001b\[[0-9;]*m|\\x1b\[[0-9;]*m/gi, '')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[\u2018\u2019\u201a\u201b]/g, "'")
    // A quoted name out of a YAML or SQL string: ''name''.
    .replaceAll(/(?<=\w)''|''(?=\w)/g, "'")
    .replaceAll(/[\u201c\u201d\u201e\u201f]/g, '"')
    .replaceAll(/[\u00a0\u2007\u202f]/g, ' ');
  for (let layer = 0; layer < 4; layer += 1) {
    const next = unescape(plain);
    if (next === plain) break;
    plain = next;
  }
  return untag(plain).replaceAll(
    /&(#?\w{2,4});/g,
    (all, name: string) => ENTITIES[name.toLowerCase()] ?? all,
  );
}

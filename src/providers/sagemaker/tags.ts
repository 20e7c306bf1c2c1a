/** What AWS refuses in the value of a tag: marks, such as the vowels of Thai and Hindi, and most signs. */
const REFUSED = /[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu;
const MOST = 256;

/** A text as a tag can hold it: a character that AWS refuses as `=` with its number in hexadecimal and `=`. */
export const tagText = (text: string): string =>
  text.replace(REFUSED, (one) => `=${(one.codePointAt(0) ?? 0).toString(16)}=`).slice(0, MOST);

/** The text that such a tag stands for. */
export const fromTag = (tag: string): string =>
  tag.replace(/=([0-9a-f]{1,6})=/g, (whole, hex: string) => {
    const code = Number.parseInt(hex, 16);
    const one = code > 0x10ffff ? '' : String.fromCodePoint(code);
    // What AWS takes as it is was written as it is.
    return tagText(one) === whole ? one : whole;
  });

/** Which of the encodings of Japanese and Chinese bytes are that are no UTF-8, if any. */

const LOOKED_AT = 256 * 1024;
/** So much of the characters of two bytes must be usual ones in usual places. */
const MOST = 0.6;
const HALF_WIDTH = 0.25;

/** What the two bytes of a character are: one that most texts are made of, a sign or digit, or a rare one. */
type Class = 'usual' | 'sign' | 'rare';

interface Kind {
  readonly label: 'shift_jis' | 'gb18030';
  readonly isLead: (byte: number) => boolean;
  readonly isTrail: (byte: number) => boolean;
  readonly classOf: (lead: number, trail: number) => Class;
}

/** JIS X 0208: kana, and the kanji of level 1 (lead 88 to 98). */
const SHIFT_JIS: Kind = {
  label: 'shift_jis',
  isLead: (byte) => (byte >= 0x81 && byte <= 0x9f) || (byte >= 0xe0 && byte <= 0xfc),
  isTrail: (byte) => (byte >= 0x40 && byte <= 0x7e) || (byte >= 0x80 && byte <= 0xfc),
  classOf(lead, trail) {
    if (lead === 0x81) return 'sign';
    if (lead === 0x82) return trail >= 0x9f && trail <= 0xf1 ? 'usual' : 'sign';
    if (lead === 0x83) return trail <= 0x96 ? 'usual' : 'sign';
    const code = lead * 256 + trail;
    return code >= 0x889f && code <= 0x9872 ? 'usual' : 'rare';
  },
};

/** GB 2312: the hanzi of level 1 (lead B0 to D7). */
const GB18030: Kind = {
  label: 'gb18030',
  isLead: (byte) => byte >= 0x81 && byte <= 0xfe,
  isTrail: (byte) => (byte >= 0x40 && byte <= 0x7e) || (byte >= 0x80 && byte <= 0xfe),
  classOf(lead, trail) {
    if (trail < 0xa1) return 'rare';
    if (lead >= 0xa1 && lead <= 0xa9) return 'sign';
    return lead >= 0xb0 && lead <= 0xd7 ? 'usual' : 'rare';
  },
};

const isLetter = (byte = 0): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;

/**
 * The share of characters of two bytes that are usual ones and stand beside each other, or alone between what is no letter: in
 * `DESCRIÇÃO` of Windows-1252 two bytes would be a usual Chinese character, but it stands between letters. 0 where the bytes
 * cannot be such text.
 */
function likeness(bytes: Buffer, { label, isLead, isTrail, classOf }: Kind): number {
  try {
    new TextDecoder(label, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return 0;
  }
  let all = 0;
  let good = 0;
  for (let at = 0; at < bytes.length;) {
    if ((bytes[at] ?? 0) < 0x80) {
      at += 1;
      continue;
    }
    const start = at;
    let usual = 0;
    let characters = 0;
    while ((bytes[at] ?? 0) >= 0x80) {
      const [lead = 0, trail = 0] = [bytes[at], bytes[at + 1]];
      if (isLead(lead) && isTrail(trail)) {
        const found = classOf(lead, trail);
        characters += found === 'sign' ? 0 : 1;
        usual += found === 'usual' ? 1 : 0;
        at += 2;
      } else {
        // Half-width katakana say little: most of GB 2312 would read as such. Four bytes of GB 18030 are twice two of them.
        characters += label === 'shift_jis' ? HALF_WIDTH : 1;
        at += 1;
      }
    }
    const isAlone = at - start > 2 || !(isLetter(bytes[start - 1]) || isLetter(bytes[at]));
    all += characters;
    if (isAlone) good += usual;
  }
  return all === 0 ? 0 : good / all;
}

/** For bytes that are neither UTF-8 nor UTF-16; undefined: they are of a single-byte encoding. */
export function eastAsian(bytes: Buffer): 'shift_jis' | 'gb18030' | undefined {
  const looked = bytes.subarray(0, LOOKED_AT);
  const [japanese, chinese] = [likeness(looked, SHIFT_JIS), likeness(looked, GB18030)];
  if (Math.max(japanese, chinese) < MOST) return undefined;
  return japanese >= chinese ? 'shift_jis' : 'gb18030';
}

/** How patterns of texts are written, alike wherever they are counted: each run of such characters (RE2) is one sign. */
export const PATTERN_RUNS = [
  ['\\p{Lu}+', 'A'],
  ['[\\p{Ll}\\p{Lt}\\p{Lm}\\p{Lo}]+', 'a'],
  ['\\p{Nd}+', '9'],
] as const;
/** Of longer texts only the beginning has a pattern. */
export const PATTERN_LOOKED_AT = 200;
export const PATTERNS_LISTED = 10;

/** What people and programs write for "no value"; nothing that could as well be a category. */
export const STAND_INS = [
  '',
  '.',
  '?',
  '-',
  'NA',
  'N/A',
  'n/a',
  '#N/A',
  'null',
  'NULL',
  'Null',
  'nan',
  'NaN',
  'NAN',
];
export const SPACES = [' ', '\t', '\r', '\n', '\v', '\f', '\u00a0'];

const texts: ReadonlySet<string> = new Set(STAND_INS);
/** No longer text can be one, so that most cells need no trimming. */
const LONGEST = 32;

/** Whether a text is one that people write for a missing value, with or without white space around it. */
export const isStandIn = (text: string): boolean => text.length <= LONGEST && texts.has(text.trim());

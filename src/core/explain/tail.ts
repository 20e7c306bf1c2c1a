import { stripVTControlCharacters } from 'node:util';

/** The last lines of a text as they are, without colours and empty lines: what is shown where no cause is known. */
export function tail(text: string, lines = 20): readonly string[] {
  return stripVTControlCharacters(text)
    .split(/\r\n|\r|\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-lines);
}

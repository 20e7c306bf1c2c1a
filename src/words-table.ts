// How what is odd about a table is written, in the data view and in the terminal.
import type { ColumnType, UnfitCells } from './protocol';
import { plural } from './words';

const KIND: Readonly<Record<ColumnType, string>> = {
  integer: 'whole number',
  number: 'number',
  text: 'text',
  boolean: 'true or false',
  date: 'date',
  datetime: 'date and time',
  other: 'value of its type',
};

/** Texts that stand for a missing value: `“N/A” or a blank`. */
export function standInsText(texts: readonly string[]): string {
  return texts.map((one) => (one === '' ? 'a blank' : `“${one}”`)).join(' or ');
}

/** `3 cells of amount hold “N/A”, which is no number (first line 50,002): shown as in the file, counted as missing.` */
export function unfitText(unfit: UnfitCells): string {
  const { count, first } = unfit;
  const [{ line, file } = {}] = first;
  const where = line === undefined ? file : `line ${line}`;
  const place = where === undefined ? '' : ` (${count === 1 ? '' : 'first in '}${where})`;
  return `${holdsText(unfit)}${place}: shown as in the file, and counted as missing.`;
}

/** The same of a table that was copied: what stood in the cells is not in the copy. */
export const copiedUnfitText = (unfit: Omit<UnfitCells, 'first'>): string =>
  `${holdsText(unfit)}: shown and counted as missing.`;

function holdsText({ column, type, count, texts }: Omit<UnfitCells, 'first'>): string {
  return `${plural(count, 'cell')} of ${column} ${count === 1 ? 'holds' : 'hold'} ${standInsText(texts)}, which is no ${KIND[type]}`;
}

import type { Value } from './container';
import { valueText } from './value-types';

/** Titles and notes stand in the first lines of a sheet. */
const LOOKED_AT = 30;
/** Numbers of blank rows that are named. */
const NAMED = 5;

/** `number`: counted from 1, as the sheet shows it. */
export interface SheetRow {
  readonly number: number;
  readonly cells: readonly Value[];
}

export interface Headed {
  /** Names in the header; empty texts where there is none. */
  readonly header: readonly string[];
  readonly width: number;
  /** The rows below the header, without blank ones. */
  readonly batches: AsyncIterable<readonly (readonly Value[])[]>;
  /** Once all batches were read. */
  notes(): readonly string[];
}

const isFilled = (cell: Value | undefined): boolean => cell !== null && cell !== undefined && cell !== '';
const asText = (cell: Value | undefined): string => valueText(cell ?? null) ?? '';

/** Finds the header among the first rows: the first that fills most of the columns, when its cells are texts. */
function findHeader(looked: readonly SheetRow[]): { top: number; isHeader: boolean; width: number } {
  const filled = looked.map(({ cells }) => cells.filter(isFilled).length);
  const usual = filled.toSorted((a, b) => a - b)[Math.floor(filled.length / 2)] ?? 0;
  const top = Math.max(
    0,
    filled.findIndex((count) => count >= Math.max(1, usual * 0.7)),
  );
  const first = looked[top]?.cells ?? [];
  const texts = first.filter((cell) => typeof cell === 'string' && cell !== '').length;
  return {
    top,
    isHeader: texts > 0 && texts * 2 >= first.filter(isFilled).length,
    width: looked.reduce((most, { cells }) => Math.max(most, cells.length), 0),
  };
}

/**
 * Divides a sheet into what stands above its table (a title over merged cells, a note), the header and the rows. What is
 * left out is said: texts above the table, and blank rows between others.
 */
export async function headed(source: AsyncIterable<readonly SheetRow[]>): Promise<Headed> {
  const rest = source[Symbol.asyncIterator]();
  const blank = { count: 0, places: [] as number[] };
  let last: number | undefined;
  /** Without blank rows; those between others are counted. */
  const filledOf = (rows: readonly SheetRow[]): SheetRow[] =>
    rows.filter(({ number, cells }) => {
      if (!cells.some(isFilled)) return false;
      for (let at = (last ?? number - 1) + 1; at < number; at += 1) {
        if (blank.places.length < NAMED) blank.places.push(at);
        else break;
      }
      if (last !== undefined) blank.count += number - last - 1;
      last = number;
      return true;
    });
  const begin: SheetRow[] = [];
  while (begin.length < LOOKED_AT) {
    const next = await rest.next();
    if (next.done === true) break;
    for (const row of next.value) if (row.cells.some(isFilled)) begin.push(row);
  }
  const looked = begin.slice(0, LOOKED_AT);
  const { top, isHeader, width } = findHeader(looked);
  const above = looked.slice(0, top).flatMap(({ cells }) => cells.filter(isFilled).map(asText));
  const begun = filledOf(begin.slice(top)).slice(isHeader ? 1 : 0);
  return {
    header: isHeader ? (looked[top]?.cells ?? []).map(asText) : [],
    width,
    batches: (async function* all() {
      try {
        yield begun.map(({ cells }) => cells);
        for (;;) {
          const next = await rest.next();
          if (next.done === true) return;
          yield filledOf(next.value).map(({ cells }) => cells);
        }
      } finally {
        await rest.return?.();
      }
    })(),
    notes: () => [
      ...(above.length > 0
        ? [
            `Above the table, and not in it: ${above.join(' · ').slice(0, 200)}${above.join(' · ').length > 200 ? ' …' : ''}`,
          ]
        : []),
      ...(blank.count > 0
        ? [
            `${blank.count === 1 ? '1 blank row' : `${blank.count} blank rows`} between the others left out (${blank.places.join(', ')}${blank.count > blank.places.length ? ' …' : ''}).`,
          ]
        : []),
    ],
  };
}

import type { Value } from './container';
import {
  isFilled,
  rangeText,
  sheetTables,
  type DividedRow,
  type FoundTable,
  type SheetRange,
  type SheetRow,
} from './sheet-tables';
import { valueText } from './value-types';

/** Titles and notes stand in the first lines of a sheet. */
const LOOKED_AT = 30;
/** Numbers of blank rows that are named. */
const NAMED = 5;

export interface Headed {
  /** Names in the header; empty texts where there is none. */
  readonly header: readonly string[];
  readonly width: number;
  /** The rows below the header, without blank ones. */
  readonly batches: AsyncIterable<readonly (readonly Value[])[]>;
  /** Once all batches were read. */
  notes(): readonly string[];
  /** The same: names of the tables on the sheet, where there are or may be several. */
  parts(): readonly string[];
}

/** What of a sheet is wanted. */
export interface SheetPart {
  readonly sheet: string;
  /** Absent: the table that the sheet seems to be made for. */
  readonly range?: SheetRange;
}

const asText = (cell: Value | undefined): string => valueText(cell ?? null) ?? '';

/** Finds the header among the first rows: the first that fills most of the columns, when its cells are texts. */
function findHeader(looked: readonly SheetRow[]): { top: number; isHeader: boolean } {
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
  };
}

/** The rows and cells of a range; `below`: filled rows right under it. */
async function* within(
  source: AsyncIterable<readonly DividedRow[]>,
  { top, bottom, left, right }: SheetRange,
  below: { rows: number },
): AsyncGenerator<DividedRow[]> {
  for await (const rows of source) {
    const some: DividedRow[] = [];
    for (const row of rows) {
      const cells = row.cells.slice(left, right + 1);
      if (row.number === bottom + below.rows + 1 && cells.some(isFilled)) below.rows += 1;
      if (row.number >= top && row.number <= bottom && cells.some(isFilled))
        some.push({ ...row, cells, block: 0 });
    }
    yield some;
  }
}

/**
 * Divides a sheet into what stands above its table (a title over merged cells, a note), the header and the rows. What is
 * left out is said: texts above the table, blank rows between others, and other tables on the sheet.
 */
export async function headed(
  source: AsyncIterable<readonly SheetRow[]>,
  { sheet, range }: SheetPart,
): Promise<Headed> {
  const tables = sheetTables();
  const below = { rows: 0 };
  const divided = tables.divide(source);
  const rest = range ? within(divided, range, below) : divided;
  const blank = { count: 0, places: [] as number[] };
  let last: number | undefined;
  /** The rows of the table; blank ones between them are counted. */
  const ownOf = (rows: readonly DividedRow[], block: number | null): DividedRow[] =>
    rows.filter((row) => {
      if (row.block !== block) return false;
      const { number } = row;
      for (let at = (last ?? number - 1) + 1; at < number; at += 1) {
        if (blank.places.length < NAMED) blank.places.push(at);
        else break;
      }
      if (last !== undefined) blank.count += number - last - 1;
      last = number;
      return true;
    });
  const begin: DividedRow[] = [];
  while (begin.length < LOOKED_AT) {
    const next = await rest.next();
    if (next.done === true) break;
    begin.push(...next.value);
  }
  const looked = begin.slice(0, LOOKED_AT);
  const { top, isHeader } = findHeader(looked);
  const block = looked[top]?.block ?? 0;
  const above = looked.slice(0, top).flatMap(({ cells }) => cells.filter(isFilled).map(asText));
  const begun = ownOf(begin.slice(top), block);
  const listed = (): readonly FoundTable[] => tables.found(range === undefined ? block : undefined);
  const named = (one: SheetRange): string => `${sheet}!${rangeText(one)}`;
  return {
    header: isHeader ? (looked[top]?.cells ?? []).map(asText) : [],
    width: begun.slice(0, LOOKED_AT).reduce((most, { cells }) => Math.max(most, cells.length), 0),
    batches: (async function* all() {
      try {
        yield begun.slice(isHeader ? 1 : 0).map(({ cells }) => cells);
        for (;;) {
          const next = await rest.next();
          if (next.done === true) return;
          yield ownOf(next.value, block).map(({ cells }) => cells);
        }
      } finally {
        await rest.return(undefined);
      }
    })(),
    parts: () => {
      const found = listed();
      const isOne = found.length === 1 && found[0]?.beside.length === 0 && range === undefined;
      return isOne
        ? []
        : found.flatMap((one) => (one.beside.length > 0 ? one.beside : [one.range])).map(named);
    },
    notes() {
      const found = range === undefined ? listed() : [];
      const others = found.length > 1 ? found : [];
      const beside = found.find((one) => one.block === block)?.beside ?? [];
      const list = others.map(
        (one) =>
          `${named(one.range)}${one.block === block ? ' (this one)' : one.title === undefined ? '' : ` (under “${one.title}”)`}`,
      );
      return [
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
        ...(list.length > 0
          ? [`The sheet holds ${list.length} tables, each opens by its name: ${list.join(' · ')}`]
          : []),
        ...(beside.length > 0
          ? [
              `Blank columns divide ${beside.map(named).join(' and ')}: if these are tables of their own, open each by its name.`,
            ]
          : []),
        ...(below.rows > 0
          ? [
              `Right under the chosen range ${below.rows === 1 ? 'stands 1 more row' : `stand ${below.rows} more rows`}, not in the table.`,
            ]
          : []),
      ];
    },
  };
}

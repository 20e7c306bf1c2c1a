import { childContainer } from './child-container';
import { Moment, type Container, type Value } from './container';
import { columnNames } from './csv';
import { startReader } from './reader-child';
import { SHEET_CHILD, type SentCell, type SheetAnswer } from './sheet-child';
import { headed } from './sheet-header';
import { sheetRange, type SheetRange, type SheetRow } from './sheet-tables';

/** Of the process that holds the whole workbook, in MiB. */
const MEMORY = '--max-old-space-size=2048';

const received = (cell: SentCell): Value =>
  typeof cell === 'object' && cell !== null ? new Moment(cell.text, cell.kind) : cell;

type Listing = Extract<SheetAnswer, { tables: unknown }>;
type Batch = Extract<SheetAnswer, { batch: unknown }>;

/** Workbooks that are read as a whole by a library: those of Excel 97 to 2003, and of OpenDocument. `what`: `an OpenDocument sheet`. */
export function sheets(what: string): Container {
  return {
    tables: (file) => sheetsOf(what).tables(file),
    async read(file, wanted, options) {
      const part = wanted === undefined ? undefined : sheetRange(wanted);
      // A sheet may be called so itself.
      if (!part || (await sheetsOf(what).tables(file)).includes(wanted ?? ''))
        return sheetsOf(what).read(file, wanted, options);
      const table = await sheetsOf(what, part.range).read(file, part.sheet, options);
      return { ...table, ...(wanted === undefined ? {} : { table: wanted }) };
    },
  };
}

function sheetsOf(what: string, range?: SheetRange): Container {
  return childContainer<Listing, Batch>({
    what,
    start: (file, table, signal) =>
      startReader<SheetAnswer>(
        [SHEET_CHILD, file.path, file.name, ...(table === undefined ? [] : [table])],
        signal,
        [MEMORY],
      ),
    async table({ rows: total = 0 }, batches, sheet) {
      let last: readonly string[] = [];
      async function* rows(): AsyncGenerator<SheetRow[]> {
        for await (const { batch, notes } of batches) {
          last = notes;
          yield batch.map(({ number, cells }) => ({ number, cells: cells.map(received) }));
        }
      }
      const found = await headed(rows(), { sheet, ...(range ? { range } : {}) });
      return {
        names: columnNames(found.header, found.width),
        estimate: total,
        batches: found.batches,
        notes: () => [...found.notes(), ...last],
        parts: () => found.parts(),
      };
    },
  });
}

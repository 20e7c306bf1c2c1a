import { childContainer } from './child-container';
import { Moment, type Container, type Value } from './container';
import { columnNames } from './csv';
import { startReader } from './reader-child';
import { SHEET_CHILD, type SentCell, type SheetAnswer } from './sheet-child';
import { headed, type SheetRow } from './sheet-header';

/** Of the process that holds the whole workbook, in MiB. */
const MEMORY = '--max-old-space-size=2048';

const received = (cell: SentCell): Value =>
  typeof cell === 'object' && cell !== null ? new Moment(cell.text, cell.kind) : cell;

type Listing = Extract<SheetAnswer, { tables: unknown }>;
type Batch = Extract<SheetAnswer, { batch: unknown }>;

/** Workbooks that are read as a whole by a library: those of Excel 97 to 2003, and of OpenDocument. `what`: `an OpenDocument sheet`. */
export function sheets(what: string): Container {
  return childContainer<Listing, Batch>({
    what,
    start: (file, table, signal) =>
      startReader<SheetAnswer>(
        [SHEET_CHILD, file.path, file.name, ...(table === undefined ? [] : [table])],
        signal,
        [MEMORY],
      ),
    async table({ rows: total = 0 }, batches) {
      let last: readonly string[] = [];
      async function* rows(): AsyncGenerator<SheetRow[]> {
        for await (const { batch, notes } of batches) {
          last = notes;
          yield batch.map(({ number, cells }) => ({ number, cells: cells.map(received) }));
        }
      }
      const found = await headed(rows());
      return {
        names: columnNames(found.header, found.width),
        estimate: total,
        batches: found.batches,
        notes: () => [...found.notes(), ...last],
      };
    },
  });
}

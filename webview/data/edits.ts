import { html, nothing, type TemplateResult } from 'lit';
import type { CellPlace, Column, DataViewApi, EditStatus } from '../../src/protocol';
import type { Connection } from '../../src/rpc';
import { button } from '../shared/controls';
import { notice } from '../shared/error';
import { count, plural } from '../shared/format';
import type { ActiveCell, Grid } from '../shared/grid';
import type { GridEditing } from '../shared/grid-edit';
import { shownColumns } from './choice';

export interface Editing extends GridEditing {
  /** The table is another one, or the host says how many edits there are. */
  set(now: { readonly editable?: boolean; readonly edits: EditStatus }): void;
  /** What is not saved, and what that means for the rest of the view. */
  notice(): TemplateResult | typeof nothing;
}

export interface EditingOptions {
  readonly grid: () => Grid | undefined;
  readonly columns: () => readonly Column[];
  /** All rows were read, so that each has its number. */
  readonly isRead: () => boolean;
  readonly onError: (error: unknown) => void;
}

const WAIT_MS = 2000;
const READING = Object.assign(
  new Error('The rows are not all read yet, so it is not known where in the file this cell lies.'),
  { kind: 'unavailable', fix: 'Edit it when the whole file is read.' },
);
const SEVERAL = Object.assign(new Error('The clipboard holds more than one cell.'), {
  kind: 'unsupported',
  fix: 'Paste one value at a time; a text of several lines goes into the open cell (F2).',
});

const ONLY_ONE = Object.assign(new Error('Several cells are chosen; one cell is emptied at a time.'), {
  kind: 'unsupported',
  fix: 'Choose one cell. To change many, use Preprocess… or SQL….',
});

/** Edits of cells in the data view: the host keeps them, and lays them over the rows. */
export function createEditing(host: Connection<DataViewApi>, options: EditingOptions): Editing {
  let editable = false;
  let edits: EditStatus = { count: 0, conflict: false };
  /** Edits are made one after the other, in the order of the keys. */
  let last: Promise<unknown> = Promise.resolve();

  function place({ row, column }: ActiveCell): CellPlace | undefined {
    const shown = shownColumns(options.columns()).shown[column];
    const number = options.grid()?.row(row)?.number;
    return shown && { row: number === undefined ? row : number - 1, column: shown.name };
  }

  /** A small file is read in no time: then a key that came a little early is not in vain. */
  async function read(): Promise<void> {
    for (let waited = 0; !options.isRead(); waited += 50) {
      if (waited >= WAIT_MS) throw READING;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  return {
    allowed: () => editable,
    async begin(cell) {
      const at = place(cell);
      try {
        await read();
        await last;
        return at && (await host.call('cellText', at)).text;
      } catch (error) {
        options.onError(error);
        return undefined;
      }
    },
    commit(cell, text) {
      const at = place(cell);
      const value = text.replace(/(\r\n|\n)$/, '');
      if (!at) return;
      const change = async (): Promise<void> => {
        await read();
        await host.call('edit', { ...at, value });
      };
      last = last.then(change).catch(options.onError);
    },
    paste(cell, text) {
      if (/[\t\n]/.test(text.replace(/\r?\n$/, ''))) options.onError(SEVERAL);
      else this.commit(cell, text);
    },
    onlyOne: () => options.onError(ONLY_ONE),
    save() {
      void last.then(() => host.call('save', {})).catch(options.onError);
    },
    label(cell) {
      const at = place(cell);
      return at ? `Edit ${at.column}, row ${count(at.row + 1)}` : 'Edit';
    },
    set(now) {
      editable = now.editable ?? editable;
      edits = now.edits;
    },
    notice() {
      if (edits.count === 0) return nothing;
      const act = (method: 'save' | 'discardEdits' | 'showEdits') => () => {
        host.call(method, {}).catch(options.onError);
      };
      const discard = button({ label: 'Discard…', kind: 'secondary', onClick: act('discardEdits') });
      if (edits.conflict) {
        return notice(
          'warning',
          html`<span
              >The file was changed by another program. ${plural(edits.count, 'unsaved edit')} of the file as
              it was ${edits.count === 1 ? 'is' : 'are'} not shown and cannot be saved. Nothing was
              overwritten.
            </span>
            ${button({ label: 'Show Edits', kind: 'secondary', onClick: act('showEdits') })} ${discard}`,
        );
      }
      return notice(
        'info',
        html`<span
            >${plural(edits.count, 'cell')} edited, not saved. Order, filter, search, summaries and checks are
            of the saved file.
          </span>
          ${button({ label: 'Save', kind: 'secondary', onClick: act('save') })} ${discard}`,
      );
    },
  };
}

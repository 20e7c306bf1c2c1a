/** What the view, the host and the engine say to each other about edits of cells. */
import type { Cell, FileState, Page } from './core/table';

/** A cell of a text table: a row of the saved file (from 0) and the name of a column. */
export interface CellPlace {
  readonly row: number;
  readonly column: string;
}

/** A cell's text and what the file holds there. Texts are as the file says them, without its quotes. */
export interface CellEdit extends CellPlace {
  readonly value: string;
  readonly before: string;
}

/** A page of the saved file with the edits laid over it. */
export interface EditedPage extends Page {
  /** The edited cells: place among the page's rows, place among its columns, and what the saved file holds. */
  readonly changed?: readonly { readonly row: number; readonly column: number; readonly before: Cell }[];
}

/** What of the edits is not saved. */
export interface EditStatus {
  readonly count: number;
  /** The file was changed by another program: they are neither shown nor saved. */
  readonly conflict: boolean;
}

export interface SaveEditsRequest {
  readonly edits: readonly CellEdit[];
  /** The state in which the cells were read. */
  readonly state: FileState;
  /** Absolute; absent: the file itself. */
  readonly output?: string;
}

/** Of a table in the engine. */
export interface EditEngineApi {
  /** The text of a cell and the state of the file; a UserError where it cannot be edited. Waits for the scan. */
  cellText(params: CellPlace & { table: string }): { readonly text: string; readonly state: FileState };
  /** Fails when that text cannot stand in that cell of the file; else gives what the file holds there now. */
  checkEdit(params: CellPlace & { table: string; value: string }): {
    readonly before: string;
    readonly state: FileState;
  };
  /** Writes the file with these cells; everything else stays byte for byte. Progress: `{ bytes, totalBytes }`. */
  saveEdits(params: SaveEditsRequest & { table: string }): FileState;
}

/** Of the data view. */
export interface EditViewApi {
  /** What stands in the cell's box when it is opened: the edited text, else the file's. */
  cellText(params: CellPlace): { readonly text: string };
  /** Writes nothing yet: the editor is dirty from then on. */
  edit(params: CellPlace & { readonly value: string }): void;
  save(params: object): void;
  /** Forgets the edits, after asking. */
  discardEdits(params: object): void;
  /** Opens them as a text, for those that can no longer be saved. */
  showEdits(params: object): void;
}

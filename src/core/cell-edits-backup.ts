import { z } from 'zod';
import type { CellEdit } from '../protocol';
import { UserError } from './errors';
import type { FileState } from './table';

const BACKUP = z.strictObject({
  cellEdits: z.literal(1),
  file: z.strictObject({ bytes: z.number(), modified: z.string() }),
  edits: z.array(
    z.strictObject({
      row: z.number().int().min(0),
      column: z.string(),
      value: z.string(),
      before: z.string(),
    }),
  ),
});

/** What is kept of unsaved edits when the window closes: the edits alone, and the state of the file that they belong to. */
export function backupText(edits: readonly CellEdit[], file: FileState): string {
  return JSON.stringify({ cellEdits: 1, file, edits });
}

/** What {@link backupText} kept; a UserError when it is damaged. */
export function readBackup(text: string): { readonly file: FileState; readonly edits: readonly CellEdit[] } {
  try {
    const { file, edits } = BACKUP.parse(JSON.parse(text));
    return { file, edits };
  } catch (cause) {
    throw new UserError('invalid', 'The unsaved edits of the last session cannot be read any more.', {
      fix: 'The file itself is as it was saved.',
      cause,
    });
  }
}

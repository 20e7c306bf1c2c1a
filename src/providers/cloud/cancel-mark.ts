import * as fs from 'node:fs/promises';
import path from 'node:path';
import { systemCode, UserError } from '../../core/errors';
import { fileError, fileExists } from '../../core/files';

const markOf = (jobFolder: string): string => path.join(jobFolder, 'cancelled');

/**
 * For a cancel that comes while another process still sends the files of the run: that process looks for it before it starts the job,
 * and after. A run whose folder is gone needs none.
 */
export async function markCancelled(jobFolder: string): Promise<void> {
  try {
    await fs.mkdir(jobFolder).catch((error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
    });
    await fs.writeFile(markOf(jobFolder), '');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw fileError(error, `cancel the run in ${jobFolder}`);
  }
}

export const isCancelled = (jobFolder: string): Promise<boolean> => fileExists(markOf(jobFolder));

/** A `cancelled` UserError when somebody cancelled the run meanwhile. */
export async function throwIfCancelled(jobFolder: string): Promise<void> {
  if (!(await isCancelled(jobFolder))) return;
  throw new UserError('cancelled', 'The run was cancelled before its job was started. Nothing runs.');
}

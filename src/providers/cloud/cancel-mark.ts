import * as fs from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../core/errors';

const markOf = (jobFolder: string): string => path.join(jobFolder, 'cancelled');

/** For a cancel that comes while another process still sends the files of the run: that process looks for it before it starts the job. */
export async function markCancelled(jobFolder: string): Promise<void> {
  await fs.mkdir(jobFolder, { recursive: true });
  await fs.writeFile(markOf(jobFolder), '');
}

/** A `cancelled` UserError when somebody cancelled the run meanwhile. */
export async function throwIfCancelled(jobFolder: string): Promise<void> {
  try {
    await fs.access(markOf(jobFolder));
  } catch {
    return;
  }
  throw new UserError('cancelled', 'The run was cancelled before its job was started. Nothing runs.');
}

import os from 'node:os';
import path from 'node:path';
import envPaths from 'env-paths';

/** This user's state of the product (tokens, managed environments); MLL_STATE moves it. Absolute. */
export function stateFolder(): string {
  return path.resolve(process.env.MLL_STATE ?? envPaths('ml-lifecycle', { suffix: '' }).data);
}

/** Where the terminal's engine keeps temporary files; the extension uses its own storage instead. Absolute. */
export function temporaryFolder(): string {
  // A container's user may have no name, so the number comes first where there is one.
  return path.join(os.tmpdir(), `ml-lifecycle-${process.getuid?.() ?? os.userInfo().username}`);
}

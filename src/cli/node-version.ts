import { UserError } from '../core/errors';

/** The first Node with `zlib.createZstdDecompress`, that of the oldest VS Code that the extension runs in. */
const OLDEST = [22, 15] as const;

/** Throws a UserError where this program is run by a Node that is too old for it; `version` as in `22.15.0`. */
export function assertNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new UserError(
    'unsupported',
    `mll needs Node ${OLDEST.join('.')} or newer; this is Node ${version}.`,
    {
      fix: 'Use a newer Node, or a terminal of VS Code: its mll brings one along.',
    },
  );
}

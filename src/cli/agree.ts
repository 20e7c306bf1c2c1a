import { UserError } from '../core/errors';
import { type Estimate, estimateLines, secretText } from '../core/estimate';
import type { Terminal } from './terminal';

/** Prints what would be sent and cost, and asks. `--yes` agrees to what was printed, but to no secret: each of these is asked for by itself. */
export async function agreeTo(terminal: Terminal, estimate: Estimate): Promise<boolean> {
  for (const line of [estimate.action, ...estimateLines(estimate)]) terminal.note(line);
  for (const secret of estimate.secrets) {
    if (!terminal.canAsk) {
      throw new UserError(
        'permission',
        `${secretText(secret)}: this looks like a secret, so nothing was sent.`,
        {
          fix: 'Take it out of the file, keep the file here with a line in .mlignore, or run the command in a terminal, where it asks.',
        },
      );
    }
    if (!(await terminal.ask(`${secretText(secret)} looks like a secret. Send the file all the same?`)))
      return false;
  }
  return terminal.agree(`${estimate.action}?`, '');
}

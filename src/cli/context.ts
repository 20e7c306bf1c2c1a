import type { Engine, Lifecycle } from '../core/api';
import type { Terminal } from './terminal';

/** What every command works with; made once per call of `mll`. */
export interface Cli {
  readonly terminal: Terminal;
  readonly engine: Engine;
  /** Absolute project folder (-C, or the nearest folder upwards with an ml.yaml, or the current one). */
  readonly root: string;
  /** Absolute path of a file named on the command line: relative to -C, else to the current folder. */
  file(name: string): string;
  /** The absolute path when there is such a file, else the text as it is: a dataset's name, or a glob. */
  data(nameOrFile: string): string;
  /** Opens the project on first use; with an absolute folder, that one as a project of its own. */
  lifecycle(folder?: string): Promise<Lifecycle>;
  /** Makes the exit code something else than 0 although the command is done (a gate or a case failed). */
  exit(code: number): void;
}

export type MakeCli = () => Cli;

import type { Ui } from './project';
import type { Trees } from './trees';

/** What commands work with: the project and the views. */
export interface CommandContext extends Ui {
  readonly trees: Trees;
}

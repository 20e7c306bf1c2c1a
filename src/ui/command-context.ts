import type { Ui } from './project';
import type { SourceTree } from './source-view';
import type { StoreTree } from './store-view';
import type { Trees } from './trees';

/** What commands work with: the project and the views. */
export interface CommandContext extends Ui {
  readonly trees: Trees;
  readonly stores: StoreTree;
  readonly sources: SourceTree;
}

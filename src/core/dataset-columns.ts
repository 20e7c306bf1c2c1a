import path from 'node:path';
import { UserError } from './errors';
import type { Column, TableRead } from './table';

export function sameColumns(some: readonly Column[], others: readonly Column[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ name, sqlType }, at) => name === others[at]?.name && sqlType === others[at].sqlType)
  );
}

/** An empty file can be looked at, but nothing can be done with it. */
export function checkColumns(file: string, read: Pick<TableRead, 'columns'>): void {
  if (read.columns.length > 0) return;
  throw new UserError('invalid', `${path.basename(file)} is empty: it has neither columns nor rows.`, {
    fix: 'Choose a file with a line of column names and rows below it.',
  });
}

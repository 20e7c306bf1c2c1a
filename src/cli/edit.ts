import { UserError } from '../core/errors';
import { isStoreUri } from '../core/store-uri';
import { plural } from '../words';
import type { Cli } from './context';

export interface EditOptions {
  /** From 1, as the data view counts. */
  readonly row: number;
  readonly column: string;
  readonly value: string;
}

/** Puts a text into one cell of a text table; every other byte of the file stays as it is. */
export async function editCell(cli: Cli, name: string, { row, column, value }: EditOptions): Promise<void> {
  const { datasets } = await cli.lifecycle();
  const given = cli.data(name);
  const dataset = (await datasets.list()).find((one) => one.name === given);
  if (isStoreUri(dataset?.source.path ?? given)) {
    throw new UserError(
      'unsupported',
      `${name} lies in a store, and only files of this machine can be edited.`,
      {
        fix: 'Download it (mll store get), edit that, and upload it again.',
      },
    );
  }
  const source = await datasets.source(given);
  const { signal } = cli.terminal;
  const { table } = await cli.engine.call('open', { source }, { signal });
  const place = { table, row: row - 1, column };
  const { before, state } = await cli.engine.call('checkEdit', { ...place, value }, { signal });
  const { bytes } =
    before === value
      ? state
      : await cli.engine.call(
          'saveEdits',
          { table, edits: [{ row: row - 1, column, value, before }], state },
          {
            signal,
            onProgress: (progress) =>
              cli.terminal.progress(`${plural((progress as { bytes: number }).bytes, 'byte')} written`),
          },
        );
  await cli.engine.call('close', { table });
  const shown = (text: string): string => (text === '' ? 'missing' : JSON.stringify(text));
  cli.terminal.answer(
    { path: source.path, row, column, before, value, bytes },
    before === value
      ? `Row ${row}, ${column} holds ${shown(value)} already.`
      : `Row ${row}, ${column}: ${shown(before)} → ${shown(value)}`,
  );
}

import type { Lifecycle } from '../../core/api';
import type { RemoteTable } from '../../core/remote';
import { remoteFolder } from '../../core/remote-datasets';
import type { Column, TableSource } from '../../core/table';
import type { TrainViewApi, TrainViewState } from '../../protocol';
import { count } from '../../words';
import { describeTarget } from '../target-text';

type Described = ReturnType<TrainViewApi['describeTarget']>;

/** The table of a training page, which may lie in a store: then no more of it is fetched for the page than its beginning or footer. */
export interface TrainTable {
  readonly source: TableSource;
  /** Undefined for a table that is here. */
  readonly placed?: NonNullable<TrainViewState['placed']>;
  /** Undefined when all of the table is here. */
  readonly part?: RemoteTable;
}

export async function openTrainTable(
  { datasets, stores }: Lifecycle,
  data: string,
  signal?: AbortSignal,
): Promise<TrainTable> {
  const there = await datasets.inStore(data, signal);
  if (!there || there.path !== undefined) return { source: await datasets.source(data) };
  const { openRemote } = await import('../../core/remote');
  const opened = await openRemote(await stores.at(there.uri), remoteFolder(), {}, signal);
  return {
    source: opened.source,
    placed: { uri: there.uri, bytes: there.bytes },
    ...(opened.part === 'all' ? {} : { part: opened }),
  };
}

/** What the beginning of a table says of a target; of a footer only the type is known. */
export function describePart(
  part: RemoteTable,
  { type }: Pick<Column, 'type'>,
  counted: { readonly rows: Parameters<typeof describeTarget>[1]; readonly total: number } | undefined,
): Described {
  if (!counted) {
    const isNumber = type === 'number';
    const text = isNumber ? 'A number.' : 'Its values are counted when the job reads them.';
    return { task: isNumber ? 'regression' : 'classification', text, rows: part.total(0) };
  }
  const seen = counted.rows.reduce((sum, [, n]) => sum + Number(n), 0);
  const said = describeTarget(type, counted.rows, counted.total);
  return { ...said, text: `In the first ${count(seen)} rows: ${said.text}`, rows: part.total(seen) };
}

import type { Cell, Column } from '../core/table';
import { column } from './types';
import type { Container, ContainerFile, Value } from './container';
import { columnNames } from './csv';
import { valueCell, valueTypes } from './value-types';

export interface ContainerPage {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** Rows in the whole table, as far as it is known. */
  readonly estimate: number;
  readonly complete: boolean;
  readonly tables: readonly string[];
  readonly table?: string;
}

/** The first rows of a table, from its beginning alone. */
export async function containerPage(
  container: Container,
  file: ContainerFile,
  table: string | undefined,
  limit: number,
): Promise<ContainerPage> {
  const found = await container.read(file, table, {});
  const rows: (readonly Value[])[] = [];
  let complete = true;
  for await (const batch of found.batches) {
    rows.push(...batch);
    if (rows.length <= limit) continue;
    complete = false;
    break;
  }
  const shown = rows.slice(0, limit);
  const width = shown.reduce((most, row) => Math.max(most, row.length), found.names.length);
  const types = valueTypes(found.types);
  for (const row of shown) row.forEach((value, at) => types.see(at, value));
  const columns = columnNames(found.names, width).map((name, at) => column(name, types.of(at)));
  const standIns = columns.map((_, at) => new Set<Value>(types.standIns(at).texts));
  return {
    columns,
    rows: shown.map((row) =>
      columns.map((one, at) => {
        const value = row[at] ?? null;
        return standIns[at]?.has(value) ? null : valueCell(value, one.sqlType);
      }),
    ),
    estimate: complete ? rows.length : Math.max(rows.length, found.estimate ?? 0),
    complete,
    tables: found.tables,
    ...(found.table === undefined ? {} : { table: found.table }),
  };
}

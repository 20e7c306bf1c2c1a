import { UserError } from '../core/errors';
import { pickTable, unreadable, type Container, type ContainerFile, type ContainerTable } from './container';
import type { ChildRefusal, Reader } from './reader-child';

/** What a child says first: the tables, and of the wanted one what it knows before its rows. */
export interface Listing {
  readonly tables: readonly string[];
  readonly rows?: number;
}
/** What it answers each time that it is asked. */
export interface Batch {
  readonly batch: readonly unknown[];
  readonly done: boolean;
}

export interface ChildContainerInit<L extends Listing, B extends Batch> {
  /** In a sentence: `an SQLite database`. */
  readonly what: string;
  readonly start: (
    file: ContainerFile,
    table: string | undefined,
    signal?: AbortSignal,
  ) => Reader<L | B | ChildRefusal>;
  /** The table of what was listed; its rows come from `batches`. */
  readonly table: (
    listing: L,
    batches: AsyncGenerator<B>,
    name: string,
  ) => Promise<Omit<ContainerTable, 'tables' | 'table'>> | Omit<ContainerTable, 'tables' | 'table'>;
}

/** Files that a process of their own reads, batch by batch. */
export function childContainer<L extends Listing, B extends Batch>({
  what,
  start,
  table,
}: ChildContainerInit<L, B>): Container {
  const explained = ({ name }: ContainerFile, error: unknown, signal?: AbortSignal): unknown =>
    error instanceof UserError || signal?.aborted ? error : unreadable(name, what, error);
  const listed = async (reader: Reader<L | B | ChildRefusal>): Promise<L> => {
    const said: object = await reader.next();
    if ('tables' in said) return said as L;
    throw new Error('it cannot be listed');
  };
  return {
    async tables(file) {
      const reader = start(file, undefined);
      try {
        return (await listed(reader)).tables;
      } catch (error) {
        throw explained(file, error);
      } finally {
        reader.end();
      }
    },
    async read(file, wanted, { signal, progress }) {
      const reader = start(file, wanted, signal);
      async function* batches(rows: number | undefined): AsyncGenerator<B> {
        let done = 0;
        try {
          for (;;) {
            reader.ask();
            const said: object = await reader.next();
            if (!('batch' in said)) throw new Error('its rows cannot be read');
            const answer = said as B;
            yield answer;
            if (answer.done) return;
            done += answer.batch.length;
            if (rows !== undefined) progress?.(done, Math.max(done + 1, rows));
          }
        } catch (error) {
          throw explained(file, error, signal);
        } finally {
          reader.end();
        }
      }
      try {
        const listing = await listed(reader);
        const picked = pickTable(file.name, listing.tables, wanted);
        const made = await table(listing, batches(listing.rows), picked);
        return { tables: listing.tables, table: picked, ...made };
      } catch (error) {
        reader.end();
        throw explained(file, error, signal);
      }
    },
  };
}

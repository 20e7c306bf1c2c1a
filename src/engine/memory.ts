import { availableParallelism } from 'node:os';
import PQueue from 'p-queue';
import { UserError } from '../core/errors';

/**
 * `page`: short statements, one at a time. `background`: {@link BACKGROUND} at a time; `asked` are those of them that a person
 * waits for (a filter, a search), which come before the others. Over all databases together.
 */
export type Lane = 'page' | 'background' | 'asked';

/** One database's part of the memory. */
export interface MemoryPart {
  /** Runs a statement of this database once its lane has room and its limit is wide enough for it. */
  run<T>(lane: Lane, statement: () => Promise<T>): Promise<T>;
  /**
   * Gives the part back once its last statement has ended. Resolves when the database will be resized no more: one that is
   * closed while its limit is being set never answers, and all others would wait for it. Idempotent.
   */
  leave(): Promise<void>;
}

/** Memory that is divided among databases: the sum of their limits never exceeds it. */
export interface Memory {
  readonly bytes: number;
  /** Of each database: every thread has buffers of its own. */
  readonly threads: number;
  /** How many groupings of so many rows one background statement can hold at a time. */
  groupings(rows: number): number;
  /**
   * A part of {@link IDLE_BYTES}, which is what a database has to be opened with. `resize` sets its limit in bytes; it
   * rejects when the database cannot give up so much. A UserError when there is nothing left for a further database.
   */
  join(resize: (bytes: number) => Promise<void>): Promise<MemoryPart>;
}

/** What a database without a running statement can be pressed down to: its tables then lie on disk. */
export const IDLE_BYTES = 2 * 2 ** 20;
/** What one is pressed down to that holds something which cannot be written to disk: so many times as much, and again. */
const IDLE_FACTOR = 4;

const BACKGROUND = 1;
/** With less for each thread a scan of a large CSV runs out of memory. */
const THREAD_BYTES = 2 ** 28;
/** What DuckDB holds for each grouping in each thread, measured with few groups. */
const GROUPING_BYTES = 5 * 2 ** 20;
/** Rows of a table that DuckDB gives to a thread. */
const THREAD_ROWS = 122_880;
/** Of the memory, for a statement; a sixteenth is left for databases that do nothing. */
const SHARES: Readonly<Record<Lane, number>> = {
  background: 3 / 4,
  asked: 3 / 4,
  page: 3 / 16,
};

interface Member {
  limit: number;
  running: number;
  left: boolean;
  readonly resize: (bytes: number) => Promise<void>;
}

/** `bytes`: for all databases together. */
export function createMemory(bytes: number): Memory {
  /** The one that ran last is last. */
  const members = new Set<Member>();
  const background = new PQueue({ concurrency: BACKGROUND });
  const lanes: Readonly<Record<Lane, PQueue>> = {
    background,
    asked: background,
    page: new PQueue({ concurrency: 1 }),
  };
  const limits = new PQueue({ concurrency: 1 });

  const free = (): number => [...members].reduce((left, { limit }) => left - limit, bytes);

  /** The least that a database can be pressed down to; its limit stays, and counts, where it gives up nothing. */
  async function press(member: Member): Promise<void> {
    for (let limit = IDLE_BYTES; limit < member.limit; limit *= IDLE_FACTOR) {
      try {
        await member.resize(limit);
        member.limit = limit;
      } catch {
        // It holds more that cannot be written to disk.
      }
    }
  }

  /** Presses databases that do nothing down, the longest idle first, until so much is free. */
  async function reclaim(wanted: number): Promise<void> {
    for (const member of [...members]) {
      if (free() >= wanted) return;
      if (member.running === 0) await press(member);
    }
  }

  /** Widens the limit to what statements of this lane get, or to all that is there. */
  function widen(member: Member, lane: Lane): Promise<void> {
    const wanted = Math.floor(bytes * SHARES[lane]);
    return limits.add(async () => {
      if (member.limit >= wanted) return;
      await reclaim(wanted - member.limit);
      const limit = Math.min(wanted, member.limit + Math.max(0, free()));
      if (limit <= member.limit) return;
      await member.resize(limit);
      member.limit = limit;
    });
  }

  // One more than the cores: a thread whose rows are counted (tally.ts) waits meanwhile.
  const threads = Math.max(1, Math.min(availableParallelism() + 1, Math.floor(bytes / THREAD_BYTES)));

  return {
    bytes,
    threads,
    groupings(rows) {
      const busy = Math.min(threads, Math.ceil(Math.max(1, rows) / THREAD_ROWS));
      return Math.max(1, Math.floor((bytes * SHARES.background) / 2 / (busy * GROUPING_BYTES)));
    },
    async join(resize) {
      const member: Member = { limit: IDLE_BYTES, running: 0, left: false, resize };
      await limits.add(async () => {
        await reclaim(IDLE_BYTES);
        if (free() < IDLE_BYTES) {
          throw new UserError('quota', 'Too many tables are open for the memory of the data engine.', {
            fix: 'Close some of them, or raise the memory limit of the data engine in the settings.',
          });
        }
        members.add(member);
      });
      return {
        run: (lane, statement) =>
          lanes[lane].add(
            async () => {
              member.running += 1;
              try {
                await widen(member, lane);
                return await statement();
              } finally {
                member.running -= 1;
                members.delete(member);
                if (!member.left || member.running > 0) members.add(member);
              }
            },
            { priority: lane === 'asked' ? 1 : 0 },
          ),
        leave: () =>
          limits.add(() => {
            member.left = true;
            if (member.running === 0) members.delete(member);
          }),
      };
    },
  };
}

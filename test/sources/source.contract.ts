import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors';
import type { Asked, QueryEstimate, Source } from '../../src/core/source';
import type { Column } from '../../src/core/table';

/** What a kind of source lends to the suite. */
export interface SourceRig {
  readonly source: Source;
  /** Address of a dataset (with `/` at its end) that holds the table below. */
  readonly dataset: string;
  /** A table `people` of {@link PEOPLE}. */
  readonly table: string;
  /** An address where a table may be made. */
  fresh(name: string): string;
  /** A SELECT over the table. */
  select(what: string): string;
  /** A defect of the stand-in: lists and rows come whole, whatever was asked for. */
  readonly noPages?: true;
  /** A defect of the stand-in: RECORDs in a table's rows. */
  readonly dispose: () => Promise<void>;
}

/** Rows that every source holds as they are; the third has what loses digits elsewhere. */
export const PEOPLE = [
  { id: 1, name: 'Ada', score: 1.5, born: '1815-12-10', active: true, big: 9007199254740993n },
  { id: 2, name: 'Grace "Amazing" O’Hopper', score: null, born: '1906-12-09', active: false, big: -5n },
  { id: 3, name: null, score: -0.25, born: null, active: null, big: 9223372036854775807n },
  { id: 4, name: 'back\\slash', score: 1e300, born: '2000-02-29', active: true, big: 0n },
] as const;

/** Agrees to everything and remembers what was shown. */
export function agreeing(): { asked: Asked; shown: Parameters<Asked['agree']>[0][] } {
  const shown: Parameters<Asked['agree']>[0][] = [];
  return {
    shown,
    asked: {
      agree: (estimate) => {
        shown.push(estimate);
        return Promise.resolve({ limit: 1e12 });
      },
    },
  };
}

export const refusing: Asked = {
  agree: (estimate: Pick<QueryEstimate, 'action'>) =>
    Promise.reject(new UserError('cancelled', `${estimate.action} was not agreed to.`)),
};

export async function kindOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UserError) {
      expect(error.message).toMatch(/[.!?]$/);
      return error.kind;
    }
    throw error;
  }
  return 'done';
}

const names = (columns: readonly Column[]): string[] => columns.map(({ name }) => name);

/** What every source does alike. */
export function sourceContract(title: string, make: () => Promise<SourceRig>): void {
  describe(`source contract: ${title}`, () => {
    let rig: SourceRig;
    beforeAll(async () => {
      rig = await make();
    });
    afterAll(() => rig.dispose());

    test('lists from the projects down to the table', async () => {
      const [project = ''] = rig.dataset.split(/(?<=:\/\/[^/]+\/)/);
      const projects = await rig.source.list('');
      expect(projects.nodes.map(({ uri }) => uri)).toContain(project);
      const datasets = await rig.source.list(project);
      expect(datasets.nodes.map(({ uri, kind }) => [kind, uri])).toContainEqual(['dataset', rig.dataset]);
      const tables = await rig.source.list(rig.dataset);
      expect(tables.nodes.map(({ uri, kind }) => [kind, uri])).toContainEqual(['table', rig.table]);
    });

    test('knows a table without a query', async () => {
      const table = await rig.source.schema(rig.table);
      expect(table.free).toBe(true);
      expect(table.columns.map(({ name, type }) => [name, type])).toEqual([
        ['id', 'integer'],
        ['name', 'text'],
        ['score', 'number'],
        ['born', 'date'],
        ['active', 'boolean'],
        ['big', 'integer'],
      ]);
      expect(table.rows).toBe(PEOPLE.length);
      expect((await rig.source.schema(rig.table)).version).toBe(table.version);
    });

    test('gives rows as they are, with every digit', async () => {
      const page = await rig.source.page(rig.table, { offset: 0, limit: 10 });
      expect(page.total).toBe(PEOPLE.length);
      const rows = [...page.rows].sort((a, b) => Number(a[0]) - Number(b[0]));
      expect(rows).toEqual(
        PEOPLE.map(({ id, name, score, born, active, big }) => [
          id,
          name,
          score,
          born,
          active,
          Number.isSafeInteger(Number(big)) ? Number(big) : String(big),
        ]),
      );
    });

    test('gives a part of the rows and columns, in the order that was asked for', async () => {
      const page = await rig.source.page(rig.table, { offset: 1, limit: 2, columns: ['name', 'id'] });
      expect(names(page.columns)).toEqual(['name', 'id']);
      expect(page.rows.every((row) => row.length === 2)).toBe(true);
      if (rig.noPages) return;
      expect(page.rows).toEqual([
        ['Grace "Amazing" O’Hopper', 2],
        [null, 3],
      ]);
      const beyond = await rig.source.page(rig.table, { offset: 100, limit: 2 });
      expect(beyond.rows).toEqual([]);
      expect(beyond.total).toBe(PEOPLE.length);
    });

    test('what is not there, or no address, is a UserError', async () => {
      expect(await kindOf(rig.source.schema(`${rig.dataset}nothing_here`))).toBe('notFound');
      expect(await kindOf(rig.source.schema(rig.dataset))).toBe('invalid');
    });

    test('a query is shown before it runs, and does not run without a yes', async () => {
      const { asked, shown } = agreeing();
      const sql = rig.select('COUNT(*) AS n');
      expect(await kindOf(rig.source.query(sql, { action: 'Count' }, refusing))).toBe('cancelled');
      const result = await rig.source.query(sql, { action: 'Count' }, asked);
      expect(shown).toMatchObject([{ action: 'Count', queries: 1 }]);
      expect(names(result.columns)).toEqual(['n']);
      const page = await rig.source.resultPage(result.result, { offset: 0, limit: 10 });
      expect(page.rows).toEqual([[PEOPLE.length]]);
    });

    test('a mistake in the SQL says where it is', async () => {
      const { asked } = agreeing();
      const wrong = rig.source.query(rig.select('nme'), { action: 'Look' }, asked);
      expect(await kindOf(wrong)).toBe('invalid');
    });
  });
}

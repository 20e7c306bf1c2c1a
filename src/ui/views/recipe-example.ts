import { UserError } from '../../core/errors';
import type { Column, TableSource } from '../../core/table';
import type { Engine } from '../../core/api';
import type { ExampleRequest, ExampleResult, ExampleRow, TableId } from '../../protocol';
import type { Recipe, Step } from '../../recipe/model';

/** Rows that a person can look through. */
const ROWS = 12;
/** Rows of the table that are looked at for different ones. */
const LOOKED_AT = 500;
const MOST_COLUMNS = 4;

/** The other tables of a recipe, by their names in it. */
export interface Joined {
  readonly columns: ReadonlyMap<string, readonly Column[]>;
  readonly sources: Readonly<Record<string, TableSource>>;
}

export interface ExampleTable {
  readonly recipe: Recipe;
  readonly table: TableId;
  readonly columns: readonly Column[];
  /** The tables that its steps join. */
  readonly joined: Joined;
  readonly sampleRows: number;
}

/** The recipe's first steps that are switched on. */
function beginning({ recipe }: ExampleTable, upTo: number): Step[] {
  return recipe.steps.filter((step) => step.disabled !== true).slice(0, upTo);
}

/** The table after these steps, as its first `limit` rows. */
async function run(
  engine: Engine,
  from: ExampleTable,
  steps: readonly Step[],
  limit: number,
  signal?: AbortSignal,
) {
  const { examine } = await import('../../recipe/compile');
  const { plan, problems } = examine(
    { ...from.recipe, steps: [...steps] },
    from.columns,
    from.joined.columns,
  );
  const [problem] = problems.filter((one) => one.step === steps.length - 1);
  if (problem)
    throw new UserError('invalid', problem.message, { fix: 'Choose another name, or other columns.' });
  const preview = await engine.call(
    'recipePreview',
    {
      table: from.table,
      plan,
      tables: from.joined.sources,
      sampleRows: from.sampleRows,
      offset: 0,
      limit,
      profile: false,
    },
    { signal },
  );
  const failed = preview.effects.find((one) => one.error)?.error;
  if (failed) {
    throw new UserError('invalid', failed.message, { fix: failed.fix ?? 'Mend the steps above first.' });
  }
  return preview;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const textName = (k: number): string => `by example ${k + 1}`;

/** Different rows of these columns, as the engine writes them as text. */
export async function exampleRows(
  engine: Engine,
  from: ExampleTable,
  { upTo, columns }: { readonly upTo: number; readonly columns: readonly string[] },
  signal?: AbortSignal,
): Promise<readonly ExampleRow[]> {
  const shown = columns.slice(0, MOST_COLUMNS);
  const texts = Object.fromEntries(shown.map((name, k) => [textName(k), `CAST(${quoted(name)} AS VARCHAR)`]));
  const steps = [...beginning(from, upTo), { kind: 'compute', options: texts }];
  const { columns: made, rows } = await run(engine, from, steps, LOOKED_AT, signal);
  const places = shown.map((_, k) => made.findIndex((one) => one.name === textName(k)));
  const found = new Map<string, ExampleRow>();
  for (const { cells, state } of rows) {
    if (found.size >= ROWS) break;
    if (state === 'dropped') continue;
    const row = places.map((place) => {
      const cell = cells[place];
      return typeof cell === 'string' ? cell : null;
    });
    if (row.every((cell) => cell === null)) continue;
    found.set(JSON.stringify(row), row);
  }
  return [...found.values()];
}

/** Searches a step that gives what is wanted, and what it gives for the other rows; null where none is found. */
export async function byExample(
  engine: Engine,
  from: ExampleTable,
  request: ExampleRequest,
  signal?: AbortSignal,
): Promise<ExampleResult | null> {
  const { asNumber, atoms, atomsSql, combine } = await import('../../recipe/by-example');
  const { examples, rows, name } = request;
  if (examples.length === 0) return null;
  const before = await run(engine, from, beginning(from, request.upTo), 1, signal);
  const columns = request.columns
    .slice(0, MOST_COLUMNS)
    .flatMap((one) => before.columns.find((column) => column.name === one) ?? []);
  const blocks = atoms(columns);
  const ask = async (sql: string): Promise<(string | null)[][]> => {
    const page = await engine.call('sql', { sql, tables: {}, limit: ROWS + examples.length }, { signal });
    return page.rows.map((row) => row.map((cell) => (cell === null ? null : String(cell))));
  };
  const given = await ask(
    atomsSql(
      blocks,
      columns,
      examples.map((one) => one.row),
    ),
  );
  const values = blocks.map((_, k) => given.map((row) => row[k] ?? null));
  const wanted = examples.map((one) => one.wanted);
  const found = combine(blocks, values, wanted);
  if (found === undefined) return null;
  const number = asNumber(found, wanted);
  for (const sql of number === undefined ? [found] : [number, found]) {
    const outcome = await ask(
      atomsSql([{ sql, cost: 0 }], columns, [...examples.map((one) => one.row), ...rows]),
    );
    // What the whole gives is looked at, not only its parts.
    if (!wanted.every((one, place) => outcome[place]?.[0] === one)) continue;
    return {
      step: { kind: 'compute', options: { [name]: sql } },
      outcome: outcome.slice(examples.length).map((row) => row[0] ?? null),
    };
  }
  return null;
}

import type { PlacedInput } from './run';
import type { Column, TableRead, TableSource } from './table';
import type { PreprocessedTable, RecipeMatch, RecipeRunResult, RememberFrom } from '../protocol';
import type { Recipe, RecipeProblem, Suggestion } from '../recipe/model';
import type { Plan } from '../recipe/plan';
import type { CallOptions } from '../rpc';

/** The other tables that a recipe joins, by the names in it. */
export interface RecipeTables {
  readonly tables: Readonly<Record<string, ReadTable>>;
  readonly columns: ReadonlyMap<string, readonly Column[]>;
}

/** A table that was read already. */
export interface ReadTable {
  readonly source: TableSource;
  readonly read: TableRead;
  /** A job reads it from where it lies in a store. */
  readonly placed?: PlacedInput;
}

/** How a recipe is compiled otherwise than as it lies there. */
export interface CompileOptions {
  /** The recipe file that this one is a copy of: other tables are looked for beside it. */
  readonly original?: string | undefined;
  /** Reads the other tables, as a job does that need not have them here. */
  readonly readOther?: (nameOrPath: string) => Promise<ReadTable>;
}

/** A recipe over a table in BigQuery, as one query there, into a table or view. */
export interface InSource {
  readonly recipe: string;
  /** A dataset or an address; absent: the recipe's own. */
  readonly input?: string;
  /** The address of the table or view to be made. */
  readonly output: string;
  readonly as: 'table' | 'view';
  readonly replace: boolean;
}

/** The first rows of a table in BigQuery, on which a recipe is looked at. */
export interface SourceSample {
  /** A file of this machine. */
  readonly source: TableSource;
  readonly uri: string;
  /** Of the whole table, as are its bytes; absent where only a query can tell. */
  readonly rows?: number;
  readonly bytes?: number;
}

/** Recipe files as the front ends use them (implemented in recipes.ts: `createRecipes(context)`). */
export interface Recipes {
  /** What the recipe's input names: a file beside it, an address in a store, or a dataset. */
  input(file: string): Promise<string>;
  /** `NAME.recipe.yaml` beside the data's file. */
  fileFor(nameOrPath: string): Promise<string>;
  /** A recipe for this table: the text to write, and why each step is in it. Writes nothing. */
  suggest(
    nameOrPath: string,
    options?: { target?: string; /** Its beginning, where no more of it is here. */ from?: TableSource },
    call?: CallOptions,
  ): Promise<{
    text: string;
    target: string | null;
    targetReason: string;
    suggestions: readonly Suggestion[];
    columns: readonly Column[];
  }>;
  /** What is wrong with a recipe file, its expressions included, against the columns of its input. */
  check(file: string, call?: CallOptions): Promise<readonly RecipeProblem[]>;
  /** The plan of a recipe file against its own input, or another; problems are a UserError that lists them. Writes the split's cut into the file when it has none yet. */
  compile(
    file: string,
    /** A dataset or path, or the table as a job reads it. */
    input?: string | ReadTable,
    call?: CallOptions,
    options?: CompileOptions,
  ): Promise<{
    recipe: Recipe;
    plan: Plan;
    source: TableSource;
    columns: readonly Column[];
    hash: string;
    tables: RecipeTables['tables'];
  }>;
  /** The other tables that the steps of a recipe (of this file) read, as they are now. */
  tables(file: string, recipe: Recipe, call?: CallOptions): Promise<RecipeTables>;
  /**
   * The recipe as code of another language that gives the same table: SQL for DuckDB, or Python over pandas or polars; with
   * `notebook` as a Jupyter notebook's text.
   */
  export(
    request: { recipe: string; input?: string; as: 'sql' | 'pandas' | 'polars'; notebook?: boolean },
    call?: CallOptions,
  ): Promise<string>;
  /** All rows of the input through the recipe into `output` (.csv, .parquet or .jsonl). */
  run(
    request: { recipe: string; input?: string; output: string; part?: 'train' | 'test' | 'all' },
    call?: CallOptions,
  ): Promise<RecipeRunResult>;
  /**
   * The recipe as one query where its table is, in BigQuery, into a table or view; its bytes and price are agreed to first. A
   * UserError names the steps that cannot be said there.
   */
  runInSource(
    request: InSource,
    call?: CallOptions,
  ): Promise<{ readonly uri: string; readonly as: 'table' | 'view'; readonly sql: string }>;
  /** The first rows of a table in BigQuery as a file; undefined for what does not lie there. */
  sample(nameOrPath: string, call?: CallOptions): Promise<SourceSample | undefined>;
  /** The recipes of the project, and how each suits these tables: those that can run first, the nearest of them first of all. */
  matching(tables: readonly string[], call?: CallOptions): Promise<readonly RecipeMatch[]>;
  /**
   * One recipe over several tables, each into a file of its own; one that fails does not keep the others from it. With `own`
   * the steps are fitted once, on the recipe's own data. Progress: {@link import('../protocol').PreprocessProgress}.
   */
  runEach(
    request: {
      recipe: string;
      tables: readonly { readonly input: string; readonly output: string }[];
      remember: RememberFrom;
    },
    call?: CallOptions,
  ): Promise<readonly PreprocessedTable[]>;
}

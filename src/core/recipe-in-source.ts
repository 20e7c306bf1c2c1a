import path from 'node:path';
import type { CoreContext } from './context';
import { UserError } from './errors';
import type { InSource, Recipes } from './recipe-api';
import { isSourceUri, parseTableUri } from './source-uri';
import type { Column } from './table';
import { duckType, googleRecipe, name } from '../recipe/googlesql';
import type { CallOptions } from '../rpc';

/** The query that a recipe is on its table in BigQuery; a UserError names every step that cannot be said there. */
export async function recipeSql(
  context: Pick<CoreContext, 'sources' | 'datasets'>,
  compile: Recipes['compile'],
  { recipe, input }: { readonly recipe: string; readonly input: string },
  call: CallOptions = {},
): Promise<{ sql: string; uri: string }> {
  const uri = await context.datasets.address(input);
  if (!isSourceUri(uri)) {
    throw new UserError('invalid', `${uri} does not lie in BigQuery, so the recipe cannot be run there.`, {
      fix: 'Name a table there: --input bigquery://PROJECT/DATASET/TABLE. For a file give an output file.',
    });
  }
  const source = await context.sources.open(uri);
  const table = await source.schema(uri, call.signal);
  const columns: Column[] = table.columns.map((one) => ({ ...one, sqlType: duckType(one.sqlType) }));
  const read = { sql: '', columns, rows: table.rows ?? 0, rejected: 0, hash: '', bytes: table.bytes ?? 0 };
  const { plan } = await compile(recipe, { source: { path: uri }, read }, call);
  // Of a partition there is no name; of a table, its name reads better than a query.
  const { project, dataset, table: id } = parseTableUri(uri);
  const from = id.includes('$')
    ? `(${source.selectSql({ table: uri }, table)})`
    : `${[project, dataset, id].map(name).join('.')}${columns.some((one) => one.name.toLowerCase() === id.toLowerCase()) ? ' AS `__mll_table`' : ''}`;
  const { sql, unsayable } = googleRecipe(plan, from);
  if (sql !== undefined) return { sql, uri };
  const lines = unsayable.map(({ step, kind, why }) => `Step ${step + 1} (${kind}) ${why}.`);
  throw new UserError(
    'unsupported',
    `${path.basename(recipe)} cannot be run in BigQuery:\n${lines.join('\n')}`,
    {
      fix: `Switch these steps off, or export the table and run the recipe on the files: mll sources export ${uri} gs://BUCKET/FOLDER/*.parquet`,
    },
  );
}

/** Runs it, after its bytes and price were agreed to. */
export async function runInSource(
  context: Pick<CoreContext, 'sources' | 'datasets'>,
  recipes: Pick<Recipes, 'compile' | 'input'>,
  request: InSource,
  call: CallOptions = {},
): Promise<{ readonly uri: string; readonly as: 'table' | 'view'; readonly sql: string }> {
  const { recipe, input = await recipes.input(recipe), output, as, replace } = request;
  parseTableUri(output);
  const { sql, uri } = await recipeSql(context, recipes.compile, { recipe, input }, call);
  const source = await context.sources.open(uri);
  const made = await source.save(sql, { table: output, as, replace }, context.sources.asked(call));
  return { uri: made.uri, as, sql };
}

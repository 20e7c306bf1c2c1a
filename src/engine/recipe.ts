import type { EngineApi } from '../protocol';
import type { Handlers } from '../rpc';
import type { EngineContext } from './context';
import type { Session } from './duckdb';
import { expressionColumns } from './expression-columns';
import { checkExpressions } from './recipe-expressions';
import { recipeFacts } from './recipe-facts';
import { createPreview } from './recipe-preview';
import { recipeFit, recipeRun } from './recipe-run';
import { splitCut } from './recipe-split';

/** What the engine answers about recipes. */
export function createRecipeHandlers(
  context: EngineContext,
): Pick<
  Handlers<EngineApi>,
  | 'recipePreview'
  | 'recipeJoin'
  | 'recipeSpellings'
  | 'recipeRun'
  | 'recipeFit'
  | 'checkExpressions'
  | 'expressionColumns'
  | 'splitCut'
  | 'recipeFacts'
> {
  const preview = createPreview(context);
  let checker: Promise<Session> | undefined;
  return {
    recipePreview: (params, call) => preview.rows(params, call),
    recipeJoin: (params, call) => preview.join(params, call),
    recipeSpellings: (params, call) => preview.spellings(params, call),
    recipeRun: (params, call) => recipeRun(context, params, call),
    recipeFit: (params, call) => recipeFit(context, params, call),
    async checkExpressions({ columns, expressions }, call) {
      checker ??= context.session([]);
      return checkExpressions(await checker, columns, expressions, call.signal);
    },
    async expressionColumns({ expressions }, call) {
      checker ??= context.session([]);
      return expressionColumns(await checker, expressions, call.signal);
    },
    splitCut: (params, call) => splitCut(context, params, call.signal),
    recipeFacts: (params, call) => recipeFacts(context, params, call.signal),
  };
}

import type { Engine } from '../../core/api';
import type { Column, TableSource } from '../../core/table';
import type { SplitFacts } from '../../protocol';
import type { Recipe, Step } from '../../recipe/model';

/** What is wrong with a split of these options, and how many rows it would put on each side. */
export async function splitFacts(
  engine: Engine,
  source: TableSource,
  recipe: Recipe,
  columns: readonly Column[],
  options: Step['options'],
  signal: AbortSignal,
): Promise<SplitFacts> {
  const [{ examine }, { needsCut, splitSchema }, { issueProblems }] = await Promise.all([
    import('../../recipe/compile'),
    import('../../recipe/split'),
    import('../../recipe/step'),
  ]);
  const parsed = splitSchema.safeParse(options);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((one) => issueProblems(one, splitSchema));
    return { messages: problems.map((one) => one.message) };
  }
  const { recipe: version, target } = recipe;
  const head = { recipe: version, ...(target === undefined ? {} : { target }), steps: [] };
  const plain: Recipe = { ...head, split: { method: 'random', ...options } };
  const { problems } = examine(plain, columns);
  const messages = problems.filter((one) => one.path[0] === 'split').map((one) => one.message);
  if (messages.length > 0 || plain.split?.test === undefined) return { messages };
  const cut = needsCut(plain)
    ? await engine.call('splitCut', { source, recipe: plain }, { signal })
    : undefined;
  const split = { ...plain.split, ...(cut === undefined ? {} : { cut }) };
  const { plan } = examine({ ...head, split }, columns);
  const sql = `SELECT count(*), count(*) FILTER (WHERE ${plan.split ?? 'FALSE'}) FROM data`;
  const { rows } = await engine.call('sql', { sql, tables: { data: source }, limit: 1 }, { signal });
  const [all = 0, test = 0] = (rows[0] ?? []).map(Number);
  return { messages, train: all - test, test };
}

/** The recipe's text with the time from which on rows are tested, which a time split finds in all of its data once. */
export async function timeCut(
  engine: Engine,
  source: TableSource,
  text: string,
  signal: AbortSignal,
): Promise<string> {
  const [{ parse }, { apply }, { needsCut }] = await Promise.all([
    import('../../recipe/document'),
    import('../../recipe/edit'),
    import('../../recipe/split'),
  ]);
  const { recipe } = parse(text);
  if (recipe.split?.method !== 'time' || !needsCut(recipe)) return text;
  const cut = await engine.call('splitCut', { source, recipe }, { signal });
  return apply(text, { edit: 'cut', cut });
}

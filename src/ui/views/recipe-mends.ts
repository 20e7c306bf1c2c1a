import type { Engine } from '../../core/api';
import type { Examined } from '../../recipe/compile';
import type { Recipe } from '../../recipe/model';
import type { RecipePreview } from '../../protocol';

/** The preview with the ways out of a step whose expressions name columns that an earlier step renamed. */
export async function withMends(
  engine: Engine,
  preview: RecipePreview,
  recipe: Recipe,
  { plan, schemas }: Pick<Examined, 'plan' | 'schemas'>,
  signal: AbortSignal,
): Promise<RecipePreview> {
  const failed = preview.effects.find((one) => one.error !== undefined);
  const before = failed && schemas[failed.index];
  if (!before) return preview;
  const { renamedInside } = await import('../../recipe/mend');
  const { expressions = [] } = plan.steps.find((one) => one.index === failed.index) ?? {};
  const mends = await renamedInside(recipe, failed.index, before, expressions, (texts) =>
    engine.call('expressionColumns', { expressions: texts }, { signal }),
  );
  const effects = preview.effects.map((one) => (one === failed ? { ...one, mends } : one));
  return mends.length === 0 ? preview : { ...preview, effects };
}

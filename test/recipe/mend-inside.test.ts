import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import { expressionColumns } from '../../src/engine/expression-columns';
import { examine } from '../../src/recipe/compile';
import { parse } from '../../src/recipe/document';
import { apply } from '../../src/recipe/edit';
import { renamedInside } from '../../src/recipe/mend';
import { open } from './rig';

let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

describe('where an expression names columns', () => {
  const named = async (expression: string): Promise<string[]> => {
    const [uses = []] = await expressionColumns(session, [expression]);
    return uses.map(({ name, start, end }) => `${name}: ${expression.slice(start, end)}`);
  };
  it.each([
    [`"Größe ""cm""" || lower(sold) || 'sold' -- sold`, ['Größe "cm": "Größe ""cm"""', 'sold: sold']],
    ['🙂 + "🙂 x" + sold', ['🙂: 🙂', '🙂 x: "🙂 x"', 'sold: sold']],
    [
      `CASE WHEN sold BETWEEN low AND high THEN -sold ELSE row_no END`,
      ['sold: sold', 'low: low', 'high: high', 'sold: sold', 'row_no: row_no'],
    ],
    ['list_transform([1, 2], sold -> sold + place)', ['place: place']],
    [`place.town['sold']`, ['place: place']],
    ['sold(', []],
    ['1 + 2', []],
  ])('%s', async (expression, uses) => {
    expect(await named(expression)).toEqual(uses);
  });
});

describe('an expression that names a column which an earlier step renamed', () => {
  const COLUMNS = [
    { name: 'sold', sqlType: 'DOUBLE' },
    { name: 'low', sqlType: 'DOUBLE' },
    { name: 'town', sqlType: 'VARCHAR' },
  ];
  /** The text after the first mend, and its title. */
  async function mended(steps: readonly string[], index: number): Promise<{ title?: string; step?: string }> {
    const text = `recipe: 1\nsteps:\n${steps.map((one) => `  - ${one}\n`).join('')}`;
    const { recipe, problems } = parse(text, COLUMNS);
    expect(problems).toEqual([]);
    const { plan, schemas } = examine(recipe, COLUMNS);
    const [before] = schemas.slice(index);
    if (before === undefined) throw new Error('no such step');
    const expressions = plan.steps.find((one) => one.index === index)?.expressions ?? [];
    const [mend] = await renamedInside(recipe, index, before, expressions, (texts) =>
      expressionColumns(session, texts),
    );
    if (mend === undefined) return {};
    const after = parse(apply(text, mend.edit), COLUMNS).recipe;
    return { title: mend.title, step: JSON.stringify(after.steps[index]?.options) };
  }

  it('has the new name in each place, and in no text, function or other word', async () => {
    const found = await mended(
      ['rename: { sold: sales }', `compute: { sold_x: "Sold * 2 + length('sold') + \\"sold\\" - low" }`],
      1,
    );
    expect(found).toEqual({
      title: 'Use "sales" Here',
      step: JSON.stringify({ sold_x: `sales * 2 + length('sold') + "sales" - low` }),
    });
  });
  it('has a name in quotes where it is a word of SQL, or holds other signs', async () => {
    const found = await mended(
      ['rename: { sold: order, low: lowest price }', 'filter: { keep: sold > low }'],
      1,
    );
    expect(found).toEqual({
      title: 'Use "order", "lowest price" Here',
      step: JSON.stringify({ keep: '"order" > "lowest price"' }),
    });
  });
  it('follows a column through two renamings', async () => {
    const chain = ['rename: { sold: a }', 'rename: { a: b }', 'filter: { keep: sold > 1 AND b > 2 }'];
    expect(await mended(chain, 2)).toEqual({
      title: 'Use "b" Here',
      step: JSON.stringify({ keep: 'b > 1 AND b > 2' }),
    });
  });
  it('is left alone where the name is there again, or was never renamed', async () => {
    expect(
      await mended(['rename: { sold: x }', 'compute: { sold: x + 1 }', 'filter: { keep: sold > 1 }'], 2),
    ).toEqual({});
    expect(await mended(['rename: { sold: x }', 'filter: { keep: nosuch > 1 }'], 1)).toEqual({});
    expect(await mended(['drop_columns: { columns: [sold] }', 'filter: { keep: sold > 1 }'], 1)).toEqual({});
    expect(
      await mended(['rename: { sold: x }', 'rename: { x: sold }', 'filter: { keep: sold > 1 }'], 2),
    ).toEqual({});
  });
});

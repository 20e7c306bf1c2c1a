import { describe, expect, it } from 'vitest';
import { parse } from '../../src/recipe/document';
import { apply } from '../../src/recipe/edit';

const COLUMNS = [
  { name: 'id', sqlType: 'BIGINT' },
  { name: 'town', sqlType: 'VARCHAR' },
  { name: 'sold', sqlType: 'DOUBLE' },
];
const OTHERS = new Map([
  [
    'towns.csv',
    [
      { name: 'town', sqlType: 'VARCHAR' },
      { name: 'size', sqlType: 'BIGINT' },
    ],
  ],
]);

const recipe = (...steps: string[]): string =>
  `# Mine.\nrecipe: 1\nsteps:\n${steps.map((one) => `  - ${one}\n`).join('')}`;
const problemsOf = (text: string) => parse(text, COLUMNS, OTHERS).problems;

/** The text after the mend of that title. */
function mended(text: string, title: string): string {
  const mend = problemsOf(text)
    .flatMap((one) => one.mends ?? [])
    .find((one) => one.title === title);
  if (mend === undefined) throw new Error(`There is no mend "${title}".`);
  return apply(text, mend.edit);
}

describe('a step that needs a column which an earlier one took away', () => {
  it('names that step, and offers the new name, the step without it, and what the earlier step can do', () => {
    const text = recipe(
      'rename: { town: place }',
      'trim: { columns: [id, town] }'.replace('id, ', ''),
      'sort: { columns: [town, id] }',
    );
    const [first, second] = problemsOf(text);
    expect(first).toMatchObject({ step: 1, lost: 'town', cause: 0 });
    expect(second).toMatchObject({ step: 2, lost: 'town', cause: 0 });
    expect(first?.mends?.map((one) => one.title)).toEqual(['Use "place" Here', 'Switch Off', 'Remove']);
    expect(second?.mends?.map((one) => one.title)).toEqual([
      'Use "place" Here',
      'Leave Out "town"',
      'Switch Off',
      'Remove',
    ]);
    const better = mended(text, 'Use "place" Here');
    expect(better).toContain('trim: { columns: [ place ] }');
    expect(better).toContain('# Mine.');
    expect(mended(better, 'Leave Out "town"')).toContain('sort: { columns: [ id ] }');
    expect(problemsOf(mended(better, 'Use "place" Here'))).toEqual([]);
  });
  it('keeps the column in a step that drops it, or in one that takes it apart', () => {
    const dropped = recipe('drop_columns: { columns: [id, town] }', 'trim: { columns: [town] }');
    expect(mended(dropped, 'Keep "town" in Step 1')).toContain('drop_columns: { columns: [ id ] }');
    const only = recipe('drop_columns: { columns: [town] }', 'trim: { columns: [town] }');
    expect(mended(only, 'Remove Step 1')).not.toContain('drop_columns');
    const parts = recipe(
      'split_column: { column: town, by: ",", into: [a, b] }',
      'trim: { columns: [town] }',
    );
    expect(mended(parts, 'Keep "town" in Step 1')).toMatch(/split_column: \{.*keep: true/);
    const chosen = recipe('select_columns: { columns: [id] }', 'trim: { columns: [town] }');
    expect(problemsOf(mended(chosen, 'Keep "town" in Step 1'))).toEqual([]);
    for (const text of [dropped, only, parts, chosen]) {
      expect(mended(text, 'Switch Off')).toMatch(/trim: .*\n +disabled: true/);
      expect(problemsOf(mended(text, 'Remove'))).toEqual([]);
    }
  });
  it("is no longer an earlier step's doing when the column came back", () => {
    const text = recipe(
      'drop_columns: { columns: [town] }',
      'compute: { town: "id || \'\'" }',
      'trim: { columns: [tawn] }',
    );
    expect(problemsOf(text)).toMatchObject([{ step: 2, lost: 'tawn' }]);
    expect(problemsOf(text)[0]).not.toHaveProperty('cause');
  });
});

describe('a slip of the pen', () => {
  it.each([
    [
      'fill_mising: { columns: [sold], with: median }',
      'Change to "fill_missing"',
      'fill_missing: { columns: [ sold ], with: median }',
    ],
    [
      'fill_missing: { colums: [sold], with: median }',
      'Change to "columns"',
      'fill_missing: { with: median, columns: [ sold ] }',
    ],
    ['trim: { columns: [twon] }', 'Change to "town"', 'trim: { columns: [ town ] }'],
    [
      'join: { with: towns.csv, on: { twon: town }, columns: [size] }',
      'Change to "town"',
      'on: { town: town }',
    ],
    [
      'join: { with: towns.csv, on: { town: twon }, columns: [size] }',
      'Change to "town"',
      'on: { town: town }',
    ],
    ['rename: { solt: amount }', 'Change to "sold"', 'rename: { sold: amount }'],
  ])('%s: %s', (step, title, expected) => {
    expect(mended(recipe(step), title).replaceAll(/\s+/gu, ' ')).toContain(expected);
  });
});

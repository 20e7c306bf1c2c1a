import { describe, expect, it } from 'vitest';
import { jsonSchema, parse } from '../../src/recipe/document';
import { apply, newRecipe, type Edit } from '../../src/recipe/edit';

const columns = [
  { name: 'mass', sqlType: 'DOUBLE' },
  { name: 'island', sqlType: 'VARCHAR' },
  { name: 'species', sqlType: 'VARCHAR' },
];
const TEXT = `# why this recipe is here
recipe: 1
input: penguins.csv # beside
target: species

steps:
  # the scale was broken that week
  - fill_missing: {columns: [mass],   with: median}   # tail
  - drop_duplicates
  # inner
  - encode:
      columns: [island] # which
      method: one_hot
    note: "kept"
# the end
`;

describe('parse', () => {
  it('reads what newRecipe wrote', () => {
    const recipe = {
      recipe: 1 as const,
      input: 'a: b.csv',
      target: 'yes',
      split: { test: 0.2, method: 'stratified' as const, seed: 7 },
      steps: [
        { kind: 'fill_missing', options: { columns: ['x, y', 'null'], with: 'median' }, note: 'so: it is' },
        { kind: 'compute', options: { 'a b': "x / y -- '{'" }, disabled: true },
        { kind: 'drop_duplicates', options: {} },
      ],
    };
    expect(parse(newRecipe(recipe))).toEqual({ recipe, problems: [] });
  });
  it('places every problem and offers the nearest word', () => {
    const bad = TEXT.replace('species', 'specis')
      .replace('fill_missing', 'fill_mising')
      .replace('[island]', '[iland]')
      .replace('method: one_hot', 'methd: one_hot');
    const found = parse(bad, columns).problems.map((one) => [
      one.line,
      one.column,
      one.endColumn,
      one.step,
      one.fix?.replacement,
    ]);
    expect(found).toEqual([
      [3, 8, 14, undefined, 'species'],
      [7, 4, 15, 0, 'fill_missing'],
      [12, 6, 11, 2, 'method'],
    ]);
    const column = parse(TEXT.replace('[island]', '[iland]'), columns).problems;
    expect(column).toMatchObject([
      {
        message: 'There is no column "iland". Did you mean "island"?',
        line: 11,
        column: 16,
        endLine: 11,
        endColumn: 21,
        step: 2,
        fix: { title: 'Change to "island"', replacement: 'island' },
      },
    ]);
  });
  it.each([
    ['', 'A recipe begins with'],
    ['- 1', 'A recipe begins with'],
    ['recipe: 2\nsteps: []', '"recipe"'],
    ['recipe: 1\nsteps: [', 'no valid YAML'],
    ['recipe: 1\n<<<<<<< HEAD\nsteps: []\n=======\nsteps:\n>>>>>>> b\n', 'were merged and conflict'],
    ['recipe: 1\n---\nrecipe: 1\n', 'A recipe is one document'],
    ['recipe: 1\nsteps:\n  - 5\n', 'Each step is written as'],
    ['recipe: 1\nsteps:\n  - trim: {columns: [a]}\n    encode: {columns: [a]}\n', 'one step each'],
    ['recipe: 1\nsplit: {test: 2}\n', '"split.test"'],
    ['recipe: 1\nsteps:\n  - scale: {columns: []}\n', 'name at least one column'],
    ['a: &a [*a, *a]\nrecipe: 1', ''],
  ])('says what is wrong with %j', (text, message) => {
    const { problems } = parse(text, columns);
    expect(problems.map((one) => one.message).join('\n')).toContain(message);
    expect(problems.length).toBeGreaterThan(0);
  });
});

it.each([
  ['limit: { }', '"rows" is required, and must be a number.'],
  ['limit', '"rows" is required, and must be a number.'],
  ['limit: { rows: many }', '"rows" must be a number.'],
  ['fill_missing: { with: median }', '"columns" is required, and must be a list.'],
])('%s is told what is required of it and what is wrong in it', (step, message) => {
  const { problems } = parse(`recipe: 1\nsteps:\n  - ${step}\n`);
  expect(problems.map((one) => one.message)).toEqual([message]);
});

describe('edits', () => {
  const lines = (text: string): string[] => text.split('\n');
  it('change only the lines of their step', () => {
    const toggled = apply(TEXT, { edit: 'toggle', index: 2, disabled: true });
    expect(lines(toggled).filter((line) => !lines(TEXT).includes(line))).toEqual([
      '      columns: [ island ] # which',
      '    disabled: true',
    ]);
    expect(parse(toggled).recipe.steps[2]).toMatchObject({ kind: 'encode', disabled: true, note: 'kept' });
    const moved = lines(apply(TEXT, { edit: 'move', from: 0, to: 1 }));
    expect(moved.slice(6, 9)).toEqual([
      '  - drop_duplicates',
      '  # the scale was broken that week',
      '  - fill_missing: {columns: [mass],   with: median}   # tail',
    ]);
    expect([...moved].sort()).toEqual([...lines(TEXT)].sort());
    expect(lines(apply(TEXT, { edit: 'remove', index: 1 }))).toEqual(
      lines(TEXT).filter((line) => line !== '  - drop_duplicates'),
    );
  });
  it.each<[string, Edit, Edit]>([
    ['move', { edit: 'move', from: 0, to: 2 }, { edit: 'move', from: 2, to: 0 }],
    ['target', { edit: 'target', target: 'island' }, { edit: 'target', target: 'species' }],
    [
      'add',
      { edit: 'add', steps: [{ kind: 'drop_missing', options: {} }], at: 1 },
      { edit: 'remove', index: 1 },
    ],
  ])('%s and back is the same text', (_, there, back) => {
    expect(apply(apply(TEXT, there), back)).toBe(TEXT);
    const windows = TEXT.replaceAll('\n', '\r\n');
    expect(apply(apply(windows, there), back)).toBe(windows);
  });
  it('replaces only the option that changed, comments stay', () => {
    const step = { kind: 'encode', options: { columns: ['island'], method: 'ordinal' }, note: 'kept' };
    const text = apply(TEXT, { edit: 'replace', index: 2, step });
    expect(parse(text).recipe.steps[2]).toEqual(step);
    expect(text).toContain('# which\n      method: ordinal\n    note: "kept"');
  });
  it('write the cut and the first step of an empty list', () => {
    const text = 'recipe: 1\nsplit: { test: 0.2, method: stratified }\nsteps: [] # none yet\n';
    const cut = apply(text, { edit: 'cut', cut: { a: 0.21, '1': 0.3 } });
    expect(parse(cut).recipe.split?.cut).toEqual({ a: 0.21, '1': 0.3 });
    const added = apply(text, { edit: 'add', steps: [{ kind: 'trim', options: { columns: ['a'] } }] });
    expect(added).toBe(
      'recipe: 1\nsplit: { test: 0.2, method: stratified }\nsteps: # none yet\n  - trim: { columns: [ a ] }\n',
    );
    expect(parse(apply(added, { edit: 'remove', index: 0 }))).toMatchObject({
      recipe: { steps: [] },
      problems: [],
    });
  });
  it('another target gives the split another method, and takes the cut of the old one away', () => {
    const text =
      'recipe: 1\ntarget: churn\nsplit: { test: 0.2, method: stratified, seed: 7, cut: { No: 0.2, Yes: 0.17 } } # mine\nsteps: []\n';
    expect(apply(text, { edit: 'target', target: 'price', method: 'random' })).toBe(
      'recipe: 1\ntarget: price\nsplit: { test: 0.2, method: random, seed: 7 } # mine\nsteps: []\n',
    );
    expect(apply(text, { edit: 'target', target: 'plan' })).toBe(text.replace('churn', 'plan'));
  });
  it('another split keeps the comments and loses the cut; the same one changes nothing', () => {
    const text =
      'recipe: 1\ntarget: churn\nsplit: { test: 0.2, method: stratified, cut: { No: 0.2 } } # mine\nsteps: []\n';
    const same = { test: 0.2, method: 'stratified' as const };
    expect(apply(text, { edit: 'split', split: same })).toBe(text);
    expect(
      apply(text, { edit: 'split', split: { test: 0.3, method: 'group', column: 'plan', folds: 5 } }),
    ).toBe(
      'recipe: 1\ntarget: churn\nsplit: { test: 0.3, method: group, column: plan, folds: 5 } # mine\nsteps: []\n',
    );
    const none = apply(text, { edit: 'split', split: null });
    expect(none).toBe('recipe: 1\ntarget: churn\nsteps: []\n');
    const back = apply(none, { edit: 'split', split: { folds: 3, method: 'random', key: ['a b'] } });
    expect(back).toBe(
      'recipe: 1\ntarget: churn\nsplit: { folds: 3, method: random, key: [ a b ] }\nsteps: []\n',
    );
    expect(apply('recipe: 1\nsplit: 3\nsteps: []\n', { edit: 'split', split: same })).toContain('test: 0.2');
  });
  it('refuse a broken text and a step that is gone', () => {
    expect(() => apply('recipe: [', { edit: 'target', target: 'a' })).toThrow('mistake in its YAML');
    expect(() => apply(TEXT, { edit: 'remove', index: 3 })).toThrow('no step 4');
  });
});

it('the JSON Schema knows every step and its options', () => {
  const text = JSON.stringify(jsonSchema());
  for (const word of [
    '"fill_missing":',
    '"max_categories":',
    '"stratified"',
    '"additionalProperties":false',
  ]) {
    expect(text).toContain(word);
  }
});

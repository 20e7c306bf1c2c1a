import { expect, test } from 'vitest';
import { catalogue } from '../../src/recipe/catalogue';
import { recipeCompletions } from '../../src/ui/recipe-completion';

const columns = [
  { name: 'species', type: 'text', sqlType: 'VARCHAR' },
  { name: 'bill length', type: 'number', sqlType: 'DOUBLE' },
  { name: 'a: b', type: 'number', sqlType: 'DOUBLE' },
] as const;
const labels = (lines: readonly string[], before: string): string[] =>
  recipeCompletions(lines, before, columns).map((one) => one.label);

test('each place offers what may stand there', () => {
  expect(labels([], '')).toEqual(['recipe', 'input', 'target', 'split', 'steps']);
  expect(labels([], 'target: ')).toEqual(['species', 'bill length', 'a: b']);
  expect(labels(['steps:'], '  - ')).toEqual(catalogue.map((one) => one.kind));
  expect(labels(['steps:'], '  - fill_missing: { ')).toContain('columns');
  expect(labels(['steps:'], '  - fill_missing: { columns: [bill length, ')).toContain('a: b');
  expect(labels(['steps:'], '  - fill_missing: { with: ')).toContain('median');
  expect(labels(['steps:', '  - fill_missing:'], '      with: ')).toContain('median');
  expect(labels(['steps:'], '  # - ')).toEqual([]);
});

test('a name that YAML would read otherwise is quoted', () => {
  const found = recipeCompletions([], 'target: ', columns).map((one) => one.insert);
  expect(found).toEqual(['species', 'bill length', '"a: b"']);
});

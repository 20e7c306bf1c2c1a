import type { Column } from '../core/table';
import { catalogue } from '../recipe/catalogue';
import type { FormField, StepInfo } from '../recipe/model';

export interface Completion {
  readonly kind: 'step' | 'option' | 'value' | 'column';
  readonly label: string;
  readonly insert: string;
  readonly snippet: boolean;
  readonly detail: string;
}

const HEAD: readonly (readonly [string, string])[] = [
  ['recipe', 'version of the format: 1'],
  ['input', 'a file beside this one, or a dataset'],
  ['target', 'the column to predict'],
  ['split', 'which rows are kept for the test'],
  ['steps', 'what is done, from top to bottom'],
];

const PLAIN = /^[\p{L}_][\p{L}\p{N}_]*( [\p{L}\p{N}_]+)*$/u;

/** A column's name as YAML takes it in a flow list. */
const quoted = (name: string): string => (PLAIN.test(name) ? name : JSON.stringify(name));

function columnsFor(columns: readonly Column[], field?: FormField): Completion[] {
  const types = field?.columnTypes;
  return columns
    .filter((one) => types === undefined || types.some((type) => type === one.type))
    .map((one) => ({
      kind: 'column',
      label: one.name,
      insert: quoted(one.name),
      snippet: false,
      detail: one.type,
    }));
}

function valuesFor(field: FormField, columns: readonly Column[]): Completion[] {
  switch (field.control) {
    case 'columns':
    case 'column':
    case 'expression':
      return columnsFor(columns, field);
    case 'choice':
      return (field.choices ?? []).map((one) => ({
        kind: 'value',
        label: one,
        insert: one,
        snippet: false,
        detail: field.label,
      }));
    case 'boolean':
      return ['true', 'false'].map((one) => ({
        kind: 'value',
        label: one,
        insert: one,
        snippet: false,
        detail: field.label,
      }));
    case 'number':
    case 'text':
    case 'table':
    case 'list':
    case 'pairs':
      return [];
  }
}

const isList = ({ control }: FormField): boolean => control === 'columns' || control === 'list';

function optionsOf(step: StepInfo): Completion[] {
  return step.form
    .filter((one) => one.name !== '')
    .map((one) => ({
      kind: 'option',
      label: one.name,
      insert: `${one.name}: ${isList(one) ? '[$0]' : ''}`,
      snippet: isList(one),
      detail: one.help ?? one.label,
    }));
}

/** The step that the last of these lines is in, in either way of writing it. */
function stepAround(lines: readonly string[]): StepInfo | undefined {
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const word = /^\s*-\s*([a-z_]+)\s*:/.exec(lines[at] ?? '')?.[1];
    if (word !== undefined) return catalogue.find((one) => one.kind === word);
    if (/^\S/.test(lines[at] ?? '')) return undefined;
  }
  return undefined;
}

/** What may stand at the cursor: `lines` are those above, `before` is the cursor's line up to it. */
export function recipeCompletions(
  lines: readonly string[],
  before: string,
  columns: readonly Column[],
): readonly Completion[] {
  if (before.includes('#')) return [];
  if (/^target:\s*\S*$/.test(before)) return columnsFor(columns);
  if (/^[a-z]*$/.test(before)) {
    return HEAD.map(([label, detail]) => ({
      kind: 'option',
      label,
      insert: `${label}: `,
      snippet: false,
      detail,
    }));
  }
  if (/^\s*-\s*[a-z_]*$/.test(before)) {
    return catalogue.map((step) => {
      const [first] = step.form;
      const inner = first?.control === 'columns' ? `${first.name}: [$0]` : '$0';
      return {
        kind: 'step',
        label: step.kind,
        insert: `${step.kind}: { ${inner} }`,
        snippet: true,
        detail: step.summary,
      };
    });
  }
  const step = stepAround([...lines, before]);
  if (!step) return [];
  const option = /([a-z_]+):\s*(\[[^\]]*|[^,{}[\]]*)$/.exec(before)?.[1];
  const field = step.form.find((one) => one.name === option);
  if (field) return valuesFor(field, columns);
  const pairs = step.form.find((one) => one.name === '');
  return pairs ? columnsFor(columns, pairs) : optionsOf(step);
}

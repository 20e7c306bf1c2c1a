import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type YAMLParseError,
} from 'yaml';
import { z } from 'zod';
import { catalogue, steps as definitions } from './catalogue';
import { examine, unknownStep, type CompileProblem, type OtherTables } from './compile';
import { mendsOf } from './mend';
import type { Recipe, RecipeProblem, Split, Step } from './model';
import type { PlanColumn } from './plan';
import { splitSchema } from './split';
import { issueProblems, type Path, type StepProblem } from './step';

const head = z.strictObject({
  recipe: z.literal(1).describe('Version of the format'),
  input: z.string().optional().describe("A dataset's name, or a path relative to this file"),
  target: z.string().optional().describe('The column that a model learns to predict'),
  split: splitSchema.optional().describe('How test rows are set aside'),
  steps: z.array(z.unknown()).nullish().describe('What is done, in this order'),
});

export interface ParsedRecipe {
  /** What could be read; parts with problems may be left out of it. */
  readonly recipe: Recipe;
  /** In the order of the text. */
  readonly problems: readonly RecipeProblem[];
}

interface Located extends CompileProblem {
  readonly full: Path;
}

/** The recipe in a text and all that is wrong with it; with `columns` also what does not fit a table with these raw columns. */
export function parse(text: string, columns?: readonly PlanColumn[], others?: OtherTables): ParsedRecipe {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems: RecipeProblem[] = document.errors.map((error) =>
    position(lines, text, error.pos, { message: yamlMessage(text, error), full: [], path: [] }),
  );
  const found: Located[] = [];
  const recipe = read(document, found);
  if (columns !== undefined && problems.length === 0) {
    const seen = new Set(found.map((one) => one.step));
    for (const problem of examine(recipe, columns, others).problems) {
      // What the reading has said already is not said again.
      if (problem.step !== undefined && seen.has(problem.step)) continue;
      const kind = recipe.steps[problem.step ?? -1]?.kind ?? '';
      const full = problem.step === undefined ? problem.path : ['steps', problem.step, kind, ...problem.path];
      found.push({ ...problem, full });
    }
  }
  for (const one of found) {
    const mends = one.step === undefined ? {} : { mends: mendsOf(recipe, one) };
    problems.push({ ...position(lines, text, range(document, one.full, one.key === true), one), ...mends });
  }
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return { recipe, problems };
}

function yamlMessage(text: string, { code, message }: Pick<YAMLParseError, 'code' | 'message'>): string {
  if (/^(<{7}|>{7}) /mu.test(text))
    return 'Two versions of this file were merged and conflict: keep one of the marked parts.';
  return code === 'MULTIPLE_DOCS'
    ? 'A recipe is one document: a line "---" begins another one here.'
    : `This is no valid YAML: ${message}`;
}

function read(document: Document, found: Located[]): Recipe {
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 100 });
  } catch {
    found.push({ message: 'This file refers to itself too often.', path: [], full: [] });
    return { recipe: 1, steps: [] };
  }
  if (data === null || typeof data !== 'object' || Array.isArray(data)) {
    found.push({ message: 'A recipe begins with "recipe: 1" and a list "steps:".', path: [], full: [] });
    return { recipe: 1, steps: [] };
  }
  const parsed = head.safeParse(data, { reportInput: true });
  for (const issue of parsed.error?.issues ?? []) {
    const options = issue.path[0] === 'split' ? splitSchema : head;
    for (const one of issueProblems(issue, options)) found.push({ ...one, full: one.path });
  }
  const raw: Record<string, unknown> = { ...data };
  const split = splitSchema.safeParse(raw.split);
  const items = Array.isArray(raw.steps) ? raw.steps : [];
  return {
    recipe: 1,
    ...(typeof raw.input === 'string' ? { input: raw.input } : {}),
    ...(typeof raw.target === 'string' ? { target: raw.target } : {}),
    ...(split.success ? { split: splitData(split.data) } : {}),
    steps: items.map((item: unknown, index) => readStep(item, index, found)),
  };
}

function splitData({ test, folds, method, seed, column, key, cut }: z.output<typeof splitSchema>): Split {
  return {
    ...(test === undefined ? {} : { test }),
    ...(folds === undefined ? {} : { folds }),
    method,
    ...(seed === undefined ? {} : { seed }),
    ...(column === undefined ? {} : { column }),
    ...(key === undefined ? {} : { key }),
    ...(cut === undefined ? {} : { cut }),
  };
}

/** A step in the list; one that cannot be read is disabled, so that every step keeps its place. */
function readStep(item: unknown, index: number, found: Located[]): Step {
  const problem = (message: string, rest: Path, more: Partial<StepProblem> = {}): void => {
    found.push({ message, path: rest, step: index, full: ['steps', index, ...rest], ...more });
  };
  if (typeof item === 'string') return readStep({ [item]: null }, index, found);
  if (item === null || typeof item !== 'object' || Array.isArray(item)) {
    problem('Each step is written as "- word: { options }".', []);
    return { kind: '', options: {}, disabled: true };
  }
  const { disabled, note, ...rest }: Record<string, unknown> = { ...item };
  const [kind, ...more] = Object.keys(rest);
  if (kind === undefined) {
    problem('This step has no word that says what it does.', []);
    return { kind: '', options: {}, disabled: true };
  }
  for (const word of more)
    problem(`"${word}" stands beside "${kind}": one step each, under its own "-".`, [word], { key: true });
  if (disabled !== undefined && typeof disabled !== 'boolean')
    problem('"disabled" must be true or false.', ['disabled']);
  if (note !== undefined && typeof note !== 'string') problem('"note" must be text.', ['note']);
  const options = rest[kind] ?? {};
  const definition = definitions.find((one) => one.info.kind === kind);
  if (definition === undefined) {
    const { message, replacement } = unknownStep(kind);
    problem(message, [kind], { key: true, ...(replacement === undefined ? {} : { replacement }) });
  } else {
    for (const issue of definition.options.safeParse(options, { reportInput: true }).error?.issues ?? []) {
      for (const one of issueProblems(issue, definition.options))
        problem(one.message, [kind, ...one.path], { ...one, path: one.path });
    }
  }
  const plain = typeof options === 'object' && !Array.isArray(options);
  return {
    kind,
    options: plain ? { ...options } : {},
    ...(disabled === true || !plain ? { disabled: true } : {}),
    ...(typeof note === 'string' ? { note } : {}),
  };
}

/** Where a path stands in the text, as offsets; the nearest part above it when it is not there. */
function range(document: Document, path: Path, key: boolean): readonly [number, number] {
  let node: unknown = document.contents;
  let best: readonly [number, number] = [0, 0];
  const take = (one: unknown): void => {
    if ((isScalar(one) || isMap(one) || isSeq(one) || isAlias(one)) && one.range)
      best = [one.range[0], one.range[1]];
  };
  for (const [depth, part] of path.entries()) {
    const last = depth === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(
        (one) => isPair(one) && isScalar(one.key) && String(one.key.value) === String(part),
      );
      if (pair === undefined) break;
      take(pair.key);
      node = pair.value;
      if (!(last && key)) take(scalarOrSeq(node, last) ? node : undefined);
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      take(isMap(node) ? node.items[0]?.key : node);
    } else break;
  }
  return best;
}

/** A whole map is too much to underline: its key is. */
function scalarOrSeq(node: unknown, last: boolean): node is Node {
  return last && !isMap(node) && node !== null && !(isScalar(node) && node.value === null);
}

function position(
  lines: LineCounter,
  text: string,
  [start, end]: readonly [number, number],
  { message, step, replacement, lost, cause }: Located,
): RecipeProblem {
  const from = lines.linePos(Math.min(start, text.length));
  const to = lines.linePos(Math.min(Math.max(end, start + 1), text.length));
  return {
    message,
    line: Math.max(0, from.line - 1),
    column: Math.max(0, from.col - 1),
    endLine: Math.max(0, to.line - 1),
    endColumn: Math.max(0, to.col - 1),
    ...(step === undefined ? {} : { step }),
    ...(lost === undefined ? {} : { lost }),
    ...(cause === undefined ? {} : { cause }),
    ...(replacement === undefined
      ? {}
      : { fix: { title: `Change to "${replacement}"`, replacement: yamlScalar(replacement) } }),
  };
}

function yamlScalar(value: string): string {
  return /^[\p{L}_][\p{L}\p{N}_ ]*$/u.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/iu.test(value)
    ? value
    : JSON.stringify(value);
}

/** JSON Schema of a recipe file, for completion and hover in editors. */
export function jsonSchema(): Record<string, unknown> {
  const items = definitions.map(({ info, options, help, example }) => ({
    type: 'object',
    title: info.title,
    description: `${info.summary} ${help}\n\nExample: ${example}`,
    properties: {
      [info.kind]: { ...inner(options), description: info.summary },
      disabled: { type: 'boolean', description: 'Left out while true' },
      note: { type: 'string', description: 'Why this step is here' },
    },
    required: [info.kind],
    additionalProperties: false,
  }));
  const schema = inner(head);
  const properties = typeof schema.properties === 'object' ? schema.properties : {};
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'ML Lifecycle recipe',
    ...schema,
    properties: {
      ...properties,
      steps: {
        type: ['array', 'null'],
        description: 'What is done, in this order',
        items: { anyOf: [...items, { enum: catalogue.map((info) => info.kind) }] },
      },
    },
  };
}

function inner(schema: z.ZodType): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(z.toJSONSchema(schema, { io: 'input' })).filter(([key]) => key !== '$schema'),
  );
}

import { Document, isMap, isScalar, isSeq, parseDocument, stringify, type CST, type YAMLSeq } from 'yaml';
import { UserError } from '../core/errors';
import type { Recipe, Split, Step } from './model';

/** A change made in a view; the same shape as `RecipeEdit` of the protocol, and `cut`, which the lifecycle writes. */
export type Edit =
  | {
      readonly edit: 'target';
      readonly target: string | null;
      /** How a split by the target's classes goes on with the new target; its cut belongs to the old one and goes. */
      readonly method?: 'stratified' | 'random';
    }
  | { readonly edit: 'split'; readonly split: Split | null }
  | { readonly edit: 'cut'; readonly cut: NonNullable<Split['cut']> }
  | { readonly edit: 'add'; readonly steps: readonly Step[]; readonly at?: number }
  | { readonly edit: 'replace'; readonly index: number; readonly step: Step }
  | { readonly edit: 'remove'; readonly index: number }
  | { readonly edit: 'move'; readonly from: number; readonly to: number }
  | { readonly edit: 'toggle'; readonly index: number; readonly disabled: boolean }
  | { readonly edit: 'note'; readonly index: number; readonly note: string };

const WRITE = { lineWidth: 0 } as const;

/**
 * The text after an edit: only the lines of what changed are written anew, so comments, order and layout of all else
 * stay as they are. A text that is no YAML is a UserError.
 */
export function apply(text: string, edit: Edit): string {
  if (text.includes('\r\n')) return apply(text.replaceAll('\r\n', '\n'), edit).replaceAll('\n', '\r\n');
  if (parseDocument(text).errors.length > 0) {
    throw new UserError(
      'invalid',
      'The recipe has a mistake in its YAML, so it can be changed as text only.',
      {
        fix: 'Open it as text and mend the marked place first.',
      },
    );
  }
  if (edit.edit === 'target') {
    const next = setTarget(text, edit.target);
    return edit.method === undefined ? next : setMethod(next, edit.method);
  }
  if (edit.edit === 'split') return setSplit(text, edit.split);
  if (edit.edit === 'cut') return setCut(text, edit.cut);
  const { before, chunks, after, indent } = cutUp(text);
  const at = (index: number): string => {
    const chunk = chunks[index];
    if (chunk === undefined)
      throw new UserError('conflict', `The recipe has no step ${index + 1} any more.`, {
        fix: 'Look at it again: it was changed meanwhile.',
      });
    return chunk;
  };
  const next = [...chunks];
  switch (edit.edit) {
    case 'add':
      next.splice(edit.at ?? chunks.length, 0, ...edit.steps.map((step) => shift(newChunk(step), indent)));
      break;
    case 'remove':
      at(edit.index);
      next.splice(edit.index, 1);
      break;
    case 'move':
      next.splice(edit.from, 1);
      next.splice(edit.to, 0, at(edit.from));
      break;
    case 'toggle':
      next[edit.index] = changeChunk(at(edit.index), (document) => {
        setBeside(document, 'disabled', edit.disabled ? true : undefined);
      });
      break;
    case 'note':
      next[edit.index] = changeChunk(at(edit.index), (document) => {
        setBeside(document, 'note', edit.note.trim() === '' ? undefined : edit.note.trim());
      });
      break;
    case 'replace':
      next[edit.index] = changeChunk(at(edit.index), (document) => replaceStep(document, edit.step));
      break;
  }
  const ended = next.map((chunk) => (chunk.endsWith('\n') ? chunk : `${chunk}\n`));
  return before + ended.join('') + after;
}

/** The text of a new recipe file. */
export function newRecipe(recipe: Omit<Recipe, 'recipe'>): string {
  const lines = [
    `# Cleaning steps${recipe.input === undefined ? '' : ` for ${recipe.input.replaceAll(/[\r\n]/gu, ' ')}`}, done from top to bottom. Change them here or in the recipe view.`,
    '# What a step remembers (medians, categories) comes from the training part only, so a test stays honest.',
    'recipe: 1',
  ];
  let text = `${lines.join('\n')}\n`;
  if (recipe.input !== undefined) text += stringify({ input: recipe.input }, WRITE);
  if (recipe.target !== undefined) text += stringify({ target: recipe.target }, WRITE);
  if (recipe.split !== undefined) {
    const document = new Document({ split: recipe.split });
    flow(document.get('split', true));
    text += document.toString(WRITE);
  }
  return (
    text +
    (recipe.steps.length === 0
      ? 'steps: []\n'
      : `steps:\n${recipe.steps.map((step) => shift(newChunk(step), 2)).join('')}`)
  );
}

function flow(node: unknown): void {
  if (isMap(node) || isSeq(node)) node.flow = true;
}

function newChunk({ kind, options, disabled, note }: Step): string {
  const item = {
    [kind]: options,
    ...(disabled === true ? { disabled } : {}),
    ...(note === undefined ? {} : { note }),
  };
  const document = new Document([item]);
  flow(document.getIn([0, kind], true));
  return document.toString(WRITE);
}

/** Lines moved right by so many spaces. */
function shift(text: string, indent: number): string {
  return text.replaceAll(/^(?=.)/gmu, ' '.repeat(indent));
}

/** A step's lines parsed by themselves, changed, and written back at the same depth. */
function changeChunk(chunk: string, change: (document: Document) => void): string {
  const dash = /^( *)-/mu.exec(chunk)?.[1]?.length ?? 0;
  const document = parseDocument(chunk.replaceAll(new RegExp(`^ {0,${dash}}`, 'gmu'), ''));
  if (isSeq(document.contents) && isScalar(document.contents.items[0])) {
    document.setIn([0], document.createNode({ [String(document.contents.items[0].value)]: null }));
  }
  change(document);
  return shift(document.toString(WRITE), dash);
}

function setBeside(document: Document, key: string, value: unknown): void {
  if (value === undefined) document.deleteIn([0, key]);
  else document.setIn([0, key], value);
}

function replaceStep(document: Document, step: Step): void {
  const item = document.getIn([0], true);
  if (!isMap(item)) return;
  const word = item.items.find(
    (pair) => isScalar(pair.key) && pair.key.value !== 'disabled' && pair.key.value !== 'note',
  );
  if (word === undefined) return;
  if (isScalar(word.key) && word.key.value === step.kind && isMap(word.value)) {
    // Only what differs is written, so that comments inside the step stay.
    const old = word.value;
    const before: unknown = old.toJS(document);
    const was: Record<string, unknown> = typeof before === 'object' && before !== null ? { ...before } : {};
    for (const key of Object.keys(was)) if (!Object.hasOwn(step.options, key)) old.delete(key);
    for (const [key, value] of Object.entries(step.options)) {
      if (JSON.stringify(was[key]) !== JSON.stringify(value))
        old.set(key, document.createNode(value, { flow: true }));
    }
  } else {
    word.key = document.createNode(step.kind);
    word.value = document.createNode(step.options, { flow: true });
  }
  setBeside(document, 'disabled', step.disabled === true ? true : undefined);
  setBeside(document, 'note', step.note);
}

interface Pieces {
  readonly before: string;
  /** Whole lines of each step, comments above it included. */
  readonly chunks: readonly string[];
  readonly after: string;
  readonly indent: number;
}

function cutUp(text: string): Pieces {
  const document = parseDocument(text, { keepSourceTokens: true });
  const steps = document.get('steps', true);
  if (isSeq(steps) && steps.items.length > 0) {
    const token = steps.srcToken;
    if (token?.type === 'block-seq') return cutBlock(text, steps, token);
    steps.flow = false;
    return cutUp(document.toString(WRITE));
  }
  const start = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  const line = /^steps:[ \t]*(\[\s*\]|null|~)?[ \t]*(#.*)?(\n|$)/mu.exec(start);
  if (line === null) return { before: `${start}steps:\n`, chunks: [], after: '', indent: 2 };
  const end = line.index + line[0].length;
  const comment = line[2] === undefined ? '' : ` ${line[2]}`;
  return {
    before: `${start.slice(0, line.index)}steps:${comment}\n`,
    chunks: [],
    after: start.slice(end),
    indent: 2,
  };
}

function cutBlock(text: string, steps: YAMLSeq, token: CST.BlockSequence): Pieces {
  const dashes = token.items.flatMap((item) => {
    const dash = item.start.find((one) => one.type === 'seq-item-ind');
    return dash === undefined ? [] : [dash.offset];
  });
  const lineStart = (offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = (offset: number): number => {
    const end = text.indexOf('\n', offset);
    return end < 0 ? text.length : end + 1;
  };
  const ends = dashes.map((dash, k) => {
    const node = steps.items[k];
    const last = isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[1] : undefined;
    return lineEnd(Math.max(dash, (last ?? dash) - 1));
  });
  const starts = dashes.map((dash, k) => {
    let start = lineStart(dash);
    const floor = k === 0 ? lineEnd(text.search(/^steps:/mu)) : (ends[k - 1] ?? 0);
    while (start > floor) {
      const above = lineStart(start - 1);
      if (above < floor || !text.slice(above, start).trim().startsWith('#')) break;
      start = above;
    }
    return start;
  });
  const first = starts[0] ?? text.length;
  const end = ends.at(-1) ?? text.length;
  const chunks = starts.map((start, k) => text.slice(start, starts[k + 1] ?? end));
  const firstDash = dashes[0] ?? 0;
  return {
    before: text.slice(0, first),
    chunks,
    after: text.slice(end),
    indent: firstDash - lineStart(firstDash),
  };
}

/** The lines of a top-level pair as offsets; undefined when there is none. */
function pairLines(
  text: string,
  key: string,
): { start: number; end: number; value?: readonly [number, number] } | undefined {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) return undefined;
  const pair = contents.items.find((one) => isScalar(one.key) && one.key.value === key);
  if (pair === undefined || !isScalar(pair.key)) return undefined;
  const { value } = pair;
  const span = isScalar(value) || isMap(value) || isSeq(value) ? value.range : undefined;
  const from = text.lastIndexOf('\n', pair.key.range[0] - 1) + 1;
  const newline = text.indexOf('\n', Math.max(pair.key.range[1], (span?.[1] ?? 0) - 1));
  const end = newline < 0 ? text.length : newline + 1;
  return { start: from, end, ...(span === undefined ? {} : { value: [span[0], span[1]] as const }) };
}

function setTarget(text: string, target: string | null): string {
  const found = pairLines(text, 'target');
  if (target === null) return found === undefined ? text : text.slice(0, found.start) + text.slice(found.end);
  const word = stringify(target, WRITE).trimEnd();
  if (found?.value !== undefined && found.value[1] > found.value[0]) {
    return text.slice(0, found.value[0]) + word + text.slice(found.value[1]);
  }
  if (found !== undefined) return `${text.slice(0, found.start)}target: ${word}\n${text.slice(found.end)}`;
  const above = pairLines(text, 'input') ?? pairLines(text, 'recipe');
  const at = above?.end ?? 0;
  const break_ = at > 0 && !text.slice(0, at).endsWith('\n') ? '\n' : '';
  return `${text.slice(0, at)}${break_}target: ${word}\n${text.slice(at)}`;
}

function setMethod(text: string, method: 'stratified' | 'random'): string {
  return changeSplit(text, (document) => {
    document.deleteIn(['split', 'cut']);
    document.setIn(['split', 'method'], method);
  });
}

function setCut(text: string, cut: NonNullable<Split['cut']>): string {
  return changeSplit(text, (document) => {
    document.setIn(['split', 'cut'], document.createNode(cut, { flow: true }));
  });
}

/** The cut belongs to how the rows were split before, so it goes when anything else changes. */
function setSplit(text: string, split: Split | null): string {
  const found = pairLines(text, 'split');
  if (split === null) return found === undefined ? text : text.slice(0, found.start) + text.slice(found.end);
  if (found === undefined) {
    const document = new Document({ split });
    flow(document.get('split', true));
    const above = pairLines(text, 'target') ?? pairLines(text, 'input') ?? pairLines(text, 'recipe');
    const at = above?.end ?? 0;
    const start = at > 0 && !text.slice(0, at).endsWith('\n') ? '\n' : '';
    return text.slice(0, at) + start + document.toString(WRITE) + text.slice(at);
  }
  return changeSplit(text, (document) => {
    const before: unknown = document.toJS();
    const old: unknown =
      typeof before === 'object' && before !== null && 'split' in before ? before.split : {};
    const was: Record<string, unknown> = typeof old === 'object' && old !== null ? { ...old } : {};
    const next: Record<string, unknown> = { ...split };
    const names = [...new Set([...Object.keys(was), ...Object.keys(next)])].filter((name) => name !== 'cut');
    const same = names.every((name) => JSON.stringify(was[name]) === JSON.stringify(next[name]));
    if (same) return;
    if (!isMap(document.get('split', true))) document.set('split', document.createNode({}, { flow: true }));
    document.deleteIn(['split', 'cut']);
    for (const name of names) {
      if (next[name] === undefined) document.deleteIn(['split', name]);
      else if (JSON.stringify(was[name]) !== JSON.stringify(next[name]))
        document.setIn(['split', name], document.createNode(next[name], { flow: true }));
    }
  });
}

function changeSplit(text: string, change: (document: Document) => void): string {
  const found = pairLines(text, 'split');
  if (found === undefined) return text;
  const document = parseDocument(text.slice(found.start, found.end));
  change(document);
  return text.slice(0, found.start) + document.toString(WRITE) + text.slice(found.end);
}

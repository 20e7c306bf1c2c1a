import type {
  FormField,
  Recipe,
  RecipePreview,
  RecipeProblem,
  ServedStep,
  Step,
  StepEffect,
  StepInfo,
  TableBeginning,
} from '../../src/protocol';
import { count, duration, plural } from '../shared/format';

/** A word of the recipe file as a person reads it: `one_hot` → `one hot`. */
export function plainWord(word: string): string {
  return word.replaceAll('_', ' ');
}

function listText(items: readonly unknown[]): string {
  const shown = items.slice(0, 3).map(String).join(', ');
  return items.length > 3 ? `${shown} and ${items.length - 3} more` : shown;
}

function valueText(value: unknown): string {
  if (value === null) return 'missing';
  if (Array.isArray(value)) return listText(value);
  if (typeof value === 'object') {
    const pairs = Object.entries(value as Record<string, unknown>);
    return listText(pairs.map(([from, to]) => `${from} → ${valueText(to)}`));
  }
  if (typeof value !== 'string') return JSON.stringify(value);
  // A lone sign would be taken for one of the sentence.
  return /^[^\p{L}\p{N}]+$/u.test(value) ? `“${value}”` : plainWord(value);
}

function optionText(name: string, value: unknown, field: FormField | undefined): string {
  if (field?.control === 'columns' || field?.control === 'column' || field?.control === 'pairs')
    return rawText(value);
  if (field?.control === 'expression') return String(value);
  if (value === true) return (field?.label ?? plainWord(name)).toLowerCase();
  return `${(field?.label ?? plainWord(name)).toLowerCase()}: ${valueText(value)}`;
}

/** Names of columns stay as they are in the file. */
function rawText(value: unknown): string {
  return Array.isArray(value) ? listText(value) : typeof value === 'string' ? value : valueText(value);
}

/** A step's options in one line: `bill_length_mm, bill_depth_mm · with: median`. */
export function optionsText(step: Step, info: StepInfo | undefined): string {
  const whole = info?.form.find((field) => field.name === '');
  if (whole) {
    const sign = info?.kind === 'compute' ? ' = ' : ' → ';
    return listText(Object.entries(step.options).map(([from, to]) => `${from}${sign}${String(to)}`));
  }
  const fields = new Map(info?.form.map((field) => [field.name, field]));
  const parts = Object.entries(step.options)
    .filter(
      ([name, value]) =>
        value !== false && JSON.stringify(value) !== JSON.stringify(fields.get(name)?.default),
    )
    .map(([name, value]) => optionText(name, value, fields.get(name)));
  const method = step.options.with === undefined && step.options.method === undefined ? undefined : info;
  // The method is worth a word even when it is the default.
  for (const name of ['with', 'method']) {
    const field = fields.get(name);
    const value = step.options[name];
    if (method && field && value !== undefined && JSON.stringify(value) === JSON.stringify(field.default)) {
      parts.push(optionText(name, value, field));
    }
  }
  return parts.join(' · ');
}

/** What a step did: `344 → 333 rows · 7 → 9 columns · 12 cells changed · 3 ms`; what stayed as it was is left out. */
export function effectText(effect: StepEffect): string {
  const parts: string[] = [];
  if (effect.rowsBefore !== effect.rowsAfter) {
    parts.push(`${count(effect.rowsBefore)} → ${plural(effect.rowsAfter, 'row')}`);
  }
  if (effect.columnsBefore !== effect.columnsAfter) {
    parts.push(`${count(effect.columnsBefore)} → ${plural(effect.columnsAfter, 'column')}`);
  }
  if (effect.changedCells > 0) parts.push(`${plural(effect.changedCells, 'cell')} changed`);
  if (parts.length === 0) parts.push('no cell changed');
  parts.push(duration(effect.ms));
  return parts.join(' · ');
}

/** True for a step that was asked to make cells missing, or gives a missing date as many missing parts. */
function makesMissing({ kind, options }: Step): boolean {
  const { values } = options;
  if (kind === 'date_parts') return true;
  if (kind !== 'replace' || typeof values !== 'object' || values === null) return false;
  return Object.values(values).includes(null);
}

/** A remark where a step made values disappear that it was not asked to take away. */
export function effectWarning(effect: StepEffect, step: Step): string | undefined {
  if (effect.rowsAfter === 0 && effect.rowsBefore > 0) return 'This step leaves no rows.';
  return effect.newMissing > 0 && !makesMissing(step)
    ? `${plural(effect.newMissing, 'more cell is', 'more cells are')} missing after it.`
    : undefined;
}

/** On how much of the data the preview stands. `whole`: of a table of which no more is here than its beginning. */
export function sampleText(
  preview: Pick<RecipePreview, 'sampleRows' | 'totalRows'>,
  whole?: Pick<TableBeginning, 'rows' | 'inSource'>,
): string {
  const { sampleRows } = preview;
  if (whole && !whole.inSource)
    return `sample: the first ${count(sampleRows)} of ≈ ${plural(whole.rows, 'row')}`;
  const totalRows = whole?.rows ?? preview.totalRows;
  return sampleRows < totalRows
    ? `sample: the first ${count(sampleRows)} of ${plural(totalRows, 'row')}`
    : totalRows === 1
      ? 'its 1 row'
      : `all ${count(totalRows)} rows`;
}

/** How many of the steps that are switched on stand up to and including place `index`; -1: none. */
export function enabledUpTo(steps: readonly Step[], index: number): number {
  return steps.slice(0, index + 1).filter((step) => step.disabled !== true).length;
}

/** Where a new step goes, by the step that is selected. */
export function whereText(selected: number | undefined): string {
  if (selected === undefined) return 'at the end';
  return selected < 0 ? 'at the beginning' : `after step ${selected + 1}`;
}

/** Where a step runs once a model is deployed that was trained with it. */
export function servedText({ where, why, fix, frozen, earlier }: ServedStep): string {
  if (where === 'refused')
    return `No model with it can be deployed: it ${why ?? 'cannot run there'}. ${fix ?? ''}`.trim();
  if (where === 'prepare') return 'in preparing and training only';
  const parts = ['for each request'];
  if (frozen.length > 0) parts.push(`from ${frozen.join(', ')} as it is in the model`);
  if (earlier) parts.push('over the earlier rows that the request carries');
  return parts.join(', ');
}

/** How rows are split, in a few words: `20 % test, stratified, 5 folds`. */
export function splitText({ split }: Recipe): string {
  if (split === undefined) return 'none';
  const { test, folds, method, column } = split;
  const parts = test === undefined ? [] : [`${Number((100 * test).toFixed(2))} % test`];
  parts.push(method === 'random' ? 'at random' : method === 'stratified' ? 'by class' : `by ${method}`);
  if (column !== undefined) parts.push(column);
  if (folds !== undefined) parts.push(plural(folds, 'fold'));
  return parts.join(', ');
}

/** What is not known of a split yet, and what that means for the steps that learn. */
export function splitLack({ split }: Recipe): string | undefined {
  return split?.method === 'time' && split.test !== undefined && split.cut === undefined
    ? 'From which time on rows are tested is not written yet, so the steps here learn from all rows. Save the split, or run the recipe: it is found in the data and written as “cut”.'
    : undefined;
}

/** How many of the steps run at an endpoint, in a few words. */
export function endpointText(served: readonly ServedStep[], broken: boolean): string {
  if (broken) return 'not known yet';
  if (served.some((one) => one.where === 'refused')) return 'cannot be deployed';
  const runs = served.filter((one) => one.where === 'endpoint').length;
  return served.length === 0 ? 'no step' : `${runs} of ${plural(served.length, 'step')}`;
}

/** What later steps lack because of this one. */
export function lackingTexts(
  index: number,
  problems: readonly RecipeProblem[],
  title: (step: number) => string,
): readonly string[] {
  return problems.flatMap(({ cause, step, lost }) =>
    cause === index && step !== undefined && lost !== undefined
      ? [`Step ${step + 1} (${title(step)}) needs the column "${lost}", which is gone after this step.`]
      : [],
  );
}

/** The first step that is switched on and was not done, by the effects of a preview of all steps; undefined: all were. */
export function firstBroken(
  steps: readonly Step[],
  effects: ReadonlyMap<number, StepEffect>,
): number | undefined {
  const found = steps.findIndex((step, index) => {
    const effect = effects.get(index);
    return step.disabled !== true && (effect === undefined || effect.error !== undefined);
  });
  return found < 0 ? undefined : found;
}

/** The first step with a mistake in the recipe's text. */
export function firstWrong(problems: readonly RecipeProblem[]): number | undefined {
  const wrong = problems.flatMap(({ step }) => (step === undefined ? [] : [step]));
  return wrong.length === 0 ? undefined : Math.min(...wrong);
}

/** Where a table ends whose steps may not be counted yet: what failed says it, else the recipe's own mistake. */
export function firstFailed(effects: readonly StepEffect[], wrong: number | undefined): number | undefined {
  return effects.find((effect) => effect.error !== undefined)?.index ?? wrong;
}

/**
 * After which step the table is shown. `selected`: -1 for the file as it is, undefined for all steps; `broken`: the step
 * that could not be done, before which the table ends. With a mistake in the head of the recipe no step is done.
 */
export function placeText(
  steps: readonly Step[],
  selected: number | undefined,
  infos: ReadonlyMap<string, StepInfo>,
  broken?: number,
  problems: readonly RecipeProblem[] = [],
): string {
  if (problems.some((one) => one.step === undefined)) return 'As in the data';
  if (broken !== undefined && (selected ?? broken) >= broken)
    return `Before step ${broken + 1}, which does not work`;
  if (selected === undefined) return steps.length === 0 ? 'The table' : 'After all steps';
  if (selected < 0) return 'As in the data';
  const kind = steps[selected]?.kind ?? '';
  return `After step ${selected + 1}: ${infos.get(kind)?.title ?? kind}`;
}

/** The steps whose title, word or summary holds every word of the search, those by their names first. */
export function searchSteps(catalogue: readonly StepInfo[], search: string): readonly StepInfo[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word));
  const named = catalogue.filter((info) => holds(`${info.title} ${info.kind}`));
  const others = catalogue.filter(
    (info) => !named.includes(info) && holds(`${info.title} ${info.kind} ${info.summary} ${info.group}`),
  );
  return [...named, ...others];
}

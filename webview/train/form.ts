import type { Algorithm, Resources, TrainParams, TrainViewState } from '../../src/protocol';
import { type MachineForm, machineProblems, machineRequest } from './machine-form';

/** What the person has chosen; kept over a reload. */
export interface TrainForm {
  readonly target: string;
  readonly method: 'algorithm' | 'script';
  readonly algorithm: Algorithm;
  readonly script: string;
  readonly provider: string;
  readonly model: string;
  readonly task: 'detect' | 'classification' | 'regression';
  /** undefined: the box is empty, and the runtime's default holds. */
  readonly seed: number | undefined;
  readonly folds: number | undefined;
  readonly balanced: boolean;
  readonly others: readonly { readonly name: string; readonly value: string }[];
  readonly machine: MachineForm;
}

export type Problems = Partial<
  Record<
    'target' | 'method' | 'provider' | 'model' | 'seed' | 'folds' | 'others' | 'instances' | 'maxMinutes',
    string
  >
>;

const OWN = new Set(['algorithm', 'task', 'seed', 'class_weight', 'folds']);

/** The form that a page starts with: what was saved where it still fits the data, else the defaults. */
export function initialForm(state: TrainViewState, saved: Partial<TrainForm>): TrainForm {
  const { defaults } = state;
  const known = (target: string | null | undefined): target is string =>
    typeof target === 'string' && state.columns.some((column) => column.name === target);
  const available = state.providers.filter((one) => one.available);
  const offered = (id: Algorithm | undefined): boolean => state.algorithms.some((one) => one.id === id);
  const savedScript = saved.script !== undefined && state.scripts.includes(saved.script);
  return {
    target: [saved.target, state.target].find(known) ?? '',
    method: saved.method === 'script' && state.scripts.length > 0 ? 'script' : 'algorithm',
    algorithm:
      [saved.algorithm, defaults.algorithm].find((id) => id !== undefined && offered(id)) ??
      state.algorithms[0]?.id ??
      'auto',
    script: savedScript ? saved.script : (state.scripts[0] ?? ''),
    provider:
      available.find((one) => one.id === saved.provider)?.id ??
      available[0]?.id ??
      state.providers[0]?.id ??
      'local',
    model: saved.model ?? state.modelName,
    task: saved.task ?? defaults.task ?? 'detect',
    seed: saved.seed ?? defaults.seed,
    folds: saved.folds ?? defaults.folds,
    balanced: saved.balanced ?? defaults.class_weight === 'balanced',
    others:
      saved.others ??
      Object.entries(defaults)
        .filter(([name, value]) => !OWN.has(name) && value !== undefined)
        .map(([name, value]) => ({ name, value: String(value) })),
    machine: saved.machine ?? {},
  };
}

const MODEL_NAME = /^[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_. -]{0,98}[\p{L}\p{M}\p{N}_-])?$/u;

const NO_MACHINE = { instances: undefined, maxMinutes: undefined };

/** What keeps the form from being started, by field; empty when it can. */
export function formProblems(form: TrainForm, state: TrainViewState): Problems {
  const provider = state.providers.find((one) => one.id === form.provider);
  const names = form.others.map((one) => one.name.trim()).filter((name) => name !== '');
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  const own = names.find((name) => OWN.has(name));
  const nameless = form.others.some((one) => one.name.trim() === '' && one.value.trim() !== '');
  const { seed, folds } = form;
  const found: Record<keyof Problems, string | false | undefined> = {
    target: form.target === '' && 'Choose the column that the model is to predict.',
    method: form.method === 'script' && form.script === '' && 'Choose a script, or write a new one.',
    provider: provider?.available !== true && (provider?.reason ?? 'Choose where the training is to run.'),
    model:
      form.model.trim() === ''
        ? 'Give the model a name.'
        : !MODEL_NAME.test(form.model.trim()) &&
          'Letters, digits, “-”, “_”, “.” and spaces only; a letter or digit first; at most 100.',
    seed:
      seed !== undefined && !(Number.isInteger(seed) && seed >= 0 && seed <= 2 ** 32 - 1)
        ? 'A whole number from 0 to 4,294,967,295.'
        : undefined,
    folds:
      folds !== undefined && !(Number.isInteger(folds) && folds >= 2 && folds <= 50)
        ? 'A whole number from 2 to 50.'
        : undefined,
    others: nameless
      ? 'A parameter needs a name.'
      : twice !== undefined
        ? `“${twice}” stands there twice.`
        : own !== undefined && `“${own}” has a field of its own above.`,
    ...(form.provider === 'local' ? NO_MACHINE : { ...NO_MACHINE, ...machineProblems(form.machine) }),
  };
  return Object.fromEntries(Object.entries(found).filter(([, text]) => typeof text === 'string'));
}

/** What becomes of the model's name: a new version, or a caution where its versions predict something else. */
export function modelHelp(form: TrainForm, state: TrainViewState): string {
  const other = state.models.find((one) => one.name === form.model.trim())?.target;
  return other === undefined || form.target === '' || other === form.target
    ? 'A model of this name gets a new version.'
    : `“${form.model.trim()}” predicts ${other} until now: another name keeps the two apart.`;
}

/** A parameter's value as it was meant: number, true, false, null, else the text. */
export function parameterValue(text: string): string | number | boolean | null {
  const trimmed = text.trim();
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  if (trimmed === 'null') return null;
  const parsed = Number(trimmed);
  return trimmed !== '' && Number.isFinite(parsed) ? parsed : text;
}

export interface StartRequest {
  readonly target: string;
  readonly algorithm?: Algorithm;
  readonly script?: string;
  readonly params: TrainParams;
  readonly model: string;
  readonly provider: string;
  readonly resources: Resources;
}

/** What is sent to the host for a form without problems. */
export function startRequest(form: TrainForm): StartRequest {
  const own = form.method === 'script';
  const others = form.others
    .filter((one) => one.name.trim() !== '')
    .map((one) => [one.name.trim(), parameterValue(one.value)] as const);
  return {
    target: form.target,
    ...(own ? { script: form.script } : { algorithm: form.algorithm }),
    params: {
      ...Object.fromEntries(others),
      ...(own ? {} : { algorithm: form.algorithm }),
      ...(form.task === 'detect' ? {} : { task: form.task }),
      ...(form.seed === undefined ? {} : { seed: form.seed }),
      ...(form.folds === undefined ? {} : { folds: form.folds }),
      ...(form.balanced ? { class_weight: 'balanced' as const } : {}),
    },
    model: form.model.trim(),
    provider: form.provider,
    resources: form.provider === 'local' ? {} : machineRequest(form.machine, own),
  };
}

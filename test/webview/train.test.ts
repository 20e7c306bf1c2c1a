import { describe, expect, it } from 'vitest';
import type { JobDefaults, Machine, TrainViewState } from '../../src/protocol';
import { formProblems, initialForm, modelHelp, parameterValue, startRequest } from '../../webview/train/form';
import {
  foundMachines,
  machineProblems,
  machineRequest,
  mostCost,
  quotaOf,
} from '../../webview/train/machine-form';

const state: TrainViewState = {
  dataName: 'penguins',
  rows: 344,
  recipe: null,
  columns: [
    { name: 'species', type: 'text', sqlType: 'VARCHAR' },
    { name: 'mass', type: 'integer', sqlType: 'BIGINT' },
  ],
  target: 'species',
  algorithms: [
    { id: 'auto', title: 'Auto', summary: '' },
    { id: 'linear', title: 'Linear', summary: '' },
  ],
  scripts: [],
  providers: [
    { id: 'vertex', title: 'Vertex', available: false, reason: 'Not connected.' },
    { id: 'local', title: 'This machine', available: true },
  ],
  modelName: 'penguins-species',
  models: [],
  python: { ok: true, text: '' },
  defaults: { algorithm: 'auto', seed: 7, max_depth: 4 },
};

describe('the form of a training', () => {
  it('can be started with its defaults', () => {
    const form = initialForm(state, {});
    expect(formProblems(form, state)).toEqual({});
    expect(startRequest(form)).toEqual({
      target: 'species',
      algorithm: 'auto',
      params: { max_depth: 4, algorithm: 'auto', seed: 7 },
      model: 'penguins-species',
      provider: 'local',
      resources: {},
    });
  });

  it('cautions where a model of the name predicts another column', () => {
    const models = [{ name: 'penguins-species', target: 'mass' }];
    const form = initialForm(state, {});
    expect(modelHelp(form, state)).toBe('A model of this name gets a new version.');
    expect(modelHelp({ ...form, target: 'mass' }, { ...state, models })).toBe(
      'A model of this name gets a new version.',
    );
    expect(modelHelp(form, { ...state, models })).toBe(
      '“penguins-species” predicts mass until now: another name keeps the two apart.',
    );
    expect(modelHelp({ ...form, model: 'other' }, { ...state, models })).toBe(
      'A model of this name gets a new version.',
    );
  });

  it('takes what was saved only where it still fits', () => {
    const form = initialForm(state, {
      target: 'gone',
      algorithm: 'knn',
      method: 'script',
      script: 'old.py',
      provider: 'vertex',
      model: 'mine',
    });
    expect(form).toMatchObject({
      target: 'species',
      algorithm: 'auto',
      method: 'algorithm',
      script: '',
      provider: 'local',
      model: 'mine',
    });
    expect(
      initialForm({ ...state, scripts: ['a.py', 'b.py'] }, { method: 'script', script: 'b.py' }),
    ).toMatchObject({
      method: 'script',
      script: 'b.py',
    });
  });

  it('hands a script its parameters and no algorithm', () => {
    const form = {
      ...initialForm({ ...state, scripts: ['train.py'] }, { method: 'script' }),
      others: [
        { name: ' epochs ', value: '20' },
        { name: '', value: '' },
      ],
      balanced: true,
      task: 'regression' as const,
      seed: undefined,
    };
    expect(startRequest(form)).toEqual({
      target: 'species',
      script: 'train.py',
      params: { epochs: 20, task: 'regression', class_weight: 'balanced' },
      model: 'penguins-species',
      provider: 'local',
      resources: {},
    });
  });

  it('says what is wrong, by field', () => {
    const form = {
      ...initialForm({ ...state, target: null }, {}),
      method: 'script' as const,
      provider: 'vertex',
      model: '../x',
      seed: -1,
      folds: 1,
      others: [{ name: 'seed', value: '1' }],
    };
    expect(Object.keys(formProblems(form, state)).sort()).toEqual([
      'folds',
      'method',
      'model',
      'others',
      'provider',
      'seed',
      'target',
    ]);
    expect(formProblems(form, state).provider).toBe('Not connected.');
  });

  it.each([
    ['', false],
    ['a', true],
    ['Vogelschläge 2', true],
    ['-a', false],
    ['a.', false],
    ['a/b', false],
    ['x'.repeat(100), true],
    ['x'.repeat(101), false],
  ])('model name %j', (model, fine) => {
    expect(formProblems({ ...initialForm(state, {}), model }, state).model === undefined).toBe(fine);
  });

  it.each([
    ['20', 20],
    ['1e-3', 0.001],
    ['true', true],
    ['null', null],
    ['adam', 'adam'],
    ['', ''],
    ['Infinity', 'Infinity'],
  ])('parameter %j', (text, value) => {
    expect(parameterValue(text)).toBe(value);
  });

  it('does not take one parameter twice, nor one without a name', () => {
    const problem = (others: { name: string; value: string }[]): string | undefined =>
      formProblems({ ...initialForm(state, {}), others }, state).others;
    expect(
      problem([
        { name: 'a', value: '1' },
        { name: 'a ', value: '2' },
      ]),
    ).toBe('“a” stands there twice.');
    expect(problem([{ name: '', value: '2' }])).toBe('A parameter needs a name.');
    expect(problem([{ name: '', value: '' }])).toBeUndefined();
  });
});

describe('machines elsewhere', () => {
  const defaults: JobDefaults = {
    machine: 'ml.m5.large',
    instances: 1,
    spot: false,
    maxMinutes: 90,
    images: [{ id: 'sklearn', title: 'scikit-learn' }],
  };
  const machines: readonly Machine[] = [
    { type: 'ml.m5.large', cores: 2, memory: '8 GiB', gpus: 0, price: 0.128 },
    { type: 'ml.g5.xlarge', cores: 4, memory: '16 GiB', gpus: 1, price: 1.6 },
    { type: 'ml.p5.48xlarge', cores: 192, gpus: 8 },
  ];
  const offer = { defaults, machines, failure: undefined };

  it('costs at most price × machines × time limit', () => {
    expect(mostCost({}, offer)).toBeCloseTo(0.192, 10);
    expect(mostCost({ machine: 'ml.g5.xlarge', instances: 3, maxMinutes: 30 }, offer)).toBeCloseTo(2.4, 10);
    expect(mostCost({ machine: 'ml.p5.48xlarge' }, offer)).toBeUndefined();
    expect(mostCost({}, { ...offer, machines: undefined })).toBeUndefined();
  });
  it('may be used as often as the quota of its kind says: Spot machines have their own', () => {
    const machine = { type: 'ml.m5.large', quota: 8, spotQuota: 0 };
    expect(quotaOf(machine, {}, defaults)).toBe(8);
    expect(quotaOf(machine, { spot: true }, defaults)).toBe(0);
    expect(quotaOf(machine, {}, { ...defaults, spot: true })).toBe(0);
    expect(quotaOf(machine, { spot: false }, { ...defaults, spot: true })).toBe(8);
    expect(quotaOf({ type: 'ml.m5.large', quota: 8 }, { spot: true }, defaults)).toBeUndefined();
  });
  it('is found by words of its row', () => {
    const types = (search: string): string[] => foundMachines(machines, search).map((one) => one.type);
    expect(types('')).toHaveLength(3);
    expect(types('GPU')).toEqual(['ml.g5.xlarge', 'ml.p5.48xlarge']);
    expect(types('g5 4 cores')).toEqual(['ml.g5.xlarge']);
    expect(types('m9')).toEqual([]);
  });
  it('asks for nothing that is as the settings have it, and for several machines only with a script', () => {
    expect(machineRequest({}, true)).toEqual({});
    const all = { machine: ' ml.g5.xlarge ', instances: 2, spot: true, maxMinutes: 30, image: 'pytorch' };
    expect(machineRequest(all, true)).toEqual({ ...all, machine: 'ml.g5.xlarge' });
    expect(machineRequest({ ...all, image: '' }, false)).toEqual({
      machine: 'ml.g5.xlarge',
      spot: true,
      maxMinutes: 30,
    });
  });
  it('refuses what is no whole number', () => {
    expect(machineProblems({ instances: 0, maxMinutes: 1.5 })).toEqual({
      instances: 'A whole number from 1 to 100.',
      maxMinutes: 'A whole number from 1 to 40,320 minutes (28 days).',
    });
    const remote = { ...state, providers: [{ id: 'sagemaker', title: 'SageMaker', available: true }] };
    const form = { ...initialForm(remote, {}), machine: { instances: 0 } };
    expect(Object.keys(formProblems(form, remote))).toEqual(['instances']);
    expect(formProblems({ ...form, provider: 'local' }, state)).toEqual({});
  });
});

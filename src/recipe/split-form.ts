import { choiceField, columnField, columnsField, numberField } from './fields';
import type { StepInfo } from './model';

/** The form of a recipe's split, described as that of a step is. */
export const splitInfo: StepInfo = {
  kind: 'split',
  title: 'Split',
  summary: 'Sets rows aside for the test, and says whether the training is scored in folds.',
  group: 'Rows',
  rows: 'keep',
  fits: false,
  form: [
    numberField('test', 'Share of rows for the test', {
      help: '0.2 is a fifth; empty with folds: none',
      optional: true,
    }),
    choiceField('method', 'Method', ['random', 'stratified', 'group', 'time'], {
      help: 'By row; equal shares of each class; whole groups together; later rows are tested',
    }),
    columnField('column', 'Column of the classes', {
      help: 'None: the target',
      optional: true,
      when: { field: 'method', is: ['stratified'] },
    }),
    columnField('column', 'Column of the groups', { when: { field: 'method', is: ['group'] } }),
    columnField('column', 'Column of the time', { when: { field: 'method', is: ['time'] } }),
    numberField('folds', 'Folds', {
      help: 'The training is scored in so many parts, each by what was learnt without it',
      optional: true,
    }),
    numberField('seed', 'Seed', { help: 'Another number gives another split', optional: true }),
    columnsField('key', 'A row goes by', {
      help: 'None: by all that it holds',
      optional: true,
      when: { field: 'method', is: ['random', 'stratified'] },
    }),
  ],
};

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Column, FormField, Step, StepInfo } from '../../src/protocol';
import { steps } from '../../src/recipe/catalogue';
import { draftOf, offered, shownFields, stepOf, unfilled } from '../../webview/recipe/form';

function exampleOf(example: string): Step {
  const item = parse(example) as Record<string, Record<string, unknown>>;
  const [kind = '', options = {}] = Object.entries(item)[0] ?? [];
  return { kind, options };
}

function info(form: readonly FormField[]): StepInfo {
  return { kind: 'x', title: 'X', summary: '', group: 'Values', rows: 'keep', fits: false, form };
}

function infoOf(kind: string): StepInfo {
  const found = steps.find((step) => step.info.kind === kind);
  if (!found) throw new Error(`no step ${kind}`);
  return found.info;
}

/** Whether a step's own schema takes the options, and what it makes of them. */
function parsed(kind: string, options: unknown): unknown {
  return steps.find((step) => step.info.kind === kind)?.options.parse(options);
}

describe('a step put into its form and taken out again', () => {
  it.each(steps.map((step) => [step.info.kind, step] as const))('%s means the same', (kind, definition) => {
    const step = exampleOf(definition.example);
    const back = stepOf(draftOf(definition.info, step));
    expect(back.kind).toBe(kind);
    expect(parsed(kind, back.options)).toEqual(parsed(kind, step.options));
    expect(unfilled(draftOf(definition.info, step))).toEqual([]);
  });

  it('keeps the note, the switch and options that the form does not know', () => {
    const step: Step = {
      kind: 'fill_missing',
      options: { columns: ['a'], with: 'mean', later: { deep: 1 } },
      note: 'why',
      disabled: true,
    };
    expect(stepOf(draftOf(infoOf('fill_missing'), step))).toEqual(step);
  });
});

describe('what is written', () => {
  it('leaves optional defaults out and required ones in', () => {
    const draft = draftOf(infoOf('fill_missing'));
    const filled = { ...draft, values: { ...draft.values, columns: ['a', 'b'] } };
    expect(unfilled(draft)).toEqual(['Columns']);
    expect(stepOf(filled).options).toEqual({ columns: ['a', 'b'], with: 'median' });
  });

  it('takes a constant that is spelt as a number for one, and nothing else', () => {
    const values = ['0', '-1.5', '007', '1e3', ' 1', 'abc', 'NaN', '9007199254740993'].map((text) => {
      const draft = draftOf(infoOf('fill_missing'));
      return stepOf({ ...draft, values: { ...draft.values, with: 'constant', value: text } }).options.value;
    });
    expect(values).toEqual([0, -1.5, '007', '1e3', ' 1', 'abc', 'NaN', '9007199254740993']);
  });

  it('makes pairs: missing is null, numbers are numbers, empty old names are left out', () => {
    const pairs: FormField = { name: 'values', label: 'Old: new', control: 'pairs', optional: false };
    const draft = draftOf(info([pairs]), {
      kind: 'x',
      options: { values: { '-1': null, M: 'male', old: 3 } },
    });
    expect(draft.values.values).toEqual([
      { from: '-1', to: '', missing: true },
      { from: 'M', to: 'male', missing: false },
      { from: 'old', to: '3', missing: false },
    ]);
    const more = [
      ...(draft.values.values as readonly { from: string; to: string; missing: boolean }[]),
      { from: '', to: 'lost', missing: false },
    ];
    expect(stepOf({ ...draft, values: { values: more } }).options).toEqual({
      values: { '-1': null, M: 'male', old: 3 },
    });
  });

  it('leaves names of columns text even when they are spelt as numbers', () => {
    const draft = draftOf(infoOf('rename'), { kind: 'rename', options: { y: '2020' } });
    expect(stepOf(draft).options).toEqual({ y: '2020' });
  });

  it('keeps 0 and false apart from nothing', () => {
    const draft = draftOf(
      info([
        { name: 'n', label: 'N', control: 'number', optional: true },
        { name: 'b', label: 'B', control: 'boolean', optional: true, default: true },
      ]),
    );
    expect(stepOf({ ...draft, values: { n: 0, b: false } }).options).toEqual({ n: 0, b: false });
    expect(stepOf({ ...draft, values: { n: undefined, b: true } }).options).toEqual({});
  });
});

describe('what is offered', () => {
  it('is only columns of the field’s types', () => {
    const columns: readonly Column[] = [
      { name: 'a', type: 'number', sqlType: 'DOUBLE' },
      { name: 'b', type: 'text', sqlType: 'VARCHAR' },
    ];
    const field: FormField = { name: 'c', label: 'C', control: 'columns', optional: false };
    expect(offered(field, columns)).toEqual(columns);
    expect(offered({ ...field, columnTypes: ['text'] }, columns).map((one) => one.name)).toEqual(['b']);
  });
});

describe('fields that wait for another', () => {
  const draft = draftOf(infoOf('join'), { kind: 'join', options: { with: 'a.csv', on: ['day'], limit: 3 } });
  it('are shown, and written, only while the other holds their word', () => {
    const names = (matches: string): string[] =>
      shownFields({ ...draft, values: { ...draft.values, matches } }).map((field) => field.name);
    expect(names('one')).not.toContain('limit');
    expect(names('many')).toContain('limit');
    expect(stepOf(draft).options).toEqual({ with: 'a.csv', on: { day: 'day' } });
    const many = stepOf({ ...draft, values: { ...draft.values, matches: 'many' } });
    expect(many.options).toEqual({ with: 'a.csv', on: { day: 'day' }, matches: 'many', limit: 3 });
  });
  it('a list is words and numbers with commas between them', () => {
    const made = draftOf(infoOf('lag'), { kind: 'lag', options: { columns: ['x'], by: [1, 7] } });
    expect(made.values.by).toBe('1, 7');
    expect(stepOf({ ...made, values: { ...made.values, by: ' 2,, 14 ' } }).options.by).toEqual([2, 14]);
  });
});

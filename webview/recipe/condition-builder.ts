import { html, nothing, type TemplateResult } from 'lit';
import type { Column } from '../../src/protocol';
import { button, dropdown, textField } from '../shared/controls';
import { type Choice, comparisons, conditionSql, joinedSql, takesValue, valueProblem } from './condition';

export interface ConditionBuilderOptions {
  readonly columns: readonly Column[];
  readonly choice: Choice;
  /** The expression as it is. */
  readonly expression: string;
  readonly onChoice: (choice: Choice) => void;
  readonly onExpression: (expression: string) => void;
}

const options = (words: readonly string[], chosen: string): { value: string; label: string }[] => [
  ...(words.includes(chosen) ? [] : [{ value: '', label: '(choose)' }]),
  ...words.map((value) => ({ value, label: value })),
];

/** Column, comparison and value by choosing: what they make is added to the expression, which may be written as well. */
export function conditionBuilder(builder: ConditionBuilderOptions): TemplateResult {
  const { columns, choice, expression, onChoice, onExpression } = builder;
  const column = columns.find(({ name }) => name === choice.column);
  const known = column ? comparisons(column) : [];
  const condition = conditionSql(columns, choice);
  const add = (): void => {
    if (condition === undefined) return;
    onExpression(joinedSql(expression, condition, choice.joined));
    onChoice({ ...choice, column: '', comparison: '', value: '' });
  };
  return html`<fieldset class="condition stack">
    <legend>Build a condition</legend>
    ${
      expression.trim() === ''
        ? nothing
        : dropdown({
            label: 'Joined by',
            value: choice.joined,
            options: [
              { value: 'and', label: 'and' },
              { value: 'or', label: 'or' },
            ],
            onChange: (joined) => onChoice({ ...choice, joined: joined === 'or' ? 'or' : 'and' }),
          })
    }
    ${dropdown({
      label: 'Column of the condition',
      value: column ? choice.column : '',
      options: options(
        columns.map((one) => one.name),
        choice.column,
      ),
      onChange: (name) => onChoice({ ...choice, column: name, comparison: '', value: '' }),
    })}
    ${
      column
        ? dropdown({
            label: 'Comparison',
            value: choice.comparison,
            options: options(known, choice.comparison),
            onChange: (comparison) => onChoice({ ...choice, comparison }),
          })
        : nothing
    }
    ${
      column && takesValue(choice.comparison)
        ? textField({
            label: 'Value',
            value: choice.value,
            help: choice.comparison === 'is one of' ? 'Comma-separated' : undefined,
            error: valueProblem(column, choice),
            onInput: (value) => onChoice({ ...choice, value }),
          })
        : nothing
    }
    <div>
      ${button({ label: 'Add Condition', icon: 'add', kind: 'secondary', disabled: condition === undefined, onClick: add })}
    </div>
  </fieldset>`;
}

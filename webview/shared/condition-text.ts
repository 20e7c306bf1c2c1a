import type { Condition } from '../../src/protocol';
import { edgeText, valueText } from './format';

/** A condition in words: `size: 10 to 20`. */
export function conditionText(condition: Condition): string {
  const not = condition.not ? 'not ' : '';
  switch (condition.is) {
    case 'duplicate':
      return condition.not ? 'first of equal rows' : 'repeats an earlier row';
    case 'rows':
      return `${not}${condition.name}`;
    case 'missing':
      return `${condition.column}: ${not}missing`;
    case 'matching': {
      const { text, pattern } = condition;
      const how = pattern?.regex ? 'matching' : 'containing';
      return `${condition.column}: ${not}${how} “${text}”${pattern?.matchCase ? ', in this case' : ''}`;
    }
    case 'oneOf': {
      const shown = condition.values.slice(0, 3).map(valueText).join(', ');
      const more = condition.values.length - 3;
      return `${condition.column}: ${not}${shown === '' ? 'none' : shown}${more > 0 ? ` and ${more} more` : ''}`;
    }
    case 'between': {
      const { min, max, open } = condition;
      const end = max === undefined ? '' : `${open ? 'below ' : 'to '}${boundText(max)}`;
      const range =
        min === undefined
          ? open
            ? end
            : `up to ${max === undefined ? '' : boundText(max)}`
          : max === undefined
            ? `from ${boundText(min)}`
            : `${boundText(min)} ${end}`;
      return `${condition.column}: ${not}${range}`;
    }
  }
}

const boundText = (bound: string | number): string =>
  typeof bound === 'number' ? edgeText(bound, 'number') : bound;

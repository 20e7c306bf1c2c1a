import { describe, expect, test } from 'vitest';
import { checkGate, defaultGate, higherIsBetter, parseGate } from '../../src/core/gate';

const held = (expression: string, before: object, after: object): boolean =>
  checkGate(parseGate(expression), before as Record<string, number>, after as Record<string, number>).held;

describe('gates', () => {
  test.each([
    ['accuracy >= current - 0.01', { accuracy: 0.9 }, { accuracy: 0.891 }, true],
    ['accuracy >= current - 0.01', { accuracy: 0.9 }, { accuracy: 0.889 }, false],
    ['accuracy >= current', { accuracy: 0.9 }, { accuracy: 0.9 }, true],
    ['accuracy > current', { accuracy: 0.9 }, { accuracy: 0.9 }, false],
    ['rmse <= current * 1.02', { rmse: 10 }, { rmse: 10.2 }, true],
    ['rmse <= current * 1.02', { rmse: 10 }, { rmse: 10.21 }, false],
    ['rmse<=current+5%', { rmse: 200 }, { rmse: 210 }, true],
    ['rmse<=current+5%', { rmse: 200 }, { rmse: 211 }, false],
    ['r2 > -0.5', { r2: 0 }, { r2: -0.4 }, true],
    ['loss < 1e-3', {}, { loss: 0.0009 }, true],
    ['accuracy >= current and f1_macro > 0.8', { accuracy: 0.5 }, { accuracy: 0.6, f1_macro: 0.81 }, true],
    ['accuracy >= current && f1_macro > 0.8', { accuracy: 0.5 }, { accuracy: 0.6, f1_macro: 0.8 }, false],
    ['accuracy >= current', { accuracy: 0.9 }, { accuracy: NaN }, false],
  ])('%s: %o then %o', (expression, before, after, expected) => {
    expect(held(expression, before, after)).toBe(expected);
  });

  test.each([
    '',
    'accuracy',
    'accuracy >= ',
    'accuracy >= process.exit()',
    'accuracy = 1',
    'a >= b',
    'x >= 1 or y >= 1',
  ])('"%s" is refused with an example', (expression) => {
    expect(() => parseGate(expression)).toThrow('is not understood');
  });

  test('an unknown metric lists the known ones', () => {
    expect(() => checkGate(parseGate('auc >= current'), { accuracy: 1 }, { rmse: 2, accuracy: 1 })).toThrow(
      expect.objectContaining({ kind: 'invalid', fix: 'Metrics are: accuracy, rmse.' }) as Error,
    );
  });

  test('the reason says the numbers', () => {
    expect(checkGate(parseGate('accuracy >= current - 0.01'), { accuracy: 0.95 }, { accuracy: 0.9 })).toEqual(
      {
        held: false,
        reason: "accuracy of the new model is 0.9 (the old one's is 0.95), which is not >= 0.94",
      },
    );
  });

  test('the default knows the direction', () => {
    expect(['accuracy', 'f1_macro', 'r2', 'roc_auc'].map(defaultGate)).toEqual([
      'accuracy >= current',
      'f1_macro >= current',
      'r2 >= current',
      'roc_auc >= current',
    ]);
    expect(['rmse', 'mae', 'log_loss', 'mape', 'my_error'].map(higherIsBetter)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});

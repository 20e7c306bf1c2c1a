import { describe, expect, it } from 'vitest';
import { algorithmTitle, candidateMetric } from '../src/words';

describe('algorithms', () => {
  it('are named as the training page names them; a script keeps its own name', () => {
    expect(algorithmTitle('hist_gradient_boosting')).toBe('Gradient boosting');
    expect(algorithmTitle('my_net')).toBe('my_net');
  });

  it('are told from the metric in the names of a comparison', () => {
    expect(candidateMetric('hist_gradient_boosting_f1_macro')).toEqual({
      algorithm: 'hist_gradient_boosting',
      metric: 'f1_macro',
    });
    expect(candidateMetric('linear_rmse')).toEqual({ algorithm: 'linear', metric: 'rmse' });
    expect(candidateMetric('f1_macro')).toBeUndefined();
    expect(candidateMetric('linear')).toBeUndefined();
  });
});

import type { Algorithm } from '../core/run';

/** What the training page says of each algorithm; the first is the default. */
export const ALGORITHM_TEXTS: readonly { id: Algorithm; title: string; summary: string }[] = [
  { id: 'auto', title: 'Automatic', summary: 'Compares the others by cross-validation and keeps the best.' },
  {
    id: 'hist_gradient_boosting',
    title: 'Gradient boosting',
    summary: 'Strong on tables; takes missing values; stops early by itself.',
  },
  { id: 'random_forest', title: 'Random forest', summary: 'Robust, little to tune; larger packages.' },
  {
    id: 'linear',
    title: 'Linear or logistic regression',
    summary: 'Small, fast, easy to explain; wants scaled numbers.',
  },
  {
    id: 'knn',
    title: 'Nearest neighbours',
    summary: 'Predicts from the most similar rows; wants scaled numbers.',
  },
  { id: 'baseline', title: 'Baseline', summary: 'Always the most frequent class or the mean: what to beat.' },
];

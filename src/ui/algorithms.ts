import type { Algorithm } from '../core/run';
import { algorithmTitle } from '../words';

/** What the training page says of each algorithm; the first is the default. */
export const ALGORITHM_TEXTS: readonly { id: Algorithm; title: string; summary: string }[] = [
  {
    id: 'auto',
    title: algorithmTitle('auto'),
    summary: 'Compares the others by cross-validation and keeps the best.',
  },
  {
    id: 'hist_gradient_boosting',
    title: algorithmTitle('hist_gradient_boosting'),
    summary: 'Strong on tables; takes missing values; stops early by itself.',
  },
  {
    id: 'random_forest',
    title: algorithmTitle('random_forest'),
    summary: 'Robust, little to tune; larger packages.',
  },
  {
    id: 'linear',
    title: algorithmTitle('linear'),
    summary: 'Small, fast, easy to explain; wants scaled numbers.',
  },
  {
    id: 'knn',
    title: algorithmTitle('knn'),
    summary: 'Predicts from the most similar rows; wants scaled numbers.',
  },
  {
    id: 'baseline',
    title: algorithmTitle('baseline'),
    summary: 'Always the most frequent class or the mean: what to beat.',
  },
];

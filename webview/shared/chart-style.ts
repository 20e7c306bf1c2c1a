import type { PointStyle } from 'chart.js';

// Each series differs by colour, by dashes and by the shape of its points, so that no one has to tell colours apart.
// Orange is left out: themes have it half transparent, and high contrast has none.
export const COLOURS = [
  ['charts-blue', '#3794ff'],
  ['charts-yellow', '#cca700'],
  ['charts-purple', '#b180d7'],
  ['charts-green', '#89d185'],
  ['charts-red', '#f14c4c'],
  ['charts-foreground', '#cccccc'],
] as const;
export const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [14, 4]] as const;
export const SHAPES: readonly PointStyle[] = ['circle', 'triangle', 'rect', 'rectRot', 'cross', 'star'];

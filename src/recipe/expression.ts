import { INPUT } from './plan';

/** What is wrong with the text of an expression before an engine parses it; undefined when nothing is seen. */
export function expressionProblem(expression: string): string | undefined {
  if (expression.trim() === '') return 'Write an expression, for example a / b.';
  // The engine takes a text to end there.
  if (expression.includes('\0')) return 'An expression cannot hold the character NUL.';
  if (expression.includes(INPUT) || expression.includes('__mll_')) {
    return `An expression may name columns only; "${INPUT}" and "__mll_" are used by the lifecycle itself.`;
  }
  return undefined;
}

import { INPUT } from './plan';

/** What is wrong with the text of an expression before an engine parses it; undefined when nothing is seen. */
export function expressionProblem(expression: string): string | undefined {
  if (expression.trim() === '') return 'Write an expression, for example a / b.';
  if (expression.includes(INPUT) || expression.includes('__mll_')) {
    return `An expression may name columns only; "${INPUT}" and "__mll_" are used by the lifecycle itself.`;
  }
  return undefined;
}

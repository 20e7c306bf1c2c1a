import { UserError } from './errors';

const LOWER_IS_BETTER = /(^|_)(rmse|mse|mae|mape|loss|error|deviance)($|_)/;
const COMPARE = ['>=', '<=', '>', '<'] as const;
type Compare = (typeof COMPARE)[number];

interface Condition {
  readonly metric: string;
  readonly compare: Compare;
  /** `current · factor + offset` when `current` is true, else just `offset`. */
  readonly current: boolean;
  readonly factor: number;
  readonly offset: number;
  readonly text: string;
}

/** A parsed gate: all of its conditions must hold. */
export interface Gate {
  readonly expression: string;
  readonly conditions: readonly Condition[];
}

/** Whether a larger value of this metric is a better one. */
export function higherIsBetter(metric: string): boolean {
  return !LOWER_IS_BETTER.test(metric);
}

/** "Not worse than now" on one metric, in the metric's own direction. */
export function defaultGate(metric: string): string {
  return `${metric} ${higherIsBetter(metric) ? '>=' : '<='} current`;
}

const NUMBER = String.raw`\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const CONDITION = new RegExp(
  String.raw`^(?<metric>[A-Za-z_][\w-]*)\s*(?<compare>>=|<=|>|<)\s*` +
    String.raw`(?:(?<current>current)(?:\s*(?<operator>[-+*])\s*(?<operand>${NUMBER})(?<percent>\s*%)?)?|(?<constant>-?${NUMBER}))$`,
);

/**
 * Parses `METRIC (>=|<=|>|<) NUMBER` or `METRIC … current [(+|-|*) NUMBER[%]]`, several joined by `and`. `current` is the value of the model
 * that serves now; a percentage is one of `current`. Anything else is a UserError that shows how it is written.
 */
export function parseGate(expression: string): Gate {
  const parts = expression.trim().split(/\s+and\s+|\s*&&\s*/i);
  return { expression: expression.trim(), conditions: parts.map((part) => parseCondition(part.trim())) };
}

function parseCondition(text: string): Condition {
  const found = CONDITION.exec(text)?.groups;
  const compare = COMPARE.find((one) => one === found?.compare);
  if (!found || compare === undefined) {
    throw new UserError('invalid', `The gate "${text}" is not understood.`, {
      fix: 'Write a metric, a comparison and a value: "accuracy >= current - 0.01", "rmse <= current * 1.02" or "f1_macro > 0.8"; join several with "and".',
    });
  }
  const base = { metric: found.metric ?? '', compare, text };
  if (found.current === undefined)
    return { ...base, current: false, factor: 0, offset: Number(found.constant) };
  const operand = Number(found.operand ?? 0) / (found.percent === undefined ? 1 : 100);
  const sign = found.operator === '-' ? -1 : 1;
  if (found.operator === '*') return { ...base, current: true, factor: operand, offset: 0 };
  if (found.percent !== undefined) return { ...base, current: true, factor: 1 + sign * operand, offset: 0 };
  return { ...base, current: true, factor: 1, offset: sign * operand };
}

type Metrics = Readonly<Record<string, number>>;

/** Whether all conditions hold, and in words why (not). An unknown metric is a UserError that lists the known ones. */
export function checkGate(gate: Gate, before: Metrics, after: Metrics): { held: boolean; reason: string } {
  const said = gate.conditions.map((one) => checkCondition(one, before, after));
  return { held: said.every((one) => one.held), reason: said.map((one) => one.reason).join('; ') };
}

function checkCondition(one: Condition, before: Metrics, after: Metrics): { held: boolean; reason: string } {
  const value = after[one.metric];
  const current = before[one.metric];
  if (value === undefined || (one.current && current === undefined)) {
    throw new UserError('invalid', `The gate names "${one.metric}", which is no metric of the comparison.`, {
      fix: `Metrics are: ${Object.keys(after).sort().join(', ')}.`,
    });
  }
  const limit = (one.current ? (current ?? 0) * one.factor : 0) + one.offset;
  const held = compares(value, one.compare, limit);
  const now = one.current ? ` (the old one's is ${short(current ?? Number.NaN)})` : '';
  return {
    held,
    reason: `${one.metric} of the new model is ${short(value)}${now}, which ${held ? 'is' : 'is not'} ${one.compare} ${short(limit)}`,
  };
}

/** NaN meets nothing. */
function compares(value: number, compare: Compare, limit: number): boolean {
  switch (compare) {
    case '>=':
      return value >= limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '<':
      return value < limit;
  }
}

function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : 'not a number';
}

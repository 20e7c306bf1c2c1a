/** Rare and unseen categories: what the steps that have a policy for them share. */
import { z } from 'zod';
import { numberField } from './fields';
import type { FormField } from './model';
import { double, text } from './sql';
import type { StepProblem } from './step';

export interface Rare {
  readonly min_count?: number | undefined;
  readonly min_share?: number | undefined;
  readonly max_categories?: number | undefined;
}

/** The options of a rule for rare categories; `are` says what they are then: "count as unknown". */
export function rareOptions(are: string): {
  min_count: z.ZodOptional<z.ZodInt>;
  min_share: z.ZodOptional<z.ZodNumber>;
  max_categories: z.ZodOptional<z.ZodInt>;
} {
  return {
    min_count: z.int().min(1).optional().describe(`Categories with fewer training rows ${are}`),
    min_share: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe(`Categories with a smaller share of the training rows that have one ${are}`),
    max_categories: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe(`All but so many of the commonest categories ${are}`),
  };
}

export const RARE_FIELDS: readonly FormField[] = [
  numberField('min_count', 'Least rows', { optional: true }),
  numberField('min_share', 'Least share', { help: '0.01 is 1 %', optional: true }),
  numberField('max_categories', 'Most categories', { optional: true }),
];

/** The option by which categories are rare; undefined when none is given. */
export function rareBy(rare: Rare): keyof Rare | undefined {
  return (['min_count', 'min_share', 'max_categories'] as const).find((one) => rare[one] !== undefined);
}

/** Why a rule for rare categories does not go with refusing unseen ones. */
export function rareRefused(by: keyof Rare, instead: string): StepProblem {
  return {
    message: `With "${by}" the rarer ones need "unknown: ${instead}" or "missing".`,
    path: ['unknown'],
  };
}

/** True in SQL for categories `k` of `n` training rows that are common; of equally common ones the smaller is the commoner. */
export function commonSql({ min_count, min_share, max_categories }: Rare): string {
  const rules = [
    ...(min_count === undefined ? [] : [`n >= ${min_count}`]),
    ...(min_share === undefined ? [] : [`n >= ${double(min_share)} * sum(n) OVER ()`]),
    ...(max_categories === undefined ? [] : [`row_number() OVER (ORDER BY n DESC, k) <= ${max_categories}`]),
  ];
  return rules.length === 0 ? 'TRUE' : rules.join(' AND ');
}

/** A failure that names the category which training has not seen. */
export function unseenError(name: string, cell: string): string {
  return `error(${text(`Column "${name}": the category "`)} || ${cell} || '" was not in the training data.')`;
}

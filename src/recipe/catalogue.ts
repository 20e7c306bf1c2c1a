import type { StepInfo } from './model';
import type { StepDefinition } from './step';
import { cast } from './steps/cast';
import { clipOutliers } from './steps/clip_outliers';
import { compute } from './steps/compute';
import { dateParts } from './steps/date_parts';
import { dropColumns } from './steps/drop_columns';
import { dropDuplicates } from './steps/drop_duplicates';
import { dropMissing } from './steps/drop_missing';
import { encode } from './steps/encode';
import { fillMissing } from './steps/fill_missing';
import { filter } from './steps/filter';
import { rename } from './steps/rename';
import { replace } from './steps/replace';
import { scale } from './steps/scale';
import { trim } from './steps/trim';

/** All steps, in the order in which a person looks for them. */
export const steps: readonly StepDefinition[] = [
  dropColumns,
  rename,
  cast,
  compute,
  dropMissing,
  dropDuplicates,
  filter,
  trim,
  replace,
  fillMissing,
  clipOutliers,
  encode,
  scale,
  dateParts,
];

/** What the view needs to offer the steps. */
export const catalogue: readonly StepInfo[] = steps.map((step) => step.info);

const byKind = new Map(steps.map((step) => [step.info.kind, step]));

/** The step of this word; undefined when there is none. */
export function stepOf(kind: string): StepDefinition | undefined {
  return byKind.get(kind);
}

import type { StepInfo } from './model';
import type { StepDefinition } from './step';
import { aggregate } from './steps/aggregate';
import { append } from './steps/append';
import { bin } from './steps/bin';
import { cast } from './steps/cast';
import { clipOutliers } from './steps/clip_outliers';
import { combine } from './steps/combine';
import { comment } from './steps/comment';
import { compute } from './steps/compute';
import { cyclical } from './steps/cyclical';
import { dateParts } from './steps/date_parts';
import { dropColumns } from './steps/drop_columns';
import { dropDuplicates } from './steps/drop_duplicates';
import { dropMissing } from './steps/drop_missing';
import { encode } from './steps/encode';
import { expect } from './steps/expect';
import { explode } from './steps/explode';
import { extract } from './steps/extract';
import { fillMissing } from './steps/fill_missing';
import { filter } from './steps/filter';
import { flatten } from './steps/flatten';
import { folds } from './steps/folds';
import { groupRare } from './steps/group_rare';
import { groupStats } from './steps/group_stats';
import { hashEncode } from './steps/hash_encode';
import { hashWords } from './steps/hash_words';
import { holidays } from './steps/holidays';
import { join } from './steps/join';
import { lag } from './steps/lag';
import { limit } from './steps/limit';
import { mergeColumns } from './steps/merge_columns';
import { mergeVariants } from './steps/merge_variants';
import { moveColumns } from './steps/move_columns';
import { parseJson } from './steps/parse_json';
import { pivot } from './steps/pivot';
import { polynomial } from './steps/polynomial';
import { rename } from './steps/rename';
import { replace } from './steps/replace';
import { reshapeNumbers } from './steps/reshape_numbers';
import { rolling } from './steps/rolling';
import { round } from './steps/round';
import { sample } from './steps/sample';
import { scale } from './steps/scale';
import { selectColumns } from './steps/select_columns';
import { setWhere } from './steps/set_where';
import { sort } from './steps/sort';
import { splitColumn } from './steps/split_column';
import { targetEncode } from './steps/target_encode';
import { textCounts } from './steps/text_counts';
import { tfidf } from './steps/tfidf';
import { timeSince } from './steps/time_since';
import { trim } from './steps/trim';
import { unpivot } from './steps/unpivot';

/** All steps, in the order in which a person looks for them. */
export const steps: readonly StepDefinition[] = [
  selectColumns,
  dropColumns,
  rename,
  moveColumns,
  cast,
  splitColumn,
  mergeColumns,
  extract,
  compute,
  setWhere,
  flatten,
  parseJson,
  filter,
  dropMissing,
  dropDuplicates,
  sample,
  sort,
  limit,
  explode,
  folds,
  fillMissing,
  replace,
  trim,
  mergeVariants,
  groupRare,
  clipOutliers,
  round,
  bin,
  reshapeNumbers,
  encode,
  targetEncode,
  hashEncode,
  scale,
  dateParts,
  cyclical,
  timeSince,
  holidays,
  lag,
  rolling,
  groupStats,
  combine,
  polynomial,
  textCounts,
  hashWords,
  tfidf,
  join,
  append,
  aggregate,
  pivot,
  unpivot,
  expect,
  comment,
];

/** What the view needs to offer the steps. */
export const catalogue: readonly StepInfo[] = steps.map((step) => step.info);

const byKind = new Map(steps.map((step) => [step.info.kind, step]));

/** The step of this word; undefined when there is none. */
export function stepOf(kind: string): StepDefinition | undefined {
  return byKind.get(kind);
}

/** Loads what the steps of a recipe need to be compiled; whoever compiles one to run it waits for this. */
export async function loadSteps(kinds: readonly string[]): Promise<void> {
  for (const kind of new Set(kinds)) await stepOf(kind)?.load?.();
}

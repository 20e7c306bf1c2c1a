import type { ColumnProfile, Profile } from '../core/table';
import { steps } from './catalogue';
import { beginsUnnamed } from './identifier';
import type { RecipeFacts, Suggestion } from './model';
import { percent, type Facts } from './step';

/** The order in which suggested steps make sense: what goes, then what stands for missing, types, dates, gaps, and categories at last. */
const ORDER = [
  'drop_duplicates',
  'drop_columns',
  'flatten',
  'parse_json',
  'trim',
  'replace',
  'merge_variants',
  'cast',
  'date_parts',
  'cyclical',
  'drop_missing',
  'fill_missing',
  'tfidf',
  'encode',
];

/**
 * Steps that make this table ready to train on, each with the numbers behind it. Without `facts` (the engine's
 * `recipeFacts`) duplicates, white space, spellings and columns that give the target away are not seen.
 */
export function suggest(
  profile: Profile,
  target: string | null | undefined,
  facts?: RecipeFacts,
): readonly Suggestion[] {
  let columns: readonly Facts[] = profile.columns;
  const result: Suggestion[] = [];
  for (const kind of ORDER) {
    const rule = steps.find((step) => step.info.kind === kind)?.suggest;
    if (rule === undefined) continue;
    for (const suggestion of rule({ profile, columns, target: target ?? null, facts })) {
      result.push(suggestion);
      columns = after(columns, suggestion, profile.rows);
    }
  }
  return result;
}

/** What later rules see once a suggestion is taken. */
function after(columns: readonly Facts[], { step }: Suggestion, rows: number): readonly Facts[] {
  const named = new Set(Array.isArray(step.options.columns) ? step.options.columns.map(String) : []);
  const change = (one: Facts, what: Partial<Facts>): Facts =>
    named.has(one.name) ? { ...one, ...what } : one;
  switch (step.kind) {
    case 'flatten':
    case 'parse_json':
    case 'tfidf':
      return columns.filter((one) => one.name !== step.options.column);
    case 'drop_columns':
    case 'date_parts':
      return columns.filter((one) => !named.has(one.name));
    case 'trim':
      return columns.map((one) => (named.has(one.name) ? withoutPlaceholders(one, ['']) : one));
    case 'replace':
      return columns.map((one) =>
        named.has(one.name) ? withoutPlaceholders(one, Object.keys(step.options.values ?? {})) : one,
      );
    case 'cast':
      return columns.map((one) => {
        if (!named.has(one.name)) return one;
        const number = step.options.to === 'number';
        // Cells that do not read as the new type become missing.
        const missing = rows - ((number ? one.numericText : one.dateText) ?? rows - one.missing);
        // The ends of a text column are those of the alphabet.
        const read = { ...one, missing, min: null, max: null };
        if (number) return { ...read, type: 'number', sqlType: 'DOUBLE' };
        return step.options.to === 'datetime'
          ? { ...read, type: 'datetime', sqlType: 'TIMESTAMP' }
          : { ...read, type: 'date', sqlType: 'DATE' };
      });
    case 'drop_missing':
    case 'fill_missing':
      return columns.map((one) => change(one, { missing: 0 }));
    default:
      return columns;
  }
}

/** The column once these texts have become missing. */
function withoutPlaceholders(column: Facts, values: readonly string[]): Facts {
  const gone = column.placeholders?.filter(({ value }) => values.includes(value)) ?? [];
  return {
    ...column,
    missing: gone.reduce((sum, { count }) => sum + count, column.missing),
    distinct: column.distinct - gone.length,
    top: column.top.filter(({ value }) => !gone.some((one) => one.value === value)),
    placeholders: column.placeholders?.filter((one) => !gone.includes(one)) ?? [],
  };
}

/** Names that data sets give to what is to be predicted. */
const TARGET_NAMES =
  /^(target|label|labels|class|classes|y|outcome|response|species|survived|churn|churned|default|fraud|is_fraud|diagnosis|price|sale_?price|quality|income|damage)$/iu;
const TARGET_WORDS = /(target|label|outcome|diagnosis|churn|survived|damage|delay|fraud|price)/iu;

/** The column that is most likely meant to be predicted, and why; undefined when none stands out. */
export function guessTarget(profile: Profile): { column: string; reason: string } | undefined {
  const named = beginsUnnamed(profile.columns.map((one) => one.name)) ? 1 : 0;
  const fit = profile.columns.slice(named).filter((column) => learnable(column, profile.rows));
  const exact = fit.find((column) => TARGET_NAMES.test(column.name));
  if (exact !== undefined)
    return {
      column: exact.name,
      reason: `\`${exact.name}\` is a usual name for what is predicted; ${describe(exact, profile.rows)}.`,
    };
  const word = fit.find((column) => TARGET_WORDS.test(column.name));
  if (word !== undefined)
    return {
      column: word.name,
      reason: `The name of \`${word.name}\` says that it is an outcome; ${describe(word, profile.rows)}.`,
    };
  const last = profile.columns.at(-1);
  if (last !== undefined && fit.includes(last) && (isClass(last, profile.rows) || fit.length === 1)) {
    return {
      column: last.name,
      reason: `\`${last.name}\` is the last column, where the target often stands; ${describe(last, profile.rows)}.`,
    };
  }
  const classes = fit.find((column) => isClass(column, profile.rows)) ?? fit.at(-1);
  return classes === undefined
    ? undefined
    : {
        column: classes.name,
        reason: `\`${classes.name}\` can be learnt: ${describe(classes, profile.rows)}. Choose another if you mean another.`,
      };
}

/** Few values, which are shared by several rows each. */
function isClass(column: ColumnProfile, rows: number): boolean {
  if (column.type === 'boolean') return true;
  return column.type !== 'number' && column.distinct <= 20 && column.distinct * 2 <= rows - column.missing;
}

/** Has at least two values, is mostly there, and is either a number or a class with several rows each. */
function learnable(column: ColumnProfile, rows: number): boolean {
  const present = rows - column.missing;
  if (column.distinct < 2 || present < rows * 0.5) return false;
  if (column.type === 'number' || column.type === 'integer') return true;
  return (
    (column.type === 'text' || column.type === 'boolean') &&
    column.distinct <= Math.max(2, Math.min(100, present / 5))
  );
}

function describe(column: ColumnProfile, rows: number): string {
  const missing =
    column.missing === 0
      ? ''
      : `, missing in ${column.missing} of ${rows} rows (${percent(column.missing, rows)})`;
  return `${column.distinct} different values${missing}`;
}

import { z } from 'zod';
import type { Code, CodeContext } from './code';
import type { ColumnProfile, Profile } from '../core/table';
import type { FormField, Matching, Recipe, RecipeFacts, Step, StepInfo, Suggestion } from './model';
import { nearest } from './nearest';
import type { PlanCheck, PlanColumn, Template, TemplatePart } from './plan';
import { find, kindOf, missing, taken, type Kind, type Schema, type SchemaColumn } from './schema';
import { identifier, list } from './sql';

export type Path = readonly (string | number)[];
export interface StepProblem {
  readonly message: string;
  /** Place inside the step's options. */
  readonly path: Path;
  /** What to write there instead. */
  readonly replacement?: string;
  /** The mistake is the key at `path`, not its value. */
  readonly key?: boolean;
  /** The column that is not there. */
  readonly lost?: string;
}

/** Another table as a step sees it. */
export interface OtherTable {
  /** Its name in SQL. */
  readonly relation: string;
  readonly columns: readonly PlanColumn[];
}

export interface StepContext {
  readonly schema: Schema;
  /** The table that the recipe calls so; undefined (with a problem) when there is none. */
  table(name: string, path: Path): OtherTable | undefined;
  readonly target: string | undefined;
  readonly step: number;
  problem(problem: StepProblem): void;
}

export interface Compiled {
  readonly fit?: string;
  readonly transform: Template;
  readonly schema: Schema;
  readonly fills?: readonly string[];
  readonly history?: true;
  readonly whole?: true;
  readonly serving?: Template;
  readonly check?: PlanCheck;
  /** Where the options decide it; else as the catalogue says. */
  readonly rows?: StepInfo['rows'];
  readonly expressions?: readonly string[];
}

/** A column as the suggestions see it while earlier suggestions have taken effect. */
export type Facts = ColumnProfile;

export interface SuggestContext {
  readonly profile: Profile;
  readonly columns: readonly Facts[];
  readonly target: string | null;
  readonly facts: RecipeFacts | undefined;
}

/** A table: names (with `:TYPE` where the cells do not say it), then rows. */
export type Sample = readonly (readonly (string | number | boolean | null)[])[];

/** One step of the catalogue, erased of its options' type. */
export interface StepDefinition {
  readonly info: StepInfo;
  readonly help: string;
  /** A recipe item as YAML. */
  readonly example: string;
  /** A small table that the example is shown on. */
  readonly sample?: Sample;
  readonly others?: Readonly<Record<string, Sample>>;
  /** The head of the recipe that the example is shown in. */
  readonly head?: Partial<Pick<Recipe, 'target' | 'split'>>;
  readonly options: z.ZodType;
  /** Undefined when a problem was reported. */
  compile(options: unknown, context: StepContext): Compiled | undefined;
  /** The step as Python, where it can be said plainly; else it is written as its SQL. */
  readonly code?: (options: Step['options'], context: CodeContext) => Code | undefined;
  /** Names of other tables that it reads, whatever is wrong with its options. */
  readonly tables?: (options: Step['options']) => readonly string[];
  readonly matching?: (options: Step['options']) => Matching | undefined;
  /** Loads what `compile` needs and only few recipes use. */
  readonly load?: () => Promise<void>;
  readonly suggest?: (context: SuggestContext) => readonly Suggestion[];
  /** Why it is never suggested. */
  readonly unsuggested?: string;
}

interface Definition<S extends z.ZodType> {
  readonly kind: string;
  readonly title: string;
  readonly summary: string;
  readonly help: string;
  readonly example: string;
  readonly sample?: Sample;
  readonly others?: StepDefinition['others'];
  readonly head?: StepDefinition['head'];
  readonly group: StepInfo['group'];
  readonly rows?: 'drop' | 'remake';
  readonly fits?: true;
  readonly needs?: StepInfo['needs'];
  readonly form: readonly FormField[];
  readonly options: S;
  compile(options: z.output<S>, context: StepContext): Compiled | undefined;
  readonly code?: (options: z.output<S>, context: CodeContext) => Code | undefined;
  readonly tables?: StepDefinition['tables'];
  readonly matching?: (options: z.output<S>) => Matching;
  readonly load?: StepDefinition['load'];
  readonly suggest?: (context: SuggestContext) => readonly Suggestion[];
  readonly unsuggested?: string;
}

/** Makes a step of the catalogue; its options are checked against the schema before `compile` sees them. */
export function defineStep<S extends z.ZodType>(definition: Definition<S>): StepDefinition {
  const { kind, title, summary, group, rows, fits, form, help, example, options, tables, code, suggest } =
    definition;
  const { matching, needs, unsuggested } = definition;
  const info: StepInfo = { kind, title, summary, group, rows: rows ?? 'keep', fits: fits ?? false, form };
  return {
    info: needs === undefined ? info : { ...info, needs },
    help,
    example,
    options,
    ...(definition.sample === undefined ? {} : { sample: definition.sample }),
    ...(definition.others === undefined ? {} : { others: definition.others }),
    ...(definition.head === undefined ? {} : { head: definition.head }),
    compile(raw, context) {
      const parsed = options.safeParse(raw ?? {}, { reportInput: true });
      if (parsed.success) return definition.compile(parsed.data, context);
      for (const issue of parsed.error.issues) {
        for (const problem of issueProblems(issue, options)) context.problem(problem);
      }
      return undefined;
    },
    ...(tables === undefined ? {} : { tables }),
    ...(matching === undefined
      ? {}
      : {
          matching: (raw) => {
            const parsed = options.safeParse(raw);
            return parsed.success ? matching(parsed.data) : undefined;
          },
        }),
    ...(definition.load === undefined ? {} : { load: definition.load }),
    ...(code === undefined
      ? {}
      : {
          code: (raw, context) => {
            const parsed = options.safeParse(raw);
            return parsed.success ? code(parsed.data, context) : undefined;
          },
        }),
    ...(suggest === undefined ? {} : { suggest }),
    ...(unsuggested === undefined ? {} : { unsuggested }),
  };
}

function keysOf(options: z.ZodType): string[] {
  return options instanceof z.ZodObject ? Object.keys(options.shape) : [];
}

/** A schema's complaint in plain words, with the nearest word for a mistyped one. */
export function issueProblems(issue: z.core.$ZodIssue, options: z.ZodType): StepProblem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') {
    const known = keysOf(options);
    return issue.keys.map((key) => {
      const near = nearest(key, known);
      return {
        message: `There is no option "${key}" here. ${near === undefined ? `Options: ${known.join(', ')}.` : `Did you mean "${near}"?`}`,
        path: [...path, key],
        key: true,
        ...(near === undefined ? {} : { replacement: near }),
      };
    });
  }
  const at = path.length === 0 ? 'This' : `"${path.join('.')}"`;
  // The input is there where the schema was asked to report it.
  const must =
    path.length > 0 && 'input' in issue && issue.input === undefined ? 'is required, and must be' : 'must be';
  if (issue.code === 'invalid_value') {
    return [{ message: `${at} ${must} one of: ${issue.values.map(String).join(', ')}.`, path }];
  }
  if (issue.code === 'invalid_type') {
    return [{ message: `${at} ${must} ${article(issue.expected)}.`, path }];
  }
  return [{ message: `${at}: ${issue.message}.`, path }];
}

function article(type: string): string {
  const words: Record<string, string> = {
    array: 'a list',
    object: 'a set of "name: value" pairs',
    record: 'a set of "name: value" pairs',
    string: 'text',
    number: 'a number',
    boolean: 'true or false',
    nonoptional: 'given',
  };
  return words[type] ?? type;
}

/** A list of at least one column name. */
export const columnNames = z
  .array(z.string())
  .min(1, 'name at least one column')
  .describe('Names of columns');

const WORDS: Record<Kind, string> = {
  number: 'numbers',
  integer: 'whole numbers',
  text: 'text',
  date: 'dates',
  datetime: 'dates with a time',
  boolean: 'true/false',
  other: 'nested values',
  unknown: 'computed values',
};

export interface Wanted {
  /** What is accepted, in words for the message: "numbers". */
  readonly only?: { readonly test: (kind: Kind) => boolean; readonly words: string; readonly fix?: string };
  /** The target is refused for this reason. */
  readonly notTarget?: string;
}

/** The named columns; undefined (with a problem for each) when one is missing, named twice, or of a wrong type. */
export function take(
  context: StepContext,
  names: readonly string[],
  path: Path,
  wanted: Wanted = {},
): SchemaColumn[] | undefined {
  const columns: SchemaColumn[] = [];
  const problems: StepProblem[] = [];
  names.forEach((name, index) => {
    const column = find(context.schema, name);
    const at = [...path, index];
    const report = (message: string): void => {
      problems.push({ message, path: at });
    };
    if (column === undefined) {
      problems.push({ ...missing(context.schema, name), path: at });
      return;
    }
    const kind = kindOf(column.sqlType);
    if (names.indexOf(name) !== index) report(`Column "${name}" is named twice.`);
    else if (wanted.notTarget !== undefined && name === context.target) {
      report(`"${name}" is the target: ${wanted.notTarget}.`);
    } else if (wanted.only !== undefined && !wanted.only.test(kind)) {
      const fix = wanted.only.fix === undefined ? '' : ` ${wanted.only.fix}`;
      report(`Column "${name}" holds ${WORDS[kind]}; this needs ${wanted.only.words}.${fix}`);
    }
    columns.push(column);
  });
  for (const problem of problems) context.problem(problem);
  return problems.length === 0 ? columns : undefined;
}

/** True when a new column may have this name; else a problem is reported. */
export function free(context: StepContext, name: string, path: Path): boolean {
  if (name.trim() === '' || name.startsWith('__mll_') || name.includes('{input}')) {
    context.problem({ message: `"${name}" cannot be a column's name.`, path, key: true });
    return false;
  }
  if (!taken(context.schema, name)) return true;
  context.problem({
    message: `A column "${name}" is there already (upper and lower case count as the same).`,
    path,
    key: true,
  });
  return false;
}

/** A change of columns as one SELECT over {input}: some left out, some replaced in place, some added at the end. */
export function project(change: {
  drop?: readonly string[];
  replace?: readonly (readonly [name: string, sql: Template])[];
  add?: readonly (readonly [name: string, sql: Template])[];
  from?: Template;
}): TemplatePart[] {
  const { drop = [], replace = [], add = [], from = ['{input}'] } = change;
  const parts: TemplatePart[] = ['SELECT *'];
  if (drop.length > 0) parts.push(` EXCLUDE (${list(drop)})`);
  if (replace.length > 0) {
    parts.push(' REPLACE (');
    replace.forEach(([name, sql], k) => parts.push(k === 0 ? '' : ', ', ...sql, ` AS ${identifier(name)}`));
    parts.push(')');
  }
  for (const [name, sql] of add) parts.push(', ', ...sql, ` AS ${identifier(name)}`);
  parts.push(' FROM ', ...from);
  return parts;
}

/** A suggestion with its reason. */
export function suggestion(kind: string, options: Step['options'], reason: string): Suggestion {
  return { step: { kind, options }, reason };
}

/** A share as a person reads it: "0.6 %". */
export function percent(part: number, whole: number): string {
  const share = whole === 0 ? 0 : (100 * part) / whole;
  return `${share > 0 && share < 0.1 ? '< 0.1' : share.toFixed(share >= 10 ? 0 : 1).replace(/\.0$/, '')} %`;
}

/** A list of names as a person reads it, shortened beyond five. */
export function names(columns: readonly string[]): string {
  const shown = columns.slice(0, 5).map((name) => `\`${name}\``);
  const more = columns.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

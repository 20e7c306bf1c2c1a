import type { PreprocessedTable, PreprocessProgress, RecipeMatch } from '../../src/protocol';
import { plural } from '../shared/format';

const MOST_NAMES = 6;

/** The last part of a path, of whichever system. */
export function fileName(file: string): string {
  return file.split(/[\\/]/).pop() ?? file;
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, MOST_NAMES).join(', ');
  return all.length > MOST_NAMES ? `${shown} and ${all.length - MOST_NAMES} more` : shown;
}

/** How the columns differ from those that the recipe was written for, the missing ones first; [] where they are the same. */
export function differences(match: RecipeMatch): string[] {
  const { missing, additional, problems } = match;
  const runs = problems.length === 0;
  return [
    ...(missing.length === 0
      ? []
      : [`Missing: ${names(missing)}${runs ? ' (the recipe runs without)' : ''}`]),
    ...(additional.length === 0 ? [] : [`Additional: ${names(additional)}`]),
  ];
}

/** What the chosen tables are called in the page's title. */
export function tablesText(tables: readonly string[]): string {
  const [first = '', ...others] = tables;
  return others.length === 0 ? first : `${first} and ${plural(others.length, 'more table')}`;
}

/** How far all tables are, 0 to 1. */
export function share({ at, of, progress }: PreprocessProgress): number {
  return of === 0 ? 0 : (at + Math.min(1, Math.max(0, progress))) / of;
}

/** What is done now. */
export function stageText({ at, of, stage }: PreprocessProgress, tables: readonly string[]): string {
  const which = of > 1 ? `${tables[at] ?? ''} (${at + 1} of ${of}): ` : '';
  return `${which}${stage}`;
}

/** `2 of 3 tables written`. */
export function doneText(done: readonly PreprocessedTable[], of: number): string {
  const written = done.filter((one) => one.report).length;
  return written === of
    ? `${plural(written, 'table')} written`
    : `${written} of ${plural(of, 'table')} written`;
}

/** What was found of a folder, a line each. */
export function newFilesTexts(found: {
  readonly unchanged: number;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly again: readonly string[];
  readonly gone: readonly string[];
  readonly fitted: 'now' | 'kept';
  readonly notes: readonly string[];
  readonly run?: string;
}): string[] {
  const line = (word: string, files: readonly string[]): string[] =>
    files.length === 0 ? [] : [`${word}: ${names(files)}`];
  return [
    ...line('New', found.added),
    ...line('Changed', found.changed),
    ...line('Prepared again', found.again),
    ...line('Gone', found.gone),
    ...(found.unchanged === 0 ? [] : [`${plural(found.unchanged, 'file is', 'files are')} as before`]),
    ...(found.run === undefined
      ? []
      : [
          found.fitted === 'kept'
            ? 'Fitted values: those of the first time'
            : 'Fitted values: fitted now, and kept',
        ]),
    ...found.notes,
  ];
}

import path from 'node:path';
import { UserError } from './errors';

const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const ALLOWED = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_. -]{0,99}$/u;

/** Refuses a name that could not be a file's name on each system. `what` is for example "dataset". */
export function checkName(name: string, what: string): void {
  if (ALLOWED.test(name) && !RESERVED.test(name) && !/[. ]$/.test(name)) return;
  throw new UserError('invalid', `"${name}" cannot be the name of a ${what}.`, {
    fix: 'Use letters, digits, "-", "_" and "."; begin with a letter or digit; at most 100 characters.',
  });
}

/** A name made from a file's name: `FAA bird strikes (2).csv` → `FAA-bird-strikes-2`; of a part of an export from that of the whole. */
export function nameFromPath(file: string): string {
  const all = file.replaceAll('\\', '/');
  const stem = path
    .basename(all)
    .replace(/\.(gz|zst)$/i, '')
    .replace(/\.[^.]*$/, '');
  // BigQuery writes a number of twelve digits for the star of the address; no time looks like it. What it belongs to stands before it, or is the folder.
  const whole = stem.replace(/(^|[-_.])0{6}\d{6}$/, '');
  const folder = path.basename(path.dirname(all));
  const base = whole !== '' ? whole : folder === '.' || folder === '' ? stem : folder;
  const name = base
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}_.]+/gu, '-')
    .replace(/^[-._]+|[-._]+$/g, '')
    .slice(0, 80);
  return name === '' || RESERVED.test(name) ? `data-${name}`.replace(/-$/, '') : name;
}

/** `name`, or `name-2`, `name-3` …: the first that is not taken (letter case does not tell names apart). */
export function freeName(name: string, taken: Iterable<string>): string {
  const used = new Set([...taken].map((one) => one.toLowerCase()));
  if (!used.has(name.toLowerCase())) return name;
  for (let n = 2; ; n++) {
    if (!used.has(`${name}-${n}`.toLowerCase())) return `${name}-${n}`;
  }
}

/** The name itself or the only one that begins with it; else a UserError that lists what there is. */
export function resolveName(given: string, names: readonly string[], what: string): string {
  if (names.includes(given)) return given;
  const matches =
    given === '' ? [] : names.filter((one) => one.toLowerCase().startsWith(given.toLowerCase()));
  const [only, ...others] = matches;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    const exact = matches.find((one) => one.toLowerCase() === given.toLowerCase());
    if (exact !== undefined) return exact;
    throw new UserError('invalid', `"${given}" could be several ${what}s: ${listed(matches)}.`, {
      fix: 'Write more of the name.',
    });
  }
  throw new UserError('notFound', `There is no ${what} "${given}".`, {
    fix: names.length === 0 ? `This project has no ${what} yet.` : `There is: ${listed(names)}.`,
  });
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 12).join(', ');
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown;
}

/** Refuses a recipe, or another YAML file, where data is meant: read as a text it would be a table of nonsense. */
export function refuseRecipe(nameOrPath: string): void {
  if (!/\.ya?ml$/i.test(nameOrPath)) return;
  const name = path.basename(nameOrPath);
  const isRecipe = /\.recipe\.ya?ml$/i.test(name);
  throw new UserError('invalid', `${name} is ${isRecipe ? 'a recipe' : 'a YAML file'}, not data.`, {
    fix: isRecipe
      ? `Name the data that it cleans (its line "input:"). Mistakes in it are found by: mll recipe check ${name}`
      : 'Name a table, a folder of tables or a dataset.',
  });
}

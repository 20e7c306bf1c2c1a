import path from 'node:path';

/** The ending of files that a download has not finished; lists of a folder leave them out. */
export const PART_ENDING = '.mll.part';

const RESERVED = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|$)/i;
const LONGEST = 255;

/** Why this cannot be a file's or folder's name on that system, in words; undefined when it can. */
export function refusedName(name: string, platform: NodeJS.Platform = process.platform): string | undefined {
  if (name === '') return 'a part of it is empty';
  if (name === '.' || name === '..') return `"${name}" is no name`;
  if (name.includes('\0')) return 'it holds a NUL character';
  if (platform !== 'win32') {
    return Buffer.byteLength(name) > LONGEST ? `a name is longer than ${LONGEST} bytes` : undefined;
  }
  const forbidden = Array.from(name).find((one) => '<>:"|?*\\'.includes(one) || one < ' ');
  if (forbidden !== undefined) return `Windows allows no ${JSON.stringify(forbidden)} in a name`;
  if (/[. ]$/.test(name)) return 'on Windows a name cannot end in a dot or a space';
  if (RESERVED.test(name)) return `"${name}" is reserved on Windows`;
  return name.length > LONGEST ? `a name is longer than ${LONGEST} characters` : undefined;
}

/** A key that cannot be a file here. */
export interface Refused {
  readonly key: string;
  readonly reason: string;
}

/**
 * The files that keys become below a folder, each with its absolute path, and the keys that cannot be files there. Keys
 * count from the folder, with `/` between their parts; one that ends in `/` stands for a folder and becomes none.
 */
export function localFiles(
  folder: string,
  keys: readonly string[],
  platform: NodeJS.Platform = process.platform,
): { readonly files: ReadonlyMap<string, string>; readonly refused: readonly Refused[] } {
  const files = new Map<string, string>();
  const refused: Refused[] = [];
  const same = (name: string): string => {
    if (platform === 'win32') return name.toLowerCase();
    return platform === 'darwin' ? name.normalize('NFC').toLowerCase() : name;
  };
  const folders = new Set<string>();
  for (const key of keys) {
    for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1))
      folders.add(same(key.slice(0, at)));
  }
  const taken = new Map<string, string>();
  for (const key of keys) {
    if (key.endsWith('/')) continue;
    const parts = key.split('/');
    const wrong = parts.map((part) => refusedName(part, platform)).find((reason) => reason !== undefined);
    const other = taken.get(same(key));
    const reason =
      wrong ??
      (other === undefined ? undefined : `here it is the same name as ${other}`) ??
      (folders.has(same(key)) ? 'there is a folder of this name beside it' : undefined);
    if (reason === undefined) {
      taken.set(same(key), key);
      files.set(key, path.join(folder, ...parts));
    } else refused.push({ key, reason });
  }
  return { files, refused };
}

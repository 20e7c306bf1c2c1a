import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path, { type PlatformPath } from 'node:path';

// `system` stands for the rules of the machine; tests say those of Windows.

const GLOB = /[*?[\]{}]/;

/** Whether two paths are the same one by their names; Windows tells neither letter case nor slashes apart. */
export function samePath(one: string, other: string, system: PlatformPath = path): boolean {
  const [a, b] = [system.resolve(one), system.resolve(other)];
  return system.sep === '\\' ? a.toLowerCase() === b.toLowerCase() : a === b;
}

/** Whether they are the same file on the disk, by whatever names; false where one is not there. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  if (samePath(one, other)) return true;
  const [a, b] = await Promise.all(
    [one, other].map((file) => stat(file, { bigint: true }).catch(() => undefined)),
  );
  if (!a || !b) return false;
  return a.ino === b.ino && a.dev === b.dev;
}

/** Relative with forward slashes; undefined for the folder itself and for what is outside of it. */
export function below(folder: string, file: string, system: PlatformPath = path): string | undefined {
  const relative = system.relative(folder, file);
  if (/^(\.\.([\\/]|$)|$)/.test(relative) || system.isAbsolute(relative)) return undefined;
  return relative.split(system.sep).join('/');
}

/** Relative with forward slashes, also upwards; as it is where it lies on another drive. */
export function relativePath(folder: string, file: string, system: PlatformPath = path): string {
  const relative = system.relative(folder, file);
  return system.isAbsolute(relative) ? file : relative.split(system.sep).join('/');
}

/** The wildcards of a path as a pattern below a folder; a part that is there by its very name is none. */
export function splitPattern(
  given: string,
  system: PlatformPath = path,
  exists: (place: string) => boolean = existsSync,
): { root: string; pattern: string } | undefined {
  if (!GLOB.test(given)) return undefined;
  const absolute = system.resolve(given);
  const { root: top } = system.parse(absolute);
  const parts = absolute.slice(top.length).split(system.sep);
  let root = top;
  for (const [at, part] of parts.entries()) {
    const next = system.join(root, part);
    if (GLOB.test(part) && !exists(next)) return { root, pattern: parts.slice(at).join('/') };
    root = next;
  }
  return undefined;
}

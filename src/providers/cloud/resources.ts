import { UserError } from '../../core/errors';
import type { Resource } from '../../core/provider';
import type { Store } from '../../core/store';

/** What stands on something else goes before it. */
const ORDER: readonly Resource['kind'][] = [
  'endpoint',
  'endpoint-config',
  'model',
  'job',
  'files',
  'role',
  'bucket',
];

/**
 * Deletes resources in an order that works, then looks whether they are gone; a UserError names what stayed.
 * Gives what the project has there still: what was not to be deleted, and what came meanwhile, such as requests that
 * an endpoint wrote down as it ended.
 */
export async function removeInOrder(
  wanted: readonly Resource[],
  by: {
    readonly remove: (one: Resource) => Promise<void>;
    readonly list: () => Promise<readonly Resource[]>;
    /** It ends by itself: no more can be done. */
    readonly isEnding: (one: Resource) => boolean;
  },
): Promise<readonly Resource[]> {
  const inOrder = wanted.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  const refused: UserError[] = [];
  for (const one of inOrder) {
    try {
      await by.remove(one);
    } catch (error) {
      // A job may have ended by itself meanwhile; and one thing that may not be deleted keeps no other one.
      if (!(error instanceof UserError) || error.kind === 'auth') throw error;
      refused.push(error);
    }
  }
  const key = (one: Resource): string => `${one.kind} ${one.name}`;
  const gone = new Set(wanted.map(key));
  const there = await by.list();
  const left = there.filter((one) => gone.has(key(one)) && !by.isEnding(one));
  if (left.length === 0) return there;
  const [why] = refused;
  const names = left.map(key).join(', ');
  throw new UserError(
    why?.kind ?? 'unavailable',
    `Not everything could be removed: ${names}.${why ? ` ${why.message}` : ''}`,
    { fix: why?.fix ?? 'Try again in a minute, or look into the console.' },
  );
}

/** Folders below the project's prefix, and what lies in each. */
export type Folders = Readonly<Record<string, string>>;

/** The project's files in a bucket, one resource for each of its folders below the prefix. */
export async function filesBelow(
  store: Store,
  prefix: string,
  folders: Folders,
  signal?: AbortSignal,
): Promise<Resource[]> {
  const found: Resource[] = [];
  for (const [folder, what] of Object.entries(folders)) {
    const start = `${prefix}${folder}`;
    let bytes = 0;
    let count = 0;
    let oldest: string | undefined;
    for (let next: string | undefined; ;) {
      const page = await store.list(start, { deep: true, ...(next === undefined ? {} : { next }) }, signal);
      for (const one of page.objects) {
        bytes += one.bytes;
        count += 1;
        if (oldest === undefined || one.modified < oldest) oldest = one.modified;
      }
      next = page.next;
      if (next === undefined) break;
    }
    if (count === 0) continue;
    found.push({
      kind: 'files',
      name: store.uri(start),
      title: `${count} ${count === 1 ? 'file' : 'files'} of ${what}`,
      bytes,
      ...(oldest === undefined ? {} : { created: oldest }),
    });
  }
  return found;
}

/** The key that a resource of files begins with: only folders of the project are deleted. */
export function folderOf(store: Store, prefix: string, folders: Folders, uri: string): string {
  const root = store.uri('');
  const start = uri.slice(root.length);
  if (uri.startsWith(root) && Object.keys(folders).some((folder) => start === `${prefix}${folder}`))
    return start;
  throw new UserError('invalid', `${uri} is not a folder of this project's files.`);
}

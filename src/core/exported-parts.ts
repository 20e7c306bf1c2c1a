import type { StorePlace } from './api';
import { UserError } from './errors';
import { plural } from '../words';

/** BigQuery writes a number of twelve digits where the star of an export's address was. */
const NUMBERED = /^(.*(?<!\d))\d{12}((?!\d)[^/]*)$/s;

/**
 * A UserError for one of several files that a table was exported to: a job or a dataset holds one object with its version, and
 * would take a part of the rows for all of them. A store that cannot be asked is not waited for: a copy here may be used.
 */
export async function refuseOneOfSeveral(
  { store, key, uri }: StorePlace,
  signal?: AbortSignal,
): Promise<void> {
  const [, before, after] = NUMBERED.exec(key) ?? [];
  if (before === undefined || after === undefined) return;
  const page = await store.list(before, {}, signal).catch((error: unknown) => {
    if (error instanceof UserError && (error.kind === 'unavailable' || error.kind === 'auth'))
      return undefined;
    throw error;
  });
  const parts = page?.objects.filter((one) => {
    const [, sameBefore, sameAfter] = NUMBERED.exec(one.key) ?? [];
    return sameBefore === before && sameAfter === after;
  });
  if (page === undefined || parts === undefined || parts.length < 2) return;
  const folder = uri.slice(0, uri.lastIndexOf('/') + 1);
  throw new UserError(
    'unsupported',
    `${uri} is one of ${page.next === undefined ? '' : 'more than '}${plural(parts.length, 'file')} that one table was exported to; a dataset and the data of a job are one file.`,
    {
      fix: `Download them all and name them together: mll store get ${folder} FOLDER, then "FOLDER/${before.slice(before.lastIndexOf('/') + 1)}*${after}". For this part alone: mll store get ${uri} FILE.`,
    },
  );
}

import { z } from 'zod';
import type { CoreContext } from './context';
import { isAbort, toErrorData, UserError } from './errors';
import { keptPrices } from './kept-prices';
import { queryLines } from './query-estimate';
import type { AgreeToQuery, QueryEstimate, QueryPrice, Source, Sources, SourceSettings } from './source';
import { isSourceUri, parseSourceUri, SOURCES, type SourceScheme } from './source-uri';
import { byteCount, type SourcesSettings } from './source-settings';
import { bytes as bytesText } from '../words';

/** Where a dry run is no bound and `ml.yaml` sets no limit, a query may read so much. */
const UNBOUND_LIMIT = 10e9;

export function createSources(context: CoreContext): Sources {
  const opened = new Map<SourceScheme, { readonly key: string; readonly source: Promise<Source> }>();

  const own = async (): Promise<SourcesSettings['bigquery']> => (await context.settings()).sources?.bigquery;

  async function settingsOf(): Promise<SourceSettings> {
    const { stores } = await context.settings();
    const { account, keyFile, project } = stores?.gs ?? {};
    const bigquery = await own();
    return {
      account,
      keyFile: keyFile === undefined ? undefined : context.absolute(keyFile),
      project: bigquery?.project ?? project,
      projects: bigquery?.projects,
    };
  }

  /** By the source's own list, which is asked once for each location and then kept with its date. That it cannot be asked is no failure. */
  const listed = new Map<string, Promise<QueryEstimate['perTiB']>>();
  function listedPrice(location: string, signal?: AbortSignal): Promise<QueryEstimate['perTiB']> {
    const known = listed.get(location);
    if (known) return known;
    const made = askedPrice(location, signal).catch((error: unknown) => {
      // A cancelled question says nothing of the list.
      if (isAbort(error)) {
        listed.delete(location);
        throw error;
      }
      context.host.log(`Prices of queries are not known: ${toErrorData(error).message}`);
      return undefined;
    });
    listed.set(location, made);
    return made;
  }

  async function askedPrice(location: string, signal?: AbortSignal): Promise<QueryEstimate['perTiB']> {
    const source = await open('bigquery');
    if (!source.price) return undefined;
    const name = `bigquery-${location.toLowerCase().replace(/[^a-z0-9-]/g, '')}`;
    const kept = await keptPrices(context.host, name, KEPT_PRICE, async (date) => {
      const found = await source.price?.(location, signal);
      return found && { date, ...found };
    });
    if (!kept) return undefined;
    const free = kept.freeTiB === undefined ? '' : `; the first ${kept.freeTiB} TiB of a month is free`;
    return { price: kept.price, source: `on demand, Cloud Billing catalogue, ${kept.date}${free}` };
  }

  async function priced(estimate: Parameters<AgreeToQuery>[0], signal?: AbortSignal): Promise<QueryEstimate> {
    const settings = await own();
    const isBound = estimate.bound === 'exactly' || estimate.bound === 'at most';
    const most =
      settings?.maximumBytesBilled === undefined ? undefined : byteCount(settings.maximumBytesBilled);
    const given = settings?.prices?.query;
    const { location } = estimate;
    const perTiB =
      given !== undefined
        ? { price: given, source: 'from ml.yaml' }
        : location === undefined
          ? undefined
          : await listedPrice(location, signal);
    return {
      ...estimate,
      limit: most ?? (isBound ? estimate.largest : UNBOUND_LIMIT),
      ...(perTiB === undefined ? {} : { perTiB }),
    };
  }

  async function agree(
    estimate: Parameters<AgreeToQuery>[0],
    ask: ((estimate: QueryEstimate) => Promise<boolean>) | undefined,
    signal?: AbortSignal,
  ): ReturnType<AgreeToQuery> {
    const shown = await priced(estimate, signal);
    const { limit, bound, largest } = shown;
    // BigQuery would refuse it as well, but only after the person's yes.
    if ((bound === 'exactly' || bound === 'at most') && largest > limit) throw overLimit(shown);
    const { host } = context;
    if (!ask && !host.agreeToQuery) {
      throw new UserError(
        'permission',
        `${estimate.action}: nobody can be asked whether that is agreed to.`,
        { fix: `Use the terminal command mll, or VS Code. ${queryLines(shown)[0] ?? ''}.` },
      );
    }
    const yes = ask ? await ask(shown) : await host.agreeToQuery?.(shown);
    if (yes !== true)
      throw new UserError('cancelled', `${estimate.action} was not agreed to. Nothing was run.`);
    return { limit };
  }

  async function open(given: string): Promise<Source> {
    const scheme = isSourceUri(given) ? parseSourceUri(given).scheme : given;
    const make = scheme in SOURCES ? context.host.sources?.[scheme as SourceScheme] : undefined;
    if (!make) {
      throw new UserError('unsupported', `"${given}" is no source that can be used here.`, {
        fix: `There is: ${Object.values(SOURCES).join(', ')} (bigquery://PROJECT/DATASET/TABLE).`,
      });
    }
    const settings = await settingsOf();
    const key = JSON.stringify(settings);
    const known = opened.get(scheme as SourceScheme);
    if (known?.key === key) return known.source;
    const made = make(settings);
    opened.set(scheme as SourceScheme, { key, source: made });
    // What did not work is tried again at the next call.
    made.catch(() => opened.delete(scheme as SourceScheme));
    return made;
  }

  return {
    open,
    async check(signal) {
      if (!(await own())) return [];
      return (await (await open('bigquery')).check?.(signal)) ?? [];
    },
    async remembered() {
      const { sources, stores } = await context.settings();
      return sources?.bigquery || stores?.gs ? ['bigquery'] : [];
    },
    priced,
    asked: (call = {}, ask) => ({ ...call, agree: (estimate) => agree(estimate, ask, call.signal) }),
  };
}

const KEPT_PRICE: z.ZodType<{ date: string } & QueryPrice> = z.object({
  date: z.string(),
  price: z.number(),
  freeTiB: z.exactOptional(z.number()),
});

function overLimit({ action, largest, bound, limit }: QueryEstimate): UserError {
  const reads = `${bound === 'at most' ? 'up to ' : ''}${bytesText(largest)}`;
  return new UserError('quota', `${action}: it would read ${reads}, and the limit is ${bytesText(limit)}.`, {
    fix: 'Choose fewer columns or partitions, take a sample, or raise sources.bigquery.maximumBytesBilled in ml.yaml. Nothing was run.',
  });
}

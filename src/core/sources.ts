import type { CoreContext } from './context';
import { UserError } from './errors';
import { queryLines } from './query-estimate';
import type { AgreeToQuery, QueryEstimate, Source, Sources, SourceSettings } from './source';
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

  async function priced(estimate: Parameters<AgreeToQuery>[0]): Promise<QueryEstimate> {
    const settings = await own();
    const isBound = estimate.bound === 'exactly' || estimate.bound === 'at most';
    const most =
      settings?.maximumBytesBilled === undefined ? undefined : byteCount(settings.maximumBytesBilled);
    const price = settings?.prices?.query;
    return {
      ...estimate,
      limit: most ?? (isBound ? estimate.largest : UNBOUND_LIMIT),
      ...(price === undefined ? {} : { perTiB: { price, source: 'from ml.yaml' } }),
    };
  }

  async function agree(
    estimate: Parameters<AgreeToQuery>[0],
    ask: ((estimate: QueryEstimate) => Promise<boolean>) | undefined,
  ): ReturnType<AgreeToQuery> {
    const shown = await priced(estimate);
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

  return {
    async open(given) {
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
    },
    async remembered() {
      const { sources, stores } = await context.settings();
      return sources?.bigquery || stores?.gs ? ['bigquery'] : [];
    },
    priced,
    asked: (call = {}, ask) => ({ ...call, agree: (estimate) => agree(estimate, ask) }),
  };
}

function overLimit({ action, largest, bound, limit }: QueryEstimate): UserError {
  const reads = `${bound === 'at most' ? 'up to ' : ''}${bytesText(largest)}`;
  return new UserError('quota', `${action}: it would read ${reads}, and the limit is ${bytesText(limit)}.`, {
    fix: 'Choose fewer columns or partitions, take a sample, or raise sources.bigquery.maximumBytesBilled in ml.yaml. Nothing was run.',
  });
}

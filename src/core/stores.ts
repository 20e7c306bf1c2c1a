import * as fs from 'node:fs/promises';
import type { StorePlace, Stores, TransferState } from './api';
import type { CoreContext } from './context';
import { UserError } from './errors';
import { inParallel } from './parallel';
import { setOwn, setShared } from './settings';
import type { StoreAccount, StoreSettings, TransferProgress } from './store';
import { planDownload, planRemoval, planUpload, sumBytes } from './store-plans';
import { isCloudScheme, parseStoreUri, type StoreScheme, storeUri } from './store-uri';
import type { CallOptions } from '../rpc';

/** Objects up to this size come and go in one request, so that many are under way at a time; larger ones go in parts. */
const SMALL_BYTES = 8 * 2 ** 20;
const SMALL_AT_ONCE = 16;
const REMOVED_AT_ONCE = 1000;

/** The stores of one project. Nothing is asked of a cloud before it is needed. */
export function createStores(context: CoreContext): Stores {
  const accounts = new Map<StoreScheme, { readonly key: string; readonly account: Promise<StoreAccount> }>();
  let override: StoreSettings = {};

  async function settingsOf(scheme: StoreScheme): Promise<StoreSettings> {
    if (!isCloudScheme(scheme)) return {};
    const settings = { ...(await context.settings()).stores?.[scheme], ...override };
    return settings.keyFile === undefined
      ? settings
      : { ...settings, keyFile: context.absolute(settings.keyFile) };
  }

  async function withSettings(scheme: StoreScheme, settings: StoreSettings): Promise<StoreAccount> {
    const make = context.host.stores?.[scheme];
    if (!make) throw unknownScheme(scheme);
    return make(settings);
  }

  async function account(scheme: StoreScheme): Promise<StoreAccount> {
    const settings = await settingsOf(scheme);
    const key = JSON.stringify(settings);
    const known = accounts.get(scheme);
    if (known?.key === key) return known.account;
    const made = withSettings(scheme, settings);
    accounts.set(scheme, { key, account: made });
    // What did not work is tried again at the next call.
    made.catch(() => accounts.delete(scheme));
    return made;
  }

  async function at(uri: string): Promise<StorePlace> {
    const address = parseStoreUri(uri);
    const store = (await account(address.scheme)).open(address.root);
    return { store, key: address.key, uri: storeUri(address) };
  }

  return {
    at,
    use(settings) {
      override = settings;
    },
    async roots(scheme, signal) {
      const { buckets = [] } = await settingsOf(scheme);
      const listed = await (await account(scheme)).roots(signal).catch((error: unknown) => {
        if (error instanceof UserError && error.kind === 'permission' && buckets.length > 0) return [];
        throw error;
      });
      const names = new Set(listed.map((one) => one.name));
      return [...listed, ...buckets.filter((name) => !names.has(name)).map((name) => ({ name }))];
    },
    account: withSettings,
    async check(signal) {
      const remembered = Object.keys((await context.settings()).stores ?? {}).filter(isCloudScheme);
      const checks = remembered.map(async (scheme) => (await (await account(scheme)).check?.(signal)) ?? []);
      return (await Promise.all(checks)).flat();
    },
    async logins(scheme) {
      // Without settings, so that a profile that is not there does not hide those that are.
      return (await (await withSettings(scheme, {})).logins?.()) ?? [];
    },
    async logIn(scheme, profile, show, signal) {
      const opened = await withSettings(scheme, profile === undefined ? {} : { profile });
      if (!opened.logIn) {
        throw new UserError('unsupported', 'There is no login by the browser for this store.', {
          fix: 'Log in with the tool of its cloud.',
        });
      }
      await opened.logIn(show, signal);
    },
    async remembered() {
      return (await context.settings()).stores ?? {};
    },
    async remember(scheme, { account: email, keyFile, ...settings }) {
      await context.ensureProject();
      await setShared(context.paths, ['stores', scheme], settings);
      const personal = email === undefined && keyFile === undefined ? undefined : { account: email, keyFile };
      await setOwn(context.paths, ['stores', scheme], personal);
    },
    async forget(scheme) {
      await setShared(context.paths, ['stores', scheme], undefined);
      await setOwn(context.paths, ['stores', scheme], undefined);
    },
    async planUpload(from, to, options = {}, signal) {
      const rules = { project: context.paths.root, ignored: options.ignored ?? false };
      return planUpload(from, await at(to), rules, signal);
    },
    async upload(plan, call = {}) {
      const { store } = await at(plan.to);
      await transfer(
        plan.files,
        (one, progress, signal) => store.upload(one.file, one.key, progress, signal),
        call,
      );
    },
    async planDownload(from, to, signal) {
      return planDownload(await at(from), to, process.platform, signal);
    },
    async download(plan, call = {}) {
      const { store } = await at(plan.from);
      await transfer(
        plan.files.map((one) => ({ ...one, bytes: one.object.bytes })),
        async ({ object, file }, progress, signal) => {
          await store.download(object, file, progress, signal);
          // So that the same download, begun again, knows what it has.
          await fs.utimes(file, new Date(), new Date(object.modified));
        },
        call,
      );
    },
    async planRemoval(uri, signal) {
      return planRemoval(await at(uri), signal);
    },
    async remove(plan, call = {}) {
      const { store } = await at(plan.uri);
      const all = plan.objects;
      let bytes = 0;
      for (let from = 0; from < all.length; from += REMOVED_AT_ONCE) {
        const some = all.slice(from, from + REMOVED_AT_ONCE);
        await store.remove(
          some.map((one) => one.key),
          call.signal,
        );
        bytes += sumBytes(some);
        const files = from + some.length;
        tell(call, { bytes, totalBytes: plan.bytes, files, totalFiles: all.length });
      }
    },
  };
}

function unknownScheme(scheme: string): UserError {
  return new UserError('unsupported', `Addresses with ${scheme}:// cannot be used here.`, {
    fix: 'Use s3://BUCKET/KEY or gs://BUCKET/KEY.',
  });
}

function tell(call: CallOptions, state: TransferState): void {
  call.onProgress?.(state);
}

/** Moves them all: large ones one after the other, each in parts; the small ones side by side. */
async function transfer<T extends { readonly bytes: number }>(
  all: readonly T[],
  move: (one: T, progress: TransferProgress, signal: AbortSignal) => Promise<void>,
  call: CallOptions,
): Promise<void> {
  const totalBytes = sumBytes(all);
  const moved = new Map<T, number>();
  let bytes = 0;
  let files = 0;
  const state = (): void => tell(call, { bytes, totalBytes, files, totalFiles: all.length });
  const one = async (item: T, signal: AbortSignal): Promise<void> => {
    await move(
      item,
      (done) => {
        bytes += done - (moved.get(item) ?? 0);
        moved.set(item, done);
        state();
      },
      signal,
    );
    files += 1;
    state();
  };
  try {
    await inParallel(
      all.filter((item) => item.bytes > SMALL_BYTES),
      1,
      one,
      call.signal,
    );
    await inParallel(
      all.filter((item) => item.bytes <= SMALL_BYTES),
      SMALL_AT_ONCE,
      one,
      call.signal,
    );
  } catch (error) {
    if (!(error instanceof UserError) || all.length === 1) throw error;
    throw new UserError(error.kind, `${error.message} ${files} of ${all.length} files were done before.`, {
      ...(error.fix === undefined ? {} : { fix: error.fix }),
      actions: error.actions,
      cause: error,
    });
  }
}

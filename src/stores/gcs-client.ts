import { IdempotencyStrategy, Storage } from '@google-cloud/storage';
import { GoogleAuth, PassThroughClient } from 'google-auth-library';
import { UserError } from '../core/errors';
import type { StoreSettings } from '../core/store';
import { explainGcs, type GcsAttempt } from './gcs-errors';
import { googleAuth } from './google-login';

/** The client of one login, made on first use. */
export interface GcsClient {
  get(): Promise<Storage>;
  /** In words; after a refused login the next request takes the login as it is by then. */
  explain(error: unknown, attempt: GcsAttempt): unknown;
}

/** A UserError for a key file that is none; a login that is refused shows at the first request. */
export async function openClient(settings: StoreSettings): Promise<GcsClient> {
  let auth: GoogleAuth | undefined = await authOf(settings);
  let made: Promise<Storage> | undefined;
  return {
    get() {
      made ??= Promise.resolve(auth ?? authOf(settings)).then((by) => createClient(by, settings));
      return made;
    },
    explain(error, attempt) {
      const explained = explainGcs(error, attempt);
      if (explained instanceof UserError && explained.kind === 'auth') auth = made = undefined;
      return explained;
    },
  };
}

/** As Google's other clients do: a server that stands in for Google is shown a login only where one was chosen. */
function authOf(settings: StoreSettings): Promise<GoogleAuth> {
  const hasLogin = [settings.account, settings.keyFile, process.env.GOOGLE_APPLICATION_CREDENTIALS].some(
    (one) => one !== undefined,
  );
  return process.env.STORAGE_EMULATOR_HOST === undefined || hasLogin
    ? googleAuth(settings)
    : Promise.resolve(new GoogleAuth({ authClient: new PassThroughClient() }));
}

async function createClient(auth: GoogleAuth, { project }: StoreSettings): Promise<Storage> {
  // Here, because the client would go on without a login when there is none.
  await auth.getClient();
  const storage = new Storage({
    authClient: auth,
    useAuthWithCustomEndpoint: true,
    ...(project === undefined ? {} : { projectId: project }),
    retryOptions: { maxRetries: 2, totalTimeout: 120, idempotencyStrategy: IdempotencyStrategy.RetryAlways },
  });
  const emulator = process.env.STORAGE_EMULATOR_HOST;
  // The client takes the variable for the whole path of one of its interfaces, and would miss the other.
  if (emulator !== undefined) {
    storage.apiEndpoint = emulatorUrl(emulator);
    storage.baseUrl = `${storage.apiEndpoint}/storage/v1`;
    // `useAuthWithCustomEndpoint` is not handed on to uploads in parts, which would go without the login anywhere else.
    storage.universeDomain = new URL(storage.apiEndpoint).hostname;
  }
  return storage;
}

/** With a scheme and without a path, as Google's clients of other languages read STORAGE_EMULATOR_HOST. */
function emulatorUrl(host: string): string {
  return (/^\w+:\/\//.test(host) ? host : `http://${host}`).replace(/\/+(storage\/v1\/?)?$/, '');
}

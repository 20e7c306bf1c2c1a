import { GoogleAuth, PassThroughClient } from 'google-auth-library';
import type { z } from 'zod';
import { isAbort, UserError } from '../core/errors';
import type { SourceSettings } from '../core/source';
import { googleAuth } from '../stores/google-login';
import { type Attempt, explainBigQuery } from './bigquery-errors';

type Params = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Request {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Below `/bigquery/v2/`, its parts escaped. */
  readonly path?: string;
  /** The whole address, of another service of Google's. */
  readonly at?: string;
  readonly params?: Params;
  readonly data?: unknown;
  /** For example "list the datasets of p"; stands in the message of a failure. */
  readonly doing: string;
  readonly attempt?: Attempt;
  /** Asked again when the answer got lost: it does the same when it arrives twice. */
  readonly again?: boolean;
}

/** BigQuery's REST interface by one login. */
export interface BigQueryClient {
  call<T>(request: Request, answer: z.ZodType<T>, signal?: AbortSignal): Promise<T>;
  /** The project that pays for queries; a UserError where none is known. */
  payer(): Promise<string>;
}

/** As in Google's other clients the variable moves the whole service. */
function baseUrl(): string {
  const { BIGQUERY_EMULATOR_HOST: emulator, CLOUDSDK_API_ENDPOINT_OVERRIDES_BIGQUERY: gcloud } = process.env;
  const given = emulator ?? gcloud ?? 'https://bigquery.googleapis.com';
  const url = /^\w+:\/\//.test(given) ? given : `http://${given}`;
  return url.replace(/\/+(bigquery\/v2\/?)?$/, '');
}

/** A server that stands in for Google is shown a login only where one was chosen. */
async function authOf(settings: SourceSettings): Promise<GoogleAuth> {
  const { account, keyFile } = settings;
  const hasLogin = [account, keyFile, process.env.GOOGLE_APPLICATION_CREDENTIALS].some(
    (one) => one !== undefined,
  );
  return process.env.BIGQUERY_EMULATOR_HOST === undefined || hasLogin
    ? googleAuth(settings)
    : new GoogleAuth({ authClient: new PassThroughClient() });
}

const TRIES = 3;

/** A UserError for a key file that is none; a login that is refused shows at the first request. */
export async function openClient(settings: SourceSettings): Promise<BigQueryClient> {
  let auth: GoogleAuth | undefined = await authOf(settings);
  const base = baseUrl();

  return {
    async call(
      { method = 'GET', path = '', at, params = {}, data, doing, attempt = {}, again },
      answer,
      signal,
    ) {
      signal?.throwIfAborted();
      const mayRepeat = again ?? method === 'GET';
      try {
        auth ??= await authOf(settings);
        const { data: said } = await auth.request({
          url: at ?? `${base}/bigquery/v2/${path}`,
          method,
          params: Object.fromEntries(Object.entries(params).filter(([, one]) => one !== undefined)),
          ...(data === undefined ? {} : { data }),
          responseType: 'json',
          retryConfig: {
            retry: mayRepeat ? TRIES - 1 : 0,
            httpMethodsToRetry: ['GET', 'POST', 'DELETE'],
            statusCodesToRetry: [
              [429, 429],
              [500, 599],
            ],
          },
          ...(signal ? { signal } : {}),
        });
        return answer.parse(said ?? {});
      } catch (error) {
        if (signal?.aborted === true) throw signal.reason;
        const explained = explainBigQuery(error, settings, doing, attempt);
        // After a refused login the next request takes the login as it is by then.
        if (explained instanceof UserError && explained.kind === 'auth') auth = undefined;
        throw explained;
      }
    },
    async payer() {
      if (settings.project !== undefined) return settings.project;
      const found = await (auth ?? (await authOf(settings))).getProjectId().catch((error: unknown) => {
        if (isAbort(error)) throw error;
        return undefined;
      });
      if (found) return found;
      throw new UserError('invalid', 'It is not said which project pays for queries.', {
        fix: 'Choose one ("Connect Google…"), or write it into ml.yaml: sources.bigquery.project.',
        actions: [{ title: 'Connect Google…', command: 'mll.connect.google' }],
      });
    },
  };
}

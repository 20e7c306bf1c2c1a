import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Fault, Seen } from '../front';

/** Google's logins and projects, as far as they are asked: OAuth 2.0 tokens (RFC 6749 §6), tokeninfo, Cloud Resource Manager. */
export interface Accounts {
  /** What a process needs so that Google's clients and ours go there; with application default credentials of a person. */
  readonly env: Readonly<Record<string, string>>;
  /** What {@link Accounts.env} names as GOOGLE_APPLICATION_CREDENTIALS has to hold. */
  readonly credentials: string;
  /** The login was ended: tokens are refused from now on. */
  expired: boolean;
  /** So many seconds a new token is said to last. */
  lasts: number;
  /** Tokens that were given out are refused from now on; the login gives out others. */
  endTokens(): void;
  /** Tokens that were asked for. */
  readonly granted: number;
  /** Refuses a request to another service without a token of this login, as Google does. */
  guard(request: Seen): Fault | undefined;
  stop(): Promise<void>;
}

export const EMAIL = 'me@example.com';
const REFRESH = 'made-up-refresh-token';

/** Starts it on a free port of 127.0.0.1; `file` is where the credentials will lie. */
export async function startAccounts(file: string, projects: readonly string[]): Promise<Accounts> {
  let granted = 0;
  let generation = 0;
  const valid = (): string => `made-up-access-token-${generation}`;
  const server = http.createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    void text(request).then((body) => {
      const url = new URL(request.url ?? '', 'http://localhost');
      const form = new URLSearchParams(body);
      if (url.pathname === '/token') {
        const isKnown = !accounts.expired && form.get('refresh_token') === REFRESH;
        if (isKnown) granted += 1;
        if (isKnown) answer(200, { access_token: valid(), expires_in: accounts.lasts, token_type: 'Bearer' });
        else answer(400, { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' });
      } else if (url.pathname === '/tokeninfo') {
        if (form.get('access_token') === valid()) answer(200, { email: EMAIL, expires_in: '3500' });
        else answer(400, { error: 'invalid_token', error_description: 'Invalid Value' });
      } else if (request.headers.authorization !== `Bearer ${valid()}`) {
        answer(401, REFUSED);
      } else {
        // One project on each page.
        const page = Number(url.searchParams.get('pageToken') ?? '0');
        const next = page + 1 < projects.length ? { nextPageToken: String(page + 1) } : {};
        answer(200, { projects: [{ projectId: projects[page], displayName: `Project ${page}` }], ...next });
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const accounts: Accounts = {
    env: {
      GOOGLE_APPLICATION_CREDENTIALS: file,
      CLOUDSDK_AUTH_TOKEN_HOST: `${url}/token`,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER: `${url}/`,
    },
    credentials: JSON.stringify({
      type: 'authorized_user',
      client_id: 'made-up',
      client_secret: 'made-up',
      refresh_token: REFRESH,
    }),
    expired: false,
    lasts: 3600,
    endTokens() {
      generation += 1;
    },
    get granted() {
      return granted;
    },
    guard: ({ headers }) =>
      headers.authorization === `Bearer ${valid()}`
        ? undefined
        : { status: 401, headers: { 'content-type': 'application/json' }, body: JSON.stringify(REFUSED) },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return accounts;
}

const REFUSED = {
  error: {
    code: 401,
    message: 'Invalid Credentials',
    errors: [{ reason: 'authError', message: 'Invalid Credentials' }],
  },
};

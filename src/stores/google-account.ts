import { PassThroughClient, type GoogleAuth } from 'google-auth-library';
import { z } from 'zod';
import { toErrorData } from '../core/errors';
import type { Check } from '../core/provider';
import type { StoreAccount, StoreProject } from '../core/store';
import { type GoogleChoice, readKeyFile, whose } from './google-login';

const PAGE = z.looseObject({
  projects: z.array(z.looseObject({ projectId: z.string(), displayName: z.string().optional() })).optional(),
  nextPageToken: z.string().optional(),
});
/** Projects that are shown at most; whoever may see more types the id. */
const MOST_PROJECTS = 2000;

/** Of Cloud Resource Manager; gcloud's own variable sends it elsewhere. */
const resourceManager = (): string =>
  (
    process.env.CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER ??
    'https://cloudresourcemanager.googleapis.com/'
  ).replace(/\/+$/, '');

/** The active projects that the login may see, by id. */
export async function projectsOf(auth: GoogleAuth): Promise<readonly StoreProject[]> {
  const found: StoreProject[] = [];
  for (let pageToken: string | undefined; ;) {
    const { data } = await auth.request({
      url: `${resourceManager()}/v3/projects:search`,
      params: { query: 'state:ACTIVE', pageSize: 500, ...(pageToken === undefined ? {} : { pageToken }) },
    });
    const { projects = [], nextPageToken = '' } = PAGE.parse(data);
    found.push(
      ...projects.map(({ projectId, displayName }) => ({ id: projectId, name: displayName ?? projectId })),
    );
    if (nextPageToken === '' || found.length >= MOST_PROJECTS) break;
    pageToken = nextPageToken;
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const TOKEN_INFO = z.looseObject({ email: z.string().optional() });

/** The account that the login stands for. Asks Google only where nothing here says it, but takes a token in any case. */
export async function whoIs(auth: GoogleAuth, choice: GoogleChoice): Promise<string> {
  const client = await auth.getClient();
  if (client instanceof PassThroughClient) return 'nobody (a stand-in for Google is used without a login)';
  const { token } = await client.getAccessToken();
  if (choice.keyFile !== undefined) return (await readKeyFile(choice.keyFile)).client_email;
  if (choice.account !== undefined) return choice.account;
  const host = process.env.CLOUDSDK_AUTH_TOKEN_HOST ?? 'https://oauth2.googleapis.com/token';
  const { data } = await client.request({
    url: new URL('/tokeninfo', host).href,
    method: 'POST',
    data: new URLSearchParams({ access_token: token ?? '' }),
  });
  return TOKEN_INFO.parse(data).email ?? whose(choice);
}

/** Login, project and buckets, each with what to do. */
export async function checkGoogle(
  account: StoreAccount,
  choice: GoogleChoice,
  signal?: AbortSignal,
): Promise<readonly Check[]> {
  const look = async (name: string, work: () => Promise<string>): Promise<Check> => {
    try {
      return { name, ok: true, reason: await work() };
    } catch (error) {
      signal?.throwIfAborted();
      const { message, fix, actions } = toErrorData(error);
      const action = actions?.[0];
      return {
        name,
        ok: false,
        reason: message,
        ...(fix === undefined ? {} : { fix }),
        ...(action === undefined ? {} : { action }),
      };
    }
  };
  const login = await look(
    'Google login',
    async () => `${(await account.who?.(signal)) ?? ''}, by ${whose(choice)}.`,
  );
  // Whatever comes after would only say the same once more.
  if (!login.ok) return [login];
  if (choice.project === undefined) {
    const project: Check = {
      name: 'Google project',
      ok: false,
      reason: 'No project is chosen, so its buckets cannot be listed.',
      fix: 'Choose one.',
      action: { title: 'Connect Google…', command: 'mll.connect.google' },
    };
    return [login, project];
  }
  const buckets = await look('Cloud Storage', async () => {
    const { length } = await account.roots(signal);
    return `${length === 1 ? '1 bucket' : `${length} buckets`} in the project ${choice.project ?? ''}.`;
  });
  return [login, buckets];
}

import { execFile } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gcpMetadata, GoogleAuth, OAuth2Client } from 'google-auth-library';
import { z } from 'zod';
import { UserError } from '../core/errors';
import { fileExists, readText } from '../core/files';
import type { StoreLogin } from '../core/store';

/** Whose login is used: an account of gcloud, a service account's key file, or (neither) application default credentials. */
export interface GoogleChoice {
  readonly account?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly project?: string | undefined;
}

const SCOPES = [
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/userinfo.email',
];
/** A token of gcloud of which it does not say how long it lasts is asked for again after this. */
const UNSAID_MS = 5 * 60_000;
const ACCOUNT = /^[\w.+:@-]+$/;

const text = z.string().min(1);
const KEY_FILE = z.object({
  type: z.literal('service_account'),
  client_email: text,
  private_key: text,
  private_key_id: z.exactOptional(text),
  client_id: z.exactOptional(text),
  project_id: z.exactOptional(text),
  universe_domain: z.exactOptional(text),
});
export type ServiceAccountKey = z.infer<typeof KEY_FILE>;

/** The command that renews this login; undefined for a key file, which does not expire. */
export function loginCommand({ account, keyFile }: GoogleChoice): string | undefined {
  if (keyFile !== undefined) return undefined;
  return account === undefined ? 'gcloud auth application-default login' : `gcloud auth login ${account}`;
}

/** For messages. */
export function whose({ account, keyFile }: GoogleChoice): string {
  if (keyFile !== undefined) return `the key file ${keyFile}`;
  return account ?? 'the application default credentials';
}

/**
 * Google's client asks the network whether this is a machine of Google's, waits for that, and prints a warning where it fails in a way it
 * did not expect. The machine's own firmware says it as well; only where a variable names a metadata server is that one asked.
 */
class LocalAuth extends GoogleAuth {
  override async _checkIsGCE(): Promise<boolean> {
    const { GCE_METADATA_HOST, GCE_METADATA_IP, METADATA_SERVER_DETECTION } = process.env;
    if (gcpMetadata.getGCPResidency()) return true;
    return [GCE_METADATA_HOST, GCE_METADATA_IP, METADATA_SERVER_DETECTION].some(Boolean)
      ? gcpMetadata.isAvailable()
      : false;
  }
}

/** Tokens for Google's clients. Asks nobody yet; a UserError for a key file that is none. */
export async function googleAuth(choice: GoogleChoice): Promise<GoogleAuth> {
  const { account, keyFile } = choice;
  const project = choice.project === undefined ? {} : { projectId: choice.project };
  if (account !== undefined) return new GoogleAuth({ ...project, authClient: gcloudClient(account) });
  if (keyFile === undefined) {
    // gcloud's own variable, so that a login's renewal goes where gcloud's goes.
    const oauth2TokenUrl = process.env.CLOUDSDK_AUTH_TOKEN_HOST;
    const clientOptions = oauth2TokenUrl === undefined ? {} : { endpoints: { oauth2TokenUrl } };
    return new LocalAuth({ ...project, scopes: SCOPES, clientOptions });
  }
  const credentials = await readKeyFile(keyFile);
  const { project_id: projectId } = credentials;
  return new GoogleAuth({
    ...(projectId === undefined ? {} : { projectId }),
    ...project,
    scopes: SCOPES,
    credentials,
  });
}

/** The content of a service account's key file; a UserError says what is wrong with it. */
export async function readKeyFile(file: string): Promise<ServiceAccountKey> {
  const found = await readText(file);
  if (found === undefined) {
    throw new UserError('notFound', `There is no key file ${file}.`, {
      fix: 'Choose the login again ("Connect Google…"), or mend keyFile of stores.gs in .ml/local.yaml.',
    });
  }
  let content: unknown;
  try {
    content = JSON.parse(found);
  } catch (error) {
    throw noKey(file, error);
  }
  const checked = KEY_FILE.safeParse(content);
  if (!checked.success) throw noKey(file, checked.error);
  return checked.data;
}

function noKey(file: string, cause: unknown): UserError {
  return new UserError('invalid', `${file} is not the key file of a service account.`, {
    fix: 'Choose the JSON file that "gcloud iam service-accounts keys create" or the console makes: it has type, client_email and private_key.',
    cause,
  });
}

/** A client that takes its tokens from gcloud, which renews them. */
function gcloudClient(account: string): OAuth2Client {
  const client = new OAuth2Client();
  client.refreshHandler = async () => {
    const { credential } = TOKEN.parse(
      JSON.parse(await gcloud(['config', 'config-helper', `--account=${account}`, '--format=json'])),
    );
    const expires = credential.token_expiry === undefined ? NaN : Date.parse(credential.token_expiry);
    return {
      access_token: credential.access_token,
      expiry_date: Number.isNaN(expires) ? Date.now() + UNSAID_MS : expires,
    };
  };
  if (ACCOUNT.test(account)) return client;
  throw new UserError('invalid', `"${account}" is no account of gcloud.`, {
    fix: 'Choose one that "gcloud auth list" shows.',
  });
}

const TOKEN = z.looseObject({
  credential: z.looseObject({ access_token: text, token_expiry: z.string().optional() }),
});

/** What gcloud prints. Its own errors (text of stderr) are thrown as they are; where it is absent, a UserError. */
export async function gcloud(args: readonly string[], signal?: AbortSignal): Promise<string> {
  const onWindows = process.platform === 'win32';
  try {
    // A .cmd needs the shell; nothing but fixed words and a checked account is in the arguments.
    const { stdout } = await promisify(execFile)(onWindows ? 'gcloud.cmd' : 'gcloud', [...args, '--quiet'], {
      shell: onWindows,
      windowsHide: true,
      maxBuffer: 2 ** 24,
      ...(signal ? { signal } : {}),
    });
    return stdout;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new UserError('notFound', 'The Google Cloud CLI (gcloud) is not on this machine.', {
        fix: 'Install it (cloud.google.com/sdk/docs/install), or use a service account’s key file.',
        cause: error,
      });
    }
    throw error;
  }
}

/** The logins that there are on this machine: application default credentials, and gcloud's accounts where gcloud is. */
export async function googleLogins(): Promise<readonly StoreLogin[]> {
  const named = process.env.GOOGLE_APPLICATION_CREDENTIALS;
  const found: StoreLogin[] = [];
  if (named !== undefined || (await fileExists(wellKnownFile()))) {
    const how =
      named === undefined
        ? 'gcloud auth application-default login'
        : `GOOGLE_APPLICATION_CREDENTIALS: ${named}`;
    found.push({ name: 'Application default credentials', how, settings: {} });
  }
  const said = await gcloud(['auth', 'list', '--format=json']).catch(() => '[]');
  for (const { account, status } of ACCOUNTS.parse(JSON.parse(said))) {
    const how = status === 'ACTIVE' ? 'gcloud, the active account' : 'gcloud';
    found.push({ name: account, how, settings: { account } });
  }
  return found;
}

const ACCOUNTS = z.array(z.looseObject({ account: text, status: z.string().optional() }));

/** Where gcloud leaves application default credentials. */
function wellKnownFile(): string {
  const folder =
    process.env.CLOUDSDK_CONFIG ??
    (process.platform === 'win32'
      ? path.join(process.env.APPDATA ?? os.homedir(), 'gcloud')
      : path.join(os.homedir(), '.config', 'gcloud'));
  return path.join(folder, 'application_default_credentials.json');
}

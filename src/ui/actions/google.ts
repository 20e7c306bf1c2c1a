import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import type { StoreAccount, StoreProject, StoreSettings } from '../../core/store';
import { askOne, askText } from '../ask';
import { projectOf } from '../choose';
import type { CommandContext } from '../command-context';
import { openPanel } from '../panels';
import { waitFor } from '../progress';
import { showStores } from './show-stores';
import { isOnPath, logInByTerminal } from './terminal-login';

/** What a failure's button may ask for: a login of gcloud and nothing else. */
const LOGIN = /^gcloud auth (application-default login|login [\w.+:@-]+)$/;
const USUAL = 'gcloud auth application-default login';

/** Runs gcloud's login in a terminal, then reads the stores again. */
export async function logIn(context: CommandContext, command: unknown): Promise<void> {
  const text = typeof command === 'string' ? command : USUAL;
  if (!LOGIN.test(text)) throw new Error(`${text} is no login of gcloud.`);
  if (!(await isOnPath('gcloud'))) {
    throw new UserError('notFound', 'The Google Cloud CLI (gcloud), which logs in, is not on this machine.', {
      fix: `Install it (cloud.google.com/sdk/docs/install), then run "${text}". A service account’s key file does without it ("Connect Google…").`,
      actions: [{ title: 'Connect Google…', command: 'mll.connect.google' }],
    });
  }
  logInByTerminal(context, 'Google login', text);
}

/** Login, then project, as the one whom the login stands for; only names are kept. */
export async function connectGoogle(context: CommandContext): Promise<void> {
  const { root } = await projectOf(context);
  if (!(await chooseGoogle(context))) return;
  await showStores(context, root);
  openPanel(context, { view: 'doctor', root, name: '' });
}

/** The same without a look at what was chosen; false when a list was closed. */
export async function chooseGoogle(context: CommandContext): Promise<boolean> {
  const { lifecycle } = await projectOf(context);
  const { stores } = lifecycle;
  const login = await chooseLogin(context, await waitFor('Looking for logins', () => stores.logins('gs')));
  if (!login) return false;
  const account = await stores.account('gs', login);
  const who = await waitFor(
    'Asking Google who you are',
    async (call) => (await account.who?.(call.signal)) ?? '',
  );
  const projects = await waitFor('Listing your projects', (call) => listed(account, call.signal));
  const remembered = (await stores.remembered()).gs;
  const project = await chooseProject(who, projects, remembered?.project);
  if (project === undefined) return false;
  await lifecycle.init();
  await stores.remember('gs', { buckets: remembered?.buckets, ...login, project });
  return true;
}

/** The projects, or why they cannot be listed: the id of one is typed then. */
async function listed(
  account: StoreAccount,
  signal?: AbortSignal,
): Promise<readonly StoreProject[] | UserError> {
  try {
    return (await account.projects?.(signal)) ?? [];
  } catch (error) {
    if (error instanceof UserError && error.kind !== 'auth') return error;
    throw error;
  }
}

async function chooseProject(
  who: string,
  projects: readonly StoreProject[] | UserError,
  current: string | undefined,
): Promise<string | undefined> {
  const title = `Connect Google (2/2): project, as ${who}`;
  const other: vscode.QuickPickItem = { label: 'Another…', description: 'type its id' };
  if (!(projects instanceof UserError) && projects.length > 0) {
    const items = projects.map(({ id, name }) => ({
      label: id,
      description: [name === id ? '' : name, id === current ? 'now' : '']
        .filter((one) => one !== '')
        .join(' · '),
    }));
    const pick = await askOne([...items, other], {
      title,
      placeHolder: 'Whose buckets are listed. Only its name is kept, in ml.yaml.',
      matchOnDescription: true,
    });
    if (pick !== other) return pick?.label;
  }
  const why = projects instanceof UserError ? ` (They cannot be listed: ${projects.message})` : '';
  return askText({
    title,
    prompt: `The id of the project whose buckets are listed. Only its name is kept, in ml.yaml.${why}`,
    value: current ?? process.env.GOOGLE_CLOUD_PROJECT ?? '',
    validateInput: (text) => (PROJECT.test(text) ? undefined : 'A project’s id, such as my-project-123.'),
  });
}

/** Also those of a domain (`example.com:my-project`). */
const PROJECT = /^([a-z0-9.-]+:)?[a-z][a-z0-9-]{2,28}[a-z0-9]$/;

type Logins = Awaited<ReturnType<Awaited<ReturnType<typeof projectOf>>['lifecycle']['stores']['logins']>>;

interface Item extends vscode.QuickPickItem {
  readonly settings?: StoreSettings;
}

async function chooseLogin(context: CommandContext, logins: Logins): Promise<StoreSettings | undefined> {
  const keyFile: Item = {
    label: 'Key file of a service account…',
    description: 'its path is kept, not its content',
  };
  const anew: Item = { label: 'Log in…', description: USUAL };
  const items: Item[] = [
    ...logins.map((one) => ({ label: one.name, description: one.how, settings: one.settings })),
    keyFile,
    ...(logins.some((one) => one.settings.account === undefined) ? [] : [anew]),
  ];
  const pick = await askOne(items, { title: 'Connect Google (1/2): login' });
  if (pick === anew) await logIn(context, USUAL);
  if (pick !== keyFile) return pick?.settings;
  const [file] =
    (await vscode.window.showOpenDialog({
      title: 'Key File of a Service Account',
      openLabel: 'Use',
      filters: { JSON: ['json'] },
    })) ?? [];
  return file && { keyFile: file.fsPath };
}

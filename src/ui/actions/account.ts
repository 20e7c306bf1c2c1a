import * as vscode from 'vscode';
import { UserError } from '../../core/errors';
import { sizeText } from '../../core/estimate';
import type { Resource } from '../../core/provider';
import type { ProviderId } from '../../core/run';
import { askOne, askSome, askText } from '../ask';
import { agree, choose, projectOf } from '../choose';
import type { CommandContext } from '../command-context';
import { openPanel } from '../panels';
import { waitFor } from '../progress';

export const NEW = 'Make a new one…';
/** Clouds as a person calls what their resources lie in. */
const CLOUDS: Readonly<Partial<Record<ProviderId, string>>> = { sagemaker: 'AWS', vertex: 'Google Cloud' };

/** One of a list, or a new one; undefined when the list was closed. */
export async function pickName(
  title: string,
  names: readonly string[],
  current: string | undefined,
): Promise<string | undefined> {
  const items = names.map((label) => ({ label, ...(label === current ? { description: 'now' } : {}) }));
  const chosen = await askOne([...items, { label: NEW }], {
    title,
    placeHolder: 'Only its name is kept, in ml.yaml.',
    // A name is often looked up elsewhere; the answers so far must not be lost by that.
  });
  return chosen?.label;
}

interface RegionQuestion {
  readonly title: string;
  /** Stands first; what the login or the environment says. */
  readonly first?: string;
  readonly pattern: RegExp;
  readonly example: string;
}

/** One of a list, or another that is typed; undefined when it was closed. */
export async function chooseRegion(
  regions: readonly string[],
  { title, first, pattern, example }: RegionQuestion,
): Promise<string | undefined> {
  const other = 'Another…';
  const known = [...new Set([...(first === undefined ? [] : [first]), ...regions])];
  const pick = await askOne(
    [...known, other].map((label) => ({ label })),
    { title, placeHolder: 'Near the data, and where your quota is.' },
  );
  if (pick?.label !== other) return pick?.label;
  return askText({
    title,
    validateInput: (text) => (pattern.test(text) ? undefined : `A region such as ${example}.`),
  });
}

/** Login, region, bucket and role, one after the other; what is missing may be made then. */
export async function connectAws(context: CommandContext): Promise<void> {
  const { root, lifecycle } = await projectOf(context);
  const account = await lifecycle.account('sagemaker');
  const logins = await account.logins();
  if (logins.length === 0 && process.env.AWS_ACCESS_KEY_ID === undefined) {
    throw new UserError('auth', 'There is no login to AWS on this machine.', {
      fix: 'Run "aws configure sso" (or "aws configure") in a terminal, then connect again.',
    });
  }
  const login = await askOne(
    [
      ...logins.map((one) => ({
        label: one.name,
        description: [one.how, one.region].filter((text) => text !== undefined).join(', '),
        profile: one.name,
      })),
      ...(process.env.AWS_ACCESS_KEY_ID === undefined
        ? []
        : [{ label: 'From the environment', description: 'AWS_ACCESS_KEY_ID', profile: undefined }]),
    ],
    { title: 'Connect AWS (1/4): login' },
  );
  if (!login) return;
  const region = await chooseRegion(account.regions?.() ?? [], {
    title: 'Connect AWS (2/4): region',
    first: logins.find((one) => one.name === login.profile)?.region ?? process.env.AWS_REGION ?? 'us-east-1',
    pattern: /^[a-z]{2}(-[a-z]+)+-\d$/,
    example: 'eu-west-1',
  });
  if (region === undefined) return;
  const identity = await waitFor('Asking AWS who you are', (call) =>
    account.identity(
      { region, ...(login.profile === undefined ? {} : { login: login.profile }) },
      call.signal,
    ),
  );
  const store = await pickName(
    `Connect AWS (3/4): bucket, as ${identity.who}`,
    identity.stores.map((name) => `s3://${name}`),
    undefined,
  );
  if (store === undefined) return;
  const role = await pickName('Connect AWS (4/4): role that jobs run as', identity.roles, undefined);
  if (role === undefined) return;
  await lifecycle.connect('sagemaker', {
    shared: {
      region,
      store: store === NEW ? undefined : store,
      role: role === NEW ? undefined : role,
    },
    own: { profile: login.profile },
  });
  const { s3 } = await lifecycle.stores.remembered();
  // The buckets of the account that was just connected are what a person looks for next.
  if (!s3) await lifecycle.stores.remember('s3', { profile: login.profile, region });
  await createMissing(context, 'sagemaker');
  context.stores.refresh();
  openPanel(context, { view: 'doctor', root, name: '' });
}

/** The cloud that is meant: the only one that is connected, else one of a list. Undefined when that was closed. */
async function chooseCloud(context: CommandContext, title: string): Promise<ProviderId | undefined> {
  const { lifecycle } = await projectOf(context);
  const clouds = (await lifecycle.providers()).filter((one) => one.id !== 'local');
  const ready = clouds.filter((one) => one.ready);
  const items = ready.length > 0 ? ready : clouds;
  if (items.length < 2) return items[0]?.id;
  const pick = await askOne(
    items.map(({ id, title: label, detail }) => ({ label, description: detail, id })),
    { title },
  );
  return pick?.id;
}

/** `provider`: whose button it was; a person who calls the command is asked. */
export async function createWhatIsMissing(context: CommandContext, provider: unknown): Promise<void> {
  const given = provider === 'sagemaker' || provider === 'vertex' ? provider : undefined;
  const chosen = given ?? (await chooseCloud(context, 'Create what is missing, where?'));
  if (chosen) await createMissing(context, chosen);
}

/** Shows exactly what is missing, and makes each of it after a yes. */
export async function createMissing(context: CommandContext, provider: ProviderId): Promise<void> {
  const { lifecycle } = await projectOf(context);
  const account = await lifecycle.account(provider);
  const missing = await waitFor('Looking at the account', (call) => account.missing(call.signal));
  for (const one of missing) {
    // Of a role's ARN a title needs the name alone; the text below holds the rest.
    const title =
      one.kind === 'role' ? `the role ${one.name.split('/').at(-1) ?? one.name}` : `the bucket ${one.name}`;
    if (!(await agree(`Make ${title}?`, one.text, 'Make It'))) continue;
    const value = await waitFor(`Making ${one.name}`, (call) => account.create(one, call.signal));
    await lifecycle.connect(provider, { shared: { [one.kind]: value }, own: {} });
  }
  if (missing.length > 0) return;
  const all = provider === 'sagemaker' ? 'Bucket and role are there.' : 'The bucket is there.';
  void vscode.window.showInformationMessage(all);
}

function detailOf(one: Resource): string {
  const hours = one.created === undefined ? undefined : (Date.now() - Date.parse(one.created)) / 3_600_000;
  const age =
    hours === undefined
      ? undefined
      : hours < 48
        ? hours < 1
          ? 'made within the hour'
          : `${Math.round(hours)} h old`
        : `${Math.round(hours / 24)} days old`;
  return [
    one.status,
    one.machine,
    age,
    one.bytes === undefined ? undefined : sizeText(one.bytes),
    one.cost === undefined ? undefined : `USD ${one.cost.toFixed(2)} so far`,
  ]
    .filter((text) => text !== undefined)
    .join(' · ');
}

function titleOf({ kind, title, name }: Resource): string {
  // "24 files" says what it is.
  return kind === 'files' && title !== undefined ? title : `${kind.replace('-', ' ')} ${title ?? name}`;
}

/** All that the project made in the account; what is chosen is deleted. */
export async function showResources(context: CommandContext): Promise<void> {
  const { root, lifecycle } = await projectOf(context);
  const provider = await chooseCloud(context, 'Resources of this project, where?');
  if (!provider) return;
  const cloud = CLOUDS[provider] ?? provider;
  const account = await lifecycle.account(provider);
  const list = await waitFor('Looking at the account', (call) => account.resources(call.signal));
  if (list.length === 0) {
    void vscode.window.showInformationMessage(`This project has nothing in ${cloud}.`);
    return;
  }
  const items = list.map((resource) => ({
    label: titleOf(resource),
    description: detailOf(resource),
    detail: resource.name,
    resource,
  }));
  const picked = await askSome(items, {
    title: `What this project made in ${cloud}: choose what to delete`,
    matchOnDetail: true,
  });
  if (!picked || picked.length === 0) return;
  const names = picked.map((one) => `${one.label} (${one.description})`).join('\n');
  const question =
    picked.length === 1 ? `Delete it from ${cloud}?` : `Delete these ${picked.length} from ${cloud}?`;
  if (!(await agree(question, `${names}\n\nIt cannot be brought back.`, 'Delete'))) return;
  const left = await waitFor('Deleting', (call) =>
    account.remove(
      picked.map((one) => one.resource),
      call.signal,
    ),
  );
  context.changed(root, 'endpoints');
  const deleted = `Deleted from ${cloud}: ${picked.map((one) => one.label).join(', ')}.`;
  if (left.length === 0) {
    void vscode.window.showInformationMessage(`${deleted} This project has nothing there any more.`);
    return;
  }
  const show = 'Show What Is Left';
  void vscode.window
    .showInformationMessage(`${deleted} Still there: ${left.map(titleOf).join(', ')}.`, show)
    .then((pick) => {
      if (pick === show) void vscode.commands.executeCommand('mll.resources');
    });
}

/** The run's page in the provider's console. */
export async function openConsole(context: CommandContext, given: unknown): Promise<void> {
  const chosen = await choose(context, 'runs', given, 'Open in Console');
  if (!chosen) return;
  const { place } = await chosen.lifecycle.runs.get(chosen.name);
  if (!place) {
    throw new UserError('unsupported', 'This run is of this machine: it has no page in a console.', {
      fix: 'Open its log instead.',
    });
  }
  await vscode.env.openExternal(vscode.Uri.parse(place.console));
}

import { projectOf } from '../choose';
import type { CommandContext } from '../command-context';
import { openPanel } from '../panels';
import { waitFor } from '../progress';
import { chooseRegion, createMissing, NEW, pickName } from './account';
import { chooseGoogle } from './google';

const REGION = /^[a-z]+-[a-z]+\d+$/;

/** Login and project where none is chosen yet, then region and bucket; what is missing may be made then. */
export async function connectVertex(context: CommandContext): Promise<void> {
  const { root, lifecycle } = await projectOf(context);
  const known = async (): Promise<string | undefined> => (await lifecycle.stores.remembered()).gs?.project;
  if ((await known()) === undefined && !(await chooseGoogle(context))) return;
  const account = await lifecycle.account('vertex');
  const region = await chooseRegion(account.regions?.() ?? [], {
    title: 'Connect Vertex AI (1/2): region',
    pattern: REGION,
    example: 'europe-west1',
  });
  if (region === undefined) return;
  const identity = await waitFor('Asking Google who you are', (call) =>
    account.identity({ region }, call.signal),
  );
  const store = await pickName(
    `Connect Vertex AI (2/2): bucket near ${region}, as ${identity.who}`,
    identity.stores.map((name) => `gs://${name}`),
    undefined,
  );
  if (store === undefined) return;
  await lifecycle.connect('vertex', {
    shared: { region, store: store === NEW ? undefined : store },
    own: {},
  });
  await createMissing(context, 'vertex');
  context.sources.refresh();
  context.stores.refresh();
  openPanel(context, { view: 'doctor', root, name: '' });
}

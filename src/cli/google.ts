import { UserError } from '../core/errors';
import type { StoreSettings } from '../core/store';
import type { Cli } from './context';

export interface GoogleOptions {
  readonly account?: string;
  readonly keyFile?: string;
  readonly project?: string;
}

/** Login and project of Google Cloud: what is given, what a person picks where one can be asked. */
export async function connectGoogle(cli: Cli, options: GoogleOptions): Promise<void> {
  const { stores } = await cli.lifecycle();
  const { signal, canAsk } = cli.terminal;
  const login = await chooseLogin(cli, options);
  const account = await stores.account('gs', login);
  const who = (await account.who?.(signal)) ?? '';
  cli.terminal.note(`You are ${who}.`);
  const remembered = (await stores.remembered()).gs;
  let project = options.project ?? (canAsk ? undefined : remembered?.project);
  if (project === undefined) {
    const ids = ((await account.projects?.(signal)) ?? []).map((one) => one.id);
    if (canAsk && ids.length > 0) project = await cli.terminal.choose('Project', ids);
    else {
      const some = ids.slice(0, 10).join(', ');
      throw new UserError('invalid', 'It is not said whose buckets are listed.', {
        fix: `Give --project${some === '' ? '' : `: ${some}${ids.length > 10 ? ' …' : ''}`}.`,
      });
    }
  }
  await stores.remember('gs', { buckets: remembered?.buckets, ...login, project });
  const checks = await stores.check(signal);
  const wrong = checks.filter((one) => !one.ok);
  cli.terminal.answer(
    { connected: { provider: 'google', who, project }, checks },
    [
      `google is connected: ${who}, project ${project}. The project’s name is in ml.yaml${Object.keys(login).length === 0 ? '' : ', the login’s in .ml/local.yaml'}.`,
      ...wrong.map((one) => `${one.name}: ${one.reason} ${one.fix ?? ''}`.trimEnd()),
    ].join('\n'),
  );
}

async function chooseLogin(cli: Cli, { account, keyFile }: GoogleOptions): Promise<StoreSettings> {
  if (keyFile !== undefined) return { keyFile: cli.file(keyFile) };
  if (account !== undefined) return { account };
  if (!cli.terminal.canAsk) return {};
  const { stores } = await cli.lifecycle();
  const logins = await stores.logins('gs');
  if (logins.length < 2) return logins[0]?.settings ?? {};
  const name = await cli.terminal.choose(
    'Login',
    logins.map((one) => one.name),
  );
  return logins.find((one) => one.name === name)?.settings ?? {};
}

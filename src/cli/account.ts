import { Option, type Command } from 'commander';
import { UserError } from '../core/errors';
import { sizeText } from '../core/estimate';
import type { Identity, MachineUse, Missing, Resource } from '../core/provider';
import type { ProviderId } from '../core/run';
import type { Cli, MakeCli } from './context';
import { connectGoogle, type GoogleOptions } from './google';
import { table } from './terminal';

interface ConnectOptions {
  readonly project?: string;
  readonly serviceAccount?: string;
  readonly profile?: string;
  readonly region?: string;
  readonly store?: string;
  readonly role?: string;
  readonly machine?: string;
  readonly create?: boolean;
  readonly default?: boolean;
}

const NEW = 'a new one';

/** What is given, what a person picks where one can be asked, or nothing. */
async function pick(
  cli: Cli,
  what: string,
  given: string | undefined,
  choices: readonly string[],
): Promise<string | undefined> {
  if (given !== undefined || !cli.terminal.canAsk || choices.length === 0) return given;
  return cli.terminal.choose(what, choices);
}

async function connect(cli: Cli, provider: ProviderId, options: ConnectOptions): Promise<void> {
  const lifecycle = await cli.lifecycle();
  const account = await lifecycle.account(provider);
  const { signal } = cli.terminal;
  // Google's login is that of "connect google"; whose project it is decides what is listed.
  const google = provider === 'vertex';
  if (google) {
    await lifecycle.connect(provider, {
      shared: { project: options.project, region: options.region },
      own: {},
    });
  }
  const logins = await account.logins();
  const login = await pick(
    cli,
    'Profile',
    options.profile,
    logins.length > 1 ? logins.map((one) => one.name) : [],
  );
  const identity = await account.identity(
    {
      ...(login === undefined ? {} : { login }),
      ...(options.region === undefined ? {} : { region: options.region }),
    },
    signal,
  );
  cli.terminal.note(`You are ${identity.who} (account ${identity.account}, region ${identity.region}).`);
  for (const note of identity.notes) cli.terminal.note(note);
  const chosen = await choosePlaces(cli, identity, options, google ? 'gs' : 's3');
  await lifecycle.connect(provider, {
    shared: {
      region: identity.region,
      ...chosen,
      machine: options.machine,
      ...(google ? { serviceAccount: options.serviceAccount } : {}),
    },
    own: { profile: login },
    standard: options.default ?? false,
  });
  const missing = await account.missing(signal);
  const made: Missing[] = [];
  for (const one of missing) {
    if (!(await agreesToCreate(cli, one, options))) continue;
    const value = await account.create(one, signal);
    await lifecycle.connect(provider, { shared: { [one.kind]: value }, own: {} });
    made.push(one);
  }
  const left = missing.filter((one) => !made.includes(one));
  cli.terminal.answer(
    {
      connected: { provider, who: identity.who, account: identity.account, region: identity.region },
      made,
      missing: left,
    },
    [
      `${provider} is connected: ${identity.who} in ${identity.region}. The names are in ml.yaml${login === undefined ? '' : ', the profile in .ml/local.yaml'}.`,
      ...made.map((one) => `Made: ${one.name}`),
      ...left.map((one) => `Missing: ${one.name} (make it with "mll connect ${provider} --create")`),
    ].join('\n'),
  );
}

async function choosePlaces(
  cli: Cli,
  identity: Identity,
  options: ConnectOptions,
  scheme: 's3' | 'gs',
): Promise<{ store: string | undefined; role: string | undefined }> {
  const stores = identity.stores.map((name) => `${scheme}://${name}`);
  const store = await pick(cli, 'Bucket for code, data and models', options.store, [...stores, NEW]);
  const roles = scheme === 's3' ? [...identity.roles, NEW] : [];
  const role = await pick(cli, 'Role that jobs run as', options.role, roles);
  return { store: store === NEW ? undefined : store, role: role === NEW ? undefined : role };
}

async function agreesToCreate(cli: Cli, one: Missing, options: ConnectOptions): Promise<boolean> {
  cli.terminal.note(`\nNot there: ${one.name}\n${one.text}\n`);
  if (options.create !== true && !cli.terminal.canAsk) return false;
  return cli.terminal.agree(`Make ${one.name}?`, '');
}

function age(created: string | undefined): string {
  if (created === undefined) return '';
  const hours = (Date.now() - Date.parse(created)) / 3_600_000;
  if (hours < 1) return `${Math.max(0, Math.round(hours * 60))} min`;
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`;
}

function resourceRow(one: Resource): (string | number | null)[] {
  return [
    one.kind,
    one.title ?? '',
    one.name,
    one.status ?? '',
    age(one.created),
    one.bytes === undefined ? (one.machine ?? '') : sizeText(one.bytes),
    one.cost === undefined ? '' : `USD ${one.cost.toFixed(2)}`,
  ];
}

function addResources(program: Command, make: MakeCli): void {
  const resources = program.command('resources').description('what the project made in a provider’s account');
  resources
    .command('list')
    .option('--provider <id>', 'whose account')
    .description(
      'endpoints, models, running jobs, files, and the bucket and role that were made, with their age and what they have cost',
    )
    .action(async ({ provider }: { provider?: ProviderId }) => {
      const cli = make();
      const account = await (await cli.lifecycle()).account(provider);
      const list = await account.resources(cli.terminal.signal);
      cli.terminal.answer(
        { resources: list },
        list.length === 0
          ? 'The project has nothing in the account.'
          : table(['kind', 'for', 'name', 'status', 'age', 'size', 'cost so far'], list.map(resourceRow)),
      );
    });
  resources
    .command('remove')
    .argument('[name...]', 'names as "resources list" prints them, or their beginnings')
    .option('--provider <id>', 'whose account')
    .option('--all', 'everything that the project made there')
    .description('delete what the project made in the account, in an order that works')
    .action(async (names: string[], options: { provider?: ProviderId; all?: boolean }) => {
      const cli = make();
      const account = await (await cli.lifecycle()).account(options.provider);
      const list = await account.resources(cli.terminal.signal);
      const wanted = options.all === true ? list : names.flatMap((name) => named(list, name));
      if (wanted.length === 0) {
        if (options.all !== true) {
          throw new UserError('invalid', 'It is not said what to remove.', {
            fix: 'Give a name of "mll resources list", or --all.',
          });
        }
        cli.terminal.answer({ removed: [] }, 'The project has nothing in the account.');
        return;
      }
      for (const one of wanted)
        cli.terminal.note(
          `  ${resourceRow(one)
            .filter((cell) => cell !== '')
            .join('  ')}`,
        );
      const question = wanted.length === 1 ? 'Delete it?' : `Delete these ${wanted.length}?`;
      if (!(await cli.terminal.agree(question, 'It cannot be brought back.'))) {
        throw new UserError('cancelled', 'Nothing was deleted.');
      }
      const left = await account.remove(wanted, cli.terminal.signal);
      const deleted = `Deleted: ${wanted.map((one) => one.name).join(', ')}`;
      cli.terminal.answer(
        { removed: wanted, left },
        left.length === 0
          ? `${deleted}\nThe project has nothing there any more.`
          : `${deleted}\nStill there: ${left.map((one) => one.name).join(', ')}`,
      );
    });
}

function named(list: readonly Resource[], name: string): readonly Resource[] {
  const exact = list.filter((one) => one.name === name || one.title === name);
  const found = exact.length > 0 ? exact : list.filter((one) => one.name.startsWith(name));
  if (found.length > 0) return found;
  throw new UserError('notFound', `The project made nothing named "${name}" there.`, {
    fix: 'See "mll resources list".',
  });
}

export function addAccountCommands(program: Command, make: MakeCli): void {
  program
    .command('connect')
    .addArgument(program.createArgument('<provider>', 'sagemaker').choices(['sagemaker', 'vertex', 'google']))
    .option('--profile <name>', 'the login: a profile of ~/.aws')
    .option('--account <email>', 'google: an account of gcloud (default: application default credentials)')
    .option('--key-file <path>', 'google: the key file of a service account; only its path is kept')
    .option('--project <id>', 'vertex, google: the project of Google Cloud')
    .option('--region <region>')
    .option(
      '--store <uri>',
      's3://BUCKET/PREFIX (vertex: gs://…) for code, data, models and captured requests',
    )
    .option('--role <arn>', 'the role that jobs and endpoints run as')
    .option('--service-account <email>', 'vertex: whom jobs run as')
    .option('--machine <type>', 'the machine that jobs use unless told otherwise')
    .option('--create', 'make bucket and role where they are missing, after showing them')
    .option('--default', 'jobs of this project run there unless told otherwise')
    .description('choose login, region, bucket and role; only names are kept')
    .action(async (provider: ProviderId | 'google', options: ConnectOptions & GoogleOptions) => {
      if (provider === 'google') await connectGoogle(make(), options);
      else await connect(make(), provider, options);
    });
  addResources(program, make);
  program
    .command('machines')
    .option('--provider <id>', 'whose machines')
    .addOption(
      new Option('--for <use>', 'what they are for')
        .choices(['train', 'prepare', 'endpoint'])
        .default('train'),
    )
    .description(
      'machines side by side: cores, memory, price per hour, how many the account may use at a time',
    )
    .action(async (options: { provider?: ProviderId; for: MachineUse }) => {
      const cli = make();
      const account = await (await cli.lifecycle()).account(options.provider);
      const machines = await account.machines(options.for, cli.terminal.signal);
      const rows = machines.map((one) => [
        one.type,
        one.cores ?? '',
        one.memory ?? '',
        one.gpus ?? '',
        one.price === undefined ? 'not known' : one.price.toFixed(4),
        one.date ?? '',
        one.quota ?? 'not known',
        ...(options.for === 'train' ? [one.spotQuota ?? 'not known'] : []),
      ]);
      cli.terminal.answer(
        { machines },
        table(
          [
            ...['machine', 'cores', 'memory', 'GPUs', 'USD per hour', 'as of', 'quota'],
            ...(options.for === 'train' ? ['Spot quota'] : []),
          ],
          rows,
        ),
      );
    });
}

import type { Command } from 'commander';
import type { DownloadPlan, Lifecycle, TransferState, UploadPlan } from '../core/api';
import { UserError } from '../core/errors';
import type { StoreObject, StorePage, StoreSettings } from '../core/store';
import { type CloudScheme, isCloudScheme } from '../core/store-uri';
import type { Cli, MakeCli } from './context';
import { table, whole } from './terminal';
import { bytes as bytesText, plural } from '../words';

const SHOWN = 10;

interface Way {
  profile?: string;
  region?: string;
  account?: string;
  keyFile?: string;
  project?: string;
}

/** The project's stores, by the login that was named, if any. */
async function open(
  cli: Cli,
  { profile, region, account, keyFile, project }: Way,
): Promise<Lifecycle['stores']> {
  const { stores } = await cli.lifecycle();
  const way: StoreSettings = {
    ...(profile === undefined ? {} : { profile }),
    ...(region === undefined ? {} : { region }),
    ...(account === undefined ? {} : { account }),
    ...(keyFile === undefined ? {} : { keyFile: cli.file(keyFile) }),
    ...(project === undefined ? {} : { project }),
  };
  stores.use(way);
  return stores;
}

function showTransfer(cli: Cli): (value: unknown) => void {
  return (value) => {
    const { bytes, totalBytes, files, totalFiles } = value as TransferState;
    cli.terminal.progress(
      `${bytesText(bytes)} of ${bytesText(totalBytes)}, ${files} of ${plural(totalFiles, 'file')}`,
    );
  };
}

/** The biggest first, the rest as a number. */
function biggest(all: readonly { readonly name: string; readonly bytes: number }[]): string {
  const sorted = all.toSorted((a, b) => b.bytes - a.bytes);
  const lines = sorted.slice(0, SHOWN).map((one) => `  ${bytesText(one.bytes).padStart(9)}  ${one.name}`);
  if (sorted.length > SHOWN) lines.push(`  and ${sorted.length - SHOWN} smaller ones`);
  return lines.join('\n');
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(', ');
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}

const files = (count: number): string => plural(count, 'file');

function objectRow(one: StoreObject): string {
  return `${one.modified.slice(0, 19).replace('T', ' ')}  ${String(one.bytes).padStart(14)}  ${one.key}`;
}

function pageText(page: StorePage): string {
  return [
    ...page.prefixes.map((one) => `${' '.repeat(19)}  ${'folder'.padStart(14)}  ${one}`),
    ...page.objects.map(objectRow),
  ].join('\n');
}

interface ListFlags extends Way {
  deep?: boolean;
  versions?: boolean;
  limit?: number;
}

async function listBuckets(cli: Cli, scheme: CloudScheme, flags: ListFlags): Promise<void> {
  const buckets = await (await open(cli, flags)).roots(scheme, cli.terminal.signal);
  const rows = buckets.map((one) => [
    `${scheme}://${one.name}/`,
    one.region ?? '',
    one.created?.slice(0, 10) ?? '',
  ]);
  cli.terminal.answer(
    { buckets },
    buckets.length === 0 ? 'There is no bucket.' : table(['bucket', 'region', 'created'], rows),
  );
}

async function listVersions(cli: Cli, uri: string, flags: ListFlags): Promise<void> {
  const { store, key } = await (await open(cli, flags)).at(uri);
  if (!store.versions) {
    throw new UserError('unsupported', `${uri} lies in a store that keeps no versions.`);
  }
  const versions = await store.versions(key, cli.terminal.signal);
  const rows = versions.map((one) => [
    one.version,
    one.modified,
    one.deleted ? 'deleted' : one.bytes,
    one.latest ? 'latest' : '',
  ]);
  cli.terminal.answer({ versions }, table(['version', 'modified', 'bytes', ''], rows));
}

async function list(cli: Cli, uri: string, flags: ListFlags): Promise<void> {
  const { store, key } = await (await open(cli, flags)).at(uri);
  const { signal, json } = cli.terminal;
  const prefixes: string[] = [];
  const objects: StoreObject[] = [];
  let count = 0;
  let next: string | undefined;
  do {
    const limit = Math.min(1000, (flags.limit ?? Infinity) - count);
    const options = { deep: flags.deep ?? false, limit, ...(next === undefined ? {} : { next }) };
    const page = await store.list(key, options, signal);
    count += page.prefixes.length + page.objects.length;
    // Pages are printed as they come: there may be millions of keys.
    if (json) {
      prefixes.push(...page.prefixes);
      objects.push(...page.objects);
    } else if (page.prefixes.length + page.objects.length > 0) process.stdout.write(`${pageText(page)}\n`);
    next = page.next;
  } while (next !== undefined && count < (flags.limit ?? Infinity));
  cli.terminal.answer(
    { prefixes, objects, complete: next === undefined },
    next === undefined
      ? count === 0
        ? `There is nothing at ${uri}`
        : ''
      : `The first ${count}; there are more.`,
  );
}

/** What the plan leaves out is said, and agreed to. */
async function agreeToDownload(cli: Cli, plan: DownloadPlan): Promise<void> {
  const { refused, replaces } = plan;
  const details = [
    ...(refused.length === 0
      ? []
      : [
          `${files(refused.length)} cannot be on this system and would be left out:`,
          ...refused.slice(0, SHOWN).map((one) => `  ${one.key}: ${one.reason}`),
        ]),
    ...(replaces.length === 0 ? [] : [`Replaced on this machine: ${listed(replaces)}`]),
  ];
  if (details.length === 0) return;
  const question = `Download ${files(plan.files.length)} (${bytesText(plan.bytes)}) from ${plan.from}?`;
  if (await cli.terminal.agree(question, details.join('\n'))) return;
  throw new UserError('cancelled', 'Nothing was downloaded.');
}

async function get(cli: Cli, uri: string, to: string, flags: Way & { versionId?: string }): Promise<void> {
  const { signal } = cli.terminal;
  const stores = await open(cli, flags);
  const target = /[\\/]$/.test(to) ? `${cli.file(to)}/` : cli.file(to);
  const call = { signal, onProgress: showTransfer(cli) };
  if (flags.versionId !== undefined) {
    const { store, key } = await stores.at(uri);
    const old = store.at?.(flags.versionId);
    if (!old) throw new UserError('unsupported', `${uri} lies in a store that keeps no versions.`);
    const object = await old.stat(key, signal);
    await old.download(object, target, undefined, signal);
    cli.terminal.answer(
      { files: [{ key, file: target, bytes: object.bytes }], bytes: object.bytes, refused: [], same: 0 },
      target,
    );
    return;
  }
  const plan = await stores.planDownload(uri, target, signal);
  await agreeToDownload(cli, plan);
  await stores.download(plan, call);
  const same = plan.same === 0 ? '' : `, ${files(plan.same)} were there already`;
  cli.terminal.answer(
    {
      files: plan.files.map(({ object, file }) => ({ key: object.key, file, bytes: object.bytes })),
      bytes: plan.bytes,
      refused: plan.refused,
      same: plan.same,
    },
    `${files(plan.files.length)}, ${bytesText(plan.bytes)}${same}`,
  );
}

function uploadDetail({ files: all, leftOut, replaces }: UploadPlan): string {
  return [
    biggest(all.map((one) => ({ name: one.file, bytes: one.bytes }))),
    ...(leftOut.length === 0
      ? []
      : [`Left out (.gitignore, .mlignore; --ignored sends them too): ${listed(leftOut)}`]),
    ...(replaces === undefined
      ? ['You may not list there, so whether something is replaced cannot be seen.']
      : replaces.length === 0
        ? []
        : [`Replaced there: ${listed(replaces)}`]),
  ].join('\n');
}

async function put(cli: Cli, from: string, uri: string, flags: Way & { ignored?: boolean }): Promise<void> {
  const { signal } = cli.terminal;
  const stores = await open(cli, flags);
  const plan = await stores.planUpload(cli.file(from), uri, { ignored: flags.ignored ?? false }, signal);
  if (plan.files.length === 0) {
    const leftOut =
      plan.leftOut.length === 0 ? '' : ` Left out by .gitignore or .mlignore: ${listed(plan.leftOut)}.`;
    throw new UserError('invalid', `${from} holds no file to upload.${leftOut}`, {
      fix:
        plan.leftOut.length === 0
          ? 'Check the path.'
          : 'Send them too with --ignored, or name them in .mlignore with a "!" before.',
    });
  }
  const what = `${files(plan.files.length)} (${bytesText(plan.bytes)}) to ${plan.to}`;
  if (!(await cli.terminal.agree(`Upload ${what}?`, uploadDetail(plan)))) {
    throw new UserError('cancelled', 'Nothing was uploaded.');
  }
  await stores.upload(plan, { signal, onProgress: showTransfer(cli) });
  const sent = plan.files.map(({ file, key, bytes }) => ({ file, key, bytes }));
  cli.terminal.answer(
    { to: plan.to, files: sent, bytes: plan.bytes, leftOut: plan.leftOut },
    `${what}: done`,
  );
}

async function remove(cli: Cli, uri: string, flags: Way): Promise<void> {
  const { signal } = cli.terminal;
  const stores = await open(cli, flags);
  const plan = await stores.planRemoval(uri, signal);
  const what = `${plural(plan.objects.length, 'object')} (${bytesText(plan.bytes)})`;
  const detail = biggest(plan.objects.map((one) => ({ name: one.key, bytes: one.bytes })));
  if (!(await cli.terminal.agree(`Delete ${what} at ${plan.uri}?`, detail))) {
    throw new UserError('cancelled', 'Nothing was deleted.');
  }
  await stores.remove(plan, { signal, onProgress: showTransfer(cli) });
  cli.terminal.answer(
    { removed: plan.objects.map((one) => one.key), bytes: plan.bytes },
    `${what} at ${plan.uri} deleted.`,
  );
}

async function logIn(cli: Cli, { profile }: Way): Promise<void> {
  const { stores } = await cli.lifecycle();
  await stores.logIn(
    's3',
    profile,
    ({ code, url }) => {
      cli.terminal.note(`Open ${url} and confirm, if it shows the code ${code}.`);
    },
    cli.terminal.signal,
  );
  cli.terminal.answer({ loggedIn: true }, 'Logged in to AWS.');
}

export function addStoreCommands(program: Command, make: MakeCli): void {
  const store = program.command('store').description('files in object stores (S3, Google Cloud Storage)');
  const command = (name: string, description: string): Command =>
    store
      .command(name)
      .description(description)
      .option('--profile <name>', 'profile of ~/.aws (default: the one in ml.yaml, else as the AWS CLI)')
      .option('--region <region>', 'region of AWS')
      .option('--account <email>', 'an account of gcloud (default: application default credentials)')
      .option('--key-file <path>', 'the key file of a service account of Google Cloud')
      .option('--project <id>', 'project of Google Cloud whose buckets are listed');

  command('list', 'buckets, or what lies at an address')
    .argument(
      '[uri]',
      's3://BUCKET/PREFIX or gs://BUCKET/PREFIX; s3:// and gs:// alone: the buckets',
      's3://',
    )
    .option('--deep', 'all below, not one level')
    .option('--versions', 'all versions of one key')
    .option('--limit <n>', 'at most so many', whole(1))
    .action(async (uri: string, flags: ListFlags) => {
      const cli = make();
      const scheme = /^(\w+):(\/\/)?$/.exec(uri)?.[1];
      if (scheme !== undefined && isCloudScheme(scheme)) await listBuckets(cli, scheme, flags);
      else if (flags.versions) await listVersions(cli, uri, flags);
      else await list(cli, uri, flags);
    });
  command(
    'login',
    'log in by IAM Identity Center (SSO) in the browser, where the AWS CLI is not installed',
  ).action((flags: Way) => logIn(make(), flags));
  command('get', 'download a file, or a folder (s3://BUCKET/FOLDER/); what an interrupted one left is used')
    .argument('<uri>')
    .argument('[to]', 'file or folder', '.')
    .option('--version-id <id>', 'that version of the key')
    .action((uri: string, to: string, flags: Way & { versionId?: string }) => get(make(), uri, to, flags));
  command('put', 'upload a file or folder, after showing what would leave')
    .argument('<path>')
    .argument('<uri>', 'with a slash at the end: into that folder')
    .option('--ignored', 'also what .gitignore and .mlignore leave out')
    .action((from: string, uri: string, flags: Way & { ignored?: boolean }) => put(make(), from, uri, flags));
  command('remove', 'delete an object, or all below an address that ends in a slash')
    .argument('<uri>')
    .action((uri: string, flags: Way) => remove(make(), uri, flags));
}

import { UserError } from '../../core/errors';
import type { Resource } from '../../core/provider';
import { abort, type Clients } from './clients';
import type { Config } from './config';
import { codeOf } from './errors';
import { tagText } from './tags';

/** What a project stands on in the account. */
export type Foundation = Resource & { readonly kind: 'bucket' | 'role' };

/** The tag that says whose a thing is. */
export const PROJECT_TAG = 'mll:project';

/** The bucket and the role that were made for this project and that hold nothing else; those that it was only given are not its own. */
export async function foundations(
  config: Config,
  clients: Clients,
  signal?: AbortSignal,
): Promise<Foundation[]> {
  const found = await Promise.all([
    unlessHidden(() => ownBucket(config, clients, signal)),
    unlessHidden(() => ownRole(config, clients, signal)),
  ]);
  return found.filter((one) => one !== undefined);
}

/** Undefined for what is not there, or may not be looked at. */
async function unlessHidden<T>(look: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof UserError && ['notFound', 'permission'].includes(error.kind)) return undefined;
    throw error;
  }
}

async function ownBucket(
  config: Config,
  clients: Clients,
  signal?: AbortSignal,
): Promise<Foundation | undefined> {
  const { sdk, s3 } = await clients.account(config.region);
  const Bucket = config.bucket;
  const tags = await clients.calling(`look at the bucket ${Bucket}`, async () => {
    try {
      return (await s3.send(new sdk.GetBucketTaggingCommand({ Bucket }), abort(signal))).TagSet ?? [];
    } catch (error) {
      if (codeOf(error) === 'NoSuchTagSet') return [];
      throw error;
    }
  });
  if (!tags.some((one) => one.Key === PROJECT_TAG && one.Value === tagText(config.project))) return undefined;
  // What else lies in it would be lost with it.
  const store = await clients.store(config.region, Bucket);
  const { prefixes, objects } = await store.list('', { limit: 2 }, signal);
  const [own = ''] = config.prefix.split('/');
  if (objects.length > 0 || prefixes.some((one) => one !== `${own}/`)) return undefined;
  return { kind: 'bucket', name: store.uri(''), title: config.project };
}

async function ownRole(
  config: Config,
  clients: Clients,
  signal?: AbortSignal,
): Promise<Foundation | undefined> {
  const arn = config.settings.role;
  if (arn === undefined) return undefined;
  const { sdk, iam } = await clients.account(config.region);
  const RoleName = arn.split('/').at(-1) ?? '';
  const { Role } = await clients.calling(`look at the role ${RoleName}`, () =>
    iam.send(new sdk.GetRoleCommand({ RoleName }), abort(signal)),
  );
  const tagged = tagText(config.project);
  const isOwn = Role?.Tags?.some((one) => one.Key === PROJECT_TAG && one.Value === tagged) ?? false;
  if (!isOwn) return undefined;
  const created = Role?.CreateDate;
  return {
    kind: 'role',
    name: arn,
    title: config.project,
    ...(created ? { created: created.toISOString() } : {}),
  };
}

export async function removeFoundation(
  config: Config,
  clients: Clients,
  { kind, name }: Foundation,
  signal?: AbortSignal,
): Promise<void> {
  const { sdk, iam, s3 } = await clients.account(config.region);
  if (kind === 'bucket') {
    await clients.calling(`delete the bucket ${config.bucket}`, () =>
      s3.send(new sdk.DeleteBucketCommand({ Bucket: config.bucket }), abort(signal)),
    );
    return;
  }
  const RoleName = name.split('/').at(-1) ?? '';
  await clients.calling(`delete the role ${RoleName}`, async () => {
    const { PolicyNames = [] } = await iam.send(new sdk.ListRolePoliciesCommand({ RoleName }), abort(signal));
    for (const PolicyName of PolicyNames) {
      await iam.send(new sdk.DeleteRolePolicyCommand({ RoleName, PolicyName }), abort(signal));
    }
    await iam.send(new sdk.DeleteRoleCommand({ RoleName }), abort(signal));
  });
}

import type { BucketLocationConstraint } from '@aws-sdk/client-s3';
import path from 'node:path';
import type { ProjectPaths } from '../../core/api';
import { UserError } from '../../core/errors';
import { nameFromPath } from '../../core/names';
import type { Account, Identity, Missing } from '../../core/provider';
import { readSettings } from '../../core/settings';
import { type AwsLogin, awsProfiles } from '../../stores/aws-credentials';
import { abort, type Clients, createClients } from './clients';
import { type Config, configWith, partitionOf } from './config';
import { plainName } from '../cloud/names';
import { isNotFound } from './errors';
import { regionsWithImages } from './images';
import { PROJECT_TAG } from './foundations';
import { tagText } from './tags';
import { jobPolicy, TRUST } from './policies';

const HOW: Readonly<Record<AwsLogin, string>> = {
  sso: 'IAM Identity Center (SSO)',
  login: 'aws login',
  keys: 'access key',
  role: 'a role of another profile',
  process: 'a program',
  none: 'no keys',
};
/** Roles beyond this are not offered. */
const MOST_ROLES = 500;
const POLICY = 'ml-lifecycle-jobs';

const text = (value: object): string => JSON.stringify(value, null, 2);
const said = (error: unknown): string => (error instanceof UserError ? error.message : String(error));

type Setup = Pick<Account, 'logins' | 'regions' | 'identity' | 'missing' | 'create'>;

export function createSetup(
  paths: ProjectPaths,
  clients: () => Promise<Clients>,
  accountOf: (region: string, signal?: AbortSignal) => Promise<string>,
): Setup {
  async function identity(
    choice: { login?: string; region?: string },
    signal?: AbortSignal,
  ): Promise<Identity> {
    const profile = choice.login;
    const profiles = await awsProfiles();
    const region =
      choice.region ??
      process.env.AWS_REGION ??
      process.env.AWS_DEFAULT_REGION ??
      profiles.find((one) => one.name === (profile ?? 'default'))?.region ??
      'us-east-1';
    const own = createClients(profile);
    const { sdk, sts, iam } = await own.account(region);
    const who = await own.calling('ask who you are', () =>
      sts.send(new sdk.GetCallerIdentityCommand({}), abort(signal)),
    );
    const notes: string[] = [];
    const stores = await (await own.buckets(region)).roots(signal).then(
      (roots) => roots.map((one) => one.name),
      (error: unknown) => {
        notes.push(`Buckets could not be listed: ${said(error)}`);
        return [];
      },
    );
    const roles: string[] = [];
    try {
      for (let next: string | undefined; roles.length < MOST_ROLES;) {
        const page = await own.calling('list the roles', () =>
          iam.send(new sdk.ListRolesCommand(next === undefined ? {} : { Marker: next }), abort(signal)),
        );
        for (const one of page.Roles ?? []) {
          const trust = decodeURIComponent(one.AssumeRolePolicyDocument ?? '');
          if (trust.includes('sagemaker.amazonaws.com') && one.Arn !== undefined) roles.push(one.Arn);
        }
        if (page.IsTruncated !== true) break;
        next = page.Marker;
      }
    } catch (error) {
      notes.push(`Roles could not be listed: ${said(error)}`);
    }
    return { who: who.Arn ?? '', account: who.Account ?? '', region, stores, roles, notes };
  }

  /** The settings with proposed names where there are none yet. */
  async function proposed(signal?: AbortSignal): Promise<{ config: Config; account: string; role: string }> {
    const all = await readSettings(paths);
    const settings = all.providers?.sagemaker ?? {};
    const region = settings.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
    if (region === undefined) {
      throw new UserError('invalid', 'The AWS region is not set.', {
        fix: 'Run "mll connect sagemaker" first.',
      });
    }
    const account = await accountOf(region, signal);
    const project = all.project ?? nameFromPath(`${path.basename(paths.root)}.x`);
    const name = plainName(project);
    const store = settings.store ?? `s3://mll-${account}-${region}`;
    const role = settings.role ?? `arn:${partitionOf(region).arn}:iam::${account}:role/mll-sagemaker-${name}`;
    return { config: configWith(store, region, settings, project), account, role };
  }

  async function there(call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  return {
    async logins() {
      return (await awsProfiles()).map((one) => ({
        name: one.name,
        how: HOW[one.login],
        ...(one.region === undefined ? {} : { region: one.region }),
      }));
    },
    regions: regionsWithImages,
    identity,
    async missing(signal) {
      const { config, account, role } = await proposed(signal);
      const all = await clients();
      const found: Missing[] = [];
      const store = await all.store(config.region, config.bucket);
      if (!(await there(() => store.list('', { limit: 1 }, signal)))) {
        found.push({
          kind: 'store',
          name: config.settings.store ?? `s3://${config.bucket}`,
          text: `Bucket ${config.bucket} in ${config.region}, closed to the public, encrypted by S3 as every new bucket is, with the tag ${PROJECT_TAG} = ${tagText(config.project)}.`,
        });
      }
      const { sdk, iam } = await all.account(config.region);
      const RoleName = role.split('/').at(-1) ?? '';
      const known = await there(() =>
        all.calling('look at the role', () => iam.send(new sdk.GetRoleCommand({ RoleName }), abort(signal))),
      );
      if (!known) {
        found.push({
          kind: 'role',
          name: role,
          text: `Role ${RoleName} with the tag ${PROJECT_TAG} = ${tagText(config.project)}, which SageMaker may take:\n${text(TRUST)}\n\nIts policy "${POLICY}":\n${text(jobPolicy(config, account))}`,
        });
      }
      return found;
    },
    async create(missing, signal) {
      const { config, account } = await proposed(signal);
      const all = await clients();
      const { sdk, iam, s3 } = await all.account(config.region);
      if (missing.kind === 'store') {
        await all.calling(`make the bucket ${config.bucket}`, async () => {
          await s3.send(
            new sdk.CreateBucketCommand({
              Bucket: config.bucket,
              ...(config.region === 'us-east-1'
                ? {}
                : {
                    CreateBucketConfiguration: {
                      LocationConstraint: config.region as BucketLocationConstraint,
                    },
                  }),
            }),
            abort(signal),
          );
          const TagSet = [{ Key: PROJECT_TAG, Value: tagText(config.project) }];
          await s3.send(
            new sdk.PutBucketTaggingCommand({ Bucket: config.bucket, Tagging: { TagSet } }),
            abort(signal),
          );
          await s3.send(
            new sdk.PutPublicAccessBlockCommand({
              Bucket: config.bucket,
              PublicAccessBlockConfiguration: {
                BlockPublicAcls: true,
                BlockPublicPolicy: true,
                IgnorePublicAcls: true,
                RestrictPublicBuckets: true,
              },
            }),
            abort(signal),
          );
        });
        return missing.name;
      }
      const RoleName = missing.name.split('/').at(-1) ?? '';
      await all.calling(`make the role ${RoleName}`, async () => {
        await iam.send(
          new sdk.CreateRoleCommand({
            RoleName,
            AssumeRolePolicyDocument: JSON.stringify(TRUST),
            Description: 'Jobs and endpoints of ML Lifecycle',
            Tags: [{ Key: PROJECT_TAG, Value: tagText(config.project) }],
          }),
          abort(signal),
        );
        await iam.send(
          new sdk.PutRolePolicyCommand({
            RoleName,
            PolicyName: POLICY,
            PolicyDocument: JSON.stringify(jobPolicy(config, account)),
          }),
          abort(signal),
        );
      });
      return missing.name;
    },
  };
}

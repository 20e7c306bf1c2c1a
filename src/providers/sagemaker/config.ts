import path from 'node:path';
import type { ProjectPaths } from '../../core/api';
import { UserError } from '../../core/errors';
import { nameFromPath } from '../../core/names';
import type { SagemakerSettings } from '../../core/provider-settings';
import { readSettings } from '../../core/settings';
import { plainName } from '../cloud/names';

/** The settings with what must be there checked, and with what may be absent filled in. */
export interface Config {
  readonly settings: SagemakerSettings;
  readonly region: string;
  readonly profile: string | undefined;
  readonly bucket: string;
  /** Ends in `/`. */
  readonly prefix: string;
  /** The project's name, as resources are tagged with it. */
  readonly project: string;
}

export const DEFAULT_MACHINE = 'ml.m5.large';
export const DEFAULT_MAX_MINUTES = 120;
export const DEFAULT_VOLUME_GB = 30;

const CONNECT = {
  fix: 'Run "mll connect sagemaker", or write it under "providers: sagemaker:" in ml.yaml.',
  actions: [{ title: 'Connect AWS', command: 'mll.connect.aws' }],
};

export async function readConfig(paths: ProjectPaths): Promise<Config> {
  const all = await readSettings(paths);
  const settings = all.providers?.sagemaker ?? {};
  const region = settings.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  if (region === undefined) throw new UserError('invalid', 'The AWS region is not set.', CONNECT);
  if (settings.store === undefined) {
    throw new UserError('invalid', 'It is not set which S3 bucket SageMaker works with ("store").', CONNECT);
  }
  const project = all.project ?? nameFromPath(`${path.basename(paths.root)}.x`);
  return configWith(settings.store, region, settings, project);
}

/** The settings with a store. All keys of a project begin with a folder of its own, so that deleting them touches nothing else of the bucket. */
export function configWith(
  store: string,
  region: string,
  settings: SagemakerSettings,
  project: string,
): Config {
  const [bucket = '', ...parts] = store.replace(/^s3:\/\//, '').split('/');
  const folders = [...parts.filter((one) => one !== ''), `mll-${plainName(project)}`];
  return { settings, region, profile: settings.profile, bucket, prefix: `${folders.join('/')}/`, project };
}

/** The role that jobs and endpoints run as. */
export function roleOf({ settings }: Config): string {
  if (settings.role !== undefined) return settings.role;
  throw new UserError('invalid', 'The role that SageMaker runs jobs as is not set ("role").', CONNECT);
}

/** Beside the first of them: how their regions begin, and what botocore's `partitions.json` calls them and their hosts. */
const PARTITIONS: readonly (readonly [prefix: string, arn: string, domain: string])[] = [
  ['cn-', 'aws-cn', 'amazonaws.com.cn'],
  ['us-gov-', 'aws-us-gov', 'amazonaws.com'],
  ['eusc-', 'aws-eusc', 'amazonaws.eu'],
  ['us-iso-', 'aws-iso', 'c2s.ic.gov'],
  ['us-isob-', 'aws-iso-b', 'sc2s.sgov.gov'],
  ['eu-isoe-', 'aws-iso-e', 'cloud.adc-e.uk'],
  ['us-isof-', 'aws-iso-f', 'csp.hci.ic.gov'],
];

const CONSOLES: Readonly<Record<string, string>> = {
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
  'aws-eusc': 'console.amazonaws-eusc.eu',
};

/** AWS's partitions differ in the first part of an ARN and in the names of their hosts. */
export function partitionOf(region: string): {
  readonly arn: string;
  readonly domain: string;
  readonly console: string;
} {
  const [, arn = 'aws', domain = 'amazonaws.com'] =
    PARTITIONS.find(([prefix]) => region.startsWith(prefix)) ?? [];
  return { arn, domain, console: CONSOLES[arn] ?? `${region}.console.aws.amazon.com` };
}

export function consoleUrl(region: string, path_: string): string {
  return `https://${partitionOf(region).console}/sagemaker/home?region=${region}#/${path_}`;
}

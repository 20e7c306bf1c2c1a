import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { loadSharedConfigFiles } from '@smithy/core/config';
import { UserError } from '../core/errors';
import { type Connection, connection } from './aws-connection';

/** What a person chose of `~/.aws`; absent parts are as the AWS CLI has them: environment, then the profile `default`. */
export interface AwsChoice {
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
}

/** How a profile comes by its keys. */
export type AwsLogin = 'sso' | 'login' | 'keys' | 'role' | 'process' | 'none';

export interface AwsProfile {
  readonly name: string;
  readonly region?: string;
  readonly login: AwsLogin;
}

/** For the constructor of any client of the AWS SDK. Without a region the client has to say what it does. */
export interface AwsClientConfig {
  readonly credentials: ReturnType<typeof fromNodeProviderChain>;
  readonly region?: string;
  readonly profile?: string;
  /** The SDK slows down by itself when a service says that it is too much. */
  readonly retryMode: 'adaptive';
  readonly requestHandler: Connection;
  /** True where the address is not one of AWS (a rig, MinIO …). */
  readonly hasOwnEndpoint: boolean;
}

type Section = Readonly<Record<string, string | undefined>>;

/** The profiles of `~/.aws` (or where AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE say), by name; none when there are no files. */
export async function awsProfiles(): Promise<readonly AwsProfile[]> {
  const sections = await readSections();
  return Object.entries(sections)
    .filter(([name]) => !/^(sso-session|services)\./.test(name))
    .map(([name, section]) => ({
      name,
      login: loginOf(section),
      ...(section.region === undefined ? {} : { region: section.region }),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readSections(): Promise<Readonly<Record<string, Section>>> {
  try {
    // Read anew: the person may have changed them while VS Code runs.
    const { configFile, credentialsFile } = await loadSharedConfigFiles({ ignoreCache: true });
    const names = new Set([...Object.keys(configFile), ...Object.keys(credentialsFile)]);
    return Object.fromEntries(
      [...names].map((name) => [name, { ...configFile[name], ...credentialsFile[name] }]),
    );
  } catch (error) {
    throw new UserError('invalid', `The files in ~/.aws cannot be read: ${said(error)}.`, {
      fix: 'Mend ~/.aws/config or ~/.aws/credentials.',
      cause: error,
    });
  }
}

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function loginOf(section: Section): AwsLogin {
  if (section.sso_session !== undefined || section.sso_start_url !== undefined) return 'sso';
  if (section.login_session !== undefined) return 'login';
  if (section.role_arn !== undefined) return 'role';
  if (section.credential_process !== undefined) return 'process';
  return section.aws_access_key_id === undefined ? 'none' : 'keys';
}

/** The profile that is in effect; undefined when the keys come from the environment. */
export function effectiveProfile({ profile }: AwsChoice): string | undefined {
  if (profile !== undefined) return profile;
  if (process.env.AWS_PROFILE !== undefined) return process.env.AWS_PROFILE;
  return process.env.AWS_ACCESS_KEY_ID === undefined ? 'default' : undefined;
}

/** The command that renews an expired login of the profile in effect (or of the one whose role it takes); undefined when there is none. */
export async function loginCommand(choice: AwsChoice): Promise<string | undefined> {
  const sections = await readSections().catch(() => undefined);
  let name = effectiveProfile(choice);
  for (let depth = 0; name !== undefined && depth < 5; depth += 1) {
    const section: Section = sections?.[name] ?? {};
    const login = loginOf(section);
    const option = name === 'default' ? '' : ` --profile ${/^[\w@+.:/-]+$/.test(name) ? name : `"${name}"`}`;
    if (login === 'sso') return `aws sso login${option}`;
    if (login === 'login') return `aws login${option}`;
    name = section.source_profile;
  }
  return undefined;
}

/** What a login to IAM Identity Center needs of a profile. */
export interface SsoSettings {
  readonly startUrl: string;
  readonly region: string;
  /** Absent in profiles of the older kind, whose token does not renew itself. */
  readonly session?: string;
  readonly scopes?: readonly string[];
}

/** Of the profile in effect, or of the one whose role it takes; a UserError where none logs in by SSO. */
export async function ssoOf(choice: AwsChoice): Promise<SsoSettings> {
  const sections = await readSections();
  const wanted = effectiveProfile(choice);
  let name = wanted;
  for (let depth = 0; name !== undefined && depth < 5; depth += 1) {
    const section: Section = sections[name] ?? {};
    const session = section.sso_session;
    const part: Section = session === undefined ? section : (sections[`sso-session.${session}`] ?? {});
    const { sso_start_url: startUrl, sso_region: region, sso_registration_scopes: scopes } = part;
    if (startUrl !== undefined && region !== undefined) {
      return {
        startUrl,
        region,
        ...(session === undefined ? {} : { session }),
        ...(scopes === undefined ? {} : { scopes: scopes.split(',').map((one) => one.trim()) }),
      };
    }
    name = section.source_profile;
  }
  throw new UserError(
    'auth',
    wanted === undefined
      ? 'The keys come from the environment: there is no profile to log in with.'
      : `The profile "${wanted}" does not log in by IAM Identity Center (SSO).`,
    {
      fix: 'Write sso_session (or sso_start_url and sso_region) into the profile in ~/.aws/config; "aws configure sso" does it.',
    },
  );
}

/** Credentials, region and connection for the clients of the AWS SDK. A UserError for a profile that is not there. */
export async function awsConfig(choice: AwsChoice = {}): Promise<AwsClientConfig> {
  const { profile } = choice;
  const sections = await readSections();
  if (profile !== undefined && sections[profile] === undefined) {
    const names = Object.keys(sections).join(', ');
    throw new UserError('auth', `There is no AWS profile "${profile}" on this machine.`, {
      fix:
        names === ''
          ? `Make it with "aws configure sso --profile ${profile}", or choose another.`
          : `There is: ${names}. Choose one of them, or make this one with "aws configure".`,
    });
  }
  const section: Section = sections[profile ?? process.env.AWS_PROFILE ?? 'default'] ?? {};
  const region = choice.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? section.region;
  const own = ownEndpoint(section);
  return {
    credentials: fromNodeProviderChain({
      ignoreCache: true,
      ...(profile === undefined ? {} : { profile }),
    }),
    retryMode: 'adaptive',
    requestHandler: await connection(),
    // The SDK takes the address itself from the same places.
    hasOwnEndpoint: own !== undefined,
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
  };
}

/** The address that the environment or the profile sets in place of AWS's own, as the SDK reads it. */
function ownEndpoint(section: Section): string | undefined {
  if (process.env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true') return undefined;
  return process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL ?? section.endpoint_url;
}

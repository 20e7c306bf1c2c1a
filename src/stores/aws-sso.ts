import * as fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTokenCommand,
  RegisterClientCommand,
  SSOOIDCClient,
  SSOOIDCServiceException,
  StartDeviceAuthorizationCommand,
} from '@aws-sdk/client-sso-oidc';
import { getSSOTokenFilepath } from '@smithy/core/config';
import { UserError } from '../core/errors';
import { fileError, writeText } from '../core/files';
import type { LoginCode } from '../core/store';
import { connection } from './aws-connection';
import { type AwsChoice, ssoOf, type SsoSettings } from './aws-credentials';

/** RFC 8628 §3.4. */
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
/** Seconds between two questions when the service names none, and by how much "slow down" lengthens that (RFC 8628 §3.2, §3.5). */
const INTERVAL = 5;
const SLOWER = 5;
/** Needed for a token that renews itself (AWS CLI: `sso_registration_scopes`). */
const SCOPE = 'sso:account:access';

/**
 * Logs in to IAM Identity Center as `aws sso login` does, for machines without the AWS CLI: by the OAuth 2.0 device grant (RFC 8628).
 * `show` is given what the person confirms in the browser; the promise resolves when they have. The token goes where the AWS CLI and all
 * SDKs look for it, readable by its owner only. A UserError for a profile without SSO, and when the person refused or took too long.
 */
export async function ssoLogin(
  choice: AwsChoice,
  show: (code: LoginCode) => void,
  signal?: AbortSignal,
): Promise<void> {
  const settings = await ssoOf(choice);
  const client = new SSOOIDCClient({
    region: settings.region,
    requestHandler: await connection(),
  });
  const options = signal ? { abortSignal: signal } : {};
  try {
    const registered = await client.send(
      new RegisterClientCommand({
        clientName: 'ml-lifecycle',
        clientType: 'public',
        ...(settings.session === undefined ? {} : { scopes: [...(settings.scopes ?? [SCOPE])] }),
      }),
      options,
    );
    const { clientId = '', clientSecret = '', clientSecretExpiresAt = 0 } = registered;
    const device = await client.send(
      new StartDeviceAuthorizationCommand({ clientId, clientSecret, startUrl: settings.startUrl }),
      options,
    );
    const { verificationUriComplete, verificationUri = '', userCode = '', expiresIn = 600 } = device;
    const expires = new Date(Date.now() + expiresIn * 1000);
    show({ code: userCode, url: verificationUriComplete ?? verificationUri, expires });
    const token = await confirmed(
      () =>
        client.send(
          new CreateTokenCommand({
            clientId,
            clientSecret,
            grantType: DEVICE_GRANT,
            deviceCode: device.deviceCode ?? '',
          }),
          options,
        ),
      { interval: device.interval ?? INTERVAL, expires },
      signal,
    );
    await keep(settings, {
      startUrl: settings.startUrl,
      region: settings.region,
      accessToken: token.accessToken ?? '',
      expiresAt: moment(Date.now() + (token.expiresIn ?? 0) * 1000),
      clientId,
      clientSecret,
      registrationExpiresAt: moment(clientSecretExpiresAt * 1000),
      ...(token.refreshToken === undefined ? {} : { refreshToken: token.refreshToken }),
    });
  } catch (error) {
    throw explained(error, settings);
  } finally {
    client.destroy();
  }
}

/** Asks until the person has confirmed, as often as the service allows. */
async function confirmed<T>(
  ask: () => Promise<T>,
  { interval, expires }: { readonly interval: number; readonly expires: Date },
  signal?: AbortSignal,
): Promise<T> {
  let seconds = interval;
  for (;;) {
    await sleep(seconds * 1000, undefined, signal ? { signal } : {});
    try {
      return await ask();
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      if (name === 'SlowDownException') seconds += SLOWER;
      else if (name !== 'AuthorizationPendingException' || Date.now() > expires.getTime()) throw error;
    }
  }
}

function explained(error: unknown, { startUrl, region }: SsoSettings): unknown {
  if (!(error instanceof SSOOIDCServiceException)) return error;
  const again = { fix: 'Log in again.', cause: error };
  switch (error.name) {
    case 'AccessDeniedException':
      return new UserError('auth', 'The login was refused in the browser.', again);
    case 'ExpiredTokenException':
    case 'AuthorizationPendingException':
      return new UserError('auth', 'The login was not confirmed in the browser in time.', again);
    case 'InvalidRequestException':
    case 'InvalidRequestRegionException':
      return new UserError(
        'auth',
        `AWS refuses a login at ${startUrl} in ${region}: ${descriptionOf(error)}`,
        { fix: 'Check sso_start_url and sso_region of the profile in ~/.aws/config.', cause: error },
      );
    default:
      return error;
  }
}

/** The service's own words, where it has any beside the error's name. */
const descriptionOf = (error: Error): string =>
  'error_description' in error && typeof error.error_description === 'string'
    ? error.error_description
    : error.message;

/** `2026-11-26T14:00:00Z`: the CLI's readers take no fractions of a second. */
const moment = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** Where the AWS CLI and all SDKs look for it: named by the session, or by the address where there is none. */
async function keep({ session, startUrl }: SsoSettings, token: object): Promise<void> {
  const file = getSSOTokenFilepath(session ?? startUrl);
  try {
    await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeText(file, `${JSON.stringify(token)}\n`, 0o600);
  } catch (error) {
    throw fileError(error, `keep the login in ${file}`);
  }
}

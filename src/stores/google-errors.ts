import { z } from 'zod';
import { isAbort, UserError } from '../core/errors';
import { type GoogleChoice, loginCommand, whose } from './google-login';
import { explainNetwork } from './network-errors';

/** What Google's clients say of a failure, whichever of them it comes from. */
export interface GoogleFailure {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Google's own word: `forbidden`, `accountDisabled`, `SERVICE_DISABLED`, `invalid_grant` … '' when it gives none. */
  readonly reason: string;
  readonly message: string;
  /** Where to switch on what is off. */
  readonly link?: string;
  /** What is off, as `storage.googleapis.com`, and in which project. */
  readonly service?: string;
  readonly project?: string;
}

const DETAIL = z.looseObject({
  reason: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});
/** The error document of the JSON APIs. */
const DOCUMENT = z.looseObject({
  error: z.looseObject({
    code: z.number().optional(),
    message: z.string().optional(),
    errors: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
    details: z.array(DETAIL).optional(),
  }),
});
/** OAuth 2.0's (RFC 6749 §5.2). */
const OAUTH = z.looseObject({
  error: z.string(),
  error_description: z.string().optional(),
  error_subtype: z.string().optional(),
});
/** An error of Google's clients, as far as it is of use. */
const THROWN = z.looseObject({
  code: z.union([z.number(), z.string()]).optional(),
  status: z.number().optional(),
  errors: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
  response: z
    .looseObject({
      status: z.number().optional(),
      /** One client's name for the document, and another's. */
      data: z.unknown().optional(),
      body: z.unknown().optional(),
    })
    .optional(),
});

/** The parts of an error of Google's clients; undefined for anything else. */
export function googleFailure(error: unknown): GoogleFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const thrown = THROWN.safeParse(error);
  if (!thrown.success) return undefined;
  const { code, status = 0, errors, response } = thrown.data;
  const said = parsed(response?.data ?? response?.body) ?? parsed(error.message);
  const number = Number(code);
  const known = response?.status ?? (status > 0 ? status : number >= 400 ? number : 0);
  if (known === 0 && said === undefined) return undefined;
  return {
    status: known,
    reason: errors?.[0]?.reason ?? '',
    message: error.message,
    ...said,
  };
}

/** An error document, as an object or as text. */
function parsed(value: unknown): Partial<GoogleFailure> | undefined {
  let content = value;
  if (typeof value === 'string') {
    try {
      content = JSON.parse(value);
    } catch {
      return undefined;
    }
  }
  const oauth = OAUTH.safeParse(content);
  if (oauth.success) {
    const { error, error_description: text, error_subtype: more } = oauth.data;
    return { reason: more ?? error, message: text ?? error };
  }
  const document = DOCUMENT.safeParse(content);
  if (!document.success) return undefined;
  const { message, errors, details, code } = document.data.error;
  const detail = details?.find((one) => one.reason !== undefined);
  const reason = detail?.reason ?? errors?.[0]?.reason;
  const { activationUrl: link, service, consumer } = detail?.metadata ?? {};
  const project = consumer?.replace(/^projects\//, '');
  return {
    ...(code === undefined ? {} : { status: code }),
    ...(message === undefined ? {} : { message }),
    ...(reason === undefined ? {} : { reason }),
    ...(link === undefined ? {} : { link }),
    ...(service === undefined ? {} : { service }),
    ...(project === undefined ? {} : { project }),
  };
}

const SLOW = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'RATE_LIMIT_EXCEEDED', 'slowDown']);
const EXPIRED =
  /invalid_grant|invalid_rapt|rapt_required|reauth|has been expired or revoked|refreshing your current auth tokens/i;
const BILLING = /billing (account|is|must|to be|disabled)|accountDisabled|BILLING_DISABLED/i;

/**
 * The failures that every service of Google has (login, billing, switched-off APIs, network) as UserErrors; what is the
 * service's own, or no failure of Google at all, is given back as it is. `doing` is for example "list the buckets".
 */
export function explainGoogle(error: unknown, choice: GoogleChoice, doing: string): unknown {
  if (error instanceof UserError || isAbort(error)) return error;
  return explainLogin(error, choice, doing) ?? explainService(error, doing) ?? error;
}

function explainLogin(error: unknown, choice: GoogleChoice, doing: string): UserError | undefined {
  if (!(error instanceof Error)) return undefined;
  const failure = googleFailure(error);
  const said = `${failure?.reason ?? ''} ${failure?.message ?? error.message}`;
  if (/Could not load the default credentials|Anonymous caller/i.test(said)) {
    return new UserError('auth', `Could not ${doing}: there is no login for Google Cloud on this machine.`, {
      fix: 'Log in with "gcloud auth application-default login", or choose an account of gcloud or a service account’s key file ("Connect Google…").',
      actions: [LOG_IN(choice)],
      cause: error,
    });
  }
  if (/Invalid JWT: Token must be a short-lived token|iat and exp/i.test(said)) {
    return new UserError(
      'auth',
      `Could not ${doing}: the clock of this machine is wrong, so Google refuses its signature. Here it is ${new Date().toISOString()}.`,
      { fix: 'Set the clock (switch on its automatic setting), then try again.', cause: error },
    );
  }
  if (choice.keyFile !== undefined && (EXPIRED.test(said) || failure?.status === 401)) {
    return new UserError(
      'auth',
      `Could not ${doing}: Google does not accept ${whose(choice)} (${failure?.message ?? error.message}).`,
      {
        fix: 'Its key was deleted, or its service account was deleted or switched off: make a new key, or choose another login.',
        cause: error,
      },
    );
  }
  if (EXPIRED.test(said) || failure?.status === 401) {
    return new UserError('auth', `Could not ${doing}: the login of ${whose(choice)} has expired.`, {
      fix: `Run "${loginCommand(choice) ?? ''}", then try again.`,
      actions: [LOG_IN(choice)],
      cause: error,
    });
  }
  if (
    /do not currently have (an active account|this account)|not currently have this account|does not have any valid credentials|No credentialed/i.test(
      said,
    )
  ) {
    return new UserError('auth', `Could not ${doing}: gcloud is not logged in as ${choice.account ?? ''}.`, {
      fix: `Run "${loginCommand(choice) ?? ''}", or choose another login.`,
      actions: [LOG_IN(choice)],
      cause: error,
    });
  }
  return undefined;
}

const LOG_IN = (choice: GoogleChoice): UserError['actions'][number] => ({
  title: 'Log In',
  command: 'mll.google.login',
  args: [loginCommand(choice) ?? ''],
});

const WORDS = { address: 'and HTTPS_PROXY, NO_PROXY and STORAGE_EMULATOR_HOST' };

function explainService(error: unknown, doing: string): UserError | undefined {
  const failure = googleFailure(error);
  if (!failure) return explainNetwork(error, doing, WORDS);
  const { status, reason, message, link, service, project } = failure;
  const failed = (
    kind: UserError['kind'],
    why: string,
    fix: string,
    actions: UserError['actions'] = [],
  ): UserError => new UserError(kind, `Could not ${doing}: ${why}.`, { fix, actions, cause: error });
  if (reason === 'SERVICE_DISABLED' || reason === 'accessNotConfigured') {
    const [page] = link === undefined ? (/https:\/\/\S+/.exec(message) ?? []) : [link];
    return failed(
      'permission',
      `an API that this needs is switched off in the project (${firstSentence(message)})`,
      `Switch it on${page === undefined ? ' in the console' : `: ${page}`}${
        service === undefined || project === undefined
          ? ''
          : `, or with "gcloud services enable ${service} --project ${project}"`
      }. It takes a few minutes until it works.`,
      page === undefined ? [] : [{ title: 'Open Console', command: 'vscode.open', args: [page] }],
    );
  }
  if (BILLING.test(`${reason} ${message}`)) {
    return failed(
      'permission',
      'billing is off for the project that owns it',
      'Let whoever pays for the project link a billing account: https://console.cloud.google.com/billing/projects',
    );
  }
  if (/userProjectMissing/i.test(reason) || /requester pays/i.test(message)) {
    return failed(
      'unsupported',
      'its owner lets whoever reads it pay (requester pays), which is not done from here',
      'Copy it into a bucket of your own first: gcloud storage cp --billing-project=PROJECT …',
    );
  }
  if (reason === 'USER_PROJECT_DENIED') {
    return failed(
      'permission',
      `the project of the login may not be charged for it (${firstSentence(message)})`,
      'Choose another: gcloud auth application-default set-quota-project PROJECT (you need serviceusage.services.use there).',
    );
  }
  if (status === 429 || SLOW.has(reason)) {
    return failed(
      'quota',
      `Google asks for fewer requests at a time (${reason || status})`,
      'Wait a minute, then try again.',
    );
  }
  const network = explainNetwork(error, doing, WORDS);
  if (network) return network;
  if (status >= 500) {
    return failed(
      'unavailable',
      `the service failed (${firstSentence(message)}, HTTP ${status})`,
      'Try again in a moment.',
    );
  }
  return undefined;
}

/** Google's messages often go on with instructions for its console. */
export function firstSentence(text: string): string {
  return (/^.*?[^.](?=\.(\s|$))/s.exec(text)?.[0] ?? text).trim();
}
